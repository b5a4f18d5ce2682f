// When finished rows leave the accumulators and reach the bus: rtl/gemm/gemm_drain.sv, gemm_convert
// and gemm_pack as a recurrence over pieces and beats. Upstream: GemmProgress. Downstream: the
// port's writer.
#pragma once
#include <algorithm>
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
  /// When that beat goes, in the order of events: as offered; while a failing read is under way, as
  /// the writer takes it.
  uint64_t next_put() {
    if (!port_.reads_fail() || beat_ == kGemmUnknown || put_ == kStopped) return beat_;
    return std::max(beat_, port_.put_ready());
  }
  /// Hands that beat over, and those that follow at once and end no burst: nobody sees them.
  void put();
  /// Everything of the operation has been put.
  bool finished() const { return finished_; }
  uint64_t stall_cycles() const { return stall_; }

  // for GemmSkip
  size_t blocks() const { return blocks_.size(); }
  GemmSlab& block(size_t i) { return blocks_[i]; }
  uint32_t row() const { return m_; }  ///< of the first of them, that is to leave next
  /// One block is known, and nothing of it is under way.
  bool idle() const {
    return blocks_.size() == 1 && m_ == 0 && n_ == 0 && piece_of_beat_ == 0 &&
           beat_ == kGemmUnknown;
  }
  /// Idle, goes on with `block`.
  void go_to(const GemmSlab& block, uint64_t stall) {
    blocks_.clear();
    blocks_.push(block);
    read_i_ = 0;
    row_i_ = 0;
    stall_ += stall;
  }
  /// No later piece is issued, and no later beat put, before this cycle; `next_row`: no row that is
  /// not known yet is streamed before.
  uint64_t floor(uint64_t next_row);
  /// All but the blocks; of their rows, those that `begun` says are theirs.
  template <class Begun>
  void state(StateArchive& archive, uint64_t next_row, uint64_t floor, Begun begun);
  /// The newest segment given to the writer: row, and block. None: kGemmUnknown.
  uint64_t announced_row() const { return announced_row_; }
  uint64_t announced_block() const { return announced_block_; }
  void set_announced(uint64_t block, uint64_t row) {
    announced_block_ = block;
    announced_row_ = row;
  }
  void set_blocks(const std::vector<GemmSlab>& blocks) {
    blocks_.clear();
    for (const GemmSlab& block : blocks) blocks_.push(block);
  }
  void count(StateArchive& archive) { archive.count(stall_); }

 private:
  static constexpr uint64_t kFifo = 16;        ///< beats of the output buffer
  static constexpr uint64_t kQueue = 4;        ///< segments the writer queues
  static constexpr uint64_t kReadToFinal = 2;  ///< cycles from reading an accumulator to its end
  static constexpr uint64_t kStopped = uint64_t{1} << 62;  ///< later than anything that happens

  uint64_t final_cycle();
  uint64_t piece_cycle(uint64_t horizon);
  uint64_t segment_addr();
  void announce_segment(uint64_t cycle);
  uint64_t put_beat();
  void put_steadily();
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
  uint64_t announced_row_ = kGemmUnknown, announced_block_ = kGemmUnknown;
  std::array<uint64_t, 8> pops_{};
  std::array<uint64_t, kFifo> puts_{};  ///< by beat
  uint64_t beats_ = 0;
  bool extra_beat_ = false;  ///< the segment's last bus beat takes no data
  uint64_t stall_ = 0;
};

template <class Begun>
void GemmOutputTiming::state(StateArchive& a, uint64_t next_row, uint64_t floor, Begun begun) {
  a.number(m_);
  a.number(n_);
  a.number(piece_of_beat_);
  a.number(row_i_);
  a.number(undisturbed_);
  a.number(row_end_);
  a.number(finished_);
  a.number(last_);
  a.number(extra_beat_);
  a.past(piece_, floor);
  a.time(beat_);
  a.past(put_, floor);
  a.past(accepted_, floor);
  if (!a.saving()) {  // from now on room depends on what is loaded
    segments_ += pops_.size();
    beats_ += kFifo;
  }
  for (size_t i = 1; i <= pops_.size(); ++i) a.past(pops_[(segments_ - i) % pops_.size()], floor);
  for (size_t i = 1; i <= kFifo; ++i) a.past(puts_[(beats_ - i) % kFifo], floor);
  count(a);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    if (!begun(blocks_[i].block)) continue;
    GemmBlockRows& rows = progress_.blocks[blocks_[i].block % GemmProgress::kBlocks];
    const bool front = i == 0;
    const uint32_t tile = !front ? 0 : m_ > 0 ? ~0u : n_ >> plan_.cols_shift;
    const uint64_t known = rows.tiles > 0 ? rows.first_row[0] : next_row;
    rows.state(a, tile, front ? std::min(m_, row_i_) : 0, front ? read_i_ : 0,
               front ? floor : known);
    if (front && !a.saving()) read_i_ = 0;
  }
}

}  // namespace systole
