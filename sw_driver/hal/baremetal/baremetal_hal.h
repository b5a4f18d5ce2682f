// The driver's HAL on a RISC-V hart in machine mode, without an operating system.
// Upstream: the driver. Downstream: MMIO, CLINT, UART; the PLIC stays the driver's.
#pragma once
#include "sw_driver/hal/hal.h"

namespace systole::driver {

/// Plain memory that engines and CPU see at the same address.
struct MemoryRegion {
  uint64_t base = 0, bytes = 0;
};

struct BareMetalConfig {
  static constexpr uint32_t kMaxRegions = 8;

  uint64_t clint_base = 0, uart_base = 0;
  uint64_t timebase_hz = 0;  ///< rate of mtime
  uint64_t clock_hz = 0;     ///< rate of mcycle: the SoC clock
  MemoryRegion regions[kMaxRegions];
  uint32_t region_count = 0;
};

/// Needs a trap handler that honours mmio.h, mstatus.MIE clear (interrupts wake, they are not
/// taken), and owns mie and mtimecmp.
class BareMetalHal : public Hal {
 public:
  explicit BareMetalHal(const BareMetalConfig& config) : config_(config) {}

  Status read32(uint64_t addr, uint32_t* value) override;
  Status write32(uint64_t addr, uint32_t value) override;
  /// The address itself if one region holds all of it.
  void* map(uint64_t addr, uint64_t bytes) override;
  void fence() override;
  uint64_t now_cycles() override;
  /// WFI with machine external and timer interrupt enabled; the time-out is rounded up to ticks of
  /// mtime.
  bool wait_for_interrupt(uint64_t timeout_cycles) override;
  void pause(uint64_t cycles) override;
  void putc(char c) override;

  const BareMetalConfig& config() const { return config_; }

 private:
  /// Sleeps until one of `interrupts` (bits of mie) is pending or the time-out has passed.
  uint64_t sleep(uint64_t interrupts, uint64_t timeout_cycles);

  BareMetalConfig config_;
};

}  // namespace systole::driver
