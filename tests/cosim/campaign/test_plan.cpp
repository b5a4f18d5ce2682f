// The plans of the campaign: whatever two engines do to the same bytes is ordered by rings and
// waits, or RTL and twins may rightly leave different memory.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/cosim/campaign/configs.h"
#include "tests/cosim/campaign/plan.h"
#include "tlm/core/descriptor_header.h"

using namespace systole;
using namespace systole::test::campaign;

namespace {

/// By engine and descriptor: per engine, the last descriptor that has completed before it begins
/// (its own index: itself), -1: none. Follows from the descriptors' bytes alone.
using Clock = std::vector<int64_t>;
using Clocks = std::vector<std::vector<Clock>>;

constexpr size_t kNone = ~size_t{0};

/// The engine whose sequence word this is.
size_t owner(const Round& round, uint64_t addr) {
  for (size_t e = 0; e < round.engines.size(); ++e)
    if (addr == Planner::sequence_word(e)) return e;
  return kNone;
}

/// The first descriptor of `engine` that lets a wait for `value` go on.
size_t signaller(const Round& round, size_t engine, uint32_t value) {
  const std::vector<Descriptor>& list = round.engines[engine].descriptors;
  for (size_t i = 0; i < list.size(); ++i) {
    const hw::DescriptorHeader h = header_of(list[i].bytes.data());
    if (h.flags & hw::DESC_FLAG_SIGNAL && h.signal_addr == Planner::sequence_word(engine) &&
        static_cast<int32_t>(h.signal_value - value) >= 0)
      return i;
  }
  return kNone;
}

Clocks clocks_of(const Round& round) {
  const size_t engines = round.engines.size();
  Clocks clocks(engines);
  for (size_t e = 0; e < engines; ++e)
    clocks[e].assign(round.engines[e].descriptors.size(), Clock(engines, -1));
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t e = 0; e < engines; ++e)
      for (size_t i = 0; i < clocks[e].size(); ++i) {
        Clock clock = clocks[e][i];
        const auto after = [&](const Clock& other) {
          for (size_t g = 0; g < engines; ++g) clock[g] = std::max(clock[g], other[g]);
        };
        if (i > 0) after(clocks[e][i - 1]);
        clock[e] = static_cast<int64_t>(i);
        const hw::DescriptorHeader h = header_of(round.engines[e].descriptors[i].bytes.data());
        const size_t f = h.flags & hw::DESC_FLAG_WAIT ? owner(round, h.wait_addr) : kNone;
        const size_t j = f == kNone ? kNone : signaller(round, f, h.wait_value);
        if (j != kNone) after(clocks[f][j]);
        changed = changed || clock != clocks[e][i];
        clocks[e][i] = clock;
      }
  }
  return clocks;
}

/// How many descriptors of an engine may begin: one that is illegal, or waits for a word outside
/// of all memory, stops the ring.
size_t may_begin(const EnginePlan& plan) {
  for (size_t i = 0; i < plan.descriptors.size(); ++i) {
    const Descriptor& d = plan.descriptors[i];
    const hw::DescriptorHeader h = header_of(d.bytes.data());
    const bool word = h.wait_addr >= kWords && h.wait_addr < kSpmData;
    if (d.illegal || (h.flags & hw::DESC_FLAG_WAIT && !word)) return i;
  }
  return plan.descriptors.size();
}

bool conflict(const Descriptor& a, const Descriptor& b) {
  for (const Span& s : a.spans)
    for (const Span& t : b.spans) {
      uint64_t low, high, other_low, other_high;
      if ((s.write || t.write) && bounds(s, &low, &high) && bounds(t, &other_low, &other_high) &&
          low < other_high && other_low < high)
        return true;
    }
  return false;
}

}  // namespace

TEST_CASE("operations of two engines that share bytes are ordered by waits", "[campaign]") {
  const char* text = std::getenv("SYSTOLE_TEST_SEED");
  const uint64_t seed = text ? std::strtoull(text, nullptr, 0) : 1;
  CAPTURE(seed);
  size_t conflicts = 0;
  for (const SocConfig& config : soc_configs()) {
    Planner planner(config, seed);
    const std::vector<EngineState> states(config.count[0] + config.count[1] + config.count[2]);
    for (uint64_t number = 0; number < 5000; ++number) {
      const Round round = planner.plan(number, states);
      const Clocks clocks = clocks_of(round);
      for (size_t e = 0; e < round.engines.size(); ++e)
        for (size_t f = 0; f < e; ++f)
          for (size_t i = 0; i < may_begin(round.engines[e]); ++i)
            for (size_t j = 0; j < may_begin(round.engines[f]); ++j) {
              if (!conflict(round.engines[e].descriptors[i], round.engines[f].descriptors[j]))
                continue;
              ++conflicts;
              const bool ordered = clocks[e][i][f] >= static_cast<int64_t>(j) ||
                                   clocks[f][j][e] >= static_cast<int64_t>(i);
              if (ordered) continue;
              FAIL_CHECK(config.name << ", round " << number << ":\n"
                                     << round.text(e, i) << "\n"
                                     << round.text(f, j));
            }
    }
  }
  CHECK(conflicts > 1000);
}
