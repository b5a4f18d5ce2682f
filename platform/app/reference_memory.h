// A private copy of the operands of one operation, for computing the reference beside the
// simulation.
#pragma once
#include <cstdint>
#include <cstring>
#include <vector>

#include "sw_driver/include/buffer.h"
#include "tlm/core/op.h"

namespace systole {

/// Ranges copied from simulated memory before the engines run; the arithmetic libraries work on
/// them.
class ReferenceMemory : public MemoryView {
 public:
  /// Copies the buffer's present content.
  void add(const driver::Buffer& buffer) {
    const auto* bytes = buffer.as<uint8_t>();
    ranges_.push_back({buffer.addr, std::vector<uint8_t>(bytes, bytes + buffer.bytes)});
  }

  uint8_t* map(uint64_t addr, uint64_t bytes, bool) override {
    for (Range& range : ranges_) {
      if (addr >= range.addr && addr - range.addr <= range.bytes.size() &&
          bytes <= range.bytes.size() - (addr - range.addr)) {
        return range.bytes.data() + (addr - range.addr);
      }
    }
    return nullptr;
  }

  /// Elements of `element_bytes` in which the buffer now differs from the copy.
  uint64_t mismatches(const driver::Buffer& buffer, uint32_t element_bytes) {
    const uint8_t* expected = map(buffer.addr, buffer.bytes, false);
    const auto* actual = buffer.as<uint8_t>();
    if (!expected) return buffer.bytes / element_bytes;
    uint64_t count = 0;
    for (uint64_t at = 0; at < buffer.bytes; at += element_bytes) {
      count += std::memcmp(expected + at, actual + at, element_bytes) != 0;
    }
    return count;
  }

 private:
  struct Range {
    uint64_t addr;
    std::vector<uint8_t> bytes;
  };
  std::vector<Range> ranges_;
};

}  // namespace systole
