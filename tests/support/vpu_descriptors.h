// VPU descriptors that tests begin with.
#pragma once
#include "tlm/gen/vpu_regs.h"

namespace systole::test {

/// True if the operation has a second operand.
inline bool takes_y(const hw::VpuDescriptor& d) {
  return d.opcode == hw::VPU_OP_RMSNORM || d.opcode == hw::VPU_OP_LAYERNORM ||
         d.opcode == hw::VPU_OP_ADD || d.opcode == hw::VPU_OP_MUL ||
         d.opcode == hw::VPU_OP_SWIGLU || d.opcode == hw::VPU_OP_ROTARY ||
         (d.vpu_flags & hw::VPU_FLAGS_MUL_Y_MASK);
}

/// A legal operation of two rows of 24 columns, 96 bytes apart, 192 in y.
inline hw::VpuDescriptor legal_vpu(uint32_t opcode, uint64_t x, uint64_t y, uint64_t s,
                                   uint64_t result) {
  hw::VpuDescriptor d;
  d.opcode = static_cast<uint8_t>(opcode);
  d.rows = 2;
  d.cols = 24;
  d.x_addr = x;
  d.d_addr = result;
  d.x_stride = d.d_stride = 96;
  if (opcode == hw::VPU_OP_QUANTIZE) d.vpu_flags = hw::VPU_FLAGS_QUANT_OUT_MASK;
  if (opcode == hw::VPU_OP_QUANTIZE || opcode == hw::VPU_OP_DEQUANTIZE) d.s_addr = s;
  if (opcode == hw::VPU_OP_SOFTMAX) d.valid = d.cols;
  if (opcode == hw::VPU_OP_ROTARY) d.period = 8;
  if (takes_y(d)) {
    d.y_addr = y;
    d.y_stride = 192;
  }
  return d;
}

}  // namespace systole::test
