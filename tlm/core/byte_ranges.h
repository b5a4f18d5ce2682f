// A set of addresses as ranges of bytes.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace systole {

/// Ranges are added, then close() makes holds() ready. They may overlap.
class ByteRanges {
 public:
  void add(uint64_t low, uint64_t high) {
    if (low < high) list_.push_back({low, high});
  }
  void close() {
    std::sort(list_.begin(), list_.end());
    reach_.clear();
    uint64_t most = 0;
    for (const auto& range : list_) reach_.push_back(most = std::max(most, range.second));
  }
  bool holds(uint64_t addr) const {
    const auto end = std::upper_bound(list_.begin(), list_.end(), std::pair{addr, ~uint64_t{0}});
    for (size_t i = static_cast<size_t>(end - list_.begin()); i-- > 0 && reach_[i] > addr;)
      if (list_[i].second > addr) return true;
    return false;
  }

 private:
  std::vector<std::pair<uint64_t, uint64_t>> list_;
  std::vector<uint64_t> reach_;  ///< the highest end of all ranges up to this one
};

}  // namespace systole
