// The small SoC of a campaign: engines of every kind in one fidelity, interconnect, DRAM, SPM.
// Upstream: Campaign, which has one of each fidelity. Downstream: the RTL's wrappers or the twins.
#pragma once
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/cosim/support.h"
#include "tlm/bus/interconnect.h"
#include "tlm/core/address_map.h"
#include "tlm/core/engine_module.h"
#include "tlm/dma/dma_arith.h"
#include "tlm/gemm/gemm_arith.h"
#include "tlm/gen/engine_regs.h"
#include "tlm/memory/memory.h"
#include "tlm/vpu/vpu_arith.h"

namespace systole::test::campaign {

/// "gemm", "vpu", "dma": in this order everywhere.
inline constexpr std::array<const char*, 3> kKinds = {"gemm", "vpu", "dma"};

struct SocConfig {
  std::string name;
  unsigned width_bits = 128, latency_ns = 60, batch_cycles = 64;
  std::array<unsigned, 3> count = {1, 1, 1};
  std::array<std::string, 3> variants;  ///< the RTL's shared objects
  GemmConfig gemm;
  VpuConfig vpu;
  uint32_t dma_outstanding = 8, dma_burst_beats = 16;
};

/// Where things lie. The rest of both memories is free for operands.
inline constexpr uint64_t kDram = address_map::kDramBase, kDramBytes = 1u << 20;
inline constexpr uint64_t kSpm = address_map::kSpmBase, kSpmBytes = 128u << 10;
inline constexpr uint64_t kRings = kSpm, kRingBytes = 4096;             ///< per engine
inline constexpr uint64_t kWords = kSpm + 0x8000, kWordsBytes = 0x400;  ///< per engine
inline constexpr uint64_t kSpmData = kSpm + 0x1'0000;                   ///< operands from here on

class Soc {
 public:
  struct Engine {
    std::string kind;
    unsigned kind_index;
    uint64_t base;
    std::unique_ptr<EngineModule> module;
    bool irq = false;
  };

  /// `body` runs in the CPU's thread from time 0 on.
  Soc(const SocConfig& config, bool rtl, std::function<void(Soc&)> body);

  bool rtl() const { return rtl_; }
  std::vector<Engine>& engines() { return engines_; }
  Initiator& cpu() { return *cpu_; }
  bool put(size_t engine, uint32_t reg, uint32_t value) {
    return cpu_->put(engines_[engine].base + reg, value);
  }
  /// ~0 if refused.
  uint64_t get(size_t engine, uint32_t reg) { return cpu_->get(engines_[engine].base + reg); }
  Memory& dram() { return *dram_; }
  Memory& spm() { return *spm_; }
  /// Null outside of the memories.
  uint8_t* host(uint64_t addr);

 private:
  bool rtl_;
  std::unique_ptr<Interconnect> bus_;
  std::unique_ptr<Memory> dram_, spm_;
  std::unique_ptr<Initiator> cpu_;
  std::vector<Engine> engines_;
};

}  // namespace systole::test::campaign
