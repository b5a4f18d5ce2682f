// PLIC registers: 32-bit priorities, enable bits, one threshold and claim word per context.
#include "sw_driver/include/plic.h"

namespace systole::driver {
namespace {

constexpr uint64_t kEnableOffset = 0x2000;       // context 0
constexpr uint64_t kThresholdOffset = 0x200000;  // context 0
constexpr uint64_t kClaimOffset = 0x200004;
constexpr uint32_t kSources = 1024;

}  // namespace

Status Plic::enable(uint32_t source) {
  if (source == 0 || source >= kSources) return Status::BadArgument;
  const uint64_t word = base_ + kEnableOffset + 4 * uint64_t{source / 32};
  uint32_t bits = 0;
  Status status = hal_->write32(base_ + 4 * uint64_t{source}, 1);
  if (status == Status::Ok) status = hal_->read32(word, &bits);
  if (status == Status::Ok) status = hal_->write32(word, bits | 1u << source % 32);
  if (status == Status::Ok) status = hal_->write32(base_ + kThresholdOffset, 0);
  return status;
}

Status Plic::disable(uint32_t source) {
  if (source == 0 || source >= kSources) return Status::BadArgument;
  const uint64_t word = base_ + kEnableOffset + 4 * uint64_t{source / 32};
  uint32_t bits = 0;
  const Status status = hal_->read32(word, &bits);
  return status == Status::Ok ? hal_->write32(word, bits & ~(1u << source % 32)) : status;
}

Status Plic::claim(uint32_t* source) { return hal_->read32(base_ + kClaimOffset, source); }

Status Plic::complete(uint32_t source) { return hal_->write32(base_ + kClaimOffset, source); }

}  // namespace systole::driver
