#include "tlm/sysctl/system_control.h"

#include "tlm/gen/sysctl_regs.h"

namespace systole {
namespace {

uint32_t low(uint64_t value) { return static_cast<uint32_t>(value); }
uint32_t high(uint64_t value) { return static_cast<uint32_t>(value >> 32); }

}  // namespace

SystemControl::SystemControl(const sc_core::sc_module_name& name, const SystemInfo& info)
    : RegisterDevice(name), info_(info) {}

bool SystemControl::read(uint64_t offset, unsigned bytes, uint64_t* value, bool debug) {
  if (bytes != 4) return false;
  const auto give = [value](uint32_t word) {
    *value = word;
    return true;
  };
  switch (offset) {
    case hw::SYSCTL_ID_OFFSET:
      return give(hw::SYSCTL_ID_VALUE);
    case hw::SYSCTL_VERSION_OFFSET:
      return give(hw::SYSCTL_VERSION_VALUE);
    case hw::SYSCTL_CLOCK_MHZ_OFFSET:
      return give(info_.clock.mhz());
    case hw::SYSCTL_SPM_BASE_LO_OFFSET:
      return give(low(info_.spm_base));
    case hw::SYSCTL_SPM_BASE_HI_OFFSET:
      return give(high(info_.spm_base));
    case hw::SYSCTL_SPM_KIB_OFFSET:
      return give(info_.spm_kib);
    case hw::SYSCTL_DRAM_BASE_LO_OFFSET:
      return give(low(info_.dram_base));
    case hw::SYSCTL_DRAM_BASE_HI_OFFSET:
      return give(high(info_.dram_base));
    case hw::SYSCTL_DRAM_MIB_OFFSET:
      return give(info_.dram_mib);
    case hw::SYSCTL_DRAM_MBPS_OFFSET:
      return give(info_.dram_mbps);
    case hw::SYSCTL_ENGINE_BASE_LO_OFFSET:
      return give(low(info_.engine_base));
    case hw::SYSCTL_ENGINE_BASE_HI_OFFSET:
      return give(high(info_.engine_base));
    case hw::SYSCTL_ENGINE_STRIDE_OFFSET:
      return give(info_.engine_stride);
    case hw::SYSCTL_GEMM_COUNT_OFFSET:
      return give(info_.gemm_count);
    case hw::SYSCTL_VPU_COUNT_OFFSET:
      return give(info_.vpu_count);
    case hw::SYSCTL_DMA_COUNT_OFFSET:
      return give(info_.dma_count);
    case hw::SYSCTL_ENGINE_IRQ_OFFSET:
      return give(info_.engine_irq);
    case hw::SYSCTL_MODEL_BASE_LO_OFFSET:
      return give(low(info_.model_base));
    case hw::SYSCTL_MODEL_BASE_HI_OFFSET:
      return give(high(info_.model_base));
    case hw::SYSCTL_MODEL_BYTES_LO_OFFSET:
      return give(low(info_.model_bytes));
    case hw::SYSCTL_MODEL_BYTES_HI_OFFSET:
      return give(high(info_.model_bytes));
    case hw::SYSCTL_TOKENIZER_BASE_LO_OFFSET:
      return give(low(info_.tokenizer_base));
    case hw::SYSCTL_TOKENIZER_BASE_HI_OFFSET:
      return give(high(info_.tokenizer_base));
    case hw::SYSCTL_TOKENIZER_BYTES_OFFSET:
      return give(info_.tokenizer_bytes);
    case hw::SYSCTL_CYCLES_OFFSET: {
      const uint64_t cycles = info_.clock.now_cycles();
      if (!debug) cycles_high_ = high(cycles);
      return give(low(cycles));
    }
    case hw::SYSCTL_CYCLES_HI_OFFSET:
      return give(cycles_high_);
    default:
      return false;
  }
}

bool SystemControl::write(uint64_t offset, unsigned bytes, uint64_t) {
  uint64_t ignored;
  return read(offset, bytes, &ignored, true);
}

}  // namespace systole
