// Leaves out slabs of a GEMM operation that have been timed before.
// Upstream: time_gemm. Downstream: the parts of the timing model, TwinPort, GemmMemory.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "tlm/gemm/gemm_loader_timing.h"
#include "tlm/gemm/gemm_memory.h"
#include "tlm/gemm/gemm_output_timing.h"
#include "tlm/gemm/gemm_plan.h"
#include "tlm/gemm/gemm_progress.h"
#include "tlm/gemm/gemm_sequencer_timing.h"
#include "tlm/twin/twin_core.h"
#include "tlm/twin/twin_port.h"

namespace systole {

/// A slab begins when the loader announces it. What happens until the next slab is announced
/// follows from the state then (of loader, sequencer, output, port, links and memories, relative
/// to that cycle) and from the two slabs' types: their extents, their place in their blocks, and
/// how their rows lie on beats, pages and banks. Each such step that was timed is kept. When a
/// slab begins, steps that are known are followed as far as they go, the engine sleeps over them,
/// and the state at their end is loaded.
///
/// Not for ACCUMULATE.
class GemmSkip {
 public:
  /// The parts must outlive it. `operands`: of the descriptor, none if it must not be skipped.
  GemmSkip(const GemmPlan& plan, const std::vector<TwinOperand>& operands, GemmMemory& memory,
           TwinPort& port, GemmProgress& progress, GemmLoaderTiming& loader,
           GemmSequencerTiming& sequencer, GemmOutputTiming& output);

  enum class Went { Nowhere, Ahead, ToEnd };
  /// The loader is about to announce a slab in `cycle`, nothing else can happen before. Ahead: it
  /// is about to announce another one. ToEnd: everything is done, in done().
  Went slab(uint64_t cycle);
  /// Everything was put, and is answered in `done`.
  void end(uint64_t done);
  uint64_t done() const { return done_; }

 private:
  /// Where an operation is: the slab at hand and those before it.
  struct Place {
    explicit Place(const GemmPlan& plan) : walk(plan), ahead(plan) {}
    GemmWalk walk, ahead;              ///< at the slab at hand, and at the next
    std::array<GemmSlab, 8> slabs{};   ///< by number modulo 8
    std::array<GemmSlab, 8> blocks{};  ///< first slabs, by block modulo 8
    std::array<uint32_t, 8> types{}, block_types{};
    uint64_t number = 0;
    uint32_t type = 0, next_type = 0;  ///< of the slab at hand and the one after it
  };

  uint32_t pattern(uint64_t addr, uint64_t stride, uint32_t bytes, uint32_t count);
  uint32_t pattern(const GemmSlab& slab, GemmLoaderTiming::Group group);
  uint32_t type(const GemmSlab& slab);
  void enter(Place& place);
  void step(Place& place);
  bool find_targets(const std::vector<TwinOperand>& operands);
  /// Visits everything; false: this situation cannot be kept.
  bool visit(StateArchive& archive, uint64_t cycle, const Place& place);
  bool visit_end(StateArchive& archive, uint64_t cycle);
  bool find_pending(const Place& place, uint64_t reads, uint64_t writes, uint64_t block,
                    uint64_t row);
  Went follow(uint32_t state, uint64_t cycle);
  void load(uint32_t state, uint64_t cycle, const StateArchive::Counts& counted,
            const Place& place);
  void remember(uint32_t state, uint64_t cycle, const StateArchive::Counts& counts);

  const GemmPlan& plan_;
  GemmMemory& memory_;
  TwinPort& port_;
  GemmProgress& progress_;
  GemmLoaderTiming& loader_;
  GemmSequencerTiming& sequencer_;
  GemmOutputTiming& output_;
  uint64_t period_ps_ = 1, targets_ = 0, bank_period_ = 1, done_ = 0;
  uint32_t operation_ = 0;  ///< what all slabs have in common, as a slab type
  bool possible_ = false;
  bool arrived_ = true;    ///< the slab at hand is the one that is about to be announced
  bool followed_ = false;  ///< the way ahead is known to end, or to be disturbed, here
  bool calm_ = true;       ///< nobody came during the slab before
  Place place_;
  StateWords words_, type_words_;
  uint32_t last_type_ = 0;
  std::vector<uint64_t> reads_, writes_;  ///< first bytes of pending segments
  std::vector<GemmSlab> queue_;
  struct Milestone {
    uint32_t state;
    uint64_t cycle, ps;
  };
  std::vector<Milestone> trail_;
  // the slab before, timed from its beginning
  bool timed_ = false;
  GemmMemory::Key from_{};
  uint64_t from_cycle_ = 0, undisturbed_ = 0;
  StateArchive::Counts from_counts_{};
};

}  // namespace systole
