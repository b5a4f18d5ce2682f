// An engine in both fidelities, each in a small SoC of its own on the same interconnect model, and
// a program that runs on both: what it saw is compared afterwards.
#pragma once
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <systemc>
#include <vector>

#include "tests/cosim/support.h"
#include "tlm/bus/interconnect.h"
#include "tlm/core/address_map.h"
#include "tlm/core/engine_module.h"
#include "tlm/gen/engine_regs.h"
#include "tlm/memory/memory.h"

namespace systole::test {

struct SideConfig {
  unsigned width_bits = 128, latency_ns = 60, batch_cycles = 64;
  uint64_t dram_bytes = 1u << 20, spm_bytes = 64u << 10;
  bool connected = false;   ///< the engine knows the bus, which knows its memories
  bool does_looks = false;  ///< InterconnectConfig's
};

/// One engine behind one interconnect, with DRAM, SPM and an initiator that runs the program.
class Side {
 public:
  static constexpr uint64_t kRegs = address_map::kEngineBase, kDram = address_map::kDramBase,
                            kSpm = address_map::kSpmBase, kRing = kSpm;
  static constexpr uint32_t kRingUnits = 64;
  static constexpr uint64_t kWords = kSpm + kRingUnits * 64;  ///< free for words

  using Program = std::function<void(Side&)>;

  Side(const std::string& name, const SideConfig& config, std::unique_ptr<EngineModule> engine,
       Program program)
      : config_(config),
        engine_(std::move(engine)),
        bus_((name + "_bus").c_str(), bus_config(config)),
        port_{Clock(1000), config.width_bits},
        dram_((name + "_dram").c_str(), HostMemory::zeroed(config.dram_bytes),
              std::make_unique<DramTiming>(port_, config.latency_ns, 32)),
        spm_((name + "_spm").c_str(), HostMemory::zeroed(config.spm_bytes),
             std::make_unique<SpmTiming>(port_, 4, 2)),
        cpu_((name + "_cpu").c_str(), [this, program](Initiator&) {
          program(*this);
          finished_ = true;
        }) {
    bus_.connect_initiator("cpu", cpu_.socket);
    const unsigned number = bus_.connect_initiator("engine", engine_->manager_socket(), true);
    if (config.connected) engine_->connect(bus_, number);
    bus_.connect_target("regs", kRegs, 0x1000, engine_->target_socket());
    bus_.connect_target("dram", kDram, dram_.size(), dram_.socket,
                        config.connected ? &dram_ : nullptr);
    bus_.connect_target("spm", kSpm, spm_.size(), spm_.socket, config.connected ? &spm_ : nullptr);
    engine_->on_interrupt([this](bool level) {
      irq_ = level;
      if (level) irq_cycle_ = cycle();
      irq_event_.notify(sc_core::SC_ZERO_TIME);
    });
  }

  // what the program uses
  static uint64_t cycle() { return Clock::now_ps() / 1000; }
  Initiator& cpu() { return cpu_; }
  void put(uint32_t reg, uint32_t value) { seen.push_back(cpu_.put(kRegs + reg, value)); }
  uint32_t get(uint32_t reg) { return static_cast<uint32_t>(cpu_.get(kRegs + reg)); }
  uint8_t* host(uint64_t addr) {
    return addr >= kDram ? dram_.data() + (addr - kDram) : spm_.data() + (addr - kSpm);
  }
  void set_up_ring() {
    put(hw::ENGINE_RING_BASE_LO_OFFSET, static_cast<uint32_t>(kRing));
    put(hw::ENGINE_RING_BASE_HI_OFFSET, 0);
    put(hw::ENGINE_RING_SIZE_OFFSET, kRingUnits);
    put(hw::ENGINE_IRQ_ENABLE_OFFSET, 7);
    put(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_ENABLE_MASK);
    tail_ = 0;
  }
  /// Puts a descriptor of 128 bytes at the tail; the doorbell is separate.
  void push(const void* descriptor) {
    std::memcpy(host(kRing + tail_ * 64), descriptor, hw::DESC_BYTES);
    tail_ = (tail_ + hw::DESC_UNITS) % kRingUnits;
  }
  void doorbell() { put(hw::ENGINE_TAIL_OFFSET, tail_); }
  /// Cycle of the interrupt, 0 if there is none in time.
  uint64_t wait_interrupt(uint64_t limit) {
    const uint64_t end = cycle() + limit;
    cpu_.on_pass();
    while (!irq_ && cycle() < end)
      sc_core::wait(sc_core::sc_time::from_value((end - cycle()) * 1000), irq_event_);
    cpu_.on_pass();
    return irq_ ? irq_cycle_ : 0;
  }
  void acknowledge() { put(hw::ENGINE_IRQ_STATUS_OFFSET, 7); }
  /// Waits until STATUS.BUSY is 0; false after `limit` cycles.
  bool wait_idle(uint64_t limit) {
    for (const uint64_t end = cycle() + limit; cycle() < end; cpu_.sleep_cycles(50))
      if (!(get(hw::ENGINE_STATUS_OFFSET) & hw::ENGINE_STATUS_BUSY_MASK)) return true;
    return false;
  }
  void soft_reset() {
    put(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_SOFT_RESET_MASK);
    seen.push_back(wait_idle(100'000));
  }
  /// Everything the driver can read but counters of time, into `seen`.
  void see_registers(bool with_bytes = true) {
    for (uint32_t reg = 0; reg < hw::ENGINE_BUSY_CYCLES_OFFSET; reg += 4) seen.push_back(get(reg));
    for (uint32_t reg :
         {hw::ENGINE_DESCRIPTORS_OFFSET, hw::ENGINE_WORK_OFFSET, hw::ENGINE_WORK_HI_OFFSET})
      seen.push_back(get(reg));
    if (!with_bytes) return;
    seen.push_back(get(hw::ENGINE_BYTES_READ_OFFSET));
    seen.push_back(get(hw::ENGINE_BYTES_WRITTEN_OFFSET));
  }

  const SideConfig& config() const { return config_; }
  bool finished() const { return finished_; }
  EngineModule& engine() { return *engine_; }
  Interconnect& bus() { return bus_; }
  Memory& dram() { return dram_; }
  Memory& spm() { return spm_; }

  std::vector<uint64_t> seen;    ///< must be equal on both sides
  std::vector<uint64_t> cycles;  ///< of what was measured, in the same order on both sides
  std::vector<std::array<uint32_t, 2>> bytes;  ///< read and written, likewise

 private:
  static InterconnectConfig bus_config(const SideConfig& config) {
    InterconnectConfig bus;
    bus.width_bits = config.width_bits;
    bus.does_looks = config.does_looks;
    return bus;
  }

  SideConfig config_;
  std::unique_ptr<EngineModule> engine_;
  Interconnect bus_;
  PortShape port_;
  Memory dram_, spm_;
  Initiator cpu_;
  sc_core::sc_event irq_event_;
  bool irq_ = false, finished_ = false;
  uint64_t irq_cycle_ = 0;
  uint32_t tail_ = 0;
};

/// Where two records part, with some of what came before; "" if they are equal.
inline std::string first_difference(const std::vector<uint64_t>& rtl,
                                    const std::vector<uint64_t>& tlm) {
  std::ostringstream text;
  if (rtl == tlm) return text.str();
  const size_t count = std::min(rtl.size(), tlm.size());
  size_t at = 0;
  while (at < count && rtl[at] == tlm[at]) ++at;
  text << std::hex << "after";
  for (size_t i = at < 40 ? 0 : at - 40; i < at; ++i) text << ' ' << rtl[i];
  text << ": RTL";
  for (size_t i = at; i < std::min(rtl.size(), at + 8); ++i) text << ' ' << rtl[i];
  text << ", twin";
  for (size_t i = at; i < std::min(tlm.size(), at + 8); ++i) text << ' ' << tlm[i];
  return text.str();
}

/// Cycle errors of a set of measurements, the twin against the RTL.
struct CycleErrors {
  double mean = 0, worst = 0;  ///< shares of the RTL's cycles, magnitudes
  double bias = 0;             ///< of the sums, signed
  uint64_t worst_rtl = 0, worst_tlm = 0;
  size_t worst_index = 0, count = 0;
  /// Measurements beyond `share` of the RTL's cycles and beyond `cycles`.
  size_t beyond = 0;
};

inline CycleErrors compare_cycles(const std::vector<uint64_t>& rtl,
                                  const std::vector<uint64_t>& tlm, double share, uint64_t cycles) {
  CycleErrors e;
  e.count = std::min(rtl.size(), tlm.size());
  double sum_rtl = 0, sum_tlm = 0;
  for (size_t i = 0; i < e.count; ++i) {
    const double r = static_cast<double>(rtl[i]), t = static_cast<double>(tlm[i]);
    const double error = r > 0 ? std::abs(t - r) / r : 0;
    sum_rtl += r;
    sum_tlm += t;
    e.mean += error / static_cast<double>(e.count);
    if (error > share && std::abs(t - r) > static_cast<double>(cycles)) ++e.beyond;
    if (error <= e.worst) continue;
    e.worst = error;
    e.worst_rtl = rtl[i];
    e.worst_tlm = tlm[i];
    e.worst_index = i;
  }
  e.bias = sum_rtl > 0 ? (sum_tlm - sum_rtl) / sum_rtl : 0;
  return e;
}

}  // namespace systole::test
