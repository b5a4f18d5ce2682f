// When weights are loaded and swapped in and rows of A streamed: rtl/gemm/gemm_sequencer.sv as a
// recurrence over loads, tiles and rows. Upstream: slabs. Downstream: GemmProgress.
#pragma once
#include <cstddef>
#include <cstdint>

#include "tlm/core/state_archive.h"
#include "tlm/gemm/gemm_plan.h"
#include "tlm/gemm/gemm_progress.h"
#include "tlm/twin/ring.h"

namespace systole {

class GemmSequencerTiming {
 public:
  GemmSequencerTiming(const GemmPlan& plan, GemmProgress& progress)
      : plan_(plan), progress_(progress) {}

  void announce(const GemmSlab& slab) { slabs_.push(slab); }
  /// Goes on as far as follows from what has arrived.
  void advance();
  uint64_t stall_cycles() const { return stall_; }

  // for GemmSkip
  size_t slabs() const { return slabs_.size(); }
  GemmSlab& slab(size_t i) { return slabs_[i]; }
  /// The i-th slab of the queue has been begun.
  bool begun(size_t i) const { return i == 0 && have_; }
  /// No row that is not known yet is streamed before this cycle.
  uint64_t next_row() const { return next_row_; }
  uint64_t last_row() const { return last_row_; }
  /// Weights that were there by this cycle are all alike.
  uint64_t load_floor() const {
    return load_i_ > 0 || phase_ != Phase::Load ? first_load_ : next_load_;
  }
  /// Of the slabs of the queue only when they were announced: loading takes them from `slabs`.
  void state(StateArchive& archive, const std::vector<GemmSlab>& slabs);
  void count(StateArchive& archive) { archive.count(stall_); }

 private:
  enum class Phase { Load, Swap, Rows };

  bool load();
  bool swap();
  bool rows();
  void begin_slab();
  void next_tile();

  const GemmPlan& plan_;
  GemmProgress& progress_;
  Ring<GemmSlab> slabs_;
  Phase phase_ = Phase::Load;
  bool have_ = false;
  // the tile at hand
  uint32_t nt_ = 0, kt_ = 0;
  uint32_t load_i_ = 0, row_i_ = 0;
  uint32_t nt_base_ = 0, b_addr_ = 0;
  uint64_t have_at_ = 0, first_load_ = 0, next_load_ = 0, last_load_ = 0;
  uint64_t swap_ = 0;
  uint64_t first_row_ = 0, next_row_ = 0;
  uint64_t last_row_ = 0;  ///< of the tile before, then of this one
  uint64_t stall_ = 0;
};

}  // namespace systole
