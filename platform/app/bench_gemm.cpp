// bench gemm: C = A * B, checked against a plain triple loop.
#include <vector>

#include "platform/app/bench_support.h"
#include "sw_driver/kernels/gemm_staged.h"
#include "sw_driver/kernels/weights.h"

namespace systole {
namespace {

using driver::Buffer;
using driver::GemmArgs;
using driver::GemmLayout;
using driver::GemmOutput;

int8_t to_int8(float value) {
  if (std::isnan(value)) return 0;
  const float rounded = std::nearbyintf(value);
  return rounded <= -128.0f ? -128 : rounded >= 127.0f ? 127 : static_cast<int8_t>(rounded);
}

// Row `m` of the accumulators: sum over k of a[k] * weights[n][k], modulo 2^32.
void multiply_row(const int8_t* a, const int8_t* weights, uint64_t n, uint64_t k, int32_t* out) {
  for (uint64_t j = 0; j < n; ++j) {
    uint32_t sum = 0;
    const int8_t* w = weights + j * k;
    for (uint64_t i = 0; i < k; ++i) sum += static_cast<uint32_t>(int32_t{a[i]} * int32_t{w[i]});
    out[j] = static_cast<int32_t>(sum);
  }
}

// The operands of one product, in DRAM.
struct Operands {
  uint64_t m, n, k, element;  // element: bytes of one of C
  Buffer a, b, c, row_scale, col_scale, bias;
  std::vector<int8_t> weights;   // [n][k]: what is in b
  std::vector<uint32_t> before;  // what c held, where that counts
};

// Random operands, B in the layout asked for.
driver::Status fill(const BenchRequest& request, const driver::EngineConfig& array, Operands& o) {
  BenchRandom random(request.seed);
  random.fill_bytes(o.a);
  o.weights.resize(o.n * o.k);
  for (int8_t& w : o.weights) w = static_cast<int8_t>(random.next() >> 56);
  random.fill_floats(o.row_scale, 0.0001f, 0.001f);
  random.fill_floats(o.col_scale, 0.1f, 1.0f);
  random.fill_floats(o.bias, -10.0f, 10.0f);
  if (request.accumulate) {
    random.fill_bytes(o.c);
    o.before.assign(o.c.as<uint32_t>(), o.c.as<uint32_t>() + o.m * o.n);
  }
  if (request.b_layout == "packed") {
    std::memset(o.b.host, 0, o.b.bytes);
    const auto n = static_cast<uint32_t>(o.n), k = static_cast<uint32_t>(o.k);
    return driver::pack_weights(o.weights.data(), n, k, array.rows, array.cols, 0, n,
                                o.b.as<int8_t>());
  }
  const bool by_rows = request.b_layout == "rows";
  for (uint64_t j = 0; j < o.n; ++j) {
    for (uint64_t i = 0; i < o.k; ++i)
      o.b.as<int8_t>()[by_rows ? i * o.n + j : j * o.k + i] = o.weights[j * o.k + i];
  }
  return driver::Status::Ok;
}

// Elements of C that are not what the plain loop computes.
uint64_t count_mismatches(const BenchRequest& request, const Operands& o) {
  const bool int32 = request.out == "int32", floats = request.out == "float32";
  uint64_t mismatches = 0;
  std::vector<int32_t> sums(o.n);
  for (uint64_t i = 0; i < o.m; ++i) {
    multiply_row(o.a.as<int8_t>() + i * o.k, o.weights.data(), o.n, o.k, sums.data());
    for (uint64_t j = 0; j < o.n; ++j) {
      uint32_t expected = static_cast<uint32_t>(sums[j]), actual = 0;
      if (request.accumulate)
        expected = o.before[i * o.n + j] + expected * static_cast<uint32_t>(request.repeat);
      if (!int32) {
        float value =
            (static_cast<float>(sums[j]) * o.row_scale.as<float>()[i]) * o.col_scale.as<float>()[j];
        if (request.bias) value = value + o.bias.as<float>()[j];
        if (floats) {
          std::memcpy(&expected, &value, 4);
        } else {
          expected = static_cast<uint8_t>(to_int8(value));
        }
      }
      std::memcpy(&actual, o.c.as<uint8_t>() + (i * o.n + j) * o.element, o.element);
      mismatches += expected != actual;
    }
  }
  return mismatches;
}

GemmArgs arguments(const BenchRequest& request, const Operands& o) {
  const bool packed = request.b_layout == "packed", by_rows = request.b_layout == "rows";
  GemmArgs args;
  args.m = static_cast<uint32_t>(o.m), args.n = static_cast<uint32_t>(o.n),
  args.k = static_cast<uint32_t>(o.k);
  args.a = o.a.addr, args.lda = args.k;
  args.b = o.b.addr, args.ldb = packed ? 0 : by_rows ? args.n : args.k;
  args.layout = packed ? GemmLayout::Packed : by_rows ? GemmLayout::Rows : GemmLayout::Transposed;
  args.c = o.c.addr, args.ldc = static_cast<uint32_t>(o.n * o.element);
  args.output = request.out == "int32"     ? GemmOutput::Int32
                : request.out == "float32" ? GemmOutput::Float32
                                           : GemmOutput::Int8;
  args.accumulate = request.accumulate;
  if (args.output != GemmOutput::Int32) {
    args.row_scale = o.row_scale.addr;
    args.col_scale = o.col_scale.addr;
    if (request.bias) args.bias = o.bias.addr;
  }
  return args;
}

}  // namespace

std::string bench_gemm(const BenchRequest& request, Host& host, BenchResult& result) {
  const uint64_t m = request.m, n = request.n, k = request.k;
  const driver::EngineConfig& array = host.device.engine(driver::EngineKind::Gemm).config();
  const uint64_t b_bytes =
      request.b_layout == "packed"
          ? driver::packed_weight_bytes(static_cast<uint32_t>(n), static_cast<uint32_t>(k),
                                        array.rows, array.cols)
          : n * k;
  BenchBuffers buffers(host);
  Operands o{m, n, k, request.out == "int8" ? 1u : 4u, {}, {}, {}, {}, {}, {}, {}, {}};
  o.a = buffers.take(m * k), o.b = buffers.take(b_bytes), o.c = buffers.take(m * n * o.element);
  o.row_scale = buffers.take(m * 4), o.col_scale = buffers.take(n * 4);
  o.bias = buffers.take(n * 4);
  if (!buffers.ok()) return "the operands do not fit into DRAM";
  if (!host.timing_only) {
    const driver::Status status = fill(request, array, o);
    if (status != driver::Status::Ok) return describe_failure(host, "packing the weights", status);
  }

  const GemmArgs args = arguments(request, o);
  Buffer scratch;
  if (host.device.spm().allocate(host.device.spm().free_bytes() / 64 * 64 - 64, 64, &scratch) !=
      driver::Status::Ok)
    return "no scratchpad is left";
  for (uint64_t i = 0; i < request.repeat; ++i) {
    const driver::Status status =
        driver::gemm_from_dram(host.device.stream(), host.device.soc(), args, scratch);
    if (status != driver::Status::Ok) return describe_failure(host, "recording gemm", status);
  }
  const driver::Status status = run_recorded(host, result);
  if (status != driver::Status::Ok) return describe_failure(host, "gemm", status);

  if (!host.timing_only) {
    result.mismatches = count_mismatches(request, o);
    result.results.add(o.c.host, m * n * o.element);
    result.compared = m * n;
  }
  result.problem = {{"m", m},
                    {"n", n},
                    {"k", k},
                    {"b_layout", request.b_layout},
                    {"out", request.out},
                    {"bias", request.bias},
                    {"accumulate", request.accumulate}};
  const double cycles = static_cast<double>(result.cycles) / static_cast<double>(request.repeat);
  const double macs = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  result.figures["macs_per_cycle"] = macs / cycles;
  result.figures["array_efficiency"] = macs / cycles / (double(array.rows) * array.cols);
  result.figures["weight_bytes_per_cycle"] = static_cast<double>(n * k) / cycles;
  result.figures["weight_bus_efficiency"] = static_cast<double>(n * k) / cycles / array.data_bytes;
  return "";
}

}  // namespace systole
