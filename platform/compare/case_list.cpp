#include "platform/compare/case_list.h"

#include <cmath>
#include <fstream>

#include "platform/app/bench_options.h"
#include "platform/app/bench_support.h"
#include "platform/app/options.h"
#include "platform/sweep/spec.h"

namespace systole {
namespace {

class CaseMaker {
 public:
  CaseMaker(uint64_t seed, uint64_t most) : random_(seed), most_(most) {}

  std::string gemm() {
    static const char* const layouts[] = {"packed", "rows", "transposed"};
    static const char* const outputs[] = {"float32", "int32", "int8"};
    const unsigned output = below(3);
    std::string text = "gemm,m=" + size(most_) + ",n=" + size(most_) + ",k=" + size(most_) +
                       ",b-layout=" + layouts[below(3)] + ",out=" + outputs[output];
    return output != 1 && below(2) ? text + ",bias" : text;
  }

  std::string vpu() {
    static const char* const kernels[] = {
        "softmax", "rmsnorm", "layernorm", "relu",   "gelu",   "silu",     "sigmoid",   "tanh",
        "clip",    "add",     "mul",       "swiglu", "rotary", "quantize", "dequantize"};
    const std::string kernel = kernels[vpu_cases_++ % std::size(kernels)];
    const uint64_t rows = value(std::min<uint64_t>(most_, 256));
    uint64_t cols = value(std::min<uint64_t>(most_, 2048));
    if (kernel == "rotary") cols = (cols + 7) / 8 * 8;
    std::string text = kernel + ",rows=" + std::to_string(rows) + ",cols=" + std::to_string(cols);
    if (kernel == "softmax" && cols >= rows && below(2)) text += ",causal";
    if (kernel != "dequantize" && kernel != "quantize" && below(4) == 0) text += ",quantized";
    return text;
  }

  std::string dma() {
    const std::string text = "dma,bytes=" + size(most_ * 64);
    return below(4) ? text : text + ",fill";
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_.next() % limit); }
  std::string size(uint64_t most) { return std::to_string(value(most)); }
  uint64_t value(uint64_t most) {
    double size = std::exp2(std::log2(static_cast<double>(most)) * random_.uniform(0, 1));
    if (below(4) == 0) {
      const double edge = below(2) ? 16 : std::exp2(std::round(std::log2(size)));
      size = below(4) ? edge + below(3) - 1.0 : static_cast<double>(most);
    }
    return std::min(most, static_cast<uint64_t>(std::max(1.0, size)));
  }

  BenchRandom random_;
  uint64_t most_, vpu_cases_ = 0;
};

std::string without_spaces(const std::string& line) {
  std::string text;
  for (const char c : line) {
    if (!std::isspace(static_cast<unsigned char>(c))) text += c;
  }
  return text;
}

std::vector<std::string> read_products(const std::string& file) {
  std::vector<std::string> cases;
  try {
    for (const GemmShape& shape : read_gemm_csv(file)) {
      cases.push_back("gemm,m=" + std::to_string(shape.m) + ",n=" + std::to_string(shape.n) +
                      ",k=" + std::to_string(shape.k));
    }
  } catch (const SweepError& error) {
    throw RequestError(error.what());
  }
  return cases;
}

}  // namespace

std::vector<std::string> read_cases(const std::string& file, const Config& config) {
  std::ifstream in(file);
  if (!in) throw RequestError("'" + file + "' cannot be read; legal: a list of cases");
  std::vector<std::string> cases;
  std::string line;
  for (unsigned number = 1; std::getline(in, line); ++number) {
    const std::string text = without_spaces(line);
    if (text.empty() || text[0] == '#') continue;
    if (cases.empty() && text.compare(0, 6, "Layer,") == 0) {
      cases = read_products(file);
      break;
    }
    try {
      check_bench(parse_bench_case(text), config);
    } catch (const RequestError& error) {
      throw RequestError(file + ":" + std::to_string(number) + ": " + error.what());
    }
    cases.push_back(text);
  }
  if (cases.empty()) throw RequestError("'" + file + "' has no cases");
  return cases;
}

std::vector<std::string> random_cases(uint64_t count, uint64_t seed, uint64_t most) {
  CaseMaker maker(seed, most);
  std::vector<std::string> cases;
  for (uint64_t i = 0; i < count; ++i) {
    cases.push_back(i % 3 == 0 ? maker.gemm() : i % 3 == 1 ? maker.vpu() : maker.dma());
  }
  return cases;
}

std::string kernel_of_case(const std::string& text) { return text.substr(0, text.find(',')); }

std::string engine_of_case(const std::string& text) {
  const std::string kernel = kernel_of_case(text);
  return kernel == "gemm" || kernel == "dma" ? kernel : "vpu";
}

}  // namespace systole
