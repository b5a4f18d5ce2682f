// When one resource (a data channel, a link, a bank, a DRAM) is taken.
// Used by the interconnect and the memory timing models.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tlm/core/state_archive.h"

namespace systole {

/// No request precedes simulated time by more cycles: an initiator is never behind it, and the
/// longest burst, which a write's last beat ends, has 256 beats.
inline constexpr uint64_t kHorizonCycles = 1024;
/// How often, at most, calendars need to forget: what is kept a little longer changes nothing.
inline constexpr uint64_t kPruneCycles = 256;

/// Busy intervals [begin, end) of one resource in the user's unit of time (cycles or picoseconds).
/// A request takes the first free time from its own arrival on, split over as many gaps as it
/// needs: no capacity is lost to fragmentation, also when somebody who ran ahead booked first.
/// Since a request fills every gap it passes, the intervals merge and stay few.
class Calendar {
 public:
  /// Books `length` units from `earliest` on. Returns the end of the last piece;
  /// `earliest` itself for length 0. Times before the last prune() count as taken.
  uint64_t book(uint64_t earliest, uint64_t length) {
    busy_ += length;
    earliest = std::max(earliest, floor_);
    if (length == 0) return earliest;
    if (head_ == items_.size() || earliest > items_.back().end) {
      Interval& item = items_.emplace_back();  // in place: a copy would wait for its two halves
      item.begin = earliest;
      return item.end = earliest + length;
    }
    if (earliest == items_.back().end) return items_.back().end += length;
    return book_between(earliest, length);
  }

  /// Forgets everything that ended at or before `before`, which no later request may precede.
  void prune(uint64_t before) {
    if (before <= floor_) return;
    floor_ = before;
    while (head_ < items_.size() && items_[head_].end <= before) ++head_;
    if (head_ == items_.size()) {
      items_.clear();
      head_ = 0;
    } else if (head_ >= 32 && 2 * head_ >= items_.size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }

  /// Takes back prune(): from `from` on there is room again, but for what is still known.
  void reopen(uint64_t from) { floor_ = std::min(floor_, from); }

  /// What is booked from `floor` on, in cycles or picoseconds relative to the archive's moment;
  /// loading keeps what is booked before `floor`.
  void state(StateArchive& archive, uint64_t floor, bool picoseconds);

  /// Counts units that are booked no more.
  void count(uint64_t units) { busy_ += units; }
  /// Units booked since construction.
  uint64_t busy() const { return busy_; }
  /// Intervals held now.
  size_t size() const { return items_.size() - head_; }

 private:
  struct Interval {
    uint64_t begin, end;
  };

  uint64_t book_between(uint64_t earliest, uint64_t length);

  std::vector<Interval> items_;  ///< disjoint, not touching, ascending; valid from head_ on
  size_t head_ = 0;
  uint64_t floor_ = 0;
  uint64_t busy_ = 0;
};

}  // namespace systole
