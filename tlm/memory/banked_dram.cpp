#include "tlm/memory/banked_dram.h"

#include <algorithm>

namespace systole {

BankedDramTiming::BankedDramTiming(const PortShape& port, const BankedDramConfig& config)
    : port_(port),
      preset_(*config.preset),
      open_page_(config.open_page),
      hashed_(config.hashed),
      mapping_name_(config.mapping),
      mapping_(config.mapping, config.hashed, preset_, config.channels),
      before_ps_(config.controller_ps / 2),
      after_ps_(config.controller_ps - config.controller_ps / 2) {
  if (config.channels == 0 || (config.channels & (config.channels - 1)))
    SC_REPORT_FATAL("systole/memory", "dram.channels must be a power of two");
  for (unsigned i = 0; i < config.channels; ++i)
    channels_.emplace_back(DramChannel(preset_, open_page_, 0));
}

uint64_t BankedDramTiming::access(bool is_write, uint64_t offset, unsigned bytes, uint64_t time) {
  ++requests_;
  return is_write ? write(offset, bytes, time) : read(offset, bytes, time);
}

uint64_t BankedDramTiming::read(uint64_t offset, unsigned bytes, uint64_t time) {
  const uint64_t period = port_.clock.period_ps();
  const unsigned burst = preset_.burst_bytes();
  const uint64_t from = cycles(time + before_ps_);
  const uint64_t last_beat = (offset + bytes - 1) / port_.beat_bytes();
  uint64_t end = time + port_.beats(offset, bytes) * period;
  for (uint64_t at = offset / burst * burst; at < offset + bytes; at += burst) {
    const DramPlace where = place(at);
    const uint64_t done =
        channels_[where.channel].dram.access(false, where.bank, where.row, from, requests_);
    // The beat that this burst completes, and those behind it, leave from then on.
    const uint64_t beat = std::min(at + burst, offset + bytes) - 1;
    const uint64_t behind = last_beat - beat / port_.beat_bytes();
    end = std::max(end, done * preset_.clock_ps + after_ps_ + (behind + 1) * period);
  }
  return end;
}

uint64_t BankedDramTiming::write(uint64_t offset, unsigned bytes, uint64_t time) {
  const unsigned burst = preset_.burst_bytes();
  const uint64_t from = cycles(time + port_.clock.period_ps() + before_ps_);
  uint64_t acknowledged = time + port_.clock.period_ps();
  for (uint64_t at = offset / burst; at * burst < offset + bytes; ++at) {
    const DramPlace where = place(at * burst);
    Channel& channel = channels_[where.channel];
    const auto waiting = std::find_if(channel.queue.begin(), channel.queue.end(),
                                      [=](const QueuedWrite& item) { return item.burst == at; });
    if (waiting != channel.queue.end()) continue;
    acknowledged = std::max(acknowledged, channel.free_at[channel.batches & 1]);
    channel.queue.push_back({at, where});
    channel.latest = std::max(channel.latest, from);
    if (channel.queue.size() == kWriteBatch) drain(channel);
  }
  return acknowledged;
}

// Rows in the order in which they came first, each row's bursts in order of arrival.
void BankedDramTiming::drain(Channel& channel) {
  std::vector<QueuedWrite>& queue = channel.queue;
  auto same_rows = [&](const QueuedWrite& a, const QueuedWrite& b) {
    return a.place.row == b.place.row &&
           a.place.bank % preset_.banks_per_group == b.place.bank % preset_.banks_per_group;
  };
  for (auto done = queue.begin(); done != queue.end();) {
    const QueuedWrite first = *done;
    done = std::stable_partition(done, queue.end(),
                                 [&](const QueuedWrite& item) { return same_rows(first, item); });
  }
  uint64_t end = 0;
  for (const QueuedWrite& item : queue) {
    end = std::max(
        end, channel.dram.access(true, item.place.bank, item.place.row, channel.latest, requests_));
  }
  channel.free_at[channel.batches++ & 1] = end * preset_.clock_ps;
  channel.latest = 0;
  queue.clear();
}

void BankedDramTiming::prune(uint64_t now) {
  const uint64_t before = port_.horizon(now) / preset_.clock_ps;
  for (Channel& channel : channels_) channel.dram.prune(before);
}

double BankedDramTiming::utilization(uint64_t time) const {
  if (time == 0) return 0;
  uint64_t bursts = 0;
  for (const Channel& channel : channels_) bursts += channel.dram.reads() + channel.dram.writes();
  const double busy = static_cast<double>(bursts * preset_.burst_cycles() * preset_.clock_ps);
  return busy / (static_cast<double>(time) * static_cast<double>(channels_.size()));
}

std::optional<DramReport> BankedDramTiming::dram_report(uint64_t time) const {
  DramReport report;
  report.preset = preset_.name;
  report.page_policy = open_page_ ? "open" : "closed";
  report.mapping = mapping_name_ + (hashed_ ? ", hashed" : "");
  report.peak_gbps = preset_.peak_gbps() * static_cast<double>(channels_.size());
  for (const Channel& each : channels_) {
    DramChannelReport channel;
    channel.read_bursts = each.dram.reads();
    channel.write_bursts = each.dram.writes();
    channel.refreshes = each.dram.refreshes(time / preset_.clock_ps);
    for (const DramBankCounts& bank : each.dram.banks()) {
      channel.banks.push_back({bank.hits, bank.misses, bank.conflicts});
      channel.hits += bank.hits;
      channel.misses += bank.misses;
      channel.conflicts += bank.conflicts;
    }
    report.channels.push_back(channel);
  }
  const auto seconds = static_cast<double>(time) * 1e-12;
  for (const DramChannelReport& channel : report.channels) {
    report.activate_uj +=
        static_cast<double>(channel.misses + channel.conflicts) * preset_.activate_pj * 1e-6;
    report.read_uj += static_cast<double>(channel.read_bursts) * preset_.read_pj * 1e-6;
    report.write_uj += static_cast<double>(channel.write_bursts) * preset_.write_pj * 1e-6;
    report.refresh_uj += static_cast<double>(channel.refreshes) * preset_.refresh_pj * 1e-6;
    report.background_uj += preset_.background_mw * seconds * 1e3;
  }
  return report;
}

size_t BankedDramTiming::held() const {
  size_t count = 0;
  for (const Channel& channel : channels_) count += channel.dram.held() + channel.queue.size();
  return count;
}

}  // namespace systole
