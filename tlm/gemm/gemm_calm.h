// Follows a GEMM operation by its compute alone, where operands come before they are needed.
// Upstream: GemmSkip. Downstream: the parts of the timing model, the port's counters.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "tlm/core/burst_counts.h"
#include "tlm/gemm/gemm_loader_timing.h"
#include "tlm/gemm/gemm_output_timing.h"
#include "tlm/gemm/gemm_plan.h"
#include "tlm/gemm/gemm_progress.h"
#include "tlm/gemm/gemm_sequencer_timing.h"
#include "tlm/twin/twin_port.h"

namespace systole {

/// Cycles from a read's announcement to its last beat at the longest, if nobody else uses
/// `targets`.
uint64_t read_round_trip(TwinPort& port, uint64_t targets);

/// Slabs are calm if even at the longest that their bursts can take, everything arrives before
/// compute looks for it, and every block has left before its room is needed. Then the cycles of
/// compute, and with them those in which slabs are announced, do not depend on how rows lie on
/// beats and pages or on what memories and links do: they follow from the slabs' extents, and
/// repeat. From a slab at which loader, output and port are idle to another such slab nothing needs
/// to be issued: traffic is counted.
///
/// A block's first slab may come late, if the last one of the block before was short. It does so
/// before that block leaves; so if two blocks with the same bursts of A and B took the same time
/// from idle to idle, the next ones do.
///
/// What bursts can take at the longest: see load_cycles() and drain_cycles(). It supposes that
/// nobody else uses the memories.
///
/// Exact: cycles, bytes and read stalls. Bursts and write stalls are reckoned (a write stall for
/// every row of C but a block's last whose last bus beat takes no data); docs/blocks/engine.md says
/// how far they have been off. Not exact: the thread's own time, by less than engine_batch_cycles,
/// which only others can tell, and how often it gave up simulated time.
class GemmCalm {
 public:
  GemmCalm(const GemmPlan& plan, TwinPort& port, GemmProgress& progress, GemmLoaderTiming& loader,
           GemmSequencerTiming& sequencer, GemmOutputTiming& output);
  /// Before anything else: false if it is never calm. `alike`: the bursts of B and of scales are
  /// the same in every whole block of a row of blocks.
  bool prepare(uint64_t targets, bool alike);

  /// The loader is about to announce the slab of `walk` in `cycle`; `block`: its block's first.
  /// Goes on to a later slab, announced not after `limit`; false: nowhere.
  bool go(uint64_t cycle, const GemmWalk& walk, const GemmSlab& block, uint64_t limit);
  /// The operation goes back: nothing is known of what was.
  void forget() { idle_.valid = false; }
  // where that is
  uint64_t cycle() const { return end_.cycle; }
  const GemmWalk& walk() const { return end_.walk; }
  const GemmSlab& block() const { return end_.block; }  ///< its first slab
  uint64_t slabs() const { return end_.slabs; }         ///< so many later
  /// Nothing is booked from this cycle on that is left out.
  uint64_t quiet_from() const { return end_.quiet_from; }

 private:
  /// A slab that is about to be announced.
  struct Point {
    explicit Point(const GemmPlan& plan) : walk(plan) {}
    GemmWalk walk;
    GemmSlab block{};  ///< first slab of its block
    uint64_t cycle = 0, slabs = 0;
    uint64_t quiet_from = 0;
    GemmSequencerState compute;
    GemmEvents a_releases, b_releases, block_releases, scales;
    GemmBlockRows rows;  ///< of its block
  };
  /// How an operand's segments lie at the worst.
  struct Lie {
    bool aligned = false;       ///< to beats
    bool within_pages = false;  ///< none goes beyond its page
  };
  /// Bursts of each operand.
  struct Traffic {
    BurstCounts a, b, c, row_scale, col_scale, bias;
    uint64_t extra = 0;  ///< segments of C with a bus beat that takes no data
  };

  Lie lie(uint64_t addresses, uint64_t bytes) const;
  uint64_t burst_cycles(uint64_t beats, double slower) const;
  uint64_t segment_cycles(Lie lie, uint64_t bytes, double slower) const;
  uint64_t group_cycles(const GemmSlab& slab, GemmLoaderTiming::Group group, double slower);
  uint64_t a_page_ends(const GemmSlab& slab);
  uint64_t memory_cycles(const GemmSlab& slab) const;
  uint64_t load_cycles(const GemmSlab& slab, bool draining, bool weights_only);
  uint64_t drain_cycles(const GemmSlab& slab) const;
  bool is_idle(uint64_t cycle, const GemmSlab& slab);
  bool skip_blocks(uint64_t cycle, const GemmWalk& walk, const GemmSlab& block, uint64_t limit);
  bool step();
  void repeat(uint64_t limit);
  void repeat_blocks(uint64_t limit);
  bool may_end(uint64_t from) const;
  void keep_end();
  void count(const GemmSlab& from, const GemmSlab& to);
  void count_blocks(Traffic& sum, uint32_t m0, uint32_t from_n, uint32_t to_n, uint32_t from_k,
                    uint32_t to_k);
  void count_c(Traffic& sum, uint32_t m0, uint32_t from_n, uint32_t to_n) const;
  BurstCounts count_b(uint32_t n0, uint32_t from_k, uint32_t to_k) const;

  const GemmPlan& plan_;
  TwinPort& port_;
  GemmProgress& progress_;
  GemmLoaderTiming& loader_;
  GemmSequencerTiming& sequencer_;
  GemmOutputTiming& output_;
  BurstCutter cutter_;
  // what bursts can take, in cycles
  std::array<double, BurstCounts::kMostBeats + 1> busy_{};  ///< of a memory, by beats
  uint64_t round_trip_ = 0;                                 ///< of a read, at the longest
  uint64_t least_ = 1;                                      ///< of a burst, if all are outstanding
  double write_share_ = 0;     ///< of a memory's time, while blocks leave
  uint64_t block_writes_ = 0;  ///< of a memory's time, for a block
  Lie a_lie_, b_lie_, c_lie_;
  uint64_t a_ends_ = 0;
  uint32_t a_ends_of_ = ~0u;  ///< of the rows from this one on
  /// Where it was idle last.
  struct {
    bool valid = false;
    GemmSlab slab;
    uint64_t cycle = 0;
    GemmSequencerState compute;
  } idle_;
  bool alike_ = false;
  // the slab at hand
  Point at_, end_;
  bool found_ = false;
  GemmProgress there_;  ///< every operand is
  GemmSequencerTiming compute_;
  uint64_t loaded_ = 0;                        ///< by then every slab before has arrived,
  uint64_t drained_ = 0, drained_before_ = 0;  ///< the last final block left, and the one before
  // the slab before
  uint64_t length_ = 0, stalls_ = 0;  ///< 0: the next one may differ
  /// When the first slab of the block before is announced; the first of its row: not known.
  struct {
    bool valid = false;
    uint32_t n0 = 0;
    uint64_t cycle = 0, slabs = 0, loaded = 0, drained = 0, drained_before = 0;
    GemmSequencerState compute;
  } block_;
  std::vector<BurstCounts> b_counts_;  ///< of all of K, by block column
  BurstCounts a_count_;                ///< of all of K, of the rows from
  uint32_t a_counted_ = ~0u;           ///< this one on
};

}  // namespace systole
