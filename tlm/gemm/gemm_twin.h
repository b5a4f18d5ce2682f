// The GEMM's core for EngineTwin: legality and function from gemm_arith, time from gemm_timing.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "tlm/gemm/gemm_arith.h"
#include "tlm/gemm/gemm_look_ahead.h"
#include "tlm/gemm/gemm_progress.h"
#include "tlm/twin/engine_twin.h"

namespace systole {

/// Results, legality and errors are the RTL's. Time follows from the same requests, bursts, slabs,
/// tiles and rows as the RTL's. Approximate: whether rows that are drained while the same block
/// still computes meet a cycle in which compute does not read the accumulators, if rows of A arrive
/// slower than every second cycle. Measured (docs/fidelity.md): mean 0.001 %, worst 0.24 %, on a
/// 256-bit bus.
class GemmTwin : public TwinCore {
 public:
  explicit GemmTwin(const GemmConfig& config) : config_(config) {}

  uint8_t check(const uint8_t* desc) const override { return gemm_check(desc, config_); }
  unsigned check_cycles(const uint8_t*) const override { return 1; }
  TwinOutcome run(const uint8_t* desc, uint64_t start, TwinPort& port) override;
  bool skips() const override { return true; }
  bool operands(const uint8_t* desc, std::vector<TwinOperand>& out) const override;

 private:
  GemmConfig config_;
  GemmProgress progress_;
  GemmLookAhead look_ahead_;
};

struct GemmTwinConfig {
  Clock clock{1000};
  unsigned batch_cycles = 64;
  GemmConfig gemm;  ///< array, data width and buffers in use: any that gemm_top.sv takes
  bool functional = true;
  bool remember = false;      ///< skip what is known; only without function
  bool apart = false;         ///< EngineTwinConfig's
  bool repeat_alike = false;  ///< the same
};

/// The engine as a whole, what gemm_top is in RTL.
std::unique_ptr<EngineTwin> make_gemm_twin(const std::string& name, const GemmTwinConfig& config);

}  // namespace systole
