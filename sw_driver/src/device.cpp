// Bring-up in the order that the hardware wants: system control, engines, memory, interrupts.
#include "sw_driver/include/device.h"

namespace systole::driver {
namespace {

constexpr uint64_t kWordSpacing = 64;  // bytes from sequence word to sequence word

Status map_buffer(Hal& hal, uint64_t addr, uint64_t bytes, Buffer* out) {
  *out = {};
  if (bytes == 0) return Status::Ok;
  void* host = hal.map(addr, bytes);
  if (host == nullptr) return Status::BadHardware;
  *out = {addr, host, bytes};
  return Status::Ok;
}

}  // namespace

Status Device::open(Hal& hal, const DeviceOptions& options) {
  hal_ = &hal;
  options_ = options;
  failed_engine_ = 0;
  const uint32_t n = options.ring_descriptors;
  if (n < kMinRingDescriptors || n > kMaxRingDescriptors || (n & (n - 1)) != 0 ||
      options.stream.wait_timeout_cycles == 0) {
    return Status::BadArgument;
  }
  Status status = soc_.probe(hal);
  if (status != Status::Ok) return status;
  if (options.dram_reserved_bytes >= soc_.dram_bytes) return Status::BadArgument;

  Buffer spm, dram;
  status = map_buffer(hal, soc_.spm_base, soc_.spm_bytes, &spm);
  if (status == Status::Ok) {
    status = map_buffer(hal, soc_.dram_base + options.dram_reserved_bytes,
                        soc_.dram_bytes - options.dram_reserved_bytes, &dram);
  }
  if (status == Status::Ok) status = map_buffer(hal, soc_.model_base, soc_.model_bytes, &model_);
  if (status == Status::Ok)
    status = map_buffer(hal, soc_.tokenizer_base, soc_.tokenizer_bytes, &tokenizer_);
  if (status != Status::Ok) return status;
  spm_.init(spm);
  dram_.init(dram);

  plic_.init(hal, kPlicBase);
  for (uint32_t e = 0; e < soc_.engines() && status == Status::Ok; ++e) {
    failed_engine_ = e;
    status = engines_[e].init(hal, soc_.kind_of(e), soc_.engine_addr(e), soc_.irq_source(e));
    if (status == Status::Ok)
      status = spm_.allocate(uint64_t{n} * kDescriptorBytes, 64, &rings_[e]);
    if (status == Status::Ok) status = spm_.allocate(kWordSpacing, kWordSpacing, &words_[e]);
    if (status == Status::Ok) status = plic_.enable(soc_.irq_source(e));
  }
  if (status == Status::Ok) status = start_engines();
  if (status != Status::Ok) return status;
  stream_.init(hal, soc_, plic_, engines_, options.stream);
  return Status::Ok;
}

Status Device::start_engines() {
  for (uint32_t e = 0; e < soc_.engines(); ++e) {
    failed_engine_ = e;
    const Status status = engines_[e].start(rings_[e], words_[e], options_.stream.first_sequence,
                                            options_.reset_timeout_cycles);
    if (status != Status::Ok) return status;
  }
  return Status::Ok;
}

Status Device::recover() {
  if (hal_ == nullptr) return Status::BadArgument;
  // All stop before any starts again: none may go on writing for the old stream.
  for (uint32_t e = 0; e < soc_.engines(); ++e) {
    failed_engine_ = e;
    const Status status = engines_[e].reset(options_.reset_timeout_cycles);
    if (status != Status::Ok) return status;
  }
  const Status status = start_engines();
  if (status == Status::Ok) stream_.restart();
  return status;
}

}  // namespace systole::driver
