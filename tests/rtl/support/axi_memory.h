// Memory behind a verilated engine in RTL tests: regions, and errors on request.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "tlm/core/op.h"

namespace systole::rtl_test {

/// A map of regions. What lies outside answers DECERR, a write to a read-only region SLVERR.
class AxiMemory : public MemoryView {
 public:
  struct Region {
    uint64_t base;
    std::vector<uint8_t> bytes;
    bool writable;
  };

  /// Adds [base, base + size), zero filled. Regions must not overlap.
  std::vector<uint8_t>& add(uint64_t base, uint64_t size, bool writable = true) {
    return regions_.emplace(base, Region{base, std::vector<uint8_t>(size), writable})
        .first->second.bytes;
  }

  /// The bursts that touch `addr` are answered with SLVERR.
  void fail_reads(uint64_t addr) { bad_reads_.push_back(addr); }
  void fail_writes(uint64_t addr) { bad_writes_.push_back(addr); }
  void clear_failures() {
    bad_reads_.clear();
    bad_writes_.clear();
  }

  uint8_t* map(uint64_t addr, uint64_t bytes, bool write) override {
    Region* region = find(addr, bytes);
    return region && (region->writable || !write) ? &region->bytes[addr - region->base] : nullptr;
  }

  /// AXI response to a burst over [addr, addr + bytes).
  uint8_t response(uint64_t addr, uint64_t bytes, bool write) {
    Region* region = find(addr, bytes);
    if (!region) return 3;
    if (write && !region->writable) return 2;
    for (uint64_t bad : write ? bad_writes_ : bad_reads_) {
      if (bad >= addr && bad - addr < bytes) return 2;
    }
    return 0;
  }

  // Direct access, for tests; the address must be mapped.
  uint8_t* at(uint64_t addr) { return map(addr, 1, false); }
  uint32_t load32(uint64_t addr);
  uint64_t load64(uint64_t addr);
  void store32(uint64_t addr, uint32_t value);

 private:
  Region* find(uint64_t addr, uint64_t bytes) {
    auto it = regions_.upper_bound(addr);
    if (it == regions_.begin()) return nullptr;
    Region& region = (--it)->second;
    const uint64_t offset = addr - region.base;
    return offset < region.bytes.size() && region.bytes.size() - offset >= bytes ? &region
                                                                                 : nullptr;
  }

  std::map<uint64_t, Region> regions_;
  std::vector<uint64_t> bad_reads_, bad_writes_;
};

}  // namespace systole::rtl_test
