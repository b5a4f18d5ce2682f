// Rotary embedding on the VPU.
#include "sw_driver/kernels/rotary.h"

#include "sw_driver/gen/vpu_regs.h"

namespace systole::driver {

Status rotary(CommandStream& stream, const RotaryArgs& args, Ticket* ticket) {
  if (args.period == 0 || args.period % 2 != 0 || args.cols % args.period != 0)
    return Status::BadArgument;
  if (args.angles.addr == 0) return Status::BadArgument;
  VpuOp op;
  op.kernel = KernelKind::Rotary;
  op.opcode = hw::VPU_OP_ROTARY;
  op.rows = args.rows;
  op.cols = args.cols;
  op.x = args.x;
  op.y = args.angles;
  op.y_cols = args.period;
  op.d = args.d;
  op.period = args.period;
  op.splittable = true;
  op.instance = args.instance;
  return vpu_run(stream, op, ticket);
}

}  // namespace systole::driver
