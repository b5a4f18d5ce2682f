// When operands are requested and where their beats go: rtl/gemm/gemm_loader.sv and
// gemm_c_fetch.sv. Upstream: GemmWalk. Downstream: the port's reader, GemmProgress.
#pragma once
#include <cstdint>
#include <functional>

#include "tlm/core/state_archive.h"
#include "tlm/gemm/gemm_plan.h"
#include "tlm/gemm/gemm_progress.h"
#include "tlm/twin/ring.h"
#include "tlm/twin/twin_port.h"

namespace systole {

class GemmLoaderTiming {
 public:
  /// `from`: the first cycle in which the loader may announce a slab.
  GemmLoaderTiming(const GemmPlan& plan, GemmProgress& progress, TwinPort& port, uint64_t from)
      : plan_(plan), progress_(progress), port_(port), walk_(plan), ready_(from) {}

  /// What happens next, in which cycle (kGemmUnknown: nothing that follows from what is known).
  enum class Event { Announce, Request, Fetch, Beat };
  struct Next {
    Event event;
    uint64_t cycle;
    uint64_t other;  ///< of the next event but beats
  };
  Next next();
  /// After Event::Announce: the slab, announced in `cycle`.
  GemmSlab announce(uint64_t cycle);
  /// The request of Event::Request and those that follow at once, up to `limit`.
  void requests(uint64_t limit);
  void fetch(uint64_t cycle);
  /// The beat of Event::Beat and those that follow at once, up to `limit`.
  void beats(uint64_t cycle, uint64_t limit);
  /// Every beat has arrived.
  bool finished() const { return walk_.done() && group_ == Group::None && segments_.empty(); }

  // for GemmSkip
  const GemmWalk& walk() const { return walk_; }
  /// Segments of a group of a slab.
  enum class Group { None, RowScale, ColScale, Bias, A, B };
  struct Segments {
    uint64_t addr, stride;
    uint32_t bytes, count;
  };
  static Segments segments(const GemmPlan& plan, const GemmSlab& slab, Group group);
  /// The group of a slab that is requested last.
  static Group last_group(const GemmPlan& plan, const GemmSlab& slab);
  /// Nothing is under way.
  bool idle() const { return group_ == Group::None && segments_.empty(); }
  /// Idle, goes on where `walk` is.
  void go_to(const GemmWalk& walk);
  /// When a slab is to be announced in `cycle`; loading: the one `walk` is at.
  void state(StateArchive& archive, uint64_t cycle, const GemmWalk& walk);

 private:
  struct Segment {
    Group group;  ///< None: old C
    bool last;    ///< of its slab, or of its block's scales
  };

  void request();
  void next_group();
  uint64_t announce_cycle();
  void beat(const Segment& segment, uint64_t cycle, bool end);
  uint64_t fetch_cycle();

  const GemmPlan& plan_;
  GemmProgress& progress_;
  TwinPort& port_;
  GemmWalk walk_;
  uint64_t ready_;  ///< from when a slab may be announced; while requesting: from when to request
  GemmSlab slab_{};
  Group group_ = Group::None;
  bool a_done_ = false, b_done_ = false;
  uint64_t addr_ = 0, stride_ = 0;
  uint32_t bytes_ = 0, count_ = 0;  ///< of the group's segments; those left
  Ring<Segment> segments_;          ///< announced, not all beats taken
  uint64_t a_loads_ = 0, b_loads_ = 0;
  // old C
  Ring<GemmSlab> fetch_blocks_;
  uint32_t fetch_m_ = 0;
  uint64_t fetch_ready_ = kGemmUnknown;  ///< from when old C may be requested
  uint64_t fetch_beats_ = 0;             ///< requested
};

}  // namespace systole
