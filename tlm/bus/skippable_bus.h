// How an initiator may leave out traffic whose times it knows, and do it later if somebody looks.
// Upstream: EngineTwin. Implemented by the Interconnect; memories say their part.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "tlm/bus/looks.h"
#include "tlm/core/burst_counts.h"
#include "tlm/core/state_archive.h"

namespace systole {

/// No request's data precede simulated time by more cycles: a write's last beat is not behind it,
/// and the longest burst has 256 beats. Older bookings decide nothing.
inline constexpr uint64_t kLookBackCycles = 260;
inline uint64_t look_back(uint64_t now_cycle) {
  return now_cycle > kLookBackCycles ? now_cycle - kLookBackCycles : 0;
}

/// What bursts of whole beats take at most, if nobody else uses bus and memories.
struct Pace {
  uint64_t latency_ps = 0;  ///< from a read's request to its first beat
  std::array<uint64_t, BurstCounts::kMostBeats + 1>
      busy_ps{};            ///< by beats: of the part of the memory that takes longest
  uint32_t beat_bytes = 0;  ///< of the bus
};

/// How busy a target was kept over some time, or is: of its data channels and of the memory behind.
/// Cycles, or shares of the time.
struct TargetLoad {
  double read = 0, write = 0, memory = 0;
};
/// By target, in ascending order of their bits.
using TargetLoads = std::vector<TargetLoad>;

/// An operation as those beside it see it.
struct ApartOperation {
  uint64_t id = 0;        ///< equal for operations that are alike but for addresses
  uint64_t alone_ps = 0;  ///< how long it takes alone
  TargetLoads loads;      ///< alone: shares of that time
  bool is_short = false;  ///< fetches and words of others count
};

/// A target that can say the state of its timing.
class RepeatableTarget {
 public:
  virtual ~RepeatableTarget() = default;
  /// Addresses that differ by a multiple of this take the same time in the same state, within the
  /// target; 0: it cannot say, and is never skipped.
  virtual uint64_t address_period() const = 0;
  /// State and counters when simulated time is `now_cycle`: of bookings, those that a request of
  /// then or later can still meet (look_back()).
  virtual void state(StateArchive& archive, uint64_t now_cycle) = 0;
  virtual bool writable() const = 0;
  /// A legal access without data: counts it and takes the time; as a transaction's `time`, but
  /// absolute, in picoseconds.
  virtual uint64_t pass(bool is_write, uint64_t offset, unsigned bytes, uint64_t time_ps) = 0;
  /// Raises `pace`, of which beat_bytes is known, to what this target takes.
  virtual void pace(Pace& pace) const = 0;
  /// Counts bursts that are left out.
  virtual void count(bool is_write, const BurstCounts& bursts, uint32_t beat_bytes) = 0;
  /// Counts reads of a word of `bytes`.
  virtual void count_looks(uint64_t times, uint32_t bytes) = 0;
  /// For how long it was busy so far, in picoseconds: the mean of its parts.
  virtual uint64_t busy_ps() const = 0;
  /// As SkippableBus's, at `ps`.
  virtual void reopen(uint64_t ps) = 0;
};

/// An initiator that leaves out traffic.
class Skipper {
 public:
  virtual ~Skipper() = default;
  /// Somebody else is about to use a target of the traffic that is left out. Returns when all of it
  /// up to simulated time has been done, in no simulated time; `first`: but for what is due at this
  /// very moment. Called from a thread, which waits.
  virtual void settle(bool first) = 0;
  /// The same from outside of the simulation: done when simulation goes on, in no simulated time.
  virtual void settle_soon() = 0;
};

/// A bus on which traffic can be skipped. Targets are numbered bits of a mask.
class SkippableBus {
 public:
  virtual ~SkippableBus() = default;
  /// The bit of the target that holds all of [addr, addr + bytes), 0 if none does or it cannot say
  /// its state.
  virtual uint64_t target_bit(uint64_t addr, uint64_t bytes) const = 0;
  /// Where `addr` lies within its target's address_period(), which target_bit() says it has.
  virtual uint64_t address_phase(uint64_t addr) const = 0;
  virtual uint64_t address_period(uint64_t target) const = 0;
  virtual bool writable(uint64_t target) const = 0;
  /// A burst without data to a target that target_bit() knows: what a transaction entering in
  /// `cycle` does, but for waiting. Returns the cycle of its end.
  virtual uint64_t pass(unsigned initiator, bool is_write, uint64_t addr, unsigned bytes,
                        uint64_t cycle) = 0;
  /// A burst without data, as a transaction that enters in `cycle`: it waits as one does. Returns
  /// the cycle of its end; kNoTarget, and nothing has happened: it must be a transaction.
  virtual uint64_t book(unsigned initiator, bool is_write, uint64_t addr, unsigned bytes,
                        uint64_t cycle) = 0;
  static constexpr uint64_t kNoTarget = ~uint64_t{0};
  virtual Pace pace(uint64_t targets) const = 0;
  /// Counts bursts of whole beats to the target at `addr` that are left out.
  virtual void count(unsigned initiator, bool is_write, uint64_t addr,
                     const BurstCounts& bursts) = 0;
  /// Of the initiator's links and of `targets`, when simulated time is `now_cycle`.
  virtual void state(StateArchive& archive, unsigned initiator, uint64_t targets,
                     uint64_t now_cycle) = 0;
  /// False if somebody else leaves out traffic at one of `targets`, or a request of another
  /// initiator lies ahead of simulated time there: what an arbiter may decide then is not part of
  /// the state. In an operation that is apart: if somebody there is in the midst of one that has
  /// not enough room beside it.
  virtual bool quiet(unsigned initiator, uint64_t targets, uint64_t now_cycle) const = 0;
  /// The initiator's accesses wait for others that come before them (Interconnect, "Order").
  virtual bool keeps_order(unsigned initiator) const = 0;
  /// Grows when another initiator uses one of `targets`.
  virtual uint64_t foreign(unsigned initiator, uint64_t targets) const = 0;
  // ---- operations that are apart
  /// The initiator begins one. True: it, and all that are in the midst of one at `targets`, leave
  /// each other room (SideBySide): they neither see nor disturb each other.
  virtual bool begin_apart(unsigned initiator, uint64_t targets, const ApartOperation& operation,
                           uint64_t now_ps) = 0;
  /// It ends. `in_detail`: it was carried out burst by burst.
  virtual void end_apart(unsigned initiator, uint64_t now_ps, bool in_detail) = 0;
  /// By how much the others have delayed it by now, in picoseconds.
  virtual uint64_t delay_apart(unsigned initiator, uint64_t now_ps) const = 0;
  /// Somebody else is in the midst of one at `targets`.
  virtual bool has_company(unsigned initiator, uint64_t targets) const = 0;
  /// The initiator's next accesses are fetches and words, which disturb only short operations.
  virtual void set_front_end(unsigned initiator, bool is_front_end) = 0;
  /// Forgets what is booked at `targets` and on the initiator's links.
  virtual void forget(unsigned initiator, uint64_t targets, uint64_t now_cycle) = 0;
  /// The initiator goes back to `cycle`: from then on there is room again, but for what is booked.
  virtual void reopen(unsigned initiator, uint64_t targets, uint64_t cycle) = 0;
  /// How long `targets` have been busy, in cycles.
  virtual TargetLoads busy(uint64_t targets) const = 0;
  /// From now on `skipper` is asked before somebody else uses one of `targets`, unless that is
  /// apart. False: somebody else skips there who is not apart; nothing has changed.
  virtual bool begin_skip(unsigned initiator, uint64_t targets, Skipper& skipper) = 0;
  virtual void end_skip(unsigned initiator, uint64_t targets) = 0;
  /// From now on `poller`, which looks at words in `targets` again and again and else leaves them
  /// alone, is asked before somebody else writes there. Anybody may skip there meanwhile.
  virtual void begin_poll(unsigned initiator, uint64_t targets, Skipper& poller) = 0;
  virtual void end_poll(unsigned initiator, uint64_t targets) = 0;
  /// What does looks in the name of who waits for a word; null: who waits must look for himself.
  virtual Looks* looks() = 0;
  /// Counts reads of the word at `addr` that are left out.
  virtual void count_looks(unsigned initiator, uint64_t addr, uint64_t times) = 0;
  /// The initiator's thread will run at `ps`, and has not yet. Others that come at that very
  /// picosecond let it go first; of two that run then, the lower number goes first: so the order
  /// does not depend on what is skipped.
  virtual void will_run(unsigned initiator, uint64_t ps) = 0;
  /// It runs now. `as_said`: because of what it said, and not because somebody woke it.
  virtual void runs(unsigned initiator, bool as_said) = 0;
  /// Two or more initiators that run ahead move bulk data.
  virtual bool many_move() const = 0;
  /// Waits, in no simulated time, until those have run that go before `initiator`.
  virtual void let_others_go_first(unsigned initiator) = 0;
};

}  // namespace systole
