// RMSNorm and LayerNorm over rows.
#pragma once
#include "sw_driver/kernels/vpu.h"

namespace systole::driver {

/// RMSNorm: d = x * rsqrt(mean(x^2) + epsilon) * weight, weight float32 [cols].
/// LayerNorm: d = (x - mean) * rsqrt(var + epsilon) * weight[0:cols] + weight[cols:2*cols].
struct NormArgs {
  uint32_t rows = 0, cols = 0;  ///< LayerNorm: cols at most half of the VPU's longest row
  VpuSource x;                  ///< float32
  uint64_t weight = 0;          ///< 4-byte aligned; the same for all rows
  VpuDest d;
  float epsilon = 1e-5f;  ///< finite, not negative
  int instance = kAnyInstance;
};

/// Both append one operation. BadArgument before anything is touched; else as
/// CommandStream::append.
Status rmsnorm(CommandStream& stream, const NormArgs& args, Ticket* ticket = nullptr);
Status layernorm(CommandStream& stream, const NormArgs& args, Ticket* ticket = nullptr);

}  // namespace systole::driver
