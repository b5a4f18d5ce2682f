// The mock SoC around the engines: address decode, interrupts, time, and who runs next.
#include "tests/driver/mock/mock_hal.h"

#include <algorithm>

#include "tlm/gen/dma_regs.h"
#include "tlm/gen/gemm_regs.h"
#include "tlm/gen/sysctl_regs.h"
#include "tlm/gen/vpu_regs.h"

namespace systole::driver {

MockHal::MockHal(const MockOptions& options) : options_(options), random_(options.seed) {
  memory.add(kSpmBase, uint64_t{options.spm_kib} << 10, true);
  memory.add(kDramBase, uint64_t{options.dram_mib} << 20, true);
  for (uint32_t i = 0; i < options.gemm_count; ++i) {
    engines_.push_back(std::make_unique<MockEngine>(
        EngineKind::Gemm, hw::GEMM_ID_VALUE, memory,
        [this](const uint8_t* d, MemoryView& m) { return gemm_execute(d, options_.gemm, m); }));
    uint32_t* config = engines_.back()->config;
    config[0] = options.gemm.rows | options.gemm.cols << 16;
    config[1] = options.gemm.data_bytes;
    config[2] = options.gemm.a_buffer_bytes;
    config[3] = options.gemm.b_buffer_bytes;
    config[4] = options.gemm.acc_buffer_bytes;
    config[5] = kGemmMaxTileM | kGemmMaxTileN << 16;
  }
  for (uint32_t i = 0; i < options.vpu_count; ++i) {
    engines_.push_back(std::make_unique<MockEngine>(
        EngineKind::Vpu, hw::VPU_ID_VALUE, memory,
        [this](const uint8_t* d, MemoryView& m) { return vpu_execute(d, options_.vpu, m); }));
    engines_.back()->config[0] = options.vpu.lanes;
    engines_.back()->config[1] = options.vpu.data_bytes;
    engines_.back()->config[2] = options.vpu.max_cols;
  }
  for (uint32_t i = 0; i < options.dma_count; ++i) {
    engines_.push_back(std::make_unique<MockEngine>(
        EngineKind::Dma, hw::DMA_ID_VALUE, memory,
        [this](const uint8_t* d, MemoryView& m) { return dma_execute(d, options_.dma, m); }));
    engines_.back()->config[0] = 8 | options.dma.max_burst_beats << 16;
    engines_.back()->config[1] = options.dma.data_bytes;
  }
  if (options.check_order) order_ = std::make_unique<OrderCheck>(engines());
  for (uint32_t e = 0; e < engines(); ++e) {
    favour_.push_back(e);
    engines_[e]->watch(order_.get(), e);
  }
}

/// Lets one engine do one thing: mostly the first in an order that changes now and then, so that
/// engines run far ahead of and far behind each other.
bool MockHal::step_one() {
  if (favour_left_ == 0) {
    std::shuffle(favour_.begin(), favour_.end(), random_);
    favour_left_ = 1 + random_() % 24;
  }
  --favour_left_;
  for (uint32_t e : favour_) {
    if (!engines_[e]->can_step(now_)) continue;
    now_ += 1 + random_() % 50;
    engines_[e]->step(now_);
    return true;
  }
  return false;
}

bool MockHal::pending() const {
  for (uint32_t e = 0; e < engines(); ++e) {
    const uint32_t source = kEngineIrq + e;
    const bool enabled = (enable_[source / 32] >> source % 32 & 1) != 0 && priority_[source] != 0;
    if (enabled && engines_[e]->irq() && claimed_.count(source) == 0) return true;
  }
  return false;
}

bool MockHal::wait_for_interrupt(uint64_t timeout_cycles) {
  const uint64_t deadline = now_ + timeout_cycles;
  for (;;) {
    if (pending() && !lose_interrupts) return true;
    if (now_ >= deadline) return false;
    if (step_one()) continue;
    uint64_t next = deadline;
    for (auto& e : engines_) next = std::min(next, e->wait_deadline(now_));
    now_ = std::max(next, now_ + 1);
  }
}

void MockHal::pause(uint64_t cycles) {
  const uint64_t until = now_ + cycles;
  while (now_ < until && step_one()) {
  }
  now_ = std::max(now_, until);
}

bool MockHal::access_sysctl(uint32_t offset, uint32_t* value) {
  switch (offset) {
    case hw::SYSCTL_ID_OFFSET:
      *value = hw::SYSCTL_ID_VALUE;
      return true;
    case hw::SYSCTL_VERSION_OFFSET:
      *value = hw::SYSCTL_VERSION_VALUE;
      return true;
    case hw::SYSCTL_CLOCK_MHZ_OFFSET:
      *value = 1000;
      return true;
    case hw::SYSCTL_SPM_BASE_LO_OFFSET:
      *value = kSpmBase;
      return true;
    case hw::SYSCTL_SPM_KIB_OFFSET:
      *value = options_.spm_kib;
      return true;
    case hw::SYSCTL_DRAM_BASE_LO_OFFSET:
      *value = static_cast<uint32_t>(kDramBase);
      return true;
    case hw::SYSCTL_DRAM_MIB_OFFSET:
      *value = options_.dram_mib;
      return true;
    case hw::SYSCTL_DRAM_MBPS_OFFSET:
      *value = options_.dram_mbps;
      return true;
    case hw::SYSCTL_ENGINE_BASE_LO_OFFSET:
      *value = kEngineBase;
      return true;
    case hw::SYSCTL_ENGINE_STRIDE_OFFSET:
      *value = kEngineStride;
      return true;
    case hw::SYSCTL_GEMM_COUNT_OFFSET:
      *value = options_.gemm_count;
      return true;
    case hw::SYSCTL_VPU_COUNT_OFFSET:
      *value = options_.vpu_count;
      return true;
    case hw::SYSCTL_DMA_COUNT_OFFSET:
      *value = options_.dma_count;
      return true;
    case hw::SYSCTL_ENGINE_IRQ_OFFSET:
      *value = kEngineIrq;
      return true;
    case hw::SYSCTL_CYCLES_OFFSET:
      latched_cycles_ = now_;
      *value = static_cast<uint32_t>(now_);
      return true;
    case hw::SYSCTL_CYCLES_HI_OFFSET:
      *value = static_cast<uint32_t>(latched_cycles_ >> 32);
      return true;
    default:
      *value = 0;
      return offset < hw::SYSCTL_CYCLES_OFFSET;
  }
}

bool MockHal::read_plic(uint32_t offset, uint32_t* value) {
  *value = 0;
  if (offset < 4096)
    *value = priority_[offset / 4];
  else if (offset >= 0x2000 && offset < 0x2080)
    *value = enable_[(offset - 0x2000) / 4];
  else if (offset == 0x200004 && !lose_interrupts) {
    for (uint32_t e = engines(); e-- > 0;) {
      const uint32_t source = kEngineIrq + e;
      if (engines_[e]->irq() && claimed_.count(source) == 0 &&
          (enable_[source / 32] >> source % 32 & 1)) {
        *value = source;
      }
    }
    if (*value != 0) claimed_.insert(*value);
  }
  return true;
}

bool MockHal::write_plic(uint32_t offset, uint32_t value) {
  if (offset < 4096)
    priority_[offset / 4] = value;
  else if (offset >= 0x2000 && offset < 0x2080)
    enable_[(offset - 0x2000) / 4] = value;
  else if (offset == 0x200004)
    claimed_.erase(value);
  return true;
}

Status MockHal::read32(uint64_t addr, uint32_t* value) {
  ++register_reads;
  now_ += 10;
  if (refused.count(addr) != 0) return Status::BusError;
  const auto fake = fixed.find(addr);
  if (fake != fixed.end()) {
    *value = fake->second;
    return Status::Ok;
  }
  bool ok = false;
  if (addr - kSysctlBase < 4096)
    ok = access_sysctl(static_cast<uint32_t>(addr - kSysctlBase), value);
  else if (addr - kPlicBase < 0x4000000)
    ok = read_plic(static_cast<uint32_t>(addr - kPlicBase), value);
  else if (addr - kEngineBase < uint64_t{kEngineStride} * engines()) {
    const uint64_t offset = addr - kEngineBase;
    if (offset % kEngineStride < 4096) {
      ok = engines_[offset / kEngineStride]->read(static_cast<uint32_t>(offset % kEngineStride),
                                                  value);
    }
  }
  return ok ? Status::Ok : Status::BusError;
}

Status MockHal::write32(uint64_t addr, uint32_t value) {
  ++register_writes;
  now_ += 10;
  if (refused.count(addr) != 0) return Status::BusError;
  bool ok = false;
  if (addr - kPlicBase < 0x4000000)
    ok = write_plic(static_cast<uint32_t>(addr - kPlicBase), value);
  else if (addr - kEngineBase < uint64_t{kEngineStride} * engines()) {
    const uint64_t offset = addr - kEngineBase;
    if (offset % kEngineStride < 4096) {
      ok = engines_[offset / kEngineStride]->write(static_cast<uint32_t>(offset % kEngineStride),
                                                   value);
    }
  }
  if (run_on_doorbell) {
    for (uint32_t i = random_() % 4; i > 0; --i) step_one();
  }
  return ok ? Status::Ok : Status::BusError;
}

}  // namespace systole::driver
