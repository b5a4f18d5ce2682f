// Softmax over rows, with scale, valid length and an optional factor per element.
#pragma once
#include "sw_driver/kernels/vpu.h"

namespace systole::driver {

/// d[r][c] = exp(scale*x[r][c] - max) / sum for c < length(r), 0 beyond; times factor[c] if given
/// (after the division: how the scales of V get into P). length(r) = valid, or valid + r mod
/// causal_period.
struct SoftmaxArgs {
  uint32_t rows = 0, cols = 0;
  VpuSource x;  ///< float32
  VpuDest d;
  float scale = 1.0f;
  uint32_t valid = 0;  ///< 1 to cols; 0: cols
  uint32_t causal_period =
      0;             ///< 0: every row has length `valid`; else it grows by one from row to row,
                     ///< starting again every `causal_period` rows; must not pass cols
  VpuSource factor;  ///< float32 [rows][cols], stride 0: one row for all; addr 0: none
  int instance = kAnyInstance;
};

/// Appends the operation. BadArgument before anything is touched; else as CommandStream::append.
Status softmax(CommandStream& stream, const SoftmaxArgs& args, Ticket* ticket = nullptr);

}  // namespace systole::driver
