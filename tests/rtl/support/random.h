// A small seeded generator whose numbers are the same on every machine.
#pragma once
#include <cstdint>

namespace systole::rtl_test {

/// splitmix64.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  /// 0 … n-1; n > 0. The tiny bias does not matter here.
  uint64_t below(uint64_t n) { return next() % n; }
  /// low … high, both included.
  uint64_t range(uint64_t low, uint64_t high) { return low + below(high - low + 1); }
  bool chance(unsigned percent) { return below(100) < percent; }

 private:
  uint64_t state_;
};

}  // namespace systole::rtl_test
