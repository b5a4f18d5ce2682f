// Binary operations on the VPU.
#include "sw_driver/kernels/elementwise.h"

#include "sw_driver/gen/vpu_regs.h"

namespace systole::driver {
namespace {

Status binary(CommandStream& stream, const BinaryArgs& args, KernelKind kernel, uint8_t opcode,
              Ticket* ticket) {
  if (args.y.addr == 0) return Status::BadArgument;
  VpuOp op;
  op.kernel = kernel;
  op.opcode = opcode;
  op.rows = args.rows;
  op.cols = args.cols;
  op.x = args.x;
  op.y = args.y;
  op.y_cols = args.cols;
  op.d = args.d;
  op.splittable = true;
  op.instance = args.instance;
  return vpu_run(stream, op, ticket);
}

}  // namespace

Status add(CommandStream& stream, const BinaryArgs& args, Ticket* ticket) {
  return binary(stream, args, KernelKind::Add, hw::VPU_OP_ADD, ticket);
}

Status mul(CommandStream& stream, const BinaryArgs& args, Ticket* ticket) {
  return binary(stream, args, KernelKind::Mul, hw::VPU_OP_MUL, ticket);
}

Status swiglu(CommandStream& stream, const BinaryArgs& args, Ticket* ticket) {
  return binary(stream, args, KernelKind::SwiGlu, hw::VPU_OP_SWIGLU, ticket);
}

}  // namespace systole::driver
