// A GEMM, a VPU and a DMA, all twins without function, on one bus with memories, a CPU that
// programs them and somebody else who uses the memories. Used by test_skipping.cpp and
// bench_timing.cpp.
#pragma once
#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "tests/cosim/support.h"
#include "tlm/bus/interconnect.h"
#include "tlm/core/address_map.h"
#include "tlm/dma/dma_twin.h"
#include "tlm/gemm/gemm_twin.h"
#include "tlm/gen/engine_regs.h"
#include "tlm/memory/memory.h"
#include "tlm/vpu/vpu_twin.h"

namespace systole::test {

struct SkipSystemConfig {
  GemmConfig gemm;
  unsigned width_bits = 128, latency_ns = 60, batch_cycles = 64;
  double bandwidth_gbps = 32;
  uint64_t dram_bytes = 256u << 20, spm_bytes = 512u << 10;
  bool remember = true, apart = false, repeat_alike = false;
};

class SkipSystem {
 public:
  enum Kind { Gemm, Vpu, Dma };
  static constexpr unsigned kKinds = 3;
  static constexpr uint64_t kDram = address_map::kDramBase, kSpm = address_map::kSpmBase,
                            kRegs = address_map::kEngineBase;
  static constexpr uint32_t kRingUnits = 64;
  static constexpr uint64_t kWords = kSpm + kKinds * kRingUnits * 64;  ///< free for words
  using Program = std::function<void(SkipSystem&)>;

  SkipSystem(const std::string& name, const SkipSystemConfig& config, Program program,
             Program other = nullptr)
      : config_(config),
        port_{Clock(1000), config.width_bits},
        bus_((name + "_bus").c_str(), bus_config(config)),
        dram_((name + "_dram").c_str(), HostMemory::zeroed(config.dram_bytes),
              std::make_unique<DramTiming>(port_, config.latency_ns, config.bandwidth_gbps)),
        spm_((name + "_spm").c_str(), HostMemory::zeroed(config.spm_bytes),
             std::make_unique<SpmTiming>(port_, 4, 2)),
        cpu_((name + "_cpu").c_str(),
             [this, program](Initiator&) {
               program(*this);
               finished_ = true;
               finished_cycle_ = cycle();
             }),
        other_((name + "_other").c_str(), [this, other](Initiator&) {
          if (other) other(*this);
        }) {
    bus_.connect_initiator("cpu", cpu_.socket);
    bus_.connect_target("dram", kDram, dram_.size(), dram_.socket, &dram_);
    bus_.connect_target("spm", kSpm, spm_.size(), spm_.socket, &spm_);
    engines_[Gemm] = make_gemm_twin(name + "_gemm", gemm_config(config));
    engines_[Vpu] = make_vpu_twin(name + "_vpu", lane_config<VpuTwinConfig>(config));
    engines_[Dma] = make_dma_twin(name + "_dma", lane_config<DmaTwinConfig>(config));
    for (unsigned i = 0; i < kKinds; ++i) {
      const unsigned number =
          bus_.connect_initiator("engine" + std::to_string(i), engines_[i]->manager);
      bus_.connect_target("regs" + std::to_string(i), kRegs + i * address_map::kEngineStride,
                          0x1000, engines_[i]->target);
      engines_[i]->connect(bus_, number);
      engines_[i]->on_interrupt([this, i](bool level) {
        interrupts.push_back(i << 1 | level);
        interrupts.push_back(Clock::now_ps());
        level_[i] = level;
        interrupt_.notify(sc_core::SC_ZERO_TIME);
      });
    }
    bus_.connect_initiator("other", other_.socket);
  }

  // what the programs use
  static uint64_t cycle() { return Clock::now_ps() / 1000; }
  Initiator& cpu() { return cpu_; }
  Initiator& other() { return other_; }
  bool finished() const { return finished_; }
  uint64_t finished_cycle() const { return finished_cycle_; }
  /// How often an engine has slept over known traffic.
  uint64_t sleeps(unsigned engine) const { return engines_[engine]->sleeps(); }
  void put(unsigned engine, uint32_t reg, uint32_t value) {
    seen.push_back(cpu_.put(kRegs + engine * address_map::kEngineStride + reg, value));
  }
  uint64_t get(unsigned engine, uint32_t reg) {
    seen.push_back(cpu_.get(kRegs + engine * address_map::kEngineStride + reg));
    return seen.back();
  }
  uint8_t* host(uint64_t addr) {
    return addr >= kDram ? dram_.data() + (addr - kDram) : spm_.data() + (addr - kSpm);
  }
  void set_up_ring(unsigned engine) {
    const uint64_t ring = kSpm + engine * kRingUnits * 64;
    put(engine, hw::ENGINE_RING_BASE_LO_OFFSET, static_cast<uint32_t>(ring));
    put(engine, hw::ENGINE_RING_BASE_HI_OFFSET, 0);
    put(engine, hw::ENGINE_RING_SIZE_OFFSET, kRingUnits);
    put(engine, hw::ENGINE_IRQ_ENABLE_OFFSET, 7);
    put(engine, hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_ENABLE_MASK);
    tail_[engine] = 0;
  }
  void push(unsigned engine, const void* descriptor) {
    std::memcpy(host(kSpm + (engine * kRingUnits + tail_[engine]) * 64), descriptor,
                hw::DESC_BYTES);
    tail_[engine] = (tail_[engine] + hw::DESC_UNITS) % kRingUnits;
  }
  void doorbell(unsigned engine) { put(engine, hw::ENGINE_TAIL_OFFSET, tail_[engine]); }
  /// False after `limit` cycles without the interrupt.
  bool wait_interrupt(unsigned engine, uint64_t limit) {
    const uint64_t end = cycle() + limit;
    while (!level_[engine] && cycle() < end)
      sc_core::wait(sc_core::sc_time::from_value((end - cycle()) * 1000), interrupt_);
    return level_[engine];
  }
  void acknowledge(unsigned engine) { put(engine, hw::ENGINE_IRQ_STATUS_OFFSET, 7); }
  /// Everything that is counted, into `seen`.
  void see_counters() {
    bus_.settle();
    for (const auto& reports : {bus_.initiator_reports(), bus_.target_reports()})
      for (const PortReport& port : reports)
        seen.insert(seen.end(),
                    {port.transactions, port.errors, port.bytes_read, port.bytes_written,
                     port.read_busy_cycles, port.write_busy_cycles});
    for (const Memory* memory : {&dram_, &spm_}) {
      const MemoryReport report = memory->report();
      seen.insert(seen.end(), {report.bytes_read, report.bytes_written,
                               static_cast<uint64_t>(report.utilization * 1e12)});
    }
    for (const auto& engine : engines_) {
      const RtlReport report = engine->report();
      seen.insert(seen.end(), {report.ticks, report.register_accesses, report.read_bursts,
                               report.write_bursts, report.bytes_read, report.bytes_written});
    }
    seen.push_back(cycle());
  }
  /// The GEMM's WRITE_STALL goes to `write_stalls`.
  void see_registers(unsigned engine) {
    for (const hw::RegisterInfo& reg : *tables[engine]) {
      const uint64_t value = get(engine, reg.offset);
      if (engine != Gemm || reg.offset != hw::ENGINE_WRITE_STALL_CYCLES_OFFSET) continue;
      seen.pop_back();
      write_stalls.push_back(value);
    }
  }

  std::array<const hw::RegisterTable*, kKinds> tables{};
  /// Must not depend on what is skipped: what the CPU and the other one saw, interrupts.
  std::vector<uint64_t> seen, others, interrupts;
  std::vector<uint64_t> write_stalls;  ///< may depend a little (GemmCalm)

 private:
  static InterconnectConfig bus_config(const SkipSystemConfig& config) {
    InterconnectConfig bus;
    bus.width_bits = config.width_bits;
    return bus;
  }
  /// What all kinds of twins are told.
  template <class TwinConfig>
  static TwinConfig twin_config(const SkipSystemConfig& config) {
    TwinConfig twin;
    twin.batch_cycles = config.batch_cycles;
    twin.functional = false;
    twin.remember = config.remember;
    twin.apart = config.apart;
    return twin;
  }
  static GemmTwinConfig gemm_config(const SkipSystemConfig& config) {
    auto gemm = twin_config<GemmTwinConfig>(config);
    gemm.gemm = config.gemm;
    gemm.repeat_alike = config.repeat_alike;
    gemm.gemm.data_bytes = config.width_bits / 8;
    return gemm;
  }
  template <class TwinConfig>
  static TwinConfig lane_config(const SkipSystemConfig& config) {
    auto twin = twin_config<TwinConfig>(config);
    twin.width_bits = config.width_bits;
    return twin;
  }

  SkipSystemConfig config_;
  PortShape port_;
  Interconnect bus_;
  Memory dram_, spm_;
  Initiator cpu_, other_;
  std::array<std::unique_ptr<EngineTwin>, kKinds> engines_;
  sc_core::sc_event interrupt_;
  std::array<bool, kKinds> level_{};
  std::array<uint32_t, kKinds> tail_{};
  bool finished_ = false;
  uint64_t finished_cycle_ = 0;
};

}  // namespace systole::test
