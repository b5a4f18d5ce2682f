// Quantise and dequantise on the VPU.
#include "sw_driver/kernels/quantize.h"

#include "sw_driver/gen/vpu_regs.h"

namespace systole::driver {

Status quantize(CommandStream& stream, const QuantizeArgs& args, Ticket* ticket) {
  if (args.d.scales == 0) return Status::BadArgument;
  VpuOp op;
  op.kernel = KernelKind::Quantize;
  op.opcode = hw::VPU_OP_QUANTIZE;
  op.rows = args.rows;
  op.cols = args.cols;
  op.x = args.x;
  op.d = args.d;
  op.instance = args.instance;
  return vpu_run(stream, op, ticket);
}

Status dequantize(CommandStream& stream, const DequantizeArgs& args, Ticket* ticket) {
  if (args.scales == 0 || args.d.scales != 0) return Status::BadArgument;
  VpuOp op;
  op.kernel = KernelKind::Dequantize;
  op.opcode = hw::VPU_OP_DEQUANTIZE;
  op.rows = args.rows;
  op.cols = args.cols;
  op.x = args.x;
  op.x_bytes = 1;
  op.s_in = args.scales;
  op.d = args.d;
  op.splittable = true;
  op.instance = args.instance;
  return vpu_run(stream, op, ticket);
}

}  // namespace systole::driver
