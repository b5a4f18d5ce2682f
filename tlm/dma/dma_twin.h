// The DMA's twin: dma_core's requests and beats on the port's recurrences, dma_arith's function.
// Upstream: EngineTwin. Downstream: TwinPort.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "tlm/dma/dma_arith.h"
#include "tlm/twin/engine_twin.h"

namespace systole {

/// Cycles are dma_core's: no difference in 810 copies and fills alone on the bus
/// (docs/fidelity.md). Approximate: stalls are counted as the beats see them; what an aborted or
/// failing descriptor leaves in its output is nothing (data moves when all writes are answered).
class DmaTwin : public TwinCore {
 public:
  explicit DmaTwin(const DmaConfig& config) : config_(config) {}
  uint8_t check(const uint8_t* desc) const override { return dma_check(desc, config_); }
  TwinOutcome run(const uint8_t* desc, uint64_t start, TwinPort& port) override;
  bool operands(const uint8_t* desc, std::vector<TwinOperand>& out) const override;

 private:
  DmaConfig config_;
};

struct DmaTwinConfig {
  Clock clock{1000};
  unsigned batch_cycles = 64;
  unsigned width_bits = 128;  ///< AXI data width: 64, 128, 256 or 512
  /// As dma_top's: read bursts in flight (0: 32), longest burst in beats (0: 16).
  std::array<uint32_t, 4> straps{};
  bool functional = true;
  bool remember = false;  ///< skip what is known; only without function
  bool apart = false;     ///< EngineTwinConfig's
};

/// The engine as a whole, what dma_top is in RTL.
std::unique_ptr<EngineTwin> make_dma_twin(const std::string& name, const DmaTwinConfig& config);

}  // namespace systole
