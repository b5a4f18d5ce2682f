// Reads system control (rtl/regs/sysctl.yaml).
#include "sw_driver/include/soc.h"

#include "sw_driver/gen/sysctl_regs.h"

namespace systole::driver {
namespace {

/// Reads registers one after the other and remembers the first failure.
class Reader {
 public:
  explicit Reader(Hal& hal) : hal_(hal) {}

  uint32_t word(uint32_t offset) {
    uint32_t value = 0;
    if (status_ == Status::Ok) status_ = hal_.read32(kSysctlBase + offset, &value);
    return value;
  }
  uint64_t pair(uint32_t offset) {
    const uint64_t low = word(offset);
    return low | uint64_t{word(offset + 4)} << 32;
  }
  Status status() const { return status_; }

 private:
  Hal& hal_;
  Status status_ = Status::Ok;
};

}  // namespace

Status Soc::probe(Hal& hal) {
  Reader in(hal);
  const uint32_t id = in.word(hw::SYSCTL_ID_OFFSET);
  const uint32_t version = in.word(hw::SYSCTL_VERSION_OFFSET);
  if (in.status() != Status::Ok) return in.status();
  if (id != hw::SYSCTL_ID_VALUE || version >> 16 != hw::SYSCTL_VERSION_VALUE >> 16)
    return Status::BadHardware;

  clock_mhz = in.word(hw::SYSCTL_CLOCK_MHZ_OFFSET);
  spm_base = in.pair(hw::SYSCTL_SPM_BASE_LO_OFFSET);
  spm_bytes = uint64_t{in.word(hw::SYSCTL_SPM_KIB_OFFSET)} << 10;
  dram_base = in.pair(hw::SYSCTL_DRAM_BASE_LO_OFFSET);
  dram_bytes = uint64_t{in.word(hw::SYSCTL_DRAM_MIB_OFFSET)} << 20;
  dram_mbps = in.word(hw::SYSCTL_DRAM_MBPS_OFFSET);
  engine_base = in.pair(hw::SYSCTL_ENGINE_BASE_LO_OFFSET);
  engine_stride = in.word(hw::SYSCTL_ENGINE_STRIDE_OFFSET);
  engine_irq = in.word(hw::SYSCTL_ENGINE_IRQ_OFFSET);
  count[0] = in.word(hw::SYSCTL_GEMM_COUNT_OFFSET);
  count[1] = in.word(hw::SYSCTL_VPU_COUNT_OFFSET);
  count[2] = in.word(hw::SYSCTL_DMA_COUNT_OFFSET);
  model_base = in.pair(hw::SYSCTL_MODEL_BASE_LO_OFFSET);
  model_bytes = in.pair(hw::SYSCTL_MODEL_BYTES_LO_OFFSET);
  tokenizer_base = in.pair(hw::SYSCTL_TOKENIZER_BASE_LO_OFFSET);
  tokenizer_bytes = in.word(hw::SYSCTL_TOKENIZER_BYTES_OFFSET);
  if (in.status() != Status::Ok) return in.status();

  const bool counts_fit = count[0] <= kMaxEngines && count[1] <= kMaxEngines &&
                          count[2] <= kMaxEngines && engines() <= kMaxEngines;
  if (!counts_fit || spm_bytes == 0 || dram_bytes == 0 || clock_mhz == 0)
    return Status::BadHardware;
  return Status::Ok;
}

uint32_t Soc::engine_index(EngineKind kind, uint32_t instance) const {
  uint32_t index = instance;
  for (uint32_t k = 0; k < static_cast<uint32_t>(kind); ++k) index += count[k];
  return index;
}

EngineKind Soc::kind_of(uint32_t index) const {
  if (index < count[0]) return EngineKind::Gemm;
  return index < count[0] + count[1] ? EngineKind::Vpu : EngineKind::Dma;
}

Status read_soc_cycles(Hal& hal, uint64_t* cycles) {
  Reader in(hal);
  *cycles = in.pair(hw::SYSCTL_CYCLES_OFFSET);
  return in.status();
}

}  // namespace systole::driver
