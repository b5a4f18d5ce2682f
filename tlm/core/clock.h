// The SoC clock: conversion between cycles, picoseconds and sc_time.
#pragma once
#include <cstdint>
#include <systemc>

namespace systole {

/// One SoC clock, first rising edge at time 0. The period is a whole number of picoseconds
/// (1e6 / MHz, rounded down), so that cycle counts convert exactly both ways.
/// SystemC's resolution must be its default, 1 ps: then sc_time::value() is in picoseconds.
class Clock {
 public:
  /// mhz: 1 to 1 000 000.
  explicit Clock(unsigned mhz = 1000) : mhz_(mhz), period_ps_(1'000'000u / (mhz ? mhz : 1)) {
    if (mhz == 0 || mhz > 1'000'000u) SC_REPORT_FATAL("systole/clock", "clock_mhz is out of range");
    reciprocal_ = ~uint64_t{0} / period_ps_;
  }

  unsigned mhz() const { return mhz_; }
  uint64_t period_ps() const { return period_ps_; }
  sc_core::sc_time period() const { return sc_core::sc_time::from_value(period_ps_); }
  uint64_t ps(uint64_t cycles) const { return cycles * period_ps_; }
  sc_core::sc_time time(uint64_t cycles) const {
    return sc_core::sc_time::from_value(cycles * period_ps_);
  }
  /// Cycles completed at time `ps`.
  uint64_t floor_cycles(uint64_t ps) const {
    // ps / period_ps_, several times in every transaction: by the reciprocal, at most one too small
    const auto product = static_cast<unsigned __int128>(ps) * reciprocal_;
    const uint64_t cycles = static_cast<uint64_t>(product >> 64);
    return cycles + (ps - cycles * period_ps_ >= period_ps_ ? 1 : 0);
  }
  /// First clock edge at or after `ps`.
  uint64_t ceil_cycles(uint64_t ps) const { return floor_cycles(ps + period_ps_ - 1); }
  /// Cycles completed at the current simulated time.
  uint64_t now_cycles() const { return floor_cycles(now_ps()); }
  /// Simulated time, as every model must ask for it; while an initiator catches up with traffic
  /// that it had left out (Skipper), the time it has got to.
  [[gnu::always_inline]] static uint64_t now_ps() { return real_ps() - lag_ps_; }
  /// Simulated time itself.
  [[gnu::always_inline]] static uint64_t real_ps() {
    if (!time_) time_ = &sc_core::sc_get_curr_simcontext()->time_stamp();
    return time_->value();
  }
  /// `ps` picoseconds as sc_time, without a call into the library for spans that come again, as the
  /// delays of transactions do.
  static sc_core::sc_time span(uint64_t ps) {
    Span& span = spans_[(ps * 0x9e3779b97f4a7c15) >> 56];
    if (span.ps != ps) span = {ps, sc_core::sc_time::from_value(ps)};
    return span.time;
  }
  /// How far now_ps() is behind simulated time (modulo 2^64: or ahead, while nobody else runs). Set
  /// by who catches up, 0 when it next waits.
  static void set_lag(uint64_t ps) { lag_ps_ = ps; }
  static uint64_t lag_ps() { return lag_ps_; }

 private:
  struct Span {
    uint64_t ps;
    sc_core::sc_time time;
  };
  inline static Span spans_[256] = {};
  inline static const sc_core::sc_time* time_ = nullptr;  ///< the kernel's
  inline static uint64_t lag_ps_ = 0;

  unsigned mhz_;
  uint64_t period_ps_;
  uint64_t reciprocal_ = 0;  ///< of the period, times 2^64, rounded down
};

}  // namespace systole
