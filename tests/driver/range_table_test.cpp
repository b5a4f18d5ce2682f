// The table of ranges against a plain list.
#include "sw_driver/include/range_table.h"

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "sw_driver/include/engine.h"
#include "tests/driver/mock/system.h"

using namespace systole::driver;

namespace {

constexpr uint32_t kEngines = 3;

bool same(const LiveRange& a, const LiveRange& b) {
  return a.engine == b.engine && a.sequence == b.sequence && a.write == b.write &&
         a.range.addr == b.range.addr && a.range.end() == b.range.end();
}

bool meets(const MemoryRange& a, const MemoryRange& b) {
  return a.addr < b.end() && b.addr < a.end();
}

/// The same operations on a RangeTable and on a vector in the order of insertion.
struct Pair {
  RangeTable table;
  std::vector<LiveRange> list;

  void insert(const LiveRange& live) {
    table.insert(live);
    list.push_back(live);
  }
  template <class Condition>
  void remove_if(Condition condition) {
    list.erase(std::remove_if(list.begin(), list.end(), condition), list.end());
  }
  /// Inserts in place of what it covers; true if one range became it where it was.
  bool replace(const LiveRange& live) {
    const bool in_place = table.replace_under(
        live, [&](const LiveRange& other) { return covers(live.range, other.range); });
    if (!in_place) table.insert(live);
    remove_if([&](const LiveRange& other) {
      return (live.write || !other.write) && covers(live.range, other.range);
    });
    list.push_back(live);
    return in_place;
  }
  void remove_covered(const Access& access) {
    table.remove_under(access,
                       [&](const LiveRange& live) { return covers(access.range, live.range); });
    remove_if([&](const LiveRange& live) {
      return (access.write || !live.write) && covers(access.range, live.range);
    });
  }
  void retire(uint32_t engine, uint32_t completed) {
    table.retire(engine, completed);
    remove_if([&](const LiveRange& live) {
      return live.engine == engine && sequence_reached(completed, live.sequence);
    });
  }
  void check(const Access& near) {
    REQUIRE(table.size() == list.size());
    REQUIRE(table.full() == (list.size() == RangeTable::kCapacity));
    if (!list.empty()) REQUIRE(same(table.oldest(), list.front()));
    size_t found = 0;
    table.for_each_against(near, [&](const LiveRange& live) {
      ++found;
      REQUIRE(std::any_of(list.begin(), list.end(),
                          [&](const LiveRange& other) { return same(live, other); }));
    });
    REQUIRE(found ==
            static_cast<size_t>(std::count_if(list.begin(), list.end(), [&](const LiveRange& live) {
              return (near.write || live.write) && meets(live.range, near.range);
            })));
  }
};

}  // namespace

TEST_CASE("the table of ranges finds what a list finds", "[range]") {
  const uint32_t seed = test_seed(21);
  std::mt19937 random(seed);
  const auto pair = std::make_unique<Pair>();
  uint32_t sequence[kEngines] = {0xfffffff0, 7, 0};  // one wraps
  uint32_t fullest = 0, in_place = 0;
  const auto range = [&] {
    const uint64_t addr = random() % 4096;
    switch (random() % 8) {
      case 0:  // long
        return MemoryRange::bytes(addr, 1 + random() % 4096);
      case 1:  // strided
        return MemoryRange::matrix(addr, 1 + random() % 16, 1 + random() % 8, 32);
      default:
        return MemoryRange::bytes(addr & ~31ull, 1 + random() % 32);
    }
  };
  for (uint32_t step = 0; step < 20000; ++step) {
    CAPTURE(seed, step, pair->list.size());
    const uint32_t engine = random() % kEngines;
    // Every other time it only grows.
    switch (step / 1000 % 2 == 0 ? 3 : random() % 16) {
      case 0:
        pair->retire(engine, sequence[engine] - random() % 200);
        break;
      case 1:
        pair->remove_covered({range(), random() % 2 == 0});
        break;
      case 2:
        if (random() % 100 == 0) {
          pair->table.clear();
          pair->list.clear();
        }
        break;
      default:
        if (pair->table.full()) {
          pair->retire(pair->table.oldest().engine, pair->table.oldest().sequence);
        } else {
          sequence[engine] += random() % 2;
          LiveRange live{range(), engine, sequence[engine], random() % 2 == 0};
          if (!pair->list.empty() && random() % 4 == 0)  // just where another one is
            live.range = pair->list[random() % pair->list.size()].range;
          if (step / 4000 % 2 == 0)
            pair->insert(live);
          else
            in_place += pair->replace(live);
        }
    }
    fullest = std::max(fullest, pair->table.size());
    if (step % 8 == 0) pair->check({range(), random() % 2 == 0});
  }
  REQUIRE(fullest == RangeTable::kCapacity);
  REQUIRE(in_place > 100);
}
