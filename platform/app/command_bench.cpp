// systole bench: one kernel, measured and checked.
#include <cstdio>
#include <iostream>

#include "platform/app/bench_options.h"
#include "platform/app/commands.h"
#include "platform/app/record_options.h"

namespace po = boost::program_options;

namespace systole {
namespace {

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
  if (result.compared == 0) {
    row("mismatches", "not checked");
  } else {
    row("compared", grouped(result.compared));
    row("mismatches", grouped(result.mismatches));
  }
  std::cout << std::flush;
}

}  // namespace

int bench_command(const Arguments& arguments) {
  BenchRequest request;
  const bool named = !arguments.empty() && !arguments[0].empty() && arguments[0][0] != '-';
  if (named) {
    request.kernel = arguments[0];
    check_kernel(request.kernel);
  }
  CommandLine line(
      "bench " + (named ? request.kernel : "KERNEL"),
      "run one kernel, operands in DRAM, and check it.\nKernels: " + bench_kernel_list(),
      {"systole bench gemm --m 256 --n 256 --k 512", "systole bench gemm --m 1 --n 1024 --k 1024",
       "systole bench dma --bytes 65536 --report dma.json",
       "systole bench softmax --rows 64 --cols 512 --set vpu.lanes=16",
       "systole bench gemm --m 512 --n 11008 --k 4096 --timing-only"});
  add_bench_options(request.kernel, line.own(), request);
  std::string results;
  line.own().add_options()("results", po::value<std::string>(&results)->value_name("FILE"),
                           "write the results there, byte for byte");
  line.allow_timing_only();
  RecordOptions record;
  record.add_to(line.own());
  if (line.parse(Arguments(arguments.begin() + (named ? 1 : 0), arguments.end()))) return kExitDone;
  if (line.common().timing_only && !results.empty())
    throw RequestError("--results: is not legal with --timing-only, which computes none");
  if (!named) throw RequestError("a kernel is needed; legal: " + bench_kernel_list());
  const CommonOptions& common = line.common();
  check_bench(request, common.config);
  if (!common.report_file.empty()) check_writable(common.report_file);

  const auto recorder = record.open(common, "bench " + request.kernel);
  Report report;
  report.command = "bench";
  BenchResult result;
  if (!results.empty() && !result.results.open(results)) {
    throw RequestError("--results: '" + results + "' cannot be written");
  }
  int status = simulate(
      common, {}, [&](Host& host) { return run_bench(request, host, result); }, report,
      recorder.get());
  status = record.close(recorder.get(), report, status);
  report.own["kernel"] = request.kernel;
  report.own["problem"] = result.problem;
  report.own["figures"] = result.figures;
  report.own["compared"] = result.compared;
  report.own["mismatches"] = result.mismatches;
  report.own["digest"] = result.results.digest();
  if (common.timing_only) report.own["mismatches"] = report.own["digest"] = nullptr;
  report.own_host["kernel_seconds"] = result.seconds;
  if (!result.results.close()) {
    throw RequestError("--results: '" + results + "' could not be written");
  }
  if (report.error.empty() && result.mismatches != 0) {
    report.error = grouped(result.mismatches) + " of " + grouped(result.compared) +
                   " results differ from the reference";
    status = kExitSimulationFailed;
  }
  const bool measured = result.compared != 0 || (common.timing_only && report.error.empty());
  if (!report.partial && measured) print_result(request, result);
  return finish(common, report, status);
}

}  // namespace systole
