#include "tlm/vpu/vpu_microcode.h"

#include <algorithm>

namespace systole {
namespace {

// Stations of a lane, in cycles.
constexpr uint32_t kAdd = 2, kMul = 2, kExp = 9, kSigmoid = 20;

class Writer {
 public:
  VpuPass& pass(uint32_t latency) {
    VpuPass& p = program_.passes[program_.count++];
    p.latency = latency;
    return p;
  }
  VpuPass& sum(uint32_t latency, VpuScalar scalar) {
    VpuPass& p = pass(latency);
    p.reduction = VpuReduction::kSum;
    p.scalar = scalar;
    return p;
  }
  VpuPass& with_y(uint32_t latency) {
    VpuPass& p = pass(latency);
    p.uses_y = true;
    return p;
  }
  /// The pass written last gives the row's result.
  VpuProgram finish(bool quantise) {
    VpuPass& result = program_.passes[program_.count - 1];
    result.last = !quantise;
    if (quantise) {
      result.store_x = true;
      result.reduction = VpuReduction::kMaximum;
      result.scalar = VpuScalar::kQuant;
      pass(kMul).last = true;
    }
    return program_;
  }

 private:
  VpuProgram program_;
};

void activation(uint8_t act, Writer& w) {
  switch (act) {
    case hw::VPU_ACT_SIGMOID:
      w.pass(kSigmoid);
      break;
    case hw::VPU_ACT_SILU:
      w.pass(kSigmoid + kMul);
      break;
    case hw::VPU_ACT_TANH:
      w.pass(kSigmoid + kMul + kAdd);
      break;
    case hw::VPU_ACT_GELU:
      w.pass(kMul + kMul + kAdd);
      w.pass(kMul + kSigmoid + kMul);  // the y buffer holds what the pass before wrote
      break;
    default:  // RELU, CLIP
      w.pass(2);
  }
}

}  // namespace

VpuProgram vpu_program(const hw::VpuDescriptor& d) {
  Writer w;
  const bool mul_y = d.vpu_flags & hw::VPU_FLAGS_MUL_Y_MASK;
  switch (d.opcode) {
    case hw::VPU_OP_SOFTMAX: {
      VpuPass& scaled = w.pass(kMul);
      scaled.reduction = VpuReduction::kMaximum;
      scaled.valid_only = scaled.store_x = true;
      VpuPass& exps = w.sum(kAdd + kExp, VpuScalar::kRecip);
      exps.valid_only = exps.store_x = true;
      if (mul_y)
        w.with_y(kMul + kMul);
      else
        w.pass(kMul);
      break;
    }
    case hw::VPU_OP_RMSNORM:
      w.sum(kMul, VpuScalar::kNorm);
      w.with_y(kMul + kMul);
      break;
    case hw::VPU_OP_LAYERNORM:
      w.sum(0, VpuScalar::kMean);
      w.pass(kAdd).store_x = true;
      w.sum(kMul, VpuScalar::kNorm);
      w.with_y(kMul + kMul).store_x = true;
      w.with_y(kAdd).second_y = true;
      break;
    case hw::VPU_OP_ACT:
      activation(d.act, w);
      break;
    case hw::VPU_OP_ADD:
    case hw::VPU_OP_MUL:
      w.with_y(2);
      break;
    case hw::VPU_OP_SWIGLU:
      w.with_y(kSigmoid + kMul + kMul);
      break;
    case hw::VPU_OP_ROTARY:
      w.with_y(kMul + kMul + kAdd);
      break;
    case hw::VPU_OP_DEQUANTIZE:
      w.pass(kMul);
      break;
    default:  // QUANTIZE
      w.pass(0);
  }
  return w.finish(d.vpu_flags & hw::VPU_FLAGS_QUANT_OUT_MASK);
}

uint32_t vpu_scalar_cycles(VpuScalar op) {
  switch (op) {
    case VpuScalar::kRecip:
      return 11;
    case VpuScalar::kMean:
      return 4;
    case VpuScalar::kNorm:
      return 17;
    case VpuScalar::kQuant:
      return 13;
    default:
      return 0;
  }
}

uint32_t vpu_reduction_cycles(VpuReduction op, uint32_t lanes) {
  if (op == VpuReduction::kNone) return 0;
  if (op == VpuReduction::kMaximum) return 2;
  uint32_t cycles = 2;
  for (uint32_t h = 16; h > 0; h /= 2) cycles += (h + lanes - 1) / lanes + 1;
  return cycles;
}

}  // namespace systole
