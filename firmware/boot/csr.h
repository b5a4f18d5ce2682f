// Control and status registers of machine mode, and the instructions around them.
// Source: The RISC-V Instruction Set Manual, volume II.
#pragma once
#include <cstdint>

namespace systole::firmware {

#define SYSTOLE_CSR(name)                                       \
  inline uint64_t read_##name() {                               \
    uint64_t value;                                             \
    asm volatile("csrr %0, " #name : "=r"(value));              \
    return value;                                               \
  }                                                             \
  inline void write_##name(uint64_t value) {                    \
    asm volatile("csrw " #name ", %0" ::"r"(value) : "memory"); \
  }                                                             \
  inline void set_##name(uint64_t bits) {                       \
    asm volatile("csrs " #name ", %0" ::"r"(bits) : "memory");  \
  }                                                             \
  inline void clear_##name(uint64_t bits) {                     \
    asm volatile("csrc " #name ", %0" ::"r"(bits) : "memory");  \
  }

SYSTOLE_CSR(mstatus)
SYSTOLE_CSR(mie)
SYSTOLE_CSR(mip)
SYSTOLE_CSR(mcause)
SYSTOLE_CSR(mtval)
SYSTOLE_CSR(misa)
SYSTOLE_CSR(mcycle)
SYSTOLE_CSR(minstret)
#undef SYSTOLE_CSR

constexpr uint64_t kMstatusMie = 1 << 3;
/// Bits of mie and mip.
constexpr uint64_t kSoftwareInterrupt = 1 << 3, kTimerInterrupt = 1 << 7,
                   kExternalInterrupt = 1 << 11;
/// mcause of an interrupt has this bit set.
constexpr uint64_t kCauseInterrupt = uint64_t{1} << 63;

}  // namespace systole::firmware
