// How far a GEMM engine looks ahead. Used by GemmSkip; lives as long as the engine.
#pragma once
#include <algorithm>
#include <cstdint>

namespace systole {

/// Cycles. Looking ahead is in vain if somebody comes: so in all not much longer is looked ahead
/// than nobody came.
class GemmLookAhead {
 public:
  uint64_t cycles() const { return cycles_; }
  void nobody_came() {
    cycles_ = std::min(2 * cycles_, kMost);
    pause_ = 0;
  }
  void somebody_came(uint64_t after) {
    cycles_ = std::max(after / 2, kLeast);
    pause_ = after < kLeast ? std::min(2 * pause_ + 1, kLongestPause) : 0;
    paused_ = 0;
  }
  /// Asked at every slab: not yet again.
  bool pauses() { return paused_ < pause_ && ++paused_ != 0; }

 private:
  static constexpr uint64_t kLeast = 1u << 13, kMost = uint64_t{1} << 40;
  static constexpr uint32_t kLongestPause = 31;
  uint64_t cycles_ = 1u << 16;
  uint32_t pause_ = 0, paused_ = 0;  ///< slabs
};

}  // namespace systole
