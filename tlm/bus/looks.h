// Looks at words that initiators wait for, done by the bus while their threads sleep.
// Upstream: Interconnect. Downstream: the Lookers, which EngineTwin is.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "tlm/core/clock.h"

namespace systole {

/// Who looks at a word again and again until it is as it is waited for.
class Looker {
 public:
  virtual ~Looker() = default;
  static constexpr uint64_t kNoLook = ~uint64_t{0};
  /// Does the look that is due, as if simulated time were there; must not wait. Returns when the
  /// next one is due, in picoseconds; kNoLook: none is, and the thread has been woken.
  virtual uint64_t look() = 0;
  /// Looks now, beside time: the word is as it is waited for.
  virtual bool sees() const = 0;
  /// Wakes the thread, which goes on looking for itself.
  virtual void wake() = 0;
};

/// A thread that looks for itself wakes for each look. Instead it may sleep, and each look is done
/// in its name just before something else happens at its time or later: what is booked on bus and
/// memories, and in which order, is the same.
class Looks {
 public:
  /// `initiator` sleeps; the first look at the four bytes at `addr` is due at `first_ps`.
  void begin(unsigned initiator, uint64_t addr, uint64_t first_ps, Looker& looker);
  /// It has woken.
  void end(unsigned initiator);
  /// When the next look is due; kNoLook.
  uint64_t next_ps() const { return next_ps_; }
  /// Does what is due before `now_ps`, in the order of time; of what is due then, what `first(n)`
  /// says of initiator n.
  template <class First>
  void run(uint64_t now_ps, First first) {
    if (now_ps >= next_ps_) do_looks(now_ps, first);
  }
  /// What is due by now.
  void run_due() {
    run(Clock::now_ps(), [](unsigned) { return true; });
  }
  /// `by` is about to write [addr, addr + bytes) over the bus: wakes who waits for a word there.
  void written(uint64_t addr, uint64_t bytes, unsigned by);
  /// The same without the bus: what is due comes first.
  void written_directly(uint64_t addr, uint64_t bytes, unsigned by) {
    run_due();
    written(addr, bytes, by);
  }
  /// To be called before and after software may write memory without the bus, in no simulated time:
  /// does what is due, and wakes who sees what it waits for.
  void pass_by();

 private:
  struct Look {
    unsigned initiator;
    uint64_t addr, due_ps;
    Looker* looker;
  };
  void do_looks(uint64_t now_ps, const std::function<bool(unsigned)>& first);
  void find_next();

  std::vector<Look> looks_;
  uint64_t next_ps_ = Looker::kNoLook;
};

}  // namespace systole
