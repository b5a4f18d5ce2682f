#include "platform/app/bench_kernels.h"

#include "platform/app/bench_support.h"

namespace systole {
namespace {

void require_range(const char* option, uint64_t value, uint64_t low, uint64_t high) {
  if (value >= low && value <= high) return;
  throw RequestError(std::string(option) + ": '" + std::to_string(value) +
                     "' is not legal; legal: " + std::to_string(low) + " to " +
                     std::to_string(high));
}

void require_word(const char* option, const std::string& value,
                  const std::vector<std::string>& words) {
  std::string legal;
  for (const std::string& word : words) {
    if (word == value) return;
    legal += (legal.empty() ? "" : ", ") + word;
  }
  throw RequestError(std::string(option) + ": '" + value + "' is not legal; legal: " + legal);
}

constexpr uint64_t kAlignmentBytes = 1024;

/// DRAM that a request takes, and the options it depends on.
struct Need {
  uint64_t bytes;
  const char* of;
};

Need check_gemm(const BenchRequest& request, const Config& config) {
  require_range("--m", request.m, 1, 1048575);
  require_range("--n", request.n, 1, 1048575);
  require_range("--k", request.k, 1, 131071);
  require_word("--b-layout", request.b_layout, {"packed", "rows", "transposed"});
  require_word("--out", request.out, {"int32", "float32", "int8"});
  if (request.bias && request.out == "int32") {
    throw RequestError("--bias: is not legal with --out int32; legal: with float32 or int8");
  }
  if (request.accumulate && request.out != "int32") {
    throw RequestError("--accumulate: is not legal with --out " + request.out +
                       "; legal: with int32");
  }
  const uint64_t n = (request.n + config.gemm.cols - 1) / config.gemm.cols * config.gemm.cols;
  const uint64_t k = (request.k + config.gemm.rows - 1) / config.gemm.rows * config.gemm.rows;
  const uint64_t matrices = request.m * request.k + n * k + request.m * request.n * 4;
  return {matrices + request.m * 4 + request.n * 8, "--m, --n, --k"};
}

Need check_dma(const BenchRequest& request) {
  require_range("--bytes", request.bytes, 1, 0xffffffff);
  if (!request.src.empty()) parse_address("--src", request.src);
  if (!request.dst.empty()) parse_address("--dst", request.dst);
  if (request.fill && !request.src.empty())
    throw RequestError("--src: is not legal with --fill; legal: --dst");
  require_range("--rows", request.copy_rows, 1, 1048575);
  require_range("--gap", request.gap, 0, 1048575);
  require_range("--src-offset", request.src_offset, 0, 63);
  require_range("--dst-offset", request.dst_offset, 0, 63);
  const uint64_t span = request.copy_rows * (request.bytes + request.gap) + 64;
  const uint64_t own = (request.src.empty() && !request.fill) + request.dst.empty();
  return {own * span, "--bytes, --rows, --gap"};
}

Need check_rows(const BenchRequest& request) {
  const uint64_t longest = request.kernel == "layernorm" ? 8192 : 16384;
  require_range("--rows", request.rows, 1, 1048575);
  require_range("--cols", request.cols, 1, longest);
  if (request.kernel == "rotary" && request.cols % 8 != 0) {
    throw RequestError("--cols: '" + std::to_string(request.cols) +
                       "' is not legal for rotary; legal: a multiple of 8");
  }
  if (request.kernel == "dequantize" && request.quantized) {
    throw RequestError("--quantized: is not legal for dequantize");
  }
  if (request.causal && (request.kernel != "softmax" || request.cols < request.rows)) {
    throw RequestError("--causal: is legal for softmax with --cols not below --rows");
  }
  return {request.rows * request.cols * 12 + request.cols * 8 + request.rows * 4, "--rows, --cols"};
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& bench_kernels() {
  static const std::vector<std::pair<std::string, std::string>> kernels = {
      {"gemm", "matrix product, --m --n --k"},
      {"dma", "copy or fill, --bytes"},
      {"softmax", "row-wise, --rows --cols, as all that follow"},
      {"rmsnorm", "root mean square norm"},
      {"layernorm", "layer norm"},
      {"relu", "activation"},
      {"gelu", "activation"},
      {"silu", "activation"},
      {"sigmoid", "activation"},
      {"tanh", "activation"},
      {"clip", "activation"},
      {"add", "element-wise sum"},
      {"mul", "element-wise product"},
      {"swiglu", "gated SiLU"},
      {"rotary", "rotary embedding, period 8"},
      {"quantize", "float32 to int8 with row scales"},
      {"dequantize", "int8 with row scales to float32"},
  };
  return kernels;
}

uint64_t parse_address(const std::string& option, const std::string& text) {
  uint64_t value = 0;
  size_t used = 0;
  try {
    value = std::stoull(text, &used, 0);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used != text.size() || text.empty() || text[0] == '-' || value >= (uint64_t{1} << 40)) {
    throw RequestError(option + ": '" + text +
                       "' is not legal; legal: an address below 0x10000000000");
  }
  return value;
}

void check_bench(const BenchRequest& request, const Config& config) {
  require_range("--repeat", request.repeat, 1, 100000);
  const bool on_gemm = request.kernel == "gemm", on_dma = request.kernel == "dma";
  const auto [engine, count] = on_gemm  ? std::pair("gemm", config.gemm.count)
                               : on_dma ? std::pair("dma", config.dma.count)
                                        : std::pair("vpu", config.vpu.count);
  if (count == 0) {
    throw RequestError(std::string(engine) + ".count: '0' is not legal for bench " +
                       request.kernel + "; legal: 1 to 8");
  }
  const Need need = on_gemm  ? check_gemm(request, config)
                    : on_dma ? check_dma(request)
                             : check_rows(request);
  const uint64_t needed = need.bytes + kAlignmentBytes, dram = config.dram.size_mib << 20;
  if (needed > dram) {
    throw RequestError(std::string(need.of) + ": the operands take " + std::to_string(needed) +
                       " bytes, DRAM has " + std::to_string(dram) +
                       "; legal: a smaller problem, or a larger dram.size_mib");
  }
}

std::string run_bench(const BenchRequest& request, Host& host, BenchResult& result) {
  if (request.kernel == "gemm") return bench_gemm(request, host, result);
  if (request.kernel == "dma") return bench_dma(request, host, result);
  return bench_vpu(request, host, result);
}

}  // namespace systole
