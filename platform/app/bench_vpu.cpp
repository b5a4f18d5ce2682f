// bench of the row-wise kernels: the driver's call beside the arithmetic library on a copy of the
// data.
#include "platform/app/bench_support.h"
#include "sw_driver/kernels/activation.h"
#include "sw_driver/kernels/elementwise.h"
#include "sw_driver/kernels/norm.h"
#include "sw_driver/kernels/quantize.h"
#include "sw_driver/kernels/rotary.h"
#include "sw_driver/kernels/softmax.h"
#include "tlm/gen/vpu_regs.h"
#include "tlm/vpu/vpu_arith.h"

namespace systole {
namespace {

using driver::ActivationKind;
using driver::Buffer;
using driver::Status;

// The operands of one call, in DRAM.
struct Operands {
  uint32_t rows = 0, cols = 0;
  Buffer x, y, d, scales;
  bool quantized = false;

  uint32_t row_bytes() const { return cols * 4; }
  driver::VpuSource source(const Buffer& buffer) const { return {buffer.addr, row_bytes()}; }
  driver::VpuDest dest() const {
    return quantized ? driver::VpuDest::int8(d.addr, cols, scales.addr)
                     : driver::VpuDest::f32(d.addr, row_bytes());
  }
};

struct ActivationName {
  const char* name;
  ActivationKind kind;
  uint8_t act;
};
constexpr ActivationName kActivations[] = {
    {"relu", ActivationKind::Relu, hw::VPU_ACT_RELU},
    {"gelu", ActivationKind::Gelu, hw::VPU_ACT_GELU},
    {"silu", ActivationKind::Silu, hw::VPU_ACT_SILU},
    {"sigmoid", ActivationKind::Sigmoid, hw::VPU_ACT_SIGMOID},
    {"tanh", ActivationKind::Tanh, hw::VPU_ACT_TANH},
    {"clip", ActivationKind::Clip, hw::VPU_ACT_CLIP}};

constexpr float kEpsilon = 1e-5f, kSoftmaxScale = 0.125f, kLow = -1.0f, kHigh = 1.5f;
constexpr uint32_t kRotaryPeriod = 8;

// Records the kernel and describes the same operation to the reference.
Status record(const BenchRequest& request, Host& host, const Operands& o,
              hw::VpuDescriptor& reference) {
  driver::CommandStream& stream = host.device.stream();
  const std::string& kernel = request.kernel;
  for (const ActivationName& activation : kActivations) {
    if (kernel != activation.name) continue;
    driver::ActivationArgs args;
    args.kind = activation.kind;
    args.rows = o.rows, args.cols = o.cols, args.x = o.source(o.x), args.d = o.dest();
    if (activation.kind == ActivationKind::Clip) args.low = kLow, args.high = kHigh;
    reference.opcode = hw::VPU_OP_ACT;
    reference.act = activation.act;
    reference.alpha = args.low;
    reference.beta = args.high;
    return driver::activation(stream, args);
  }
  if (kernel == "softmax") {
    driver::SoftmaxArgs args;
    args.rows = o.rows, args.cols = o.cols, args.x = o.source(o.x), args.d = o.dest();
    args.scale = kSoftmaxScale;
    reference.opcode = hw::VPU_OP_SOFTMAX;
    reference.alpha = kSoftmaxScale;
    reference.valid = o.cols;
    if (request.causal) {
      args.valid = o.cols - o.rows + 1;
      args.causal_period = o.rows;
      reference.valid = args.valid;
      reference.period = o.rows;
      reference.vpu_flags |= hw::VPU_FLAGS_CAUSAL_MASK;
    }
    return driver::softmax(stream, args);
  }
  if (kernel == "rmsnorm" || kernel == "layernorm") {
    driver::NormArgs args;
    args.rows = o.rows, args.cols = o.cols, args.x = o.source(o.x), args.d = o.dest();
    args.weight = o.y.addr;
    args.epsilon = kEpsilon;
    reference.opcode = kernel == "rmsnorm" ? hw::VPU_OP_RMSNORM : hw::VPU_OP_LAYERNORM;
    reference.y_addr = o.y.addr;
    reference.beta = kEpsilon;
    return kernel == "rmsnorm" ? driver::rmsnorm(stream, args) : driver::layernorm(stream, args);
  }
  if (kernel == "add" || kernel == "mul" || kernel == "swiglu") {
    driver::BinaryArgs args;
    args.rows = o.rows, args.cols = o.cols, args.x = o.source(o.x), args.y = o.source(o.y),
    args.d = o.dest();
    reference.y_addr = o.y.addr;
    reference.y_stride = o.row_bytes();
    reference.opcode = kernel == "add"   ? hw::VPU_OP_ADD
                       : kernel == "mul" ? hw::VPU_OP_MUL
                                         : hw::VPU_OP_SWIGLU;
    return kernel == "add"   ? driver::add(stream, args)
           : kernel == "mul" ? driver::mul(stream, args)
                             : driver::swiglu(stream, args);
  }
  if (kernel == "rotary") {
    driver::RotaryArgs args;
    args.rows = o.rows, args.cols = o.cols, args.period = kRotaryPeriod;
    args.x = o.source(o.x), args.d = o.dest();
    args.angles = {o.y.addr, kRotaryPeriod * 4};
    reference.opcode = hw::VPU_OP_ROTARY;
    reference.y_addr = o.y.addr;
    reference.y_stride = kRotaryPeriod * 4;
    reference.period = kRotaryPeriod;
    return driver::rotary(stream, args);
  }
  if (kernel == "quantize") {
    driver::QuantizeArgs args;
    args.rows = o.rows, args.cols = o.cols, args.x = o.source(o.x), args.d = o.dest();
    reference.opcode = hw::VPU_OP_QUANTIZE;
    return driver::quantize(stream, args);
  }
  driver::DequantizeArgs args;
  args.rows = o.rows, args.cols = o.cols, args.x = {o.x.addr, o.cols}, args.d = o.dest();
  args.scales = o.scales.addr;
  reference.opcode = hw::VPU_OP_DEQUANTIZE;
  reference.x_stride = o.cols;
  reference.s_addr = o.scales.addr;
  return driver::dequantize(stream, args);
}

// Random operands of sensible size.
void fill(const BenchRequest& request, const Operands& o) {
  BenchRandom random(request.seed);
  if (request.kernel == "dequantize") {
    random.fill_bytes(o.x);
  } else {
    random.fill_floats(o.x, -4.0f, 4.0f);
  }
  random.fill_floats(o.y, -1.0f, 1.0f);
  random.fill_floats(o.scales, 0.001f, 0.1f);
}

// Computes the same on the copies of the operands and compares. "" or why it cannot.
std::string check(const BenchRequest& request, const driver::EngineConfig& engine,
                  const Operands& o, const hw::VpuDescriptor& reference, ReferenceMemory& memory,
                  BenchResult& result) {
  VpuConfig config;
  config.lanes = engine.lanes, config.data_bytes = engine.data_bytes,
  config.max_cols = engine.max_cols;
  const OpResult expected =
      vpu_execute(reinterpret_cast<const uint8_t*>(&reference), config, memory);
  if (expected.error_code != 0) {
    return "the reference refuses " + request.kernel + " with error code " +
           std::to_string(expected.error_code);
  }
  result.mismatches = memory.mismatches(o.d, o.quantized ? 1 : 4);
  if (o.quantized) result.mismatches += memory.mismatches(o.scales, 4);
  result.results.add(o.d.host, o.d.bytes);
  if (o.quantized) result.results.add(o.scales.host, o.scales.bytes);
  result.compared = uint64_t{o.rows} * o.cols + (o.quantized ? o.rows : 0);
  return "";
}

}  // namespace

std::string bench_vpu(const BenchRequest& request, Host& host, BenchResult& result) {
  Operands o;
  o.rows = static_cast<uint32_t>(request.rows);
  o.cols = static_cast<uint32_t>(request.cols);
  o.quantized = request.quantized || request.kernel == "quantize";
  const uint64_t elements = request.rows * request.cols;
  BenchBuffers buffers(host);
  o.x = buffers.take(elements * 4);
  o.y = buffers.take(std::max<uint64_t>(elements * 4, request.cols * 8));
  o.d = buffers.take(elements * (o.quantized ? 1 : 4));
  o.scales = buffers.take(request.rows * 4);
  if (!buffers.ok()) return "the operands do not fit into DRAM";

  if (!host.timing_only) fill(request, o);
  hw::VpuDescriptor reference;
  reference.rows = o.rows, reference.cols = o.cols;
  reference.x_addr = o.x.addr, reference.x_stride = o.row_bytes();
  reference.d_addr = o.d.addr, reference.d_stride = o.quantized ? o.cols : o.row_bytes();
  if (o.quantized) {
    reference.s_addr = o.scales.addr;
    reference.vpu_flags |= hw::VPU_FLAGS_QUANT_OUT_MASK;
  }
  for (uint64_t i = 0; i < request.repeat; ++i) {
    const Status status = record(request, host, o, reference);
    if (status != Status::Ok) return describe_failure(host, "recording " + request.kernel, status);
  }
  ReferenceMemory memory;
  if (!host.timing_only)
    for (const Buffer& buffer : {o.x, o.y, o.d, o.scales}) memory.add(buffer);

  const Status status = run_recorded(host, result);
  if (status != Status::Ok) return describe_failure(host, request.kernel, status);

  const driver::EngineConfig& engine = host.device.engine(driver::EngineKind::Vpu).config();
  if (!host.timing_only) {
    const std::string refused = check(request, engine, o, reference, memory, result);
    if (!refused.empty()) return refused;
  }
  result.problem = {
      {"rows", request.rows}, {"cols", request.cols}, {"out", o.quantized ? "int8" : "float32"}};
  const double cycles = static_cast<double>(result.cycles) / static_cast<double>(request.repeat);
  result.figures["elements_per_cycle"] = static_cast<double>(elements) / cycles;
  result.figures["lane_efficiency"] = static_cast<double>(elements) / cycles / engine.lanes;
  return "";
}

}  // namespace systole
