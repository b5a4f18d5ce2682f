// Argument checks and counting that all kernels share. Internal.
#pragma once
#include "sw_driver/include/command_stream.h"

namespace systole::driver {

constexpr uint64_t kAddressSpace = uint64_t{1} << 40;  // SoC addresses have 40 bits
constexpr uint32_t kMaxRows = 1048575;

/// True if all of the range lies below 2^40 and nothing overflows.
inline bool in_address_space(const MemoryRange& r) {
  return r.rows != 0 && r.row_bytes != 0 && r.row_bytes <= kAddressSpace &&
         r.addr < kAddressSpace && r.stride < kAddressSpace && r.rows <= uint64_t{1} << 23 &&
         r.end() <= kAddressSpace;
}

inline bool is_finite(float x) { return x - x == 0.0f; }

/// One call of `kernel` on an accelerator, with one descriptor.
inline void count_call(CommandStream& stream, KernelKind kernel) {
  ++stream.offload()[kernel].accelerator;
}
inline void count_descriptor(CommandStream& stream, KernelKind kernel) {
  ++stream.offload()[kernel].descriptors;
}

}  // namespace systole::driver
