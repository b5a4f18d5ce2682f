// How many bursts of how many beats: traffic that is counted without being done.
// Used by the GEMM's twin (GemmCalm), the bus and the memories.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace systole {

/// Of whole beats of one width, in one direction.
struct BurstCounts {
  static constexpr uint32_t kMostBeats = 16;
  std::array<uint64_t, kMostBeats + 1> of{};  ///< by beats

  uint64_t bursts() const {
    uint64_t sum = 0;
    for (const uint64_t count : of) sum += count;
    return sum;
  }
  uint64_t beats() const {
    uint64_t sum = 0;
    for (size_t i = 0; i < of.size(); ++i) sum += i * of[i];
    return sum;
  }
  void add(const BurstCounts& more, uint64_t times = 1) {
    for (size_t i = 0; i < of.size(); ++i) of[i] += times * more.of[i];
  }
};

/// Cuts segments into bursts as TwinPort does: at kMostBeats from its first beat, and at pages.
class BurstCutter {
 public:
  explicit BurstCutter(uint32_t beat_bytes)
      : beat_(beat_bytes), shift_(static_cast<uint32_t>(__builtin_ctz(beat_bytes))) {}

  /// One segment.
  void segment(BurstCounts& to, uint64_t addr, uint64_t bytes) const {
    uint64_t beats = ((addr & (beat_ - 1)) + bytes + beat_ - 1) >> shift_;
    uint64_t page = (kPageBytes - (addr & ~uint64_t{beat_ - 1}) % kPageBytes) >> shift_;
    for (; beats > page; page = kPageBytes >> shift_) {
      whole(to, page, 1);
      beats -= page;
    }
    whole(to, beats, 1);
  }
  /// [addr, addr + bytes) as segments of `piece` bytes, the last as long as is left.
  void row(BurstCounts& to, uint64_t addr, uint64_t bytes, uint64_t piece) const {
    const uint64_t full = bytes / piece, rest = bytes % piece;
    if (rest) segment(to, addr + full * piece, rest);
    if (full == 0) return;
    if (piece % beat_ != 0 || piece > kPageBytes) {
      for (uint64_t i = 0; i < full; ++i) segment(to, addr + i * piece, piece);
      return;
    }
    // All alike but for those with a page's end within.
    uint64_t alike = full;
    const uint64_t end = addr + full * piece;
    for (uint64_t at = addr / kPageBytes * kPageBytes + kPageBytes; at < end; at += kPageBytes) {
      const uint64_t begin = at - (at - addr) % piece;
      if (begin == at) continue;
      segment(to, begin, piece);
      --alike;
    }
    whole(to, ((addr & (beat_ - 1)) + piece + beat_ - 1) >> shift_, alike);
  }

 private:
  static constexpr uint64_t kPageBytes = 4096;

  void whole(BurstCounts& to, uint64_t beats, uint64_t times) const {
    to.of[BurstCounts::kMostBeats] += beats / BurstCounts::kMostBeats * times;
    if (beats % BurstCounts::kMostBeats) to.of[beats % BurstCounts::kMostBeats] += times;
  }

  uint32_t beat_, shift_;
};

}  // namespace systole
