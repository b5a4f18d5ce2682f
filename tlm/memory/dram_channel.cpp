#include "tlm/memory/dram_channel.h"

#include <algorithm>

namespace systole {
namespace {

// The place of `time` in a list ordered by `member`. Most requests are near the end.
template <typename Item>
size_t place_of(const std::vector<Item>& list, uint64_t time) {
  size_t at = list.size();
  for (int steps = 0; at > 0 && list[at - 1].time >= time; ++steps) {
    if (steps == 16) {
      const auto end = list.begin() + static_cast<std::ptrdiff_t>(at);
      return static_cast<size_t>(
          std::partition_point(list.begin(), end,
                               [=](const Item& item) { return item.time < time; }) -
          list.begin());
    }
    --at;
  }
  return at;
}

template <typename Item, typename Gone>
void drop_front(std::vector<Item>& list, Gone gone) {
  const auto first = std::find_if_not(list.begin(), list.end(), gone);
  list.erase(list.begin(), first);
}

// How often prune() looks, in cycles: it moves lists.
constexpr uint64_t kPruneEvery = 1024;

}  // namespace

DramChannel::DramChannel(const DramPreset& preset, bool open_page, uint64_t refresh_offset)
    : preset_(preset),
      open_page_(open_page),
      first_refresh_(refresh_offset + preset.trefi),
      rows_(preset.banks()),
      counts_(preset.banks()) {
  reach_ = preset.tfaw;
  for (const bool from : {false, true})
    for (const bool to : {false, true}) reach_ = std::max(reach_, distance(from, to, true));
}

uint64_t DramChannel::epoch_of(uint64_t time) const {
  const uint64_t first = epoch_end(0);
  return time <= first ? 0 : (time - first - 1) / preset_.trefi + 1;
}

uint64_t DramChannel::epoch_begin(uint64_t epoch) const {
  return epoch == 0 ? 0 : first_refresh_ + (epoch - 1) * preset_.trefi + preset_.trfc;
}

uint64_t DramChannel::epoch_end(uint64_t epoch) const {
  return first_refresh_ + epoch * preset_.trefi - preset_.trp_all;
}

uint64_t DramChannel::refreshes(uint64_t time) const {
  return time < first_refresh_ ? 0 : (time - first_refresh_) / preset_.trefi + 1;
}

uint64_t DramChannel::distance(bool from_write, bool to_write, bool same_group) const {
  if (from_write == to_write) return same_group ? preset_.tccd_l : preset_.tccd_s;
  if (to_write) return preset_.trtw;
  return preset_.cwl + preset_.burst_cycles() + (same_group ? preset_.twtr_l : preset_.twtr_s);
}

uint64_t DramChannel::close_after(bool is_write) const {
  return is_write ? preset_.cwl + preset_.burst_cycles() + preset_.twr : preset_.trtp;
}

uint64_t DramChannel::find_column(uint64_t from, bool is_write, unsigned group) const {
  for (uint64_t time = from;;) {
    // Runs are at least 2 * tCCD_S apart, so that behind one there is room for one command.
    size_t run = runs_.size();
    while (run > 0 && runs_[run - 1].last + preset_.tccd_s > time) --run;
    if (run < runs_.size() && runs_[run].first < time + preset_.tccd_s)
      time = runs_[run].last + preset_.tccd_s;
    uint64_t needed = time;
    const size_t at = place_of(columns_, time);
    for (size_t i = at; i > 0 && columns_[i - 1].time + reach_ > time; --i) {
      const Column& other = columns_[i - 1];
      needed =
          std::max(needed, other.time + distance(other.is_write, is_write, other.group == group));
    }
    for (size_t i = at; i < columns_.size() && columns_[i].time < time + reach_; ++i) {
      const Column& other = columns_[i];
      const bool same = other.group == group;
      if (time + distance(is_write, other.is_write, same) > other.time)
        needed = std::max(needed, other.time + distance(other.is_write, is_write, same));
    }
    if (needed == time) return time;
    time = needed;
  }
}

uint64_t DramChannel::find_activate(uint64_t from, unsigned group) const {
  const auto& list = activates_;
  auto apart = [&](const Activate& other) {
    return other.group == group ? preset_.trrd_l : preset_.trrd_s;
  };
  for (uint64_t time = from;;) {
    const size_t at = place_of(list, time);
    uint64_t needed = time;
    for (size_t i = at; i > 0 && list[i - 1].time + preset_.trrd_l > time; --i)
      needed = std::max(needed, list[i - 1].time + apart(list[i - 1]));
    if (at >= 4) needed = std::max(needed, list[at - 4].time + preset_.tfaw);
    // With this one, any five in a row must still span tFAW, and the next must be far enough.
    for (size_t i = at; i < list.size() && list[i].time < time + preset_.tfaw; ++i) {
      if (time + apart(list[i]) > list[i].time)
        needed = std::max(needed, list[i].time + apart(list[i]));
      if (i - at > 3) continue;
      const size_t before = 3 - (i - at);  // of the five that end with list[i], before this one
      if (at < before) continue;
      const uint64_t first = before ? list[at - before].time : time;
      if (list[i].time - first < preset_.tfaw)
        needed = std::max(needed, list[at].time + apart(list[at]));
    }
    if (needed == time) return time;
    time = needed;
  }
}

void DramChannel::place_column(uint64_t time, bool is_write, unsigned bank, uint64_t row) {
  columns_.insert(columns_.begin() + static_cast<std::ptrdiff_t>(place_of(columns_, time)),
                  {time, is_write, group(bank)});
  size_t at = runs_.size();
  while (at > 0 && runs_[at - 1].first > time) --at;
  const uint64_t close = 2 * uint64_t{preset_.tccd_s};
  const bool joins_left = at > 0 && time - runs_[at - 1].last < close;
  const bool joins_right = at < runs_.size() && runs_[at].first - time < close;
  const auto here = runs_.begin() + static_cast<std::ptrdiff_t>(at);
  if (joins_left && joins_right) {
    runs_[at - 1].last = runs_[at].last;
    runs_.erase(here);
  } else if (joins_left) {
    runs_[at - 1].last = time;
  } else if (joins_right) {
    runs_[at].first = time;
  } else {
    runs_.insert(here, {time, time});
  }
  ++(is_write ? writes_ : reads_);
  tell(is_write ? DramCommand::Kind::Write : DramCommand::Kind::Read, bank, row, time);
}

void DramChannel::place_activate(uint64_t time, unsigned bank, uint64_t row) {
  activates_.insert(activates_.begin() + static_cast<std::ptrdiff_t>(place_of(activates_, time)),
                    {time, group(bank)});
  tell(DramCommand::Kind::Activate, bank, row, time);
}

uint64_t DramChannel::access(bool is_write, unsigned bank, uint64_t row, uint64_t earliest,
                             uint64_t request) {
  const uint64_t close = close_after(is_write);
  const unsigned trcd = is_write ? preset_.trcd_wr : preset_.trcd_rd;
  const uint64_t data = (is_write ? preset_.cwl : preset_.cl) + preset_.burst_cycles();
  std::vector<Row>& rows = rows_[bank];

  for (Row& open : rows) {
    if (open.row != row || (!open_page_ && open.request != request)) continue;
    const uint64_t from = std::max(earliest, open.activate + trcd);
    if (from + close > open.until) continue;
    const uint64_t time = find_column(from, is_write, group(bank));
    if (time + close > open.until) continue;
    open.ready = std::max(open.ready, time + close);
    ++counts_[bank].hits;
    place_column(time, is_write, bank, row);
    return time + data;
  }

  for (uint64_t from = earliest;;) {
    Row* const last = rows.empty() ? nullptr : &rows.back();
    uint64_t epoch = epoch_of(from);
    if (last) epoch = std::max(epoch, last->epoch);
    from = std::max(from, epoch_begin(epoch));
    const bool follows = last && last->epoch == epoch;  // else a refresh has closed it
    uint64_t activate = from;
    if (follows && open_page_) activate = std::max(from, last->ready) + preset_.trp;
    if (follows && !open_page_) activate = std::max(from, last->ready + preset_.trp);
    activate = find_activate(activate, group(bank));
    const uint64_t time = find_column(activate + trcd, is_write, group(bank));
    const uint64_t ready = std::max(activate + preset_.tras, time + close);
    if (ready > epoch_end(epoch)) {
      from = epoch_begin(epoch + 1);
      continue;
    }
    if (follows) {
      last->until = open_page_ ? activate - preset_.trp : last->ready;
      tell(DramCommand::Kind::Precharge, bank, last->row, last->until);
    }
    ++(follows && open_page_ ? counts_[bank].conflicts : counts_[bank].misses);
    rows.push_back({row, activate, request, epoch, ready, epoch_end(epoch)});
    place_activate(activate, bank, row);
    place_column(time, is_write, bank, row);
    return time + data;
  }
}

void DramChannel::prune(uint64_t before) {
  before -= std::min(before, reach_);
  if (before < pruned_ + kPruneEvery) return;
  pruned_ = before;
  drop_front(columns_, [=](const Column& item) { return item.time < before; });
  drop_front(activates_, [=](const Activate& item) { return item.time < before; });
  drop_front(runs_, [=](const Run& item) { return item.last < before; });
  for (std::vector<Row>& rows : rows_) {
    if (rows.size() < 2) continue;
    const Row last = rows.back();
    rows.pop_back();
    drop_front(rows, [=](const Row& item) { return item.until < before; });
    rows.push_back(last);
  }
}

size_t DramChannel::held() const {
  size_t count = columns_.size() + runs_.size() + activates_.size();
  for (const auto& rows : rows_) count += rows.size();
  return count;
}

}  // namespace systole
