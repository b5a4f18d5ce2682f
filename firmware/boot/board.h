// The machine the firmware runs on, as its device tree says: the virtual SoC, or QEMU's `virt`.
#pragma once
#include "firmware/boot/device_tree.h"
#include "sw_driver/hal/baremetal/baremetal_hal.h"

namespace systole::firmware {

/// Plain data. A base of 0: there is no such device.
struct Board {
  uint64_t uart = 0, clint = 0, plic = 0, finisher = 0, sysctl = 0;
  uint64_t timebase_hz = 0;
  uint64_t clock_hz = 0;  ///< of the hart; 0: not said
  driver::MemoryRegion dram;
  driver::MemoryRegion regions[driver::BareMetalConfig::kMaxRegions];  ///< all memories and images
  uint32_t region_count = 0;
  const char* bootargs = "";

  /// Null if all that the firmware cannot do without is there; else what is missing.
  const char* read(const void* device_tree);

  driver::BareMetalConfig hal_config() const;
};

}  // namespace systole::firmware
