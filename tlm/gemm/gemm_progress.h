// What the parts of the GEMM's timing model tell each other: the cycles of events, by number.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "tlm/core/state_archive.h"

namespace systole {

constexpr uint64_t kGemmUnknown = ~uint64_t{0};  ///< an event that does not follow yet

/// Cycles of numbered events; the last kKept are remembered.
class GemmEvents {
 public:
  void push(uint64_t cycle) { cycles_[count_++ % kKept] = cycle; }
  uint64_t count() const { return count_; }
  /// The cycle of event `number`, kGemmUnknown if it has not happened; 0 for a negative number.
  uint64_t at(int64_t number) const {
    if (number < 0) return 0;
    return static_cast<uint64_t>(number) < count_ ? cycles_[static_cast<uint64_t>(number) % kKept]
                                                  : kGemmUnknown;
  }
  uint64_t last() const { return cycles_[(count_ - 1) % kKept]; }
  /// The last `count` events have been `period` before each other: so they go on for `more`.
  void repeat(uint64_t more, uint64_t period) {
    const uint64_t last = this->last();
    const uint64_t first = more > kKept ? more - kKept : 0;
    count_ += first;
    for (uint64_t i = first + 1; i <= more; ++i) push(last + i * period);
  }
  /// `more` events further, when the last ones were as they are, `cycles` later.
  void go_on(uint64_t more, uint64_t cycles) {
    const std::array<uint64_t, kKept> before = cycles_;
    for (uint64_t i = 1; i <= std::min(count_, kKept); ++i)
      cycles_[(count_ + more - i) % kKept] = before[(count_ - i) % kKept] + cycles;
    count_ += more;
  }
  /// Numbers relative to `base`; events before base - `depth` are not asked for any more, and those
  /// not after `floor` are all alike.
  void state(StateArchive& a, uint64_t base, uint64_t depth, uint64_t floor) {
    count_ = base + a.mark(count_ - base);
    for (uint64_t i = base - depth; static_cast<int64_t>(count_ - i) > 0; ++i) {
      const bool exists = static_cast<int64_t>(i) >= 0;
      uint64_t cycle = exists ? cycles_[i % kKept] : 0;
      a.past(cycle, floor);
      if (exists) cycles_[i % kKept] = cycle;
    }
  }

 private:
  static constexpr uint64_t kKept = 16;
  std::array<uint64_t, kKept> cycles_{};
  uint64_t count_ = 0;
};

/// An operand buffer as gemm_opbuf fills it: from which cycle on each word may be read.
class GemmBufferTiming {
 public:
  void begin(uint32_t pitch, uint32_t word, uint32_t bus_bytes) {
    pitch_beats_ = pitch / bus_bytes;
    ratio_bits_ = 0;
    while ((bus_bytes << ratio_bits_) < word) ++ratio_bits_;
    write_half_ = 0;
    row_ = cur_ = 0;
    for (Half& half : halves_) half = {0, kGemmUnknown, std::move(half.words)};
  }
  /// Slabs are announced before their data arrives, the one before in this half is released.
  void announce(uint8_t half) {
    halves_[half].level = 0;
    halves_[half].complete = kGemmUnknown;
  }
  /// A beat arrives in `cycle`.
  void beat(uint64_t cycle, bool segment_end, bool slab_end) {
    Half& half = halves_[write_half_];
    cur_ = segment_end ? row_ += pitch_beats_ : cur_ + 1;
    if (segment_end && slab_end) {
      half.complete = cycle + 1;
      row_ = cur_ = 0;
      write_half_ ^= 1;
      return;
    }
    const uint32_t level = cur_ >> ratio_bits_;
    if (level > half.words.size())
      half.words.resize(std::max<size_t>({level, 128, 2 * half.words.size()}));
    while (half.level < level) half.words[half.level++] = cycle + 1;
  }
  /// `count` beats arrive, one per cycle from `cycle` on, none of which ends a segment.
  void beats(uint64_t cycle, uint64_t count) {
    Half& half = halves_[write_half_];
    const uint32_t level = (cur_ + static_cast<uint32_t>(count)) >> ratio_bits_;
    if (level > half.words.size())
      half.words.resize(std::max<size_t>({level, 128, 2 * half.words.size()}));
    uint64_t* const words = half.words.data();
    for (uint64_t i = 1; i <= count; ++i) {
      ++cur_;
      while (half.level < cur_ >> ratio_bits_) words[half.level++] = cycle + i;
    }
  }
  /// Everything that was announced is there, long since; `half` is filled next.
  void all_there(uint8_t half) {
    write_half_ = half;
    row_ = cur_ = 0;
    for (Half& each : halves_) {
      each.level = 0;
      each.complete = 1;
    }
  }
  struct Half {
    uint32_t level = 0;  ///< words that are there before the slab is complete
    uint64_t complete = kGemmUnknown;
    std::vector<uint64_t> words;

    uint64_t available(uint32_t word) const { return word < level ? words[word] : complete; }
  };
  const Half& half(uint8_t index) const { return halves_[index]; }
  /// The first cycle in which the word may be read, kGemmUnknown if its data is not on the way.
  uint64_t available(uint8_t index, uint32_t word) const { return halves_[index].available(word); }
  /// The first cycle in which everything may be read.
  uint64_t complete(uint8_t half) const { return halves_[half].complete; }
  /// Halves relative to `base`; of those that are `live`, words that are there after `floor`.
  void state(StateArchive& a, uint8_t base, const std::array<bool, 2>& live, uint64_t floor) {
    write_half_ = static_cast<uint8_t>(base ^ a.mark(write_half_ ^ base));
    a.number(row_);
    a.number(cur_);
    for (uint8_t i = 0; i < 2; ++i)
      if (live[i]) state(a, halves_[base ^ i], floor);
  }

 private:
  static void state(StateArchive& a, Half& h, uint64_t floor) {
    const bool there = h.complete <= floor;
    const uint32_t level = static_cast<uint32_t>(a.mark(there ? 0 : h.level));
    a.past(h.complete, floor);
    uint32_t first = 0;
    while (a.saving() && first < level && h.words[first] <= floor) ++first;
    first = static_cast<uint32_t>(a.mark(first));
    if (!a.saving()) {
      h.level = level;
      if (h.words.size() < level) h.words.resize(level);
      std::fill(h.words.begin(), h.words.begin() + first, 1);
    }
    for (uint32_t i = first; i < level; ++i) a.time(h.words[i]);
  }
  Half halves_[2];
  uint32_t pitch_beats_ = 0, ratio_bits_ = 0, row_ = 0, cur_ = 0;
  uint8_t write_half_ = 0;
};

/// The rows of a block that compute has made final, and when it reads the accumulators.
struct GemmBlockRows {
  struct Interval {
    uint64_t begin, end;  ///< cycles in which compute reads, both included
  };
  std::vector<uint64_t> first_row;  ///< by column tile: row 0 may be drained from this cycle on
  std::vector<uint64_t> last_tile;  ///< by row, of the last column tile
  uint32_t tiles = 0, rows = 0;     ///< known so far
  std::vector<Interval> reads;      ///< but for the last tile's, which follow from last_tile
  bool last_tile_reads = false;

  void clear() {
    tiles = rows = 0;
    last_tile_reads = false;
    reads.clear();
  }
  /// Column tiles before `tile`, rows before `row` and reads before `read` are over; none of what
  /// follows is asked for a cycle before `floor`.
  void state(StateArchive& a, uint32_t tile, uint32_t row, size_t read, uint64_t floor);
};

/// Everything that passes between loader, sequencer and output stage. Outlives an operation, so
/// that its vectors need not grow again.
struct GemmProgress {
  static constexpr uint32_t kBlocks = 4;  ///< gemm_pkg::BlockSlots

  /// Nothing has happened yet.
  void clear() {
    for (GemmEvents* events : {&a_releases, &b_releases, &block_releases, &scales})
      *events = GemmEvents();
    for (GemmBlockRows& rows : blocks) rows.clear();
    c_depth = 0;
    c_arrived = c_read = 0;
  }

  GemmEvents a_releases, b_releases;  ///< by load: its half is free after this cycle
  GemmEvents block_releases;          ///< by block: it is drained after this cycle
  GemmEvents scales;                  ///< by block: its set is there from this cycle on
  GemmBufferTiming a, b;
  std::array<GemmBlockRows, kBlocks> blocks;
  /// ACCUMULATE: by beat, from when the old C is there, and when it was read. Rings of c_depth.
  std::vector<uint64_t> c_arrivals, c_reads;
  uint32_t c_depth = 0;
  uint64_t c_arrived = 0, c_read = 0;
};

}  // namespace systole
