// The driver's only way to the outside: registers, memory, interrupts, time.
// Implementations: native (inside the simulator), bare-metal (firmware), mock (tests).
#pragma once
#include <cstdint>

#include "sw_driver/include/status.h"

namespace systole::driver {

/// All addresses are SoC addresses. No method throws; none blocks without a time-out.
class Hal {
 public:
  virtual ~Hal() = default;

  /// One aligned 32-bit register access over the bus. BusError if nothing answers or the target
  /// refuses.
  [[nodiscard]] virtual Status read32(uint64_t addr, uint32_t* value) = 0;
  [[nodiscard]] virtual Status write32(uint64_t addr, uint32_t value) = 0;

  /// CPU pointer to memory [addr, addr + bytes) (DRAM, SPM or a read-only image), null if unmapped.
  /// Accesses through it are the CPU's own and, on the native CPU, take no simulated time.
  [[nodiscard]] virtual void* map(uint64_t addr, uint64_t bytes) = 0;

  /// Orders earlier memory accesses before later register writes (a fence before the doorbell).
  virtual void fence() = 0;

  /// SoC cycles since reset.
  virtual uint64_t now_cycles() = 0;

  /// Sleeps until an external interrupt is pending at the interrupt controller or the time-out (in
  /// SoC cycles) has passed; returns at once if one is pending. True: an interrupt is pending.
  [[nodiscard]] virtual bool wait_for_interrupt(uint64_t timeout_cycles) = 0;

  /// Lets `cycles` of simulated time pass (for polling loops; never spin without it).
  virtual void pause(uint64_t cycles) = 0;

  /// One character to the console.
  virtual void putc(char c) = 0;
};

}  // namespace systole::driver
