// What a GEMM descriptor makes the engine do, piece by piece: the walk of rtl/gemm/gemm_loader.sv.
// Upstream: a legal descriptor. Downstream: the timing model.
#pragma once
#include <cstdint>

#include "tlm/gemm/gemm_arith.h"
#include "tlm/gen/gemm_regs.h"

namespace systole {

/// The numbers of an operation that its timing depends on; sizes in bytes unless said otherwise.
struct GemmPlan {
  /// `d` must be legal for `config` (gemm_check() gives 0).
  GemmPlan(const hw::GemmDescriptor& d, const GemmConfig& config);

  hw::GemmDescriptor d;
  uint32_t rows, cols, bus_bytes;
  uint32_t tile_m, tile_n, tile_nc, tile_kr;  ///< block: rows, array columns, columns; slab: K
  uint32_t rows_per_stage, stages;
  uint32_t lanes;             ///< elements of a piece of the output stage
  uint32_t beat_pieces;       ///< pieces of a beat of C
  uint32_t convert_cycles;    ///< from the memories' data to the result
  uint32_t element;           ///< bytes of an element of C
  uint32_t a_shift, b_shift;  ///< words of the operand buffers: log2 of their bytes
  uint32_t a_word, b_word;
  uint32_t cols_shift;
  uint32_t a_pitch, b_pitch;  ///< from segment to segment in a half buffer
  uint32_t b_words;           ///< loads per weight tile
  uint32_t b_word_step, b_kt_step, b_nt_step, b_last;
  uint64_t b_stride;  ///< from segment to segment of B in memory
  bool early_swap, b_first, single_k, single_n, accumulate, bias, is_float;
};

/// A slab: one piece of K of one block of C.
struct GemmSlab {
  uint32_t m0, n0, k0;           ///< where it starts
  uint32_t mrows, ncols, krows;  ///< its extent
  uint32_t nts, kts;             ///< in array columns and array rows
  uint32_t block;                ///< number of its block
  bool first, last;              ///< of its block
  bool last_block;               ///< of the operation
  bool load_a, load_b;           ///< or still there from the slab before
  bool release_a, release_b;     ///< the next slab has another one
  uint8_t a_half, b_half;        ///< of the buffers
  uint64_t announced = 0;        ///< cycle
};

/// The slabs of an operation in the order of the loader.
class GemmWalk {
 public:
  explicit GemmWalk(const GemmPlan& plan) : plan_(&plan), slab_(find()) {}
  bool done() const { return m0_ >= plan_->d.m; }
  /// The slab at hand; not after done().
  const GemmSlab& slab() const { return slab_; }
  void step();
  /// Over the next slabs, all of this one's block, neither its last nor shorter, and loaded.
  void skip(uint32_t slabs);
  /// To the same slab of a later block of as many rows and columns, all of whose slabs are loaded.
  void skip_blocks(uint32_t blocks);
  /// Loads of A and B before the slab at hand.
  uint64_t a_loads() const { return a_loads_; }
  uint64_t b_loads() const { return b_loads_; }

 private:
  GemmSlab find() const;

  GemmPlan const* plan_;
  uint32_t m0_ = 0, n0_ = 0, k0_ = 0, block_ = 0;
  uint64_t a_loads_ = 0, b_loads_ = 0;  ///< modulo 2: the next half
  GemmSlab slab_;
};

}  // namespace systole
