// systole bench: one kernel, measured and checked.
#include <cstdio>
#include <iostream>

#include "platform/app/bench_kernels.h"
#include "platform/app/commands.h"

namespace po = boost::program_options;

namespace systole {
namespace {

std::string kernel_list() {
  std::string text;
  for (const auto& [name, what] : bench_kernels()) text += (text.empty() ? "" : ", ") + name;
  return text;
}

bool is_kernel(const std::string& name) {
  for (const auto& [kernel, what] : bench_kernels()) {
    if (name == kernel) return true;
  }
  return false;
}

void add_options(const std::string& kernel, po::options_description& options,
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
  }
  if (any || kernel == "dma") {
    number("bytes", &request.bytes, "dma: bytes to move (65536)");
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

void print_result(const BenchRequest& request, const BenchResult& result) {
  std::cout << "bench " << request.kernel;
  for (const auto& [name, value] : result.problem.items()) {
    std::cout << " " << name << "="
              << (value.is_string() ? value.get<std::string>() : value.dump());
  }
  std::cout << "\n";
  char line[96];
  auto row = [&](const std::string& name, const std::string& value) {
    std::snprintf(line, sizeof line, "  %-24s %16s\n", name.c_str(), value.c_str());
    std::cout << line;
  };
  row("cycles", grouped(result.cycles));
  for (const auto& [name, value] : result.figures.items()) {
    const bool ratio = name.find("efficiency") != std::string::npos;
    std::snprintf(line, sizeof line, ratio ? "%.2f %%" : "%.2f",
                  value.get<double>() * (ratio ? 100 : 1));
    row(name, std::string(line));
  }
  row("compared", grouped(result.compared));
  row("mismatches", grouped(result.mismatches));
  std::cout << std::flush;
}

}  // namespace

int bench_command(const Arguments& arguments) {
  BenchRequest request;
  const bool named = !arguments.empty() && !arguments[0].empty() && arguments[0][0] != '-';
  if (named) {
    request.kernel = arguments[0];
    if (!is_kernel(request.kernel)) {
      throw RequestError("unknown kernel '" + request.kernel + "'; legal: " + kernel_list());
    }
  }
  CommandLine line(
      "bench " + (named ? request.kernel : "KERNEL"),
      "run one kernel, operands in DRAM, and check it.\nKernels: " + kernel_list(),
      {"systole bench gemm --m 256 --n 256 --k 512", "systole bench gemm --m 1 --n 1024 --k 1024",
       "systole bench dma --bytes 65536 --report dma.json",
       "systole bench softmax --rows 64 --cols 512 --set vpu.lanes=16"});
  add_options(request.kernel, line.own(), request);
  if (line.parse(Arguments(arguments.begin() + (named ? 1 : 0), arguments.end()))) return kExitDone;
  if (!named) throw RequestError("a kernel is needed; legal: " + kernel_list());
  const CommonOptions& common = line.common();
  check_bench(request, common.config);
  if (!common.report_file.empty()) check_writable(common.report_file);

  Report report;
  report.command = "bench";
  BenchResult result;
  int status = simulate(
      common, {}, [&](Host& host) { return run_bench(request, host, result); }, report);
  report.own["kernel"] = request.kernel;
  report.own["problem"] = result.problem;
  report.own["figures"] = result.figures;
  report.own["compared"] = result.compared;
  report.own["mismatches"] = result.mismatches;
  if (report.error.empty() && result.mismatches != 0) {
    report.error = grouped(result.mismatches) + " of " + grouped(result.compared) +
                   " results differ from the reference";
    status = kExitSimulationFailed;
  }
  if (!report.partial && result.compared != 0) print_result(request, result);
  return finish(common, report, status);
}

}  // namespace systole
