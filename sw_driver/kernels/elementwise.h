// Operations on two matrices, element by element.
#pragma once
#include "sw_driver/kernels/vpu.h"

namespace systole::driver {

struct BinaryArgs {
  uint32_t rows = 0, cols = 0;
  VpuSource x;  ///< float32
  VpuSource y;  ///< float32; stride 0: one row for all rows of x
  VpuDest d;    ///< float32: may be x, or y if its stride is not 0
  int instance = kAnyInstance;
};

/// d = x + y, d = x * y, d = x / (1 + exp(-x)) * y (the gated SiLU of SwiGLU).
/// Each appends one operation. BadArgument before anything is touched; else as
/// CommandStream::append.
Status add(CommandStream& stream, const BinaryArgs& args, Ticket* ticket = nullptr);
Status mul(CommandStream& stream, const BinaryArgs& args, Ticket* ticket = nullptr);
Status swiglu(CommandStream& stream, const BinaryArgs& args, Ticket* ticket = nullptr);

}  // namespace systole::driver
