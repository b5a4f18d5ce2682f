// What this SoC is: read once from system control, never compiled in.
#pragma once
#include "sw_driver/hal/hal.h"
#include "sw_driver/include/engine_kind.h"

namespace systole::driver {

/// Fixed places of the address map (docs: ARCHITECTURE.md, "Address map").
constexpr uint64_t kSysctlBase = 0x100f0000;
constexpr uint64_t kPlicBase = 0x0c000000;

/// Plain data, filled by probe().
struct Soc {
  uint32_t clock_mhz = 0;
  uint64_t spm_base = 0, spm_bytes = 0;
  uint64_t dram_base = 0, dram_bytes = 0;
  uint32_t dram_mbps = 0;                            ///< bandwidth, 10^6 bytes per second
  uint64_t engine_base = 0;                          ///< registers of engine 0
  uint32_t engine_stride = 0;                        ///< bytes from engine to engine
  uint32_t engine_irq = 0;                           ///< PLIC source of engine 0
  uint32_t count[kEngineKinds] = {};                 ///< engines per kind, by EngineKind
  uint64_t model_base = 0, model_bytes = 0;          ///< checkpoint image; 0 bytes: none
  uint64_t tokenizer_base = 0, tokenizer_bytes = 0;  ///< tokenizer image; 0 bytes: none

  /// Reads system control. BusError: it does not answer. BadHardware: wrong ID, another major map
  /// version, no memory, or more than kMaxEngines engines. `*this` is complete on Ok only.
  Status probe(Hal& hal);

  /// DRAM's bytes per SoC cycle, rounded down, at least 1.
  uint64_t dram_bytes_per_cycle() const {
    return dram_mbps > clock_mhz ? dram_mbps / clock_mhz : 1;
  }
  uint32_t engines() const { return count[0] + count[1] + count[2]; }
  /// Number of instance `instance` of `kind` among all engines (GEMMs, VPUs, DMAs in this order).
  uint32_t engine_index(EngineKind kind, uint32_t instance) const;
  EngineKind kind_of(uint32_t index) const;
  uint64_t engine_addr(uint32_t index) const {
    return engine_base + uint64_t{index} * engine_stride;
  }
  uint32_t irq_source(uint32_t index) const { return engine_irq + index; }
};

/// The 64-bit cycle counter of system control.
Status read_soc_cycles(Hal& hal, uint64_t* cycles);

}  // namespace systole::driver
