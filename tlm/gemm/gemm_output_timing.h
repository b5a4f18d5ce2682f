// When finished rows leave the accumulators and reach the bus: rtl/gemm/gemm_drain.sv, gemm_convert
// and gemm_pack as a recurrence over pieces and beats. Upstream: GemmProgress. Downstream: the
// port's writer.
#pragma once
#include <array>
#include <cstdint>

#include "tlm/gemm/gemm_plan.h"
#include "tlm/gemm/gemm_progress.h"
#include "tlm/twin/ring.h"
#include "tlm/twin/twin_port.h"

namespace systole {

class GemmOutputTiming {
 public:
  GemmOutputTiming(const GemmPlan& plan, GemmProgress& progress, TwinPort& port)
      : plan_(plan), progress_(progress), port_(port) {}

  void announce(const GemmSlab& first_slab) { blocks_.push(first_slab); }
  /// Issues pieces until a beat is complete or the next piece does not follow yet; true if that was
  /// a block's last. `horizon`: no operand that is not known yet arrives earlier.
  bool advance(uint64_t horizon);
  /// The cycle from which the next beat is offered to the writer; kGemmUnknown if there is none.
  uint64_t next_beat() const { return beat_; }
  /// Hands that beat over.
  void put();
  /// Everything of the operation has been put.
  bool finished() const { return finished_; }
  uint64_t stall_cycles() const { return stall_; }

 private:
  static constexpr uint64_t kFifo = 16;        ///< beats of the output buffer
  static constexpr uint64_t kQueue = 4;        ///< segments the writer queues
  static constexpr uint64_t kReadToFinal = 2;  ///< cycles from reading an accumulator to its end

  uint64_t final_cycle();
  uint64_t piece_cycle(uint64_t horizon);
  uint64_t segment_addr();
  void announce_segment(uint64_t cycle);
  bool next_row(uint64_t cycle);

  const GemmPlan& plan_;
  GemmProgress& progress_;
  TwinPort& port_;
  Ring<GemmSlab> blocks_;
  uint32_t m_ = 0, n_ = 0, piece_of_beat_ = 0;
  size_t read_i_ = 0;         ///< the block's reads that are not over
  uint32_t row_i_ = 0;        ///< and the rows of its last tile
  uint64_t piece_ = 0;        ///< first cycle in which a piece may be issued
  bool undisturbed_ = false;  ///< the rest of the row follows piece by piece
  uint64_t beat_ = kGemmUnknown;
  uint64_t put_ = 0;      ///< cycle of the last beat
  bool row_end_ = false;  ///< the beat at hand ends its row
  bool finished_ = false, last_ = false;
  // the writer's queue of segments
  uint64_t segments_ = 0, accepted_ = 0;
  std::array<uint64_t, 8> pops_{};
  std::array<uint64_t, kFifo> puts_{};  ///< by beat
  uint64_t beats_ = 0;
  bool extra_beat_ = false;  ///< the segment's last bus beat takes no data
  uint64_t stall_ = 0;
};

}  // namespace systole
