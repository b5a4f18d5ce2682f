// A verilated GEMM and its twin, each alone on the same bus and memories: the same descriptors for
// both, then what differs. Used by test_gemm_twin.cpp and compare_gemm.cpp.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sw_driver/include/engine.h"
#include "tests/cosim/support.h"
#include "tests/rtl/support/random.h"
#include "tlm/bus/interconnect.h"
#include "tlm/gemm/gemm_twin.h"
#include "tlm/gen/gemm_regs.h"
#include "tlm/memory/memory.h"
#include "tlm/verilated/rtl_engine.h"

namespace systole::test {

constexpr uint64_t kGemmSpm = 0x4000'0000, kGemmDram = 0x8000'0000, kGemmRegs = 0x1100'0000;

struct GemmPairConfig {
  GemmConfig gemm;
  unsigned dram_latency_ns = 60;
  uint64_t dram_bytes = 32u << 20;
  unsigned batch_cycles = 64;
};

/// What a run of descriptors has come to.
struct GemmRun {
  driver::EngineCounters counters;
  uint32_t status = 0, irq_status = 0, error_code = 0, head = 0;
  uint64_t error_addr = 0;
  double seconds = 0;  ///< of processor time
};

/// Runs a body in a thread at time 0, then stops the simulation.
class Script : public sc_core::sc_module {
 public:
  Script(const sc_core::sc_module_name& name, std::function<void()> body)
      : sc_module(name), body_(std::move(body)) {
    SC_HAS_PROCESS(Script);
    SC_THREAD(run);
    set_stack_size(1 << 20);
  }

 private:
  void run() {
    body_();
    sc_core::sc_stop();
  }
  std::function<void()> body_;
};

/// One engine, bus, SPM with the ring, DRAM with the operands.
class GemmSystem {
 public:
  /// No library: the twin.
  GemmSystem(const std::string& name, const GemmPairConfig& config,
             std::shared_ptr<const RtlLibrary> library);
  uint8_t* dram() { return dram_.data(); }
  /// Runs the descriptors with one doorbell, until the last is done or the ring has stopped; from
  /// a thread. The last one's IRQ flag is set.
  GemmRun run(const std::vector<hw::GemmDescriptor>& descriptors);
  void reset();  ///< soft reset

 private:
  static constexpr uint32_t kRingUnits = 64;
  uint32_t get(uint32_t offset);
  void put(uint32_t offset, uint32_t value);
  uint64_t counter(uint32_t offset);
  void setup();
  GemmRun read_state();

  PortShape port_;
  Interconnect bus_;
  Memory dram_, spm_;
  Initiator cpu_;
  std::unique_ptr<EngineModule> engine_;
  sc_core::sc_event interrupt_;
  uint32_t tail_ = 0;
  bool ready_ = false, level_ = false;
};

/// The two, and the comparison.
class GemmPair {
 public:
  GemmPair(const std::string& name, const GemmPairConfig& config,
           std::shared_ptr<const RtlLibrary> library);
  const GemmPairConfig& config() const { return config_; }
  /// The same random bytes into both DRAMs; sensible scales.
  void fill(uint64_t seed);

  struct Result {
    GemmRun rtl, twin;
    std::string difference;  ///< of memory or registers; empty: none
    double error_percent() const;
  };
  /// Both run the descriptors. `stops`: one of them is expected to fail; both are reset then, and
  /// results (not compared) made equal.
  Result run(const std::vector<hw::GemmDescriptor>& descriptors, bool stops = false);

 private:
  GemmPairConfig config_;
  GemmSystem rtl_, twin_;
};

/// A legal operation of the given size: layout, output, options, strides and addresses at random,
/// the driver's tile or a random one.
hw::GemmDescriptor random_gemm(rtl_test::Random& random, const GemmPairConfig& config, uint32_t m,
                               uint32_t n, uint32_t k);
/// A size from 1 to `most`: log-uniform, or at the edge of the array or the largest.
uint32_t random_gemm_size(rtl_test::Random& random, uint32_t edge, uint32_t most);
std::string describe(const hw::GemmDescriptor& d);

}  // namespace systole::test
