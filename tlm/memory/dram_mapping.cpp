#include "tlm/memory/dram_mapping.h"

#include <algorithm>

namespace systole {
namespace {

constexpr unsigned kLeastChannelBytes = 64;

unsigned log2_of(uint64_t value) {
  unsigned shift = 0;
  while ((uint64_t{1} << shift) < value) ++shift;
  return shift;
}

unsigned low_bits(uint64_t value, unsigned bits) {
  return static_cast<unsigned>(value & ((uint64_t{1} << bits) - 1));
}

}  // namespace

// Banks are numbered group * banks_per_group + bank, so the group is in the upper bits.
DramMapping::DramMapping(const std::string& name, bool hashed, const DramPreset& preset,
                         unsigned channels)
    : bank_bits_(log2_of(preset.banks())), hashed_(hashed) {
  const unsigned group_bits = log2_of(preset.groups), group_at = log2_of(preset.banks_per_group);
  unsigned low = 0;  // bits of the group below the channel
  if (name == "bank_group_interleaved") low = group_bits;
  if (name == "bank_group_pair") low = std::min(1u, group_bits);
  const unsigned round = preset.burst_bytes() << low;
  const unsigned within = log2_of(std::max(kLeastChannelBytes, round) / round);
  const Bits column = {Field::Column, log2_of(preset.bursts_per_row()) - within, 0};
  bits_ = {{Field::Bank, low, group_at},
           {Field::Within, within, 0},
           {Field::Channel, log2_of(channels), 0}};
  if (name != "row_column_bank") bits_.push_back(column);
  bits_.push_back({Field::Bank, group_bits - low, group_at + low});
  bits_.push_back({Field::Bank, group_at, 0});
  if (name == "row_column_bank") bits_.push_back(column);
}

DramPlace DramMapping::place(uint64_t burst) const {
  DramPlace place = {0, 0, 0};
  for (const Bits& each : bits_) {
    const unsigned value = low_bits(burst, each.count);
    burst >>= each.count;
    if (each.field == Field::Bank) place.bank |= value << each.to;
    if (each.field == Field::Channel) place.channel = value;
  }
  place.row = burst;
  if (hashed_) place.bank ^= low_bits(place.row, bank_bits_);
  return place;
}

const std::vector<std::string>& dram_mapping_names() {
  static const std::vector<std::string> names = {"bank_group_pair", "bank_group_interleaved",
                                                 "row_bank_column", "row_column_bank"};
  return names;
}

}  // namespace systole
