// What the GEMM engine computes and which descriptors it accepts: the C++ side of rtl/gemm.
// Upstream: descriptors (rtl/regs/gemm.yaml). Downstream: twin, mock hardware, tests.
// Results are the RTL's, to the bit; timing is not modelled. docs/blocks/gemm.md has the formulas.
#pragma once
#include <cstdint>

#include "tlm/core/op.h"

namespace systole {

/// Largest block height in rows and width in columns (CONFIG5): the scale memories hold this many.
constexpr uint32_t kGemmMaxTileM = 512;
constexpr uint32_t kGemmMaxTileN = 512;

/// What decides legality: CONFIG of the instance. Buffers are the bytes in use, both halves.
struct GemmConfig {
  uint32_t rows = 16;        ///< array rows, a power of two, 4 to 64
  uint32_t cols = 16;        ///< array columns, a power of two, 4 to 64
  uint32_t data_bytes = 16;  ///< AXI data width in bytes: 8, 16, 32 or 64
  uint32_t a_buffer_bytes = 32768;
  uint32_t b_buffer_bytes = 16384;
  uint32_t acc_buffer_bytes = 131072;
};

/// The block that is computed at a time: rows, array columns (of cols), array rows (of rows).
struct GemmTile {
  uint32_t m, n, k;
};

/// The descriptor's tile word.
constexpr uint32_t gemm_tile_word(GemmTile tile) {
  return (tile.m & 0x7FF) | (tile.n & 0x7F) << 11 | (tile.k & 0x3FFF) << 18;
}
constexpr GemmTile gemm_tile_of_word(uint32_t word) {
  return {word & 0x7FF, word >> 11 & 0x7F, word >> 18};
}

/// Bytes of one half of each buffer that a tile takes. Rows are padded to whole beats:
///   A   tile.m * up(tile.k * rows)
///   B   up(tile.k * rows) * up(tile.n * cols), whatever the layout
///   acc tile.m * tile.n * cols * 4
/// with up(x) = x rounded up to a multiple of data_bytes.
uint64_t gemm_a_slab_bytes(const GemmConfig& config, GemmTile tile);
uint64_t gemm_b_slab_bytes(const GemmConfig& config, GemmTile tile);
uint64_t gemm_acc_block_bytes(const GemmConfig& config, GemmTile tile);

/// Whether a tile is legal: no field zero, m <= 512, n * cols <= 512, each half buffer large
/// enough. Tiles larger than the matrix are legal.
bool gemm_tile_legal(const GemmConfig& config, GemmTile tile);

/// Checks opcode and operands of a descriptor (128 little-endian bytes; the common header is the
/// front-end's). 0, ILLEGAL_DESC (looked for first) or ILLEGAL_SIZE.
uint8_t gemm_check(const uint8_t* desc, const GemmConfig& config);

/// Checks, then computes. Addresses wrap at 2^40. READ_BUS or WRITE_BUS if a byte is unmapped, with
/// the start of the first failing burst; then nothing is written (the RTL may have written part of
/// C). Not defined: C overlapping A, B, scales or bias.
OpResult gemm_execute(const uint8_t* desc, const GemmConfig& config, MemoryView& memory);

}  // namespace systole
