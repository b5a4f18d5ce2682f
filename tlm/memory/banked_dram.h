// DRAM with channels, banks, row buffers and refresh behind the memory's port.
// Upstream: Memory. Downstream: one DramChannel a channel.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tlm/core/report.h"
#include "tlm/memory/dram_channel.h"
#include "tlm/memory/dram_mapping.h"
#include "tlm/memory/memory_timing.h"

namespace systole {

struct BankedDramConfig {
  const DramPreset* preset = nullptr;
  unsigned channels = 1;  ///< a power of two
  bool open_page = true;  ///< else a row is closed after the request that opened it
  std::string mapping = "bank_group_pair";  ///< of addresses: DramMapping
  bool hashed = true;                       ///< DramMapping: banks exclusive-or rows
  uint64_t controller_ps = 0;  ///< controller and pins: half before the commands, half after
};

/// Addresses go to channels, banks and rows by a DramMapping. One rank. All channels refresh at the
/// same times.
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
  DramPlace place(uint64_t offset) const { return mapping_.place(offset / preset_.burst_bytes()); }
  DramChannel& channel(unsigned index) { return channels_[index].dram; }
  /// Items held for the future and the horizon, over all channels: what prune() bounds.
  size_t held() const;

 private:
  struct QueuedWrite {
    uint64_t burst;  ///< offset / burst bytes
    DramPlace place;
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
  bool open_page_, hashed_;
  std::string mapping_name_;
  DramMapping mapping_;
  uint64_t before_ps_, after_ps_;
  uint64_t requests_ = 0;
  std::vector<Channel> channels_;
};

}  // namespace systole
