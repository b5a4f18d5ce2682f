// Directly accessible memory, with a mark on every 64 bytes that hold decoded code.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "tlm/cpu/riscv/bus.h"

namespace systole::riscv {

struct Region : DirectRegion {
  /// One byte per line; 1: a decoded block came from here or from the next line's first 7 bytes, so
  /// that a store of up to 8 bytes need look at its first line only.
  std::vector<uint8_t> code_lines;
  bool holds(uint64_t addr, uint64_t bytes) const {
    return addr - base < size && bytes <= size - (addr - base);
  }
  uint8_t* at(uint64_t addr) const { return host + (addr - base); }
};

inline constexpr unsigned kLineShift = 6;

class Regions {
 public:
  explicit Regions(Bus& bus) : bus_(bus) {}

  /// The region that holds all of [addr, addr + bytes), asking the bus once; null if there is none.
  Region* find(uint64_t addr, uint64_t bytes);
  void mark_code(Region& region, uint64_t addr, uint64_t bytes);
  /// True if any decoded code came from [addr, addr + bytes).
  bool has_code(const Region& region, uint64_t addr, uint64_t bytes) const;
  bool has_code(uint64_t addr, uint64_t bytes) const;
  void clear_code();
  /// Forgets every region: their host pointers are no longer valid.
  void clear() { regions_.clear(); }

 private:
  Bus& bus_;
  std::vector<std::unique_ptr<Region>> regions_;
};

}  // namespace systole::riscv
