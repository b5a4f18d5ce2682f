// systole bench-list, not listed: the worker of `systole compare shapes`. Many cases, one after the
// other in one simulation, each measured and checked as `systole bench` does.
#include <ostream>

#include "platform/app/bench_options.h"
#include "platform/app/engine_work.h"
#include "platform/app/list_worker.h"
#include "platform/compare/case_list.h"

namespace systole {
namespace {

std::string run_cases(const std::vector<std::string>& cases, ResultSink& results,
                      std::ostream& progress, Host& host) {
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
  const auto read = [](const std::string& file, const Config& config) -> ListWorker::Body {
    return [cases = read_cases(file, config)](ResultSink& results, std::ostream& progress,
                                              Host& host) {
      return run_cases(cases, results, progress, host);
    };
  };
  return run_list_worker({"bench-list", "cases", read}, arguments);
}

}  // namespace systole
