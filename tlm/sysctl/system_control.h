// System control: what this SoC is (rtl/regs/sysctl.yaml), and its 64-bit cycle counter.
// Upstream: the CPU.
#pragma once
#include <cstdint>

#include "tlm/core/address_map.h"
#include "tlm/core/clock.h"
#include "tlm/core/register_device.h"

namespace systole {

/// What the registers say. A size of 0 means that there is none.
struct SystemInfo {
  Clock clock{1000};
  uint64_t spm_base = address_map::kSpmBase;
  uint32_t spm_kib = 0;
  uint64_t dram_base = address_map::kDramBase;
  uint32_t dram_mib = 0;
  uint32_t dram_mbps = 0;  ///< bandwidth, 10^6 bytes per second
  uint64_t engine_base = address_map::kEngineBase;
  uint32_t engine_stride = address_map::kEngineStride;
  uint32_t gemm_count = 0, vpu_count = 0, dma_count = 0;
  uint32_t engine_irq = address_map::kEngineIrq;
  uint64_t model_base = 0, model_bytes = 0;
  uint64_t tokenizer_base = 0;
  uint32_t tokenizer_bytes = 0;
};

/// 32-bit aligned reads; an unmapped offset or another size is refused; writes are ignored where a
/// register is, else refused. Reading CYCLES' low word latches its high word.
class SystemControl : public RegisterDevice {
 public:
  SystemControl(const sc_core::sc_module_name& name, const SystemInfo& info);

 private:
  bool read(uint64_t offset, unsigned bytes, uint64_t* value, bool debug) override;
  bool write(uint64_t offset, unsigned bytes, uint64_t value) override;

  SystemInfo info_;
  uint32_t cycles_high_ = 0;
};

}  // namespace systole
