// Activations on the VPU.
#include "sw_driver/kernels/activation.h"

#include "sw_driver/gen/vpu_regs.h"

namespace systole::driver {

static_assert(static_cast<uint32_t>(ActivationKind::Relu) == hw::VPU_ACT_RELU);
static_assert(static_cast<uint32_t>(ActivationKind::Gelu) == hw::VPU_ACT_GELU);
static_assert(static_cast<uint32_t>(ActivationKind::Silu) == hw::VPU_ACT_SILU);
static_assert(static_cast<uint32_t>(ActivationKind::Sigmoid) == hw::VPU_ACT_SIGMOID);
static_assert(static_cast<uint32_t>(ActivationKind::Tanh) == hw::VPU_ACT_TANH);
static_assert(static_cast<uint32_t>(ActivationKind::Clip) == hw::VPU_ACT_CLIP);

Status activation(CommandStream& stream, const ActivationArgs& args, Ticket* ticket) {
  const bool clip = args.kind == ActivationKind::Clip;
  if (args.kind > ActivationKind::Clip) return Status::BadArgument;
  if (clip ? !(args.low <= args.high) : args.low != 0 || args.high != 0) return Status::BadArgument;
  VpuOp op;
  op.kernel = KernelKind::Activation;
  op.opcode = hw::VPU_OP_ACT;
  op.act = static_cast<uint8_t>(args.kind);
  op.rows = args.rows;
  op.cols = args.cols;
  op.x = args.x;
  op.d = args.d;
  op.alpha = clip ? args.low : 0;
  op.beta = clip ? args.high : 0;
  op.splittable = true;
  op.instance = args.instance;
  return vpu_run(stream, op, ticket);
}

}  // namespace systole::driver
