// The VPU's twin: vpu_core's schedule on the port's recurrences, vpu_arith's function.
// Upstream: EngineTwin. Downstream: TwinPort.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "tlm/twin/engine_twin.h"
#include "tlm/vpu/vpu_arith.h"

namespace systole {

/// Cycles and stalls are vpu_core's (vpu_timing.h says where not). Results are written when the
/// operation has ended, so an aborted or failing descriptor leaves nothing in its output. Operands
/// and results must be in memory: what is read from or written to a device takes its time, but the
/// operation computes nothing.
class VpuTwin : public TwinCore {
 public:
  explicit VpuTwin(const VpuConfig& config) : config_(config) {}
  uint8_t check(const uint8_t* desc) const override { return vpu_check(desc, config_); }
  unsigned check_cycles(const uint8_t* desc) const override;
  TwinOutcome run(const uint8_t* desc, uint64_t start, TwinPort& port) override;
  bool operands(const uint8_t* desc, std::vector<TwinOperand>& out) const override;

 private:
  VpuConfig config_;
};

struct VpuTwinConfig {
  Clock clock{1000};
  unsigned batch_cycles = 64;
  unsigned width_bits = 128;  ///< AXI data width: 64, 128, 256 or 512
  uint32_t lanes = 8;         ///< a power of two, 2 to 32
  uint32_t max_cols = 16384;  ///< a power of two, 8 * lanes to 32768
  bool functional = true;
  bool remember = false;  ///< skip what is known; only without function
  bool apart = false;     ///< EngineTwinConfig's
};

/// The engine as a whole, what vpu_top is in RTL.
std::unique_ptr<EngineTwin> make_vpu_twin(const std::string& name, const VpuTwinConfig& config);

}  // namespace systole
