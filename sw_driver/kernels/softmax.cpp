// Softmax on the VPU.
#include "sw_driver/kernels/softmax.h"

#include "sw_driver/gen/vpu_regs.h"

namespace systole::driver {

Status softmax(CommandStream& stream, const SoftmaxArgs& args, Ticket* ticket) {
  const uint32_t valid = args.valid == 0 ? args.cols : args.valid;
  const uint32_t growth_rows = args.causal_period < args.rows ? args.causal_period : args.rows;
  const uint32_t growth = args.causal_period == 0 || growth_rows == 0 ? 0 : growth_rows - 1;
  if (valid > args.cols || growth > args.cols - valid) return Status::BadArgument;
  VpuOp op;
  op.kernel = KernelKind::Softmax;
  op.opcode = hw::VPU_OP_SOFTMAX;
  op.flags = static_cast<uint16_t>((args.factor.addr != 0 ? hw::VPU_FLAGS_MUL_Y_MASK : 0) |
                                   (args.causal_period != 0 ? hw::VPU_FLAGS_CAUSAL_MASK : 0));
  op.rows = args.rows;
  op.cols = args.cols;
  op.x = args.x;
  op.y = args.factor;
  op.y_cols = args.cols;
  op.d = args.d;
  op.period = args.causal_period;
  op.valid = valid;
  op.alpha = args.scale;
  op.instance = args.instance;
  return vpu_run(stream, op, ticket);
}

}  // namespace systole::driver
