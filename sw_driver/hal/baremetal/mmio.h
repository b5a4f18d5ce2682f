// Register accesses that a refusal of the bus does not end: an access fault within them becomes a
// result. The trap handler asks in_mmio_access() and resumes at mmio_fault_target().
#pragma once
#include <cstdint>

extern "C" {
/// 0: done; 1: the bus refused (an access fault at the marked instruction), *value unchanged.
int systole_mmio_read32(uint64_t addr, uint32_t* value);
int systole_mmio_write32(uint64_t addr, uint32_t value);
extern const char systole_mmio_read32_access[], systole_mmio_write32_access[], systole_mmio_fault[];
}

namespace systole::driver {

/// True if the instruction at `pc` is one of the two that may fault.
inline bool in_mmio_access(uint64_t pc) {
  return pc == reinterpret_cast<uint64_t>(systole_mmio_read32_access) ||
         pc == reinterpret_cast<uint64_t>(systole_mmio_write32_access);
}

/// Where such a fault goes on: returns 1 to the caller of the access.
inline uint64_t mmio_fault_target() { return reinterpret_cast<uint64_t>(systole_mmio_fault); }

}  // namespace systole::driver
