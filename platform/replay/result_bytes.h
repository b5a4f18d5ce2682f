// Which bytes of memory descriptors have written, page by page. Upstream: Recorder, Replayer.
#pragma once
#include <bitset>
#include <cstdint>
#include <functional>
#include <map>

#include "platform/replay/recording.h"
#include "tlm/core/footprint.h"

namespace systole {

/// Host pointer to memory, null where there is none.
using MapMemory = std::function<uint8_t*(uint64_t addr, uint64_t bytes)>;

class ResultBytes {
 public:
  void add(const Span& span);
  /// Calls `see(address, byte)` for each, in the order of the addresses.
  void for_each(const MapMemory& map, const std::function<void(uint64_t, uint8_t)>& see) const;
  /// Recording::pages, of memory as it is.
  std::map<uint64_t, uint64_t> hashes(const MapMemory& map) const;

 private:
  std::map<uint64_t, std::bitset<Recording::kPageBytes>> pages_;
};

}  // namespace systole
