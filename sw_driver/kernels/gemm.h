// C[M,N] (+)= A[M,K] * B[K,N] on a GEMM engine: int8 operands, int32 accumulation.
// Tiling follows the engine's CONFIG; docs/blocks/gemm.md has the arithmetic.
#pragma once
#include "sw_driver/include/command_stream.h"

namespace systole::driver {

/// How B lies in memory.
enum class GemmLayout : uint8_t {
  Rows,        ///< K rows of N int8, ldb bytes apart
  Transposed,  ///< N rows of K int8, ldb bytes apart (weights and K cache as they are)
  Packed,      ///< tiles as pack_weights() makes them; ldb 0
};
/// What is written to C.
enum class GemmOutput : uint8_t {
  Int32,    ///< the accumulator
  Float32,  ///< (float(acc) * row_scale[m]) * col_scale[n] (+ bias[n])
  Int8,     ///< the Float32 value rounded to nearest even, saturated
};

/// The tile the engine works on: rows of C, then array columns and array rows in tiles of COLS and
/// ROWS.
struct GemmTile {
  uint32_t m = 0, n = 0, k = 0;
};

struct GemmArgs {
  uint32_t m = 0, n = 0, k = 0;  ///< elements: m, n 1 to 1048575; k 1 to 131071
  uint64_t a = 0;                ///< int8 [m][k], any alignment
  uint32_t lda = 0;              ///< bytes from row to row of A, at least k if m > 1
  uint64_t b = 0;                ///< int8, any alignment
  uint32_t ldb = 0;              ///< bytes; 0 for Packed
  GemmLayout layout = GemmLayout::Packed;
  uint64_t c = 0;  ///< aligned to its element
  uint32_t ldc =
      0;  ///< bytes from row to row of C, at least a row if m > 1, multiple of the element
  GemmOutput output = GemmOutput::Float32;
  uint64_t row_scale = 0;   ///< float32 [m], 4-byte aligned; 0 for Int32
  uint64_t col_scale = 0;   ///< float32 [n], 4-byte aligned; 0 for Int32
  uint64_t bias = 0;        ///< float32 [n], 4-byte aligned; 0: none
  bool accumulate = false;  ///< Int32 only: start from C, modulo 2^32
  int instance = kAnyInstance;
  GemmTile
      tile;  ///< all 0: choose_gemm_tile(); else used as it is (BadArgument if it does not fit)
};

/// The tile for a problem on an engine with `config`. Many rows: high blocks, so that A is read few
/// times; one row (decode): small slabs, so that load, compute and drain overlap from the start;
/// unpacked B: long segments, so that its bursts are not all latency.
GemmTile choose_gemm_tile(const EngineConfig& config, uint32_t m, uint32_t n, uint32_t k,
                          GemmLayout layout = GemmLayout::Packed);

/// True if the tile fits into half of each of the engine's buffers.
bool gemm_tile_fits(const EngineConfig& config, const GemmTile& tile);

/// The checks of gemm(), without effect: Ok or BadArgument.
Status check_gemm(const EngineConfig& config, const GemmArgs& args);

/// Appends the product to the stream; it runs after the next flush. BadArgument: sizes, alignment,
/// missing or superfluous scales; hardware untouched. Else what CommandStream::append returns.
Status gemm(CommandStream& stream, const GemmArgs& args, Ticket* ticket = nullptr);

}  // namespace systole::driver
