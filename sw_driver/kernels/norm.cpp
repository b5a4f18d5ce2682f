// RMSNorm and LayerNorm on the VPU.
#include "sw_driver/kernels/norm.h"

#include "sw_driver/gen/vpu_regs.h"
#include "sw_driver/kernels/check.h"

namespace systole::driver {
namespace {

Status norm(CommandStream& stream, const NormArgs& args, KernelKind kernel, uint8_t opcode,
            uint32_t weight_rows, Ticket* ticket) {
  const EngineConfig* config = stream.config(EngineKind::Vpu);
  if (config == nullptr || args.cols > config->max_cols / weight_rows) return Status::BadArgument;
  if (args.weight == 0 || !is_finite(args.epsilon) || !(args.epsilon >= 0))
    return Status::BadArgument;
  VpuOp op;
  op.kernel = kernel;
  op.opcode = opcode;
  op.rows = args.rows;
  op.cols = args.cols;
  op.x = args.x;
  op.y = {args.weight, 0};
  op.y_cols = weight_rows * args.cols;
  op.d = args.d;
  op.beta = args.epsilon;
  op.instance = args.instance;
  return vpu_run(stream, op, ticket);
}

}  // namespace

Status rmsnorm(CommandStream& stream, const NormArgs& args, Ticket* ticket) {
  return norm(stream, args, KernelKind::RmsNorm, hw::VPU_OP_RMSNORM, 1, ticket);
}

Status layernorm(CommandStream& stream, const NormArgs& args, Ticket* ticket) {
  return norm(stream, args, KernelKind::LayerNorm, hw::VPU_OP_LAYERNORM, 2, ticket);
}

}  // namespace systole::driver
