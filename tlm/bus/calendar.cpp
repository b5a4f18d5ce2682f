#include "tlm/bus/calendar.h"

namespace systole {

uint64_t Calendar::book_between(uint64_t earliest, uint64_t length) {
  // First interval that ends at or after `earliest`: the new one starts, or continues, there.
  // Most requests are near the end, so look there first.
  size_t first = items_.size();
  for (int steps = 0; first > head_ && items_[first - 1].end >= earliest; ++steps) {
    if (steps == 8) {
      const auto begin = items_.begin() + static_cast<std::ptrdiff_t>(head_);
      const auto end = items_.begin() + static_cast<std::ptrdiff_t>(first);
      first = static_cast<size_t>(
          std::partition_point(begin, end,
                               [=](const Interval& item) { return item.end < earliest; }) -
          items_.begin());
      break;
    }
    --first;
  }

  size_t last = first;  // one past the intervals that merge with the new one
  uint64_t begin = earliest, free = earliest;
  if (items_[first].begin <= earliest) {
    begin = items_[first].begin;
    free = items_[first].end;
    ++last;
  }
  while (last < items_.size() && items_[last].begin - free < length) {
    length -= items_[last].begin - free;
    free = items_[last++].end;
  }
  const uint64_t finish = free + length;
  uint64_t end = finish;
  if (last < items_.size() && items_[last].begin == finish) end = items_[last++].end;

  const auto at = items_.begin() + static_cast<std::ptrdiff_t>(first);
  if (first == last) {
    items_.insert(at, {begin, end});
  } else {
    *at = {begin, end};
    items_.erase(at + 1, items_.begin() + static_cast<std::ptrdiff_t>(last));
  }
  return finish;
}

void Calendar::state(StateArchive& a, uint64_t floor, bool picoseconds) {
  a.count(busy_);
  const auto moment = [&](uint64_t& t) { picoseconds ? a.time_ps(t) : a.time(t); };
  if (a.saving()) {
    size_t first = items_.size();
    while (first > head_ && items_[first - 1].end > floor) --first;
    a.mark(items_.size() - first);
    for (; first < items_.size(); ++first) {
      uint64_t begin = std::max(items_[first].begin, floor), end = items_[first].end;
      moment(begin);
      moment(end);
    }
    return;
  }
  if (floor < floor_) floor_ = floor;  // what was forgotten after the saving is here again
  while (head_ < items_.size() && items_.back().begin >= floor) items_.pop_back();
  if (head_ < items_.size()) items_.back().end = std::min(items_.back().end, floor);
  for (uint64_t count = a.mark(0); count > 0; --count) {
    Interval item{0, 0};
    moment(item.begin);
    moment(item.end);
    if (head_ < items_.size() && items_.back().end == item.begin)
      items_.back().end = item.end;
    else
      items_.push_back(item);
  }
}

}  // namespace systole
