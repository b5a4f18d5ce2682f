// A SoC for driver tests: memory, system control, interrupt controller and engines that execute
// their rings functionally, as docs/blocks/engine.md says, in a random order that a seed decides.
// No SystemC. Downstream: the arithmetic libraries of the engines.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "sw_driver/hal/hal.h"
#include "sw_driver/include/soc.h"
#include "tests/driver/mock/order_check.h"
#include "tlm/core/op.h"
#include "tlm/dma/dma_arith.h"
#include "tlm/gemm/gemm_arith.h"
#include "tlm/vpu/vpu_arith.h"

namespace systole::driver {

struct MockOptions {
  uint32_t seed = 1;  ///< order and speed of the engines
  uint32_t gemm_count = 1, vpu_count = 1, dma_count = 1;
  uint32_t spm_kib = 512;
  uint32_t dram_mib = 4;
  uint32_t dram_mbps = 32000;
  bool check_order = false;  ///< look for races (slow): MockHal::order()
  GemmConfig gemm;
  VpuConfig vpu;
  DmaConfig dma;
};

/// Flat memories at their SoC addresses; the model image is read-only.
class MockMemory : public MemoryView {
 public:
  void add(uint64_t base, uint64_t bytes, bool writable);
  uint8_t* map(uint64_t addr, uint64_t bytes, bool write) override;

 private:
  struct Region {
    uint64_t base;
    bool writable;
    std::vector<uint8_t> data;
  };
  std::vector<Region> regions_;
};

/// One engine: registers and ring. step() does the next thing it can do.
class MockEngine {
 public:
  using Execute = std::function<OpResult(const uint8_t* descriptor, MemoryView& memory)>;

  MockEngine(EngineKind kind, uint32_t id, MockMemory& memory, Execute execute);

  /// Offset within the engine's page. False: SLVERR.
  bool read(uint32_t offset, uint32_t* value);
  bool write(uint32_t offset, uint32_t value);

  /// True if step() would change something now (a wait that is not over cannot).
  bool can_step(uint64_t now);
  void step(uint64_t now);
  /// When a running wait times out; all ones: none runs.
  uint64_t wait_deadline(uint64_t now);
  bool irq() const { return (irq_status_ & irq_enable_) != 0; }

  uint32_t config[8] = {};
  bool frozen = false;              ///< never steps
  bool stuck_reset = false;         ///< SOFT_RESET and ABORT never finish
  uint64_t fail_at = ~uint64_t{0};  ///< this descriptor (counted from 0) fails with …
  OpResult fail_with;               ///< … this, without computing
  uint64_t descriptors = 0;
  std::vector<uint32_t> tail_writes;  ///< every doorbell

  /// Tells `check` what this engine, number `index`, does.
  void watch(OrderCheck* check, uint32_t index) {
    check_ = check;
    index_ = index;
  }

 private:
  enum class Check { Run, Wait, Error };
  uint64_t head_addr() const { return ring_base_ + uint64_t{head_} * 64; }
  bool active() const { return enabled_ && !halted_ && !frozen && head_ != tail_; }
  Check examine(uint64_t now, uint8_t* code, uint64_t* address);
  void stop(uint8_t code, uint64_t address);
  void check_ring();
  void clear();

  EngineKind kind_;
  uint32_t id_;
  MockMemory& memory_;
  Execute execute_;
  OrderCheck* check_ = nullptr;
  uint32_t index_ = 0;
  bool enabled_ = false, halted_ = false, resetting_ = false, aborting_ = false;
  uint32_t irq_status_ = 0, irq_enable_ = 0, error_code_ = 0, head_ = 0, tail_ = 0, ring_size_ = 0;
  uint64_t error_addr_ = 0, ring_base_ = 0, work_ = 0, latched_ = 0;
  bool waiting_ = false;
  uint64_t wait_start_ = 0;
};

class MockHal : public Hal {
 public:
  static constexpr uint64_t kSpmBase = 0x40000000, kDramBase = 0x80000000, kEngineBase = 0x11000000;
  static constexpr uint32_t kEngineStride = 0x10000, kEngineIrq = 32;

  explicit MockHal(const MockOptions& options = {});

  Status read32(uint64_t addr, uint32_t* value) override;
  Status write32(uint64_t addr, uint32_t value) override;
  void* map(uint64_t addr, uint64_t bytes) override { return memory.map(addr, bytes, false); }
  void fence() override { ++fences; }
  uint64_t now_cycles() override { return now_; }
  bool wait_for_interrupt(uint64_t timeout_cycles) override;
  void pause(uint64_t cycles) override;
  void putc(char c) override { console.push_back(c); }

  MockEngine& engine(uint32_t index) { return *engines_[index]; }
  uint32_t engines() const { return static_cast<uint32_t>(engines_.size()); }
  /// Null without MockOptions::check_order.
  const OrderCheck* order() const { return order_.get(); }

  MockMemory memory;
  bool lose_interrupts = false;        ///< the CPU never sees one
  bool run_on_doorbell = true;         ///< engines get a head start at register writes
  std::set<uint64_t> refused;          ///< register addresses that answer with an error
  std::map<uint64_t, uint32_t> fixed;  ///< register addresses that read as this value
  std::string console;
  uint64_t fences = 0, register_reads = 0, register_writes = 0;

 private:
  bool step_one();
  bool pending() const;
  bool access_sysctl(uint32_t offset, uint32_t* value);
  bool read_plic(uint32_t offset, uint32_t* value);
  bool write_plic(uint32_t offset, uint32_t value);

  MockOptions options_;
  std::mt19937 random_;
  std::unique_ptr<OrderCheck> order_;
  std::vector<std::unique_ptr<MockEngine>> engines_;
  std::vector<uint32_t> favour_;  ///< engines in the order in which they are tried for a while
  uint32_t favour_left_ = 0;
  uint64_t now_ = 0, latched_cycles_ = 0;
  uint32_t enable_[32] = {};
  uint32_t priority_[1024] = {};
  std::set<uint32_t> claimed_;
};

}  // namespace systole::driver
