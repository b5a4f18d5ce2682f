// The stack of buffers in one memory.
#include "sw_driver/include/arena.h"

namespace systole::driver {

void Arena::init(const Buffer& memory) {
  memory_ = memory;
  used_ = peak_ = 0;
}

Status Arena::allocate(uint64_t bytes, uint64_t alignment, Buffer* out) {
  if (bytes == 0 || out == nullptr || alignment == 0 || (alignment & (alignment - 1)) != 0) {
    return Status::BadArgument;
  }
  const uint64_t top = memory_.addr + used_;
  const uint64_t gap = (alignment - (top & (alignment - 1))) & (alignment - 1);
  const uint64_t left = free_bytes();
  if (gap > left || bytes > left - gap) return Status::NoMemory;
  *out = memory_.slice(used_ + gap, bytes);
  used_ += gap + bytes;
  if (used_ > peak_) peak_ = used_;
  return Status::Ok;
}

Status Arena::release(uint64_t mark) {
  if (mark > used_) return Status::BadArgument;
  used_ = mark;
  return Status::Ok;
}

}  // namespace systole::driver
