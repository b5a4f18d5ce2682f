// When weights are loaded and swapped in and rows of A streamed: rtl/gemm/gemm_sequencer.sv as a
// recurrence over loads, tiles and rows. Upstream: slabs. Downstream: GemmProgress.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "tlm/core/state_archive.h"
#include "tlm/gemm/gemm_plan.h"
#include "tlm/gemm/gemm_progress.h"
#include "tlm/twin/ring.h"

namespace systole {

/// Where the sequencer is, but for the slabs it knows of.
struct GemmSequencerState {
  enum class Phase { Load, Swap, Rows };

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

  /// The same, `cycles` later.
  void shift(uint64_t cycles) {
    for (uint64_t* moment : {&have_at_, &first_load_, &next_load_, &last_load_, &swap_, &first_row_,
                             &next_row_, &last_row_})
      *moment += cycles;
  }
  /// The same but for `cycles` and what was counted.
  bool is_later(const GemmSequencerState& o, uint64_t cycles) const {
    return phase_ == o.phase_ && have_ == o.have_ && nt_ == o.nt_ && kt_ == o.kt_ &&
           load_i_ == o.load_i_ && row_i_ == o.row_i_ && nt_base_ == o.nt_base_ &&
           b_addr_ == o.b_addr_ && have_at_ == o.have_at_ + cycles &&
           first_load_ == o.first_load_ + cycles && next_load_ == o.next_load_ + cycles &&
           last_load_ == o.last_load_ + cycles && swap_ == o.swap_ + cycles &&
           first_row_ == o.first_row_ + cycles && next_row_ == o.next_row_ + cycles &&
           last_row_ == o.last_row_ + cycles;
  }
  /// What it does, and when it did or will do that.
  std::array<uint64_t, 6> doing() const {
    return {static_cast<uint64_t>(phase_), have_, nt_, kt_, load_i_, row_i_};
  }
  std::array<uint64_t, 5> moments() const {
    return {next_load_, last_load_, swap_, next_row_, last_row_};
  }
};

class GemmSequencerTiming : private GemmSequencerState {
 public:
  GemmSequencerTiming(const GemmPlan& plan, GemmProgress& progress)
      : plan_(plan), progress_(progress) {}

  void announce(const GemmSlab& slab) { slabs_.push(slab); }
  /// Goes on as far as follows from what has arrived.
  void advance();
  uint64_t stall_cycles() const { return stall_; }

  /// The next operand to arrive can complete no result whose row is streamed less than so many
  /// cycles later.
  uint64_t to_result();

  // for GemmSkip and GemmCalm
  /// Every slab it knows of is done.
  bool idle() const { return slabs_.empty() && phase_ == Phase::Load && !have_ && load_i_ == 0; }
  const GemmSequencerState& at() const { return *this; }
  void go_to(const GemmSequencerState& state) { static_cast<GemmSequencerState&>(*this) = state; }
  void clear() { slabs_.clear(); }
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
  bool load();
  bool swap();
  bool rows();
  void begin_slab();
  void next_tile();

  const GemmPlan& plan_;
  GemmProgress& progress_;
  Ring<GemmSlab> slabs_;
};

}  // namespace systole
