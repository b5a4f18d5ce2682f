// Which channel, bank and row a burst of a banked DRAM lies in.
// Upstream: BankedDramTiming; the configuration asks the names.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tlm/memory/dram_preset.h"

namespace systole {

struct DramPlace {
  unsigned channel, bank;
  uint64_t row;
};

/// An order of address bits by name, from a burst's number up to the row. Channels change every 64
/// bytes at least and always before the column. Of consecutive bursts in a channel
///   row_bank_column         stay in their row until it ends, then go to the next bank;
///   row_column_bank         go round all banks;
///   bank_group_interleaved  go round the bank groups, then as row_bank_column;
///   bank_group_pair         go to and fro between two bank groups, which is enough for the full
///                           rate (tCCD_L <= 2 tCCD_S), then as row_bank_column.
/// `hashed`: the bank's number is exclusive-or'ed with the row's low bits, so that streams a power
/// of two apart do not meet in one bank.
class DramMapping {
 public:
  /// `name` is one of dram_mapping_names(), `channels` a power of two.
  DramMapping(const std::string& name, bool hashed, const DramPreset& preset, unsigned channels);

  /// `burst`: the address divided by the preset's burst_bytes().
  DramPlace place(uint64_t burst) const;

 private:
  enum class Field { Within, Channel, Column, Bank };
  struct Bits {
    Field field;
    unsigned count;
    unsigned to;  ///< of the bank: from which bit on
  };

  std::vector<Bits> bits_;  ///< from the lowest up; the rest is the row
  unsigned bank_bits_;
  bool hashed_;
};

const std::vector<std::string>& dram_mapping_names();

}  // namespace systole
