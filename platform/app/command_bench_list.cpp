// systole bench-list, not listed: the worker of `systole compare shapes`. Many cases, one after the
// other in one simulation, each measured and checked as `systole bench` does.
#include <fstream>

#include "platform/app/bench_options.h"
#include "platform/app/commands.h"
#include "platform/app/engine_work.h"
#include "platform/compare/case_list.h"

namespace po = boost::program_options;

namespace systole {
namespace {

std::string run_cases(const std::vector<std::string>& cases, ResultSink& results,
                      std::ofstream& progress, Host& host) {
  auto& list = host.report.own["cases"] = nlohmann::ordered_json::array();
  double seconds = 0;
  uint64_t cycles = 0;
  for (const std::string& text : cases) {
    if (host.stopping()) return "";
    const driver::ArenaScope dram(host.device.dram()), spm(host.device.spm());
    const std::vector<EngineWork> before = look_at_engines(host);
    BenchResult result;
    result.results.forward_to(&results);
    const std::string error = run_bench(parse_bench_case(text), host, result);
    if (!error.empty()) return text + ": " + error;
    list.push_back({{"case", text},
                    {"cycles", result.cycles},
                    {"mismatches", result.mismatches},
                    {"result_bytes", result.results.bytes()},
                    {"digest", result.results.digest()},
                    {"counters", to_json(work_since(before, look_at_engines(host)))}});
    progress << '.' << std::flush;
    seconds += result.seconds;
    cycles += result.cycles;
  }
  host.report.cycles_total = cycles;
  host.report.own_host["kernel_seconds"] = seconds;
  return "";
}

}  // namespace

int bench_list_command(const Arguments& arguments) {
  std::string file, results_file, progress_file;
  CommandLine line("bench-list", "the cases of a list, measured in one simulation",
                   {"systole bench-list --list cases.csv --report r.json"});
  line.own().add_options()("list", po::value<std::string>(&file)->value_name("FILE"), "the cases")(
      "results", po::value<std::string>(&results_file)->value_name("FILE"),
      "write the results there, byte for byte")(
      "progress", po::value<std::string>(&progress_file)->value_name("FILE"),
      "add a byte there for every case that is done");
  if (line.parse(arguments)) return kExitDone;
  const std::vector<std::string> cases = read_cases(file, line.common().config);
  if (!line.common().report_file.empty()) check_writable(line.common().report_file);
  ResultSink results;
  if (!results_file.empty() && !results.open(results_file)) {
    throw RequestError("--results: '" + results_file + "' cannot be written");
  }
  std::ofstream progress(progress_file, std::ios::app);
  Report report;
  report.command = "bench-list";
  const int status = simulate(
      line.common(), {}, [&](Host& host) { return run_cases(cases, results, progress, host); },
      report);
  report.own["digest"] = results.digest();
  if (!results.close()) {
    throw RequestError("--results: '" + results_file + "' could not be written");
  }
  return finish(line.common(), report, status);
}

}  // namespace systole
