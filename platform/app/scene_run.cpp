#include "platform/app/scene_run.h"

#include <algorithm>

#include "platform/app/bench_support.h"
#include "sw_driver/kernels/copy.h"
#include "sw_driver/kernels/elementwise.h"
#include "sw_driver/kernels/gemm.h"
#include "sw_driver/kernels/norm.h"
#include "sw_driver/kernels/quantize.h"
#include "sw_driver/kernels/softmax.h"
#include "sw_driver/kernels/weights.h"

namespace systole {
namespace {

using driver::Buffer;
using driver::EngineKind;
using driver::Status;

EngineKind kind_of(const std::string& engine) {
  return engine[0] == 'g' ? EngineKind::Gemm : engine[0] == 'v' ? EngineKind::Vpu : EngineKind::Dma;
}

// The stage: buffers with seeded content, and what is looked at in the end.
class Stage {
 public:
  explicit Stage(Host& host) : host_(host) {}

  Buffer take(uint64_t bytes, bool in_spm) {
    Buffer buffer;
    driver::Arena& arena = in_spm ? host_.device.spm() : host_.device.dram();
    if (arena.allocate(std::max<uint64_t>(bytes, 1), 64, &buffer) != Status::Ok)
      throw RequestError("a scene's operands do not fit into " +
                         std::string(in_spm ? "SPM" : "DRAM"));
    if (!host_.timing_only) std::memset(buffer.host, 0, buffer.bytes);
    return buffer;
  }
  Buffer bytes(uint64_t count, bool in_spm) {
    const Buffer buffer = take(count, in_spm);
    if (!host_.timing_only) random_.fill_bytes(buffer);
    return buffer;
  }
  Buffer floats(uint64_t count, bool in_spm) {
    const Buffer buffer = take(count * 4, in_spm);
    if (!host_.timing_only) random_.fill_floats(buffer, 0.01f, 1.0f);
    return buffer;
  }
  Buffer result(uint64_t bytes, bool in_spm) {
    outputs_.push_back(take(bytes, in_spm));
    return outputs_.back();
  }
  driver::CommandStream& stream() { return host_.device.stream(); }
  const driver::EngineConfig& array() { return host_.device.engine(EngineKind::Gemm).config(); }
  void look(ResultSink& results) const {
    if (host_.timing_only) return;
    for (const Buffer& buffer : outputs_) results.add(buffer.host, buffer.bytes);
  }

 private:
  Host& host_;
  BenchRandom random_{1};
  std::vector<Buffer> outputs_;
};

// ------------------------------------------------------------------ acts: operands, then calls

driver::GemmArgs gemm_args(const SceneAct& act, Stage& stage) {
  const BenchRequest& r = act.request;
  const bool packed = r.b_layout == "packed", rows = r.b_layout == "rows", int32 = r.out == "int32";
  const uint64_t element = r.out == "int8" ? 1 : 4;
  const driver::EngineConfig& array = stage.array();
  driver::GemmArgs args;
  args.m = static_cast<uint32_t>(r.m), args.n = static_cast<uint32_t>(r.n),
  args.k = static_cast<uint32_t>(r.k);
  args.a = stage.bytes(r.m * r.k, act.in_spm).addr, args.lda = args.k;
  const uint64_t b_bytes =
      packed ? driver::packed_weight_bytes(args.n, args.k, array.rows, array.cols) : r.n * r.k;
  args.b = stage.bytes(b_bytes, act.in_spm).addr;
  args.ldb = packed ? 0 : rows ? args.n : args.k;
  args.layout = packed ? driver::GemmLayout::Packed
                : rows ? driver::GemmLayout::Rows
                       : driver::GemmLayout::Transposed;
  args.c = stage.result(r.m * r.n * element, act.in_spm).addr;
  args.ldc = static_cast<uint32_t>(r.n * element);
  args.output = int32          ? driver::GemmOutput::Int32
                : element == 1 ? driver::GemmOutput::Int8
                               : driver::GemmOutput::Float32;
  if (!int32) {
    args.row_scale = stage.floats(r.m, act.in_spm).addr;
    args.col_scale = stage.floats(r.n, act.in_spm).addr;
    if (r.bias) args.bias = stage.floats(r.n, act.in_spm).addr;
  }
  args.instance = static_cast<int>(act.instance);
  return args;
}

Status record_gemm(const SceneAct& act, Stage& stage) {
  const driver::GemmArgs args = gemm_args(act, stage);
  Status status = Status::Ok;
  for (uint64_t i = 0; i < act.request.repeat && status == Status::Ok; ++i)
    status = driver::gemm(stage.stream(), args);
  return status;
}

Status record_dma(const SceneAct& act, Stage& stage) {
  const BenchRequest& r = act.request;
  driver::CopyArgs copy;
  driver::FillArgs fill;
  copy.row_bytes = fill.row_bytes = static_cast<uint32_t>(r.bytes);
  copy.instance = fill.instance = static_cast<int>(act.instance);
  fill.pattern = 0x12345678;
  if (!r.fill) copy.src = stage.bytes(r.bytes, act.in_spm).addr;
  copy.dst = fill.dst = stage.result(r.bytes, act.in_spm).addr;
  Status status = Status::Ok;
  for (uint64_t i = 0; i < r.repeat && status == Status::Ok; ++i)
    status = r.fill ? driver::fill(stage.stream(), fill) : driver::copy(stage.stream(), copy);
  return status;
}

Status record_vpu(const SceneAct& act, Stage& stage) {
  const BenchRequest& r = act.request;
  const auto rows = static_cast<uint32_t>(r.rows), cols = static_cast<uint32_t>(r.cols);
  const bool int8 = r.quantized || r.kernel == "quantize";
  const driver::VpuSource x{stage.floats(r.rows * r.cols, act.in_spm).addr, cols * 4};
  const driver::VpuSource y{stage.floats(r.rows * r.cols, act.in_spm).addr, cols * 4};
  driver::VpuDest d;
  d.addr = stage.result(r.rows * r.cols * (int8 ? 1 : 4), act.in_spm).addr;
  d.stride = int8 ? cols : cols * 4;
  if (int8) d.scales = stage.result(r.rows * 4, act.in_spm).addr;
  const int instance = static_cast<int>(act.instance);
  Status status = Status::Ok;
  for (uint64_t i = 0; i < r.repeat && status == Status::Ok; ++i) {
    if (r.kernel == "softmax") {
      driver::SoftmaxArgs args;
      args.rows = rows, args.cols = cols, args.x = x, args.d = d, args.instance = instance;
      status = driver::softmax(stage.stream(), args);
    } else if (r.kernel == "rmsnorm") {
      driver::NormArgs args;
      args.rows = rows, args.cols = cols, args.x = x, args.weight = y.addr, args.d = d;
      args.instance = instance;
      status = driver::rmsnorm(stage.stream(), args);
    } else if (r.kernel == "add") {
      driver::BinaryArgs args;
      args.rows = rows, args.cols = cols, args.x = x, args.y = y, args.d = d;
      args.instance = instance;
      status = driver::add(stage.stream(), args);
    } else {
      driver::QuantizeArgs args;
      args.rows = rows, args.cols = cols, args.x = x, args.d = d, args.instance = instance;
      status = driver::quantize(stage.stream(), args);
    }
  }
  return status;
}

Status record(const SceneAct& act, Stage& stage) {
  if (act.request.kernel == "gemm") return record_gemm(act, stage);
  if (act.request.kernel == "dma") return record_dma(act, stage);
  return record_vpu(act, stage);
}

// GEMM C = A * B, VPU quantises C, DMA copies it over A: each waits for the one before.
Status record_chain(const Scene& scene, Stage& stage) {
  SceneAct act;
  act.request.kernel = "gemm";
  act.request.m = scene.rows, act.request.n = act.request.k = scene.cols;
  driver::GemmArgs gemm = gemm_args(act, stage);
  const auto rows = static_cast<uint32_t>(scene.rows), cols = static_cast<uint32_t>(scene.cols);
  driver::QuantizeArgs quantize;
  quantize.rows = rows, quantize.cols = cols, quantize.x = {gemm.c, cols * 4};
  quantize.d = driver::VpuDest::int8(stage.result(scene.rows * scene.cols, false).addr, cols,
                                     stage.result(scene.rows * 4, false).addr);
  driver::CopyArgs copy;
  copy.src = quantize.d.addr, copy.dst = gemm.a, copy.row_bytes = rows * cols;
  for (uint64_t i = 0; i < scene.links; ++i) {
    Status status = driver::gemm(stage.stream(), gemm);
    if (status == Status::Ok) status = driver::quantize(stage.stream(), quantize);
    if (status == Status::Ok) status = driver::copy(stage.stream(), copy);
    if (status != Status::Ok) return status;
  }
  return Status::Ok;
}

// ------------------------------------------------------------------ time

void check_engines(const Scene& scene, Host& host) {
  for (const SceneAct& act : scene.acts) {
    const auto kind = static_cast<uint32_t>(kind_of(act.engine()));
    if (act.instance >= host.device.soc().count[kind])
      throw RequestError("scene '" + scene.text + "': there is no " + act.engine());
  }
}

}  // namespace

std::string run_scene(const Scene& scene, Host& host, SceneResult& result) {
  check_engines(scene, host);
  const driver::ArenaScope dram(host.device.dram()), spm(host.device.spm());
  const std::vector<EngineWork> before = look_at_engines(host);
  Stage stage(host);
  std::vector<const SceneAct*> order;
  for (const SceneAct& act : scene.acts) order.push_back(&act);
  std::stable_sort(order.begin(), order.end(), [](const SceneAct* a, const SceneAct* b) {
    return a->at_cycles < b->at_cycles;
  });

  const std::clock_t start = std::clock();
  const uint64_t begin = host.hal.now_cycles();
  Status status = scene.links ? record_chain(scene, stage) : Status::Ok;
  for (const SceneAct* act : order) {
    const uint64_t passed = host.hal.now_cycles() - begin;
    if (act->at_cycles > passed) {
      if (status == Status::Ok) status = stage.stream().flush();
      host.hal.pause(act->at_cycles - std::min(act->at_cycles, host.hal.now_cycles() - begin));
    }
    if (status == Status::Ok) status = record(*act, stage);
  }
  if (status == Status::Ok) status = stage.stream().finish();
  if (status != Status::Ok) return describe_failure(host, "scene " + scene.text, status);
  result.cycles = host.hal.now_cycles() - begin;
  result.seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  result.parts = work_since(before, look_at_engines(host));
  stage.look(result.results);
  return "";
}

}  // namespace systole
