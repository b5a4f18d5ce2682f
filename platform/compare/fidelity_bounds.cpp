// The bounds of comparison.h, which sweeps judge their calibration by too.
#include <algorithm>
#include <cmath>

#include "platform/compare/comparison.h"

namespace systole {

FidelityBounds FidelityBounds::of(const Config& config) {
  FidelityBounds bounds;
  bounds.latency_cycles =
      (config.dram.latency_ns * config.clock_mhz + 999) / 1000 + 2 * config.bus.latency_cycles;
  return bounds;
}

bool FidelityBounds::allow(uint64_t rtl, uint64_t tlm) const {
  const uint64_t off = rtl > tlm ? rtl - tlm : tlm - rtl;
  return off <= latency_cycles || std::abs(cycle_error(rtl, tlm)) <= worst;
}

double cycle_error(uint64_t rtl, uint64_t tlm) {
  if (rtl == tlm) return 0;
  return (static_cast<double>(tlm) - static_cast<double>(rtl)) /
         static_cast<double>(std::max<uint64_t>(rtl, 1));
}

}  // namespace systole
