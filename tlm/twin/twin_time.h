// How an engine's thread passes simulated time, and how it sleeps over what it has done before.
// Upstream: EngineTwin. Downstream: the kernel; the bus, which tells when somebody looks.
#pragma once
#include <cstdint>
#include <functional>
#include <systemc>
#include <vector>

#include "tlm/bus/skippable_bus.h"
#include "tlm/core/clock.h"

namespace systole {

/// All times are absolute picoseconds. Everything but settle() is called by the engine's thread.
///
/// While the thread sleeps over known traffic, nothing of it has been done. If somebody else needs
/// it, the thread wakes, puts itself back to an earlier time (lag_to) and does what it left out:
/// until it has caught up, waiting takes no simulated time, and Clock::now_ps() is its own time.
/// Who came waits until then.
class TwinTime : private Skipper {
 public:
  /// `wake`: ends a sleep; somebody has accessed a register.
  explicit TwinTime(sc_core::sc_event& wake) : wake_(wake) { wake_or_alarm_ = wake | alarm_; }
  /// Without a bus nothing is skipped.
  void connect(SkippableBus* bus, unsigned initiator);
  /// `served`: asked when a register is accessed during a sleep. True: the access was answered, and
  /// the sleep goes on.
  void on_access(std::function<bool()> served) { served_ = std::move(served); }
  SkippableBus* bus() const { return bus_; }
  unsigned initiator() const { return initiator_; }

  void wait_until(uint64_t ps);
  /// The same, or less: until it is woken. It goes on as if it had said that it runs at `next`.
  void doze(uint64_t until, const uint64_t& next);
  /// The thread is about to wait for something else, or to serve register accesses: it has done
  /// all that it could do by now.
  void caught_up();
  /// True from lag_to() to the next wait: accesses that have come meanwhile are not to be seen yet.
  bool catching_up() const { return catching_up_; }
  /// The thread will run at this very moment, but has not yet.
  bool runs_now() const { return next_ == Clock::real_ps(); }

  /// Sleeps over traffic with `targets` until `until`. Returns up to when it may be taken as done:
  /// `until` or more, or less if somebody came in between; 0: nobody slept, do it in detail.
  uint64_t sleep(uint64_t until, uint64_t targets);
  /// The same over looks at words in `targets`: until somebody else writes there.
  uint64_t sleep_polling(uint64_t until, uint64_t targets);
  /// From now on nothing waits: the thread finds out what will be, and Clock::now_ps() is ahead of
  /// simulated time. Nobody else runs meanwhile. Not while catching_up().
  void look_ahead() { ahead_ = true; }
  bool looking_ahead() const { return ahead_; }
  /// What was found out is not to come to pass by itself: back to simulated time.
  void look_back();
  /// Sleeps until what was found out has come. As sleep(): less than Clock::now_ps() is now if
  /// somebody came in between. Then everything must be put back to what it was by then.
  uint64_t live_through(uint64_t targets);
  /// Sleeps over known traffic so far.
  uint64_t sleeps() const { return sleeps_; }
  /// The thread goes on as of `ps`, which is not later than simulated time.
  void lag_to(uint64_t ps);

 private:
  uint64_t sleep(uint64_t until);
  void settle(bool first) override;
  void settle_soon() override {
    settle_ = true;
    wake_.notify(sc_core::SC_ZERO_TIME);
  }

  sc_core::sc_event& wake_;
  // One timer for many dozes: what is cancelled stays in the kernel's queue.
  sc_core::sc_event alarm_;
  sc_core::sc_event_or_list wake_or_alarm_;
  uint64_t alarm_ps_ = 0;
  SkippableBus* bus_ = nullptr;
  unsigned initiator_ = 0;
  uint64_t next_ = ~uint64_t{0};
  std::function<bool()> served_;
  bool settle_ = false;  ///< settle_soon()
  bool catching_up_ = false, ahead_ = false;
  uint64_t sleeps_ = 0;
  bool other_first_ = false;  ///< who came goes before what is due at this very moment
  std::vector<sc_core::sc_event*> waiting_;
};

}  // namespace systole
