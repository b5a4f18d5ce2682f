// Vector clocks. A wait takes over the clock of the first signal that satisfies it: more than that
// is luck, which another run may not have.
#include "tests/driver/mock/order_check.h"

#include <algorithm>

namespace systole::driver {

void OrderCheck::join(Clock* into, const Clock& clock) const {
  for (uint32_t e = 0; e < engines_; ++e) (*into)[e] = std::max((*into)[e], clock[e]);
}

void OrderCheck::doorbell(uint32_t engine, uint32_t descriptors) {
  for (const auto& word : words_) {
    if (!word.second.empty()) join(&cpu_, word.second.back().clock);
  }
  for (uint32_t i = 0; i < descriptors; ++i) rung_[engine].push_back(cpu_);
}

void OrderCheck::begin(uint32_t engine, bool wait, uint64_t addr, uint32_t value) {
  Clock& now = now_[engine];
  ++now[engine];
  if (!rung_[engine].empty()) {
    join(&now, rung_[engine].front());
    rung_[engine].pop_front();
  }
  if (!wait) return;
  const std::vector<Signal>& signals = words_[addr];
  const auto first = std::find_if(signals.begin(), signals.end(), [value](const Signal& s) {
    return static_cast<int32_t>(s.value - value) >= 0;
  });
  if (first != signals.end()) join(&now, first->clock);
}

void OrderCheck::signal(uint32_t engine, uint64_t addr, uint32_t value) {
  words_[addr].push_back({value, now_[engine]});
}

uint32_t* OrderCheck::cell(uint64_t addr) {
  std::vector<uint32_t>& page = pages_[addr / kPage];
  if (page.empty()) page.resize(kPage * (2 + engines_));
  return &page[addr % kPage * (2 + engines_)];
}

void OrderCheck::report(uint32_t engine, uint64_t addr, const char* what, uint32_t other) {
  if (races_++ != 0) return;
  first_race_ = "engine " + std::to_string(engine) + ", descriptor " +
                std::to_string(now_[engine][engine]) + " " + what + " engine " +
                std::to_string(other) + " at address " + std::to_string(addr);
}

void OrderCheck::access(uint32_t engine, uint64_t addr, uint64_t bytes, bool write) {
  accesses_ += bytes;
  const Clock& now = now_[engine];
  for (const uint64_t end = addr + bytes; addr < end; ++addr) {
    uint32_t* const c = cell(addr);
    const uint32_t writer = c[0];
    if (c[1] > now[writer])
      report(engine, addr, write ? "overwrites a result of" : "reads too early from", writer);
    uint32_t* const reads = c + 2;
    if (!write) {
      reads[engine] = now[engine];
      continue;
    }
    for (uint32_t e = 0; e < engines_; ++e) {
      if (reads[e] > now[e]) report(engine, addr, "overwrites what is read by", e);
      reads[e] = 0;
    }
    c[0] = engine;
    c[1] = now[engine];
  }
}

}  // namespace systole::driver
