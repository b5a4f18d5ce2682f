// Between float32 and int8 with one scale per row.
#pragma once
#include "sw_driver/kernels/vpu.h"

namespace systole::driver {

struct QuantizeArgs {
  uint32_t rows = 0, cols = 0;
  VpuSource x;  ///< float32
  VpuDest d;    ///< int8 with scales
  int instance = kAnyInstance;
};

struct DequantizeArgs {
  uint32_t rows = 0, cols = 0;
  VpuSource x;          ///< int8
  uint64_t scales = 0;  ///< float32 [rows], 4-byte aligned
  VpuDest d;            ///< float32
  int instance = kAnyInstance;
};

/// d = rne(x * (127/absmax)), scale = absmax/127 per row.
Status quantize(CommandStream& stream, const QuantizeArgs& args, Ticket* ticket = nullptr);
/// d = float(x) * scale[row]. Both: BadArgument before anything is touched; else as
/// CommandStream::append.
Status dequantize(CommandStream& stream, const DequantizeArgs& args, Ticket* ticket = nullptr);

}  // namespace systole::driver
