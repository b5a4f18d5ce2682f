// DRAM with channels, banks, row buffers and refresh behind the memory's port.
// Upstream: Memory. Downstream: one DramChannel a channel.
#pragma once
#include <cstdint>
#include <vector>

#include "tlm/core/report.h"
#include "tlm/memory/dram_channel.h"
#include "tlm/memory/memory_timing.h"

namespace systole {

struct BankedDramConfig {
  const DramPreset* preset = nullptr;
  unsigned channels = 1;       ///< a power of two
  bool open_page = true;       ///< else a row is closed after the request that opened it
  uint64_t controller_ps = 0;  ///< controller and pins: half before the commands, half after
};

/// Addresses: bursts go first to the bank groups, then to the channels (at least 64 bytes each),
/// then along the row, then to the next bank, then to the next row; the bank's number within its
/// group is exclusive-or'ed with the row's low bits, so that streams a power of two apart meet
/// different banks. One rank. All channels refresh at the same times.
///
/// Reads: every burst touched is placed by its channel from half of controller_ps after the request
/// on. Beats leave the port in order, one a cycle; a burst's last beat leaves in the cycle after
/// the burst is complete (those before it as the data come).
///
/// Writes are acknowledged when they are in their channel's write queue and drained sixteen bursts
/// at a time, so that the bus turns round seldom; writes to the same burst merge while they wait.
/// The queue holds two such batches: a write whose place is still being drained waits for it. What
/// is left below sixteen at the end of a run stays in the queue, uncounted.
///
/// Approximate: a read of what is still in the write queue goes to the DRAM like any other; writes
/// are not drained early when nothing is read; a part of a burst costs the whole.
class BankedDramTiming : public MemoryTiming {
 public:
  static constexpr unsigned kWriteBatch = 16;

  BankedDramTiming(const PortShape& port, const BankedDramConfig& config);
  uint64_t access(bool is_write, uint64_t offset, unsigned bytes, uint64_t time) override;
  void prune(uint64_t now) override;
  double utilization(uint64_t time) const override;
  std::optional<DramReport> dram_report(uint64_t time) const override;

  /// Where a byte lies.
  struct Place {
    unsigned channel, bank;
    uint64_t row;
  };
  Place place(uint64_t offset) const;
  DramChannel& channel(unsigned index) { return channels_[index].dram; }
  /// Items held for the future and the horizon, over all channels: what prune() bounds.
  size_t held() const;

 private:
  struct QueuedWrite {
    uint64_t burst;  ///< offset / burst bytes
    Place place;
  };
  struct Channel {
    explicit Channel(DramChannel channel) : dram(std::move(channel)) {}
    DramChannel dram;
    std::vector<QueuedWrite> queue;
    uint64_t latest = 0;  ///< cycle of the queue's last arrival
    uint64_t batches = 0;
    uint64_t free_at[2] = {0, 0};  ///< ps at which each half of the queue is drained
  };

  uint64_t read(uint64_t offset, unsigned bytes, uint64_t time);
  uint64_t write(uint64_t offset, unsigned bytes, uint64_t time);
  void drain(Channel& channel);
  uint64_t cycles(uint64_t ps) const { return (ps + preset_.clock_ps - 1) / preset_.clock_ps; }

  PortShape port_;
  DramPreset preset_;
  bool open_page_;
  uint64_t before_ps_, after_ps_;
  unsigned groups_shift_, unit_shift_, channels_shift_, columns_shift_, banks_shift_;
  uint64_t requests_ = 0;
  std::vector<Channel> channels_;
};

}  // namespace systole
