// DRAM parts by name: organisation, timing and energy of one channel, from published figures.
// Downstream: DramChannel (timing), the platform's configuration and energy estimate.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace systole {

/// One channel with its own command and data bus (HBM2: one pseudo channel) and one rank.
/// Timing in cycles of the DRAM's clock; a data burst takes burst_length / 2 of them.
/// dram_preset.cpp says where each figure comes from.
struct DramPreset {
  std::string name;
  std::string source;         ///< one line for reports
  unsigned channels;          ///< of the usual part; dram.channels 0 takes them
  unsigned width_bits;        ///< data bus of a channel
  unsigned burst_length;      ///< beats of one column access
  unsigned groups;            ///< bank groups
  unsigned banks_per_group;   ///< banks in each
  unsigned row_bytes;         ///< of a bank over the whole channel: the row buffer
  uint64_t clock_ps;          ///< clock period
  unsigned cl, cwl;           ///< column command to first data: read, write
  unsigned trcd_rd, trcd_wr;  ///< activate to column command
  unsigned trp, trp_all;      ///< precharge of one bank, of all (before a refresh)
  unsigned tras;              ///< activate to precharge
  unsigned trrd_s, trrd_l;    ///< activate to activate: other group, same group
  unsigned tfaw;              ///< window that holds at most four activates
  unsigned tccd_s, tccd_l;    ///< column to column: other group, same group
  unsigned twr;               ///< last write data to precharge
  unsigned twtr_s, twtr_l;    ///< last write data to read command: other group, same group
  unsigned trtp;              ///< read command to precharge
  unsigned trtw;              ///< read command to write command
  unsigned trfc, trefi;       ///< refresh of all banks: how long, how often
  double activate_pj;         ///< activate and precharge of one row, less standby
  double read_pj, write_pj;   ///< one burst, less standby
  double refresh_pj;          ///< one refresh of all banks, less standby
  double background_mw;       ///< standby with rows open

  unsigned banks() const { return groups * banks_per_group; }
  unsigned burst_bytes() const { return width_bits / 8 * burst_length; }
  unsigned burst_cycles() const { return burst_length / 2; }
  unsigned bursts_per_row() const { return row_bytes / burst_bytes(); }
  /// 10^9 bytes/s of one channel.
  double peak_gbps() const {
    return burst_bytes() * 1000.0 / (burst_cycles() * static_cast<double>(clock_ps));
  }
  /// A read of one burst from a bank without an open row: activate, read, data.
  uint64_t closed_read_ps() const { return (trcd_rd + cl + burst_cycles()) * clock_ps; }
};

/// ddr4-2400, lpddr4-3200, hbm2.
const std::vector<DramPreset>& dram_presets();
/// The preset of that name, or null.
const DramPreset* find_dram_preset(const std::string& name);

}  // namespace systole
