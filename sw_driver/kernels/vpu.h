// What the row-wise float32 kernels share: operands, destination and how they reach a VPU.
#pragma once
#include "sw_driver/include/command_stream.h"

namespace systole::driver {

/// A matrix operand: 4-byte aligned address (int8: any), bytes from row to row.
struct VpuSource {
  uint64_t addr = 0;
  uint32_t stride = 0;
};

/// Where a row-wise result goes: float32, or int8 with one float32 scale per row (the kernel's
/// result is quantised on the way out: int8 = rne(x * (127/absmax)), scale = absmax/127).
struct VpuDest {
  uint64_t addr = 0;
  uint32_t stride = 0;  ///< bytes from row to row, at least a row if there are several
  uint64_t scales = 0;  ///< float32 [rows], 4-byte aligned; 0: the result is float32

  static VpuDest f32(uint64_t addr, uint32_t stride) { return {addr, stride, 0}; }
  static VpuDest int8(uint64_t addr, uint32_t stride, uint64_t scales) {
    return {addr, stride, scales};
  }
};

/// One VPU operation as the kernels below describe it.
struct VpuOp {
  KernelKind kernel = KernelKind::Add;
  uint8_t opcode = 0;
  uint16_t flags = 0;  ///< without QUANT_OUT
  uint8_t act = 0;
  uint32_t rows = 0, cols = 0;
  VpuSource x;
  VpuSource y;           ///< addr 0: not used
  uint32_t y_cols = 0;   ///< elements of a row of y that are read
  uint32_t x_bytes = 4;  ///< bytes of an element of x
  VpuDest d;
  uint64_t s_in = 0;  ///< DEQUANTIZE: scales that are read
  uint32_t period = 0, valid = 0;
  float alpha = 0, beta = 0;
  bool splittable = false;  ///< columns are independent: rows longer than the VPU's longest are cut
  int instance = kAnyInstance;
};

/// Checks, counts and appends one or more descriptors. BadArgument: sizes (rows 1 to 1048575, cols
/// 1 to the VPU's longest row unless it can be cut), alignment, strides; hardware untouched.
Status vpu_run(CommandStream& stream, const VpuOp& op, Ticket* ticket);

}  // namespace systole::driver
