// Rotary position embedding.
#pragma once
#include "sw_driver/kernels/vpu.h"

namespace systole::driver {

/// Adjacent pairs (x0, x1) of every row become (x0*c - x1*s, x0*s + x1*c); the angles repeat every
/// `period` columns (the head size), so that all heads of a row are turned in one operation.
struct RotaryArgs {
  uint32_t rows = 0, cols = 0;  ///< cols even
  uint32_t period = 0;          ///< even, divides cols
  VpuSource x;                  ///< float32
  VpuSource angles;  ///< float32 [rows][period]: c, s, c, s, …; stride 0: one row for all
  VpuDest d;         ///< may be x (float32)
  int instance = kAnyInstance;
};

/// Appends the operation. BadArgument before anything is touched; else as CommandStream::append.
Status rotary(CommandStream& stream, const RotaryArgs& args, Ticket* ticket = nullptr);

}  // namespace systole::driver
