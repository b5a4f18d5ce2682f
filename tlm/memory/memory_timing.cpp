#include "tlm/memory/memory_timing.h"

#include <algorithm>
#include <cmath>

namespace systole {

DramTiming::DramTiming(const PortShape& port, double latency_ns, double bandwidth_gbps)
    : port_(port),
      latency_ps_(static_cast<uint64_t>(std::llround(latency_ns * 1000.0))),
      ps_per_byte_(1000.0 / bandwidth_gbps) {
  if (!(latency_ns >= 0) || !(bandwidth_gbps > 0))
    SC_REPORT_FATAL("systole/memory", "dram.latency_ns or dram.bandwidth_gbps is out of range");
  constexpr size_t kUsual = 1024 + 1;
  for (uint64_t bytes = 0; bytes < kUsual; ++bytes) taken_.push_back(compute_taken(bytes));
}

uint64_t DramTiming::access(bool is_write, uint64_t offset, unsigned bytes, uint64_t time) {
  const uint64_t period = port_.clock.period_ps();
  const uint64_t at_port = port_.beats(offset, bytes) * period;
  const uint64_t taken = this->taken(bytes);
  if (is_write) {
    const uint64_t first = time - std::min(time, at_port - period);
    return std::max(channel_.book(first, taken), time + period);
  }
  const uint64_t first = time + latency_ps_;
  return std::max(channel_.book(first, taken), first + at_port);
}

uint64_t DramTiming::compute_taken(uint64_t bytes) const {
  return static_cast<uint64_t>(std::ceil(static_cast<double>(bytes) * ps_per_byte_));
}

void DramTiming::pace(Pace& pace) const {
  pace.latency_ps = std::max(pace.latency_ps, latency_ps_);
  for (size_t beats = 1; beats < pace.busy_ps.size(); ++beats)
    pace.busy_ps[beats] = std::max(pace.busy_ps[beats], taken(beats * pace.beat_bytes));
}

void DramTiming::count(const BurstCounts& bursts, uint32_t beat_bytes) {
  for (size_t beats = 1; beats < bursts.of.size(); ++beats)
    if (bursts.of[beats]) channel_.count(bursts.of[beats] * taken(beats * beat_bytes));
}

double DramTiming::utilization(uint64_t time) const {
  return time ? static_cast<double>(channel_.busy()) / static_cast<double>(time) : 0.0;
}

SpmTiming::SpmTiming(const PortShape& port, unsigned banks, unsigned latency_cycles)
    : port_(port), latency_cycles_(latency_cycles), banks_(banks) {
  if (banks == 0) SC_REPORT_FATAL("systole/memory", "spm.banks must be at least 1");
  power_of_two_ = banks != 0 && (banks & (banks - 1)) == 0;
}

uint64_t SpmTiming::access(bool is_write, uint64_t offset, unsigned bytes, uint64_t time) {
  const Clock& clock = port_.clock;
  const unsigned beats = port_.beats(offset, bytes);
  const unsigned count = static_cast<unsigned>(banks_.size());
  uint64_t first = clock.ceil_cycles(time);
  if (is_write)
    first -= std::min<uint64_t>(first, beats - 1);
  else
    first += latency_cycles_;

  uint64_t end = first + beats;
  const uint64_t place = offset >> port_.beat_shift();
  if (beats == 1 && power_of_two_)  // most often
    return clock.ps(std::max(end, banks_[place & (count - 1)].book(first, 1)));
  unsigned bank, each, more;  // the first `more` banks take one more than `each`
  if (power_of_two_) {
    bank = static_cast<unsigned>(place) & (count - 1);
    each = beats >> __builtin_ctz(count);
    more = beats & (count - 1);
  } else {
    bank = static_cast<unsigned>(place % count);
    each = beats / count;
    more = beats % count;
  }
  for (unsigned i = 0; i < std::min(beats, count); ++i) {
    end = std::max(end, banks_[bank].book(first + i, each + (i < more ? 1 : 0)));
    if (++bank == count) bank = 0;
  }
  return clock.ps(end);
}

void SpmTiming::pace(Pace& pace) const {
  pace.latency_ps = std::max(pace.latency_ps, port_.clock.ps(latency_cycles_));
  for (size_t beats = 1; beats < pace.busy_ps.size(); ++beats)
    pace.busy_ps[beats] =
        std::max(pace.busy_ps[beats], port_.clock.ps((beats + banks_.size() - 1) / banks_.size()));
}

void SpmTiming::prune(uint64_t now) {
  if (now < prune_at_) return;
  prune_at_ = now + port_.clock.ps(kPruneCycles);
  const uint64_t before = port_.clock.floor_cycles(port_.horizon(now));
  for (Calendar& bank : banks_) bank.prune(before);
}

uint64_t SpmTiming::busy_ps() const {
  uint64_t busy = 0;
  for (const Calendar& bank : banks_) busy += bank.busy();
  return port_.clock.ps(busy) / banks_.size();
}

void SpmTiming::reopen(uint64_t ps) {
  for (Calendar& bank : banks_) bank.reopen(port_.clock.floor_cycles(port_.horizon(ps)));
}

double SpmTiming::utilization(uint64_t time) const {
  uint64_t busy = 0;
  for (const Calendar& bank : banks_) busy += bank.busy();
  const double cycles = static_cast<double>(time) / static_cast<double>(port_.clock.period_ps());
  return time ? static_cast<double>(busy) / (cycles * static_cast<double>(banks_.size())) : 0.0;
}

uint64_t FlatTiming::access(bool is_write, uint64_t offset, unsigned bytes, uint64_t time) {
  const unsigned beats = port_.beats(offset, bytes);
  beats_ += beats;
  return is_write ? time + port_.clock.period_ps() : time + latency_ps_ + port_.clock.ps(beats);
}

double FlatTiming::utilization(uint64_t time) const {
  return time ? static_cast<double>(port_.clock.ps(beats_)) / static_cast<double>(time) : 0.0;
}

}  // namespace systole
