#include "tlm/twin/twin_time.h"

namespace systole {
namespace {

constexpr uint64_t kNotKnown = ~uint64_t{0};

}  // namespace

void TwinTime::connect(SkippableBus* bus, unsigned initiator) {
  bus_ = bus;
  initiator_ = initiator;
  if (bus_) bus_->will_run(initiator_, kNotKnown);
}

void TwinTime::caught_up() {
  if (!catching_up_) return;
  Clock::set_lag(0);
  catching_up_ = other_first_ = false;
  std::vector<sc_core::sc_event*> waiting;
  waiting.swap(waiting_);
  for (sc_core::sc_event* event : waiting) event->notify();
}

void TwinTime::wait_until(uint64_t ps) {
  const uint64_t real = Clock::real_ps();
  if ((catching_up_ && ps < real) || ahead_) {
    Clock::set_lag(real - ps);
    return;
  }
  if (catching_up_ && ps == real) {
    Clock::set_lag(0);
    bus_->runs(initiator_, true);
    if (!other_first_) return;
    caught_up();
    sc_core::wait(sc_core::SC_ZERO_TIME);
    return;
  }
  caught_up();
  next_ = ps;
  if (bus_) bus_->will_run(initiator_, ps);
  sc_core::wait(Clock::span(ps - real));
  next_ = kNotKnown;
  if (bus_) bus_->runs(initiator_, true);
}

void TwinTime::doze(uint64_t until, const uint64_t& next) {
  caught_up();
  const uint64_t real = Clock::real_ps();
  if (alarm_ps_ <= real || alarm_ps_ > until) {
    alarm_ps_ = until;
    alarm_.notify(Clock::span(until - real));
  }
  sc_core::wait(wake_or_alarm_);
  bus_->runs(initiator_, Clock::real_ps() == next);
}

uint64_t TwinTime::sleep(uint64_t until, uint64_t targets) {
  const uint64_t real = Clock::real_ps();
  if (catching_up_) return other_first_ ? real - 1 : real;
  if (!bus_->begin_skip(initiator_, targets, *this)) return 0;
  const uint64_t reached = sleep(until);
  bus_->end_skip(initiator_, targets);
  return reached;
}

uint64_t TwinTime::sleep_polling(uint64_t until, uint64_t targets) {
  const uint64_t real = Clock::real_ps();
  if (catching_up_) return other_first_ ? real - 1 : real;
  bus_->begin_poll(initiator_, targets, *this);
  const uint64_t reached = sleep(until);
  bus_->end_poll(initiator_, targets);
  return reached;
}

uint64_t TwinTime::sleep(uint64_t until) {
  const uint64_t real = Clock::real_ps();
  ++sleeps_;
  settle_ = false;
  for (uint64_t now = real; until > now; now = Clock::real_ps()) {
    next_ = until;
    bus_->will_run(initiator_, until);
    sc_core::wait(Clock::span(until - now), wake_);
    next_ = kNotKnown;
    bus_->runs(initiator_, Clock::real_ps() >= until);
    if (settle_ || !waiting_.empty() || !served_ || !served_()) break;
  }
  const uint64_t reached = Clock::real_ps();
  if (!waiting_.empty() || reached < until) catching_up_ = true;
  return other_first_ ? reached - 1 : reached;
}

void TwinTime::look_back() {
  Clock::set_lag(0);
  ahead_ = false;
}

uint64_t TwinTime::live_through(uint64_t targets) {
  const uint64_t until = Clock::now_ps();
  look_back();
  return sleep(until, targets);
}

void TwinTime::lag_to(uint64_t ps) {
  const uint64_t real = Clock::real_ps();
  Clock::set_lag(real - ps);
  if (real != ps && !ahead_) catching_up_ = true;
}

void TwinTime::settle(bool first) {
  sc_core::sc_event done;
  waiting_.push_back(&done);
  other_first_ = first;
  wake_.notify();
  sc_core::wait(done);
}

}  // namespace systole
