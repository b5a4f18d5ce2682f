// What the platform's parts count, as plain data for the report. No SystemC here.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace systole {

/// One port of the interconnect (initiator or target side).
struct PortReport {
  std::string name;
  uint64_t transactions = 0;
  uint64_t errors = 0;      ///< transactions that ended with a TLM error response
  uint64_t bytes_read = 0;  ///< by completed transactions
  uint64_t bytes_written = 0;
  uint64_t read_busy_cycles = 0;  ///< cycles of the read data channel in use
  uint64_t write_busy_cycles = 0;

  /// Share of the two data channels' cycles in use, 0 to 1 each.
  double read_utilization(uint64_t cycles) const { return share(read_busy_cycles, cycles); }
  double write_utilization(uint64_t cycles) const { return share(write_busy_cycles, cycles); }

 private:
  static double share(uint64_t busy, uint64_t cycles) {
    return cycles ? static_cast<double>(busy) / static_cast<double>(cycles) : 0.0;
  }
};

/// What the row buffers of one DRAM channel did. Counts are column accesses (bursts): to a row that
/// was open (hit), to a bank without an open row (miss), to a bank with another row open
/// (conflict).
struct DramChannelReport {
  struct Bank {
    uint64_t hits = 0, misses = 0, conflicts = 0;
  };
  uint64_t hits = 0, misses = 0, conflicts = 0;
  uint64_t read_bursts = 0, write_bursts = 0, refreshes = 0;
  std::vector<Bank> banks;
};

/// A DRAM with banks (dram.preset). Energy by what drew it, from the preset's published figures.
struct DramReport {
  std::string preset, page_policy, mapping;
  double peak_gbps = 0;  ///< 10^9 bytes/s of all channels
  std::vector<DramChannelReport> channels;
  double activate_uj = 0, read_uj = 0, write_uj = 0, refresh_uj = 0, background_uj = 0;
};

/// One memory.
struct MemoryReport {
  std::string name;
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
  double utilization = 0;  ///< share of the peak bandwidth of its timing model in use, 0 to 1
  std::optional<DramReport> dram;  ///< of a DRAM with banks
};

/// One verilated block behind the AXI wrapper.
struct RtlReport {
  std::string name;
  std::string parameters;  ///< as the variant was built
  uint64_t ticks = 0;      ///< clock cycles evaluated; an idle block costs none
  uint64_t batches = 0;    ///< times the thread gave simulated time to others
  uint64_t register_accesses = 0;
  uint64_t read_bursts = 0, write_bursts = 0;
  uint64_t bytes_read = 0;  ///< read data beats times beat size
  uint64_t bytes_written = 0;
};

}  // namespace systole
