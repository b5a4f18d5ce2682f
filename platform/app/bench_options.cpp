#include "platform/app/bench_options.h"

#include <sstream>

#include "platform/app/options.h"

namespace po = boost::program_options;

namespace systole {

std::string bench_kernel_list() {
  std::string text;
  for (const auto& [name, what] : bench_kernels()) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void check_kernel(const std::string& kernel) {
  for (const auto& [name, what] : bench_kernels()) {
    if (name == kernel) return;
  }
  throw RequestError("unknown kernel '" + kernel + "'; legal: " + bench_kernel_list());
}

void add_bench_options(const std::string& kernel, po::options_description& options,
                       BenchRequest& request) {
  auto number = [&](const char* name, uint64_t* value, const char* doc) {
    add_number(options, name, value, 0xffffffff, doc);
  };
  auto flag = [&](const char* name, bool* value, const char* doc) {
    options.add_options()(name, po::bool_switch(value), doc);
  };
  auto word = [&](const char* name, std::string* value, const char* form, const char* doc) {
    options.add_options()(name, po::value<std::string>(value)->value_name(form), doc);
  };
  const bool any = kernel.empty();
  if (any || kernel == "gemm") {
    number("m", &request.m, "gemm: rows of A and C (256)");
    number("n", &request.n, "gemm: columns of B and C (256)");
    number("k", &request.k, "gemm: contraction (512)");
    word("b-layout", &request.b_layout, "L", "gemm: packed, rows or transposed (packed)");
    word("out", &request.out, "T", "gemm: float32, int32 or int8 (float32)");
    flag("bias", &request.bias, "gemm: add a bias per column");
    flag("accumulate", &request.accumulate, "gemm: int32 only, add to what C holds");
  }
  if (any || kernel == "dma") {
    number("bytes", &request.bytes, "dma: bytes to move, of a row (65536)");
    if (!any) number("rows", &request.copy_rows, "dma: rows (1)");
    number("gap", &request.gap, "dma: bytes between rows, on both sides (0)");
    number("src-offset", &request.src_offset, "dma: bytes beyond a 64-byte boundary (0)");
    number("dst-offset", &request.dst_offset, "dma: the same of the destination (0)");
    word("src", &request.src, "ADDR", "dma: copy from this SoC address");
    word("dst", &request.dst, "ADDR", "dma: write to this SoC address");
    flag("fill", &request.fill, "dma: fill instead of copy");
  }
  if (any || (kernel != "gemm" && kernel != "dma")) {
    number("rows", &request.rows, "row-wise kernels: rows (64)");
    number("cols", &request.cols, "row-wise kernels: elements of a row (512)");
    flag("quantized", &request.quantized, "row-wise kernels: result as int8 with row scales");
    flag("causal", &request.causal, "softmax: row r has a valid length of cols - rows + 1 + r");
  }
  number("repeat", &request.repeat, "record the call N times before the doorbell (1)");
  number("seed", &request.seed, "of the data (1)");
}

BenchRequest parse_bench_case(const std::string& text) {
  BenchRequest request;
  std::vector<std::string> arguments;
  std::istringstream words(text);
  std::string word;
  std::getline(words, request.kernel, ',');
  check_kernel(request.kernel);
  while (std::getline(words, word, ',')) arguments.push_back("--" + word);
  po::options_description options;
  add_bench_options(request.kernel, options, request);
  po::variables_map values;
  try {
    using Style = po::command_line_style::style_t;
    const int style = Style::unix_style & ~Style::allow_guessing;
    const po::positional_options_description none;
    po::store(
        po::command_line_parser(arguments).options(options).positional(none).style(style).run(),
        values);
    po::notify(values);
  } catch (const po::error& error) {
    throw RequestError("case '" + text + "': " + error.what());
  }
  return request;
}

}  // namespace systole
