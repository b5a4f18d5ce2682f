// How long a memory takes: one pure interface, named implementations.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "tlm/bus/calendar.h"
#include "tlm/bus/skippable_bus.h"
#include "tlm/core/clock.h"
#include "tlm/core/report.h"
#include "tlm/core/state_archive.h"

namespace systole {

/// All times are absolute picoseconds. Requests may come in any order of time within kHorizonCycles
/// before simulated time; each takes free time from its own arrival on.
class MemoryTiming {
 public:
  virtual ~MemoryTiming() = default;
  /// Reads: `time` is when the request arrives; returns when the last beat has left, not earlier
  /// than one beat per cycle allows. Writes: `time` is the cycle in which the last beat arrives,
  /// the others came one per cycle before it; returns when the write is accepted, and may be
  /// acknowledged.
  virtual uint64_t access(bool is_write, uint64_t offset, unsigned bytes, uint64_t time) = 0;
  /// Simulated time is `now`: forgets what no request can reach any more.
  virtual void prune(uint64_t now) = 0;
  /// Share of the peak bandwidth used up to `time`.
  virtual double utilization(uint64_t time) const = 0;
  /// What the row buffers did up to `time`, of a model that has some.
  virtual std::optional<DramReport> dram_report(uint64_t) const { return {}; }

  /// For skipping what is known (RepeatableTarget). Accesses whose offsets differ by a multiple of
  /// this take the same time in the same state; 0: this model cannot say, and is never skipped.
  virtual uint64_t address_period() const { return 0; }
  /// Everything that decides the times of later accesses and all that is counted, when simulated
  /// time is `now_cycle` (look_back()). Not called if address_period() is 0.
  virtual void state(StateArchive& /*archive*/, uint64_t /*now_cycle*/) {}
  /// As RepeatableTarget's.
  virtual void pace(Pace& /*pace*/) const {}
  virtual void count(const BurstCounts& /*bursts*/, uint32_t /*beat_bytes*/) {}
  virtual uint64_t busy_ps() const { return 0; }
  virtual void reopen(uint64_t /*ps*/) {}
};

/// Width of the memory's port: the bus's, a power of two.
struct PortShape {
  Clock clock{1000};
  unsigned width_bits = 128;

  unsigned beat_bytes() const { return width_bits / 8; }
  unsigned beat_shift() const { return static_cast<unsigned>(__builtin_ctz(beat_bytes())); }
  /// The earliest time, in picoseconds, that a request may have at simulated time `now`.
  uint64_t horizon(uint64_t now) const {
    const uint64_t span = clock.ps(kHorizonCycles);
    return now > span ? now - span : 0;
  }
  unsigned beats(uint64_t offset, unsigned bytes) const {
    const unsigned mask = beat_bytes() - 1;
    return ((static_cast<unsigned>(offset) & mask) + bytes + mask) >> beat_shift();
  }
};

/// One channel of `bandwidth_gbps` (10^9 bytes/s) shared by reads and writes in a calendar; a
/// read's data follows `latency_ns` after its request; a write is acknowledged when the channel has
/// taken it. No banks, rows or refresh: latency and bandwidth are averages.
class DramTiming : public MemoryTiming {
 public:
  DramTiming(const PortShape& port, double latency_ns, double bandwidth_gbps);
  uint64_t access(bool is_write, uint64_t offset, unsigned bytes, uint64_t time) override;
  void prune(uint64_t now) override {
    if (now < prune_at_) return;
    prune_at_ = now + port_.clock.ps(kPruneCycles);
    channel_.prune(port_.horizon(now));
  }
  double utilization(uint64_t time) const override;
  uint64_t address_period() const override { return 1; }
  void state(StateArchive& archive, uint64_t now_cycle) override {
    if (!archive.saving()) prune_at_ = 0;
    channel_.state(archive, port_.clock.ps(look_back(now_cycle)), true);
  }
  void pace(Pace& pace) const override;
  void count(const BurstCounts& bursts, uint32_t beat_bytes) override;
  uint64_t busy_ps() const override { return channel_.busy(); }
  void reopen(uint64_t ps) override { channel_.reopen(port_.horizon(ps)); }

 private:
  PortShape port_;
  uint64_t taken(uint64_t bytes) const {
    return bytes < taken_.size() ? taken_[bytes] : compute_taken(bytes);
  }
  uint64_t compute_taken(uint64_t bytes) const;

  uint64_t latency_ps_;
  double ps_per_byte_;
  std::vector<uint64_t> taken_;  ///< by bytes, of usual bursts
  uint64_t prune_at_ = 0;
  Calendar channel_;
};

/// Banks interleaved at beat granularity; each serves one beat, read or write, per cycle. Reads
/// take `latency_cycles` before the first beat; writes are accepted as their banks are free. A
/// burst takes each of its banks for as many cycles as it has beats there, in one piece.
class SpmTiming : public MemoryTiming {
 public:
  SpmTiming(const PortShape& port, unsigned banks, unsigned latency_cycles);
  uint64_t access(bool is_write, uint64_t offset, unsigned bytes, uint64_t time) override;
  void prune(uint64_t now) override;
  double utilization(uint64_t time) const override;
  uint64_t address_period() const override { return banks_.size() * port_.beat_bytes(); }
  void state(StateArchive& archive, uint64_t now_cycle) override {
    if (!archive.saving()) prune_at_ = 0;
    for (Calendar& bank : banks_) bank.state(archive, look_back(now_cycle), false);
  }
  void pace(Pace& pace) const override;
  void count(const BurstCounts& bursts, uint32_t) override { banks_[0].count(bursts.beats()); }
  uint64_t busy_ps() const override;
  void reopen(uint64_t ps) override;

 private:
  PortShape port_;
  unsigned latency_cycles_;
  std::vector<Calendar> banks_;
  bool power_of_two_ = false;  ///< so many banks
  uint64_t prune_at_ = 0;
};

/// A memory that answers at port speed, with a fixed latency for reads and no contention (ROM).
class FlatTiming : public MemoryTiming {
 public:
  FlatTiming(const PortShape& port, unsigned latency_cycles)
      : port_(port), latency_ps_(port.clock.ps(latency_cycles)) {}
  uint64_t access(bool is_write, uint64_t offset, unsigned bytes, uint64_t time) override;
  void prune(uint64_t) override {}
  double utilization(uint64_t time) const override;
  uint64_t address_period() const override { return 1; }
  void state(StateArchive& archive, uint64_t) override { archive.count(beats_); }
  void pace(Pace& pace) const override { pace.latency_ps = std::max(pace.latency_ps, latency_ps_); }
  void count(const BurstCounts& bursts, uint32_t) override { beats_ += bursts.beats(); }

 private:
  PortShape port_;
  uint64_t latency_ps_;
  uint64_t beats_ = 0;
};

}  // namespace systole
