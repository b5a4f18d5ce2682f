// Finds out ahead of simulated time how a GEMM operation goes on, and sleeps until it has.
// Upstream: time_gemm. Downstream: the parts of the timing model, TwinPort, GemmLookAhead.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "tlm/gemm/gemm_calm.h"
#include "tlm/gemm/gemm_loader_timing.h"
#include "tlm/gemm/gemm_look_ahead.h"
#include "tlm/gemm/gemm_output_timing.h"
#include "tlm/gemm/gemm_plan.h"
#include "tlm/gemm/gemm_progress.h"
#include "tlm/gemm/gemm_sequencer_timing.h"
#include "tlm/twin/twin_core.h"
#include "tlm/twin/twin_port.h"

namespace systole {

/// As long as nobody else uses its memories the operation's times follow from what they have booked
/// when a slab is announced. From there on it is timed in one go, while simulated time stands still
/// and bursts only book; then the engine sleeps until that time has come. If somebody comes
/// meanwhile, everything is put back into the last state that was kept before (at a slab), and done
/// again in full. How far to look grows with every time that nobody came.
///
/// Ahead, shortcuts: slabs whose operands come in time (GemmCalm); and slabs or blocks with the
/// same extents that put the same bursts on the bus, as soon as one ends in the state that it began
/// with: the others do too. Both are exact. If TwinBus::repeats_alike(), also slabs, blocks and
/// rows of blocks of the same extents whose bursts differ by the ends of pages, and by how rows lie
/// on beats: if everything is about as it was a step before, further steps take as long as that
/// one. docs/blocks/engine.md says how far this has been off.
class GemmSkip {
 public:
  /// The parts must outlive it. `operands`: of the descriptor, none if it must not look ahead.
  GemmSkip(const GemmPlan& plan, const std::vector<TwinOperand>& operands, GemmLookAhead& length,
           TwinPort& port, GemmProgress& progress, GemmLoaderTiming& loader,
           GemmSequencerTiming& sequencer, GemmOutputTiming& output);

  /// The loader is about to announce a slab in `cycle`, nothing else can happen before. True: it
  /// is about to announce another one.
  bool slab(uint64_t cycle);
  /// Everything was put. False: it was put back, go on.
  bool end();

 private:
  /// Where an operation is: the slab at hand and those before it.
  struct Place {
    explicit Place(const GemmPlan& plan) : walk(plan) { enter(); }
    GemmWalk walk;
    std::array<GemmSlab, 8> slabs{};   ///< by number modulo 8
    std::array<GemmSlab, 8> blocks{};  ///< first slabs, by block modulo 8
    uint64_t number = 0;

    void enter();
    void step();
  };
  /// The state when a slab is to be announced in `cycle`.
  struct Kept {
    uint64_t cycle, ps;
    StateWords words;
    StateArchive::Counts counts;
    Place place;

    explicit Kept(const Place& at, uint64_t in = 0, uint64_t now_ps = 0)
        : cycle(in), ps(now_ps), place(at) {}
  };

  /// A state but for how addresses lie.
  struct Outline {
    StateWords shapes;   ///< what is under way, and how far
    StateWords moments;  ///< relative to the state's

    bool is_about(const Outline& o, uint64_t slack) const;
  };

  /// A state that may come again.
  struct Mark {
    explicit Mark(const Place& place) : at(place) {}
    Kept at;
    bool valid = false;
    // if it need only be alike
    Outline outline;
    uint64_t length = 0;  ///< cycles from the one before, 0: not known
  };

  /// To the next slab that is like one.
  struct Step {
    uint32_t m, n, k;
  };

  bool find_targets(const std::vector<TwinOperand>& operands);
  /// Visits everything; false: this situation cannot be kept. `same_segments`: loading takes the
  /// addresses of pending segments from the visit before, which saved.
  bool visit(StateArchive& archive, uint64_t cycle, const Place& place, bool same_segments = false);
  bool find_pending(const Place& place, uint64_t reads, uint64_t writes, uint64_t block,
                    uint64_t row);
  bool keep(uint64_t cycle);
  bool live_through();
  StateArchive::Counts counts();
  void put_back(uint64_t reached, const StateArchive::Counts& counted);
  uint64_t limit() const;
  bool go_on_calmly(uint64_t cycle);
  // what comes again (gemm_skip_repeat.cpp)
  bool same_bursts(uint64_t addresses, uint64_t shift, uint64_t bytes) const;
  void find_periods();
  bool repeat(uint64_t cycle);
  bool repeat(uint64_t cycle, Mark& mark, uint64_t period, uint64_t most);
  bool repeat_alike(uint64_t cycle);
  bool repeat_alike(uint64_t cycle, Mark& mark, const Step& step, uint64_t most);
  Mark& row_mark();
  Outline outline(uint64_t cycle);
  bool save(Kept& now);
  bool go_on_from(Mark& mark, Kept& now, bool may, uint64_t most, bool same_segments);
  void forget_marks();

  const GemmPlan& plan_;
  GemmLookAhead& length_;
  TwinPort& port_;
  GemmProgress& progress_;
  GemmLoaderTiming& loader_;
  GemmSequencerTiming& sequencer_;
  GemmOutputTiming& output_;
  uint64_t period_ps_ = 1, targets_ = 0;
  uint64_t address_period_ = 1;  ///< of the targets
  bool possible_ = false;
  bool arrived_ = true;  ///< the slab at hand is the one that is about to be announced
  bool ahead_ = false;
  uint64_t undisturbed_ps_ = 0;  ///< nobody comes before
  GemmCalm calm_;
  bool may_be_calm_ = false;
  bool landed_ = false;   ///< there
  bool by_calm_ = false;  ///< by going on calmly
  bool settled_ = true;   ///< nothing was left out shortly before
  Place place_;
  std::vector<Kept> kept_;  ///< since it looks ahead
  /// So many slabs along K, or blocks along N, further the same bursts are put on the bus; 0:
  /// never.
  uint32_t slab_period_ = 0, block_period_ = 0;
  Mark slab_mark_, block_mark_;
  Mark alike_block_, alike_slab_;
  bool alike_blocks_ = false, alike_slabs_ = false;  ///< a step leaves beats as they lie
  std::vector<Mark> row_marks_;                      ///< in this row of blocks and the one before
  std::vector<uint64_t> reads_, writes_;             ///< first bytes of pending segments
  std::vector<GemmSlab> queue_;
};

}  // namespace systole
