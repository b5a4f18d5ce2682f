// bench gemm: C = A * B, checked against a plain triple loop.
#include <vector>

#include "platform/app/bench_support.h"
#include "sw_driver/kernels/gemm_staged.h"
#include "sw_driver/kernels/weights.h"

namespace systole {
namespace {

using driver::Buffer;
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

}  // namespace

std::string bench_gemm(const BenchRequest& request, Host& host, BenchResult& result) {
  const uint64_t m = request.m, n = request.n, k = request.k;
  const driver::EngineConfig& array = host.device.engine(driver::EngineKind::Gemm).config();
  const bool packed = request.b_layout == "packed", by_rows = request.b_layout == "rows";
  const bool floats = request.out == "float32", int32 = request.out == "int32";
  const uint64_t element = request.out == "int8" ? 1 : 4;

  BenchBuffers buffers(host);
  const uint64_t b_bytes =
      packed ? driver::packed_weight_bytes(static_cast<uint32_t>(n), static_cast<uint32_t>(k),
                                           array.rows, array.cols)
             : n * k;
  const Buffer a = buffers.take(m * k), b = buffers.take(b_bytes),
               c = buffers.take(m * n * element);
  const Buffer row_scale = buffers.take(m * 4), col_scale = buffers.take(n * 4),
               bias = buffers.take(n * 4);
  if (!buffers.ok()) return "the operands do not fit into DRAM";

  BenchRandom random(request.seed);
  random.fill_bytes(a);
  std::vector<int8_t> weights(n * k);  // [n][k]
  for (int8_t& w : weights) w = static_cast<int8_t>(random.next() >> 56);
  random.fill_floats(row_scale, 0.0001f, 0.001f);
  random.fill_floats(col_scale, 0.1f, 1.0f);
  random.fill_floats(bias, -10.0f, 10.0f);
  if (packed) {
    std::memset(b.host, 0, b.bytes);
    const driver::Status status =
        driver::pack_weights(weights.data(), static_cast<uint32_t>(n), static_cast<uint32_t>(k),
                             array.rows, array.cols, 0, static_cast<uint32_t>(n), b.as<int8_t>());
    if (status != driver::Status::Ok) return describe_failure(host, "packing the weights", status);
  } else {
    for (uint64_t j = 0; j < n; ++j) {
      for (uint64_t i = 0; i < k; ++i)
        b.as<int8_t>()[by_rows ? i * n + j : j * k + i] = weights[j * k + i];
    }
  }

  driver::GemmArgs args;
  args.m = static_cast<uint32_t>(m), args.n = static_cast<uint32_t>(n),
  args.k = static_cast<uint32_t>(k);
  args.a = a.addr, args.lda = static_cast<uint32_t>(k);
  args.b = b.addr, args.ldb = packed ? 0 : static_cast<uint32_t>(by_rows ? n : k);
  args.layout = packed ? GemmLayout::Packed : by_rows ? GemmLayout::Rows : GemmLayout::Transposed;
  args.c = c.addr, args.ldc = static_cast<uint32_t>(n * element);
  args.output = int32 ? GemmOutput::Int32 : floats ? GemmOutput::Float32 : GemmOutput::Int8;
  if (!int32) {
    args.row_scale = row_scale.addr;
    args.col_scale = col_scale.addr;
    if (request.bias) args.bias = bias.addr;
  }
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

  std::vector<int32_t> sums(n);
  for (uint64_t i = 0; i < m; ++i) {
    multiply_row(a.as<int8_t>() + i * k, weights.data(), n, k, sums.data());
    for (uint64_t j = 0; j < n; ++j) {
      uint32_t expected = static_cast<uint32_t>(sums[j]), actual = 0;
      if (!int32) {
        float value =
            (static_cast<float>(sums[j]) * row_scale.as<float>()[i]) * col_scale.as<float>()[j];
        if (request.bias) value = value + bias.as<float>()[j];
        if (floats) {
          std::memcpy(&expected, &value, 4);
        } else {
          expected = static_cast<uint8_t>(to_int8(value));
        }
      }
      std::memcpy(&actual, c.as<uint8_t>() + (i * n + j) * element, element);
      result.mismatches += expected != actual;
    }
  }
  result.results.add(c.host, m * n * element);
  result.compared = m * n;
  result.problem = {{"m", m},
                    {"n", n},
                    {"k", k},
                    {"b_layout", request.b_layout},
                    {"out", request.out},
                    {"bias", request.bias}};
  const double cycles = static_cast<double>(result.cycles) / static_cast<double>(request.repeat);
  const double macs = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  result.figures["macs_per_cycle"] = macs / cycles;
  result.figures["array_efficiency"] = macs / cycles / (double(array.rows) * array.cols);
  result.figures["weight_bytes_per_cycle"] = static_cast<double>(n * k) / cycles;
  result.figures["weight_bus_efficiency"] = static_cast<double>(n * k) / cycles / array.data_bytes;
  return "";
}

}  // namespace systole
