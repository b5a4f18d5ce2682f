#include "platform/compare/case_list.h"

#include <cmath>
#include <fstream>
#include <set>

#include "platform/app/bench_options.h"
#include "platform/app/bench_support.h"
#include "platform/app/options.h"
#include "platform/sweep/spec.h"

namespace systole {
namespace {

class CaseMaker {
 public:
  CaseMaker(uint64_t seed, const CaseLimits& limits) : random_(seed), limits_(limits) {}

  std::string gemm() {
    static const char* const layouts[] = {"packed", "rows", "transposed"};
    static const char* const outputs[] = {"float32",          "int32",    "int8", "float32,bias",
                                          "int32,accumulate", "int8,bias"};
    uint64_t m, n, k;
    do {
      m = value(limits_.size), n = value(limits_.size), k = value(limits_.size);
    } while (m * n * k > limits_.macs);
    const uint64_t number = gemm_cases_++;
    return "gemm,m=" + std::to_string(m) + ",n=" + std::to_string(n) + ",k=" + std::to_string(k) +
           ",b-layout=" + layouts[number % 3] + ",out=" + outputs[number / 3 % 6];
  }

  std::string vpu() {
    static const char* const kernels[] = {
        "softmax", "rmsnorm", "layernorm", "relu",   "gelu",   "silu",     "sigmoid",   "tanh",
        "clip",    "add",     "mul",       "swiglu", "rotary", "quantize", "dequantize"};
    const std::string kernel = kernels[vpu_cases_++ % std::size(kernels)];
    const uint64_t rows = value(std::min<uint64_t>(limits_.size, 256));
    uint64_t cols = value(limits_.size);
    if (kernel == "rotary") cols = (cols + 7) / 8 * 8;
    std::string text = kernel + ",rows=" + std::to_string(rows) + ",cols=" + std::to_string(cols);
    if (kernel == "softmax" && cols >= rows && below(2)) text += ",causal";
    if (kernel != "dequantize" && kernel != "quantize" && below(4) == 0) text += ",quantized";
    return text;
  }

  std::string dma() {
    const uint64_t most = limits_.size * 64;
    uint64_t rows = 1, bytes = value(most);
    if (below(2)) {
      rows = value(64);
      bytes = value(std::max<uint64_t>(1, most / rows));
    }
    std::string text = "dma,bytes=" + std::to_string(bytes);
    if (rows > 1) {
      text += ",rows=" + std::to_string(rows);
      if (below(2)) text += ",gap=" + std::to_string(value(300));
    }
    if (below(4) == 0) {
      text += ",fill";
    } else if (below(2)) {
      text += ",src-offset=" + std::to_string(below(64));
    }
    return below(2) ? text + ",dst-offset=" + std::to_string(below(64)) : text;
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_.next() % limit); }
  uint64_t value(uint64_t most) {
    double size = std::exp2(std::log2(static_cast<double>(most)) * random_.uniform(0, 1));
    if (below(4) == 0) {
      const double edge = below(2) ? 16 : std::exp2(std::round(std::log2(size)));
      size = below(4) ? edge + below(3) - 1.0 : static_cast<double>(most);
    }
    return std::min(most, static_cast<uint64_t>(std::max(1.0, size)));
  }

  BenchRandom random_;
  CaseLimits limits_;
  uint64_t gemm_cases_ = 0, vpu_cases_ = 0;
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

std::vector<std::string> random_cases(const CaseCounts& counts, uint64_t seed,
                                      const CaseLimits& limits) {
  CaseMaker maker(seed, limits);
  std::vector<std::string> cases;
  std::set<std::string> known;
  // A small range may not have that many: a repetition is better than none.
  const auto add = [&](auto make) {
    std::string text = make();
    for (int i = 0; i < 100 && known.count(text); ++i) text = make();
    known.insert(text);
    cases.push_back(text);
  };
  for (uint64_t i = 0; i < std::max({counts.gemm, counts.vpu, counts.dma}); ++i) {
    if (i < counts.gemm) add([&] { return maker.gemm(); });
    if (i < counts.vpu) add([&] { return maker.vpu(); });
    if (i < counts.dma) add([&] { return maker.dma(); });
  }
  return cases;
}

std::string kernel_of_case(const std::string& text) { return text.substr(0, text.find(',')); }

std::string engine_of_case(const std::string& text) {
  const std::string kernel = kernel_of_case(text);
  return kernel == "gemm" || kernel == "dma" ? kernel : "vpu";
}

}  // namespace systole
