// systole compare: one workload in both fidelities, results to the byte and cycles in per cent.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>
#include <sstream>

#include "platform/app/bench_options.h"
#include "platform/app/commands.h"
#include "platform/app/compare_support.h"
#include "platform/app/replay_options.h"
#include "platform/app/run_options.h"
#include "platform/compare/comparison.h"
#include "platform/compare/docs_page.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

std::string title_of(const std::string& command) {
  if (command == "run") return "A whole generation";
  return command == "replay" ? "A recorded run" : "A kernel";
}

/// Adds to `seconds` of the twins' first run. What a short run takes depends on what else happens
/// on the host: it is run again, up to five times or until a second is over. The exit status if one
/// fails.
std::optional<int> time_again(const PairRunner& runner, const Arguments& arguments,
                              std::vector<double>& seconds) {
  constexpr size_t kMostRuns = 5;
  for (double sum = seconds[0]; seconds.size() < kMostRuns && sum < 1; sum += seconds.back()) {
    const FidelityRun again = runner.run(passed_on(arguments), "tlm");
    if (const auto status = failed(again, "tlm")) return status;
    seconds.push_back(host_seconds(again.report));
  }
  std::sort(seconds.begin(), seconds.end());
  return {};
}

// Runs `arguments` (of bench, run or replay) in both fidelities. The twins go first: what is wrong
// with the request shows at once.
int compare_pair(const Arguments& arguments, const CommonOptions& common, const Config& config,
                 const std::string& docs) {
  if (!common.report_file.empty()) check_writable(common.report_file);
  const PairRunner runner;
  const FidelityRun tlm = runner.run(passed_on(arguments), "tlm");
  if (const auto status = failed(tlm, "tlm")) return *status;
  std::vector<double> seconds = {host_seconds(tlm.report)};
  if (const auto status = time_again(runner, arguments, seconds)) return *status;
  build_variants(common, config);
  const FidelityRun rtl = runner.run(passed_on(arguments), "rtl");
  if (const auto status = failed(rtl, "rtl")) return *status;
  const uint64_t differ = different_bytes(rtl.results_file, tlm.results_file);
  Comparison comparison =
      compare_reports(rtl.report, tlm.report, std::filesystem::file_size(rtl.results_file), differ,
                      FidelityBounds::of(config));
  comparison.seconds_tlm = seconds[seconds.size() / 2];
  comparison.runs_tlm = static_cast<unsigned>(seconds.size());
  const std::string how = command_text(arguments);
  std::ostringstream table;
  print(comparison, table);
  std::cout << how << "\n" << table.str();
  write_docs(docs, how,
             "\n## " + title_of(arguments[0]) + ": `" + how + "`\n\n" + written_by(how) +
                 "\n```\n" + table.str() + "```\n");
  Json json;
  json["command"] = "compare";
  json["workload"] = passed_on(arguments);
  json.update(to_json(comparison));
  json["rtl"] = rtl.report;
  json["tlm"] = tlm.report;
  write_json(common.report_file, json);
  return verdict(comparison.disagreements);
}

int compare_bench(const Arguments& arguments) {
  BenchRequest request;
  const bool named = arguments.size() > 1 && !arguments[1].empty() && arguments[1][0] != '-';
  if (named) check_kernel(request.kernel = arguments[1]);
  CommandLine line("compare bench " + (named ? request.kernel : "KERNEL"),
                   "one kernel in both fidelities.\nKernels: " + bench_kernel_list(),
                   {"systole compare bench gemm --m 256 --n 256 --k 512",
                    "systole compare bench softmax --rows 64 --cols 512 --report c.json"});
  std::string docs;
  add_bench_options(request.kernel, line.own(), request);
  add_docs_option(line, docs);
  if (line.parse(Arguments(arguments.begin() + (named ? 2 : 1), arguments.end()))) return kExitDone;
  if (!named) throw RequestError("a kernel is needed; legal: " + bench_kernel_list());
  refuse_fidelity(line);
  check_bench(request, line.common().config);
  return compare_pair(arguments, line.common(), line.common().config, docs);
}

int compare_run(const Arguments& arguments) {
  RunRequest request;
  CommandLine line("compare run", "a whole generation in both fidelities",
                   {"systole compare run --prompt \"Once upon a time\" --max-tokens 128"});
  std::string docs;
  add_run_options(line.own(), request);
  add_docs_option(line, docs);
  if (line.parse(Arguments(arguments.begin() + 1, arguments.end()))) return kExitDone;
  refuse_fidelity(line);
  check_run(request, line.given("prompt"));
  return compare_pair(arguments, line.common(), line.common().config, docs);
}

int compare_replay(const Arguments& arguments) {
  ReplayRequest request;
  CommandLine line("compare replay FILE", "the descriptors of a recorded run in both fidelities",
                   {"systole compare replay day.rec",
                    "systole compare replay day.rec --sample 200 --seed 1 --report c.json"});
  std::string docs;
  add_replay_options(line.own(), request);
  add_docs_option(line, docs);
  if (line.parse(take_file(Arguments(arguments.begin() + 1, arguments.end()), request)))
    return kExitDone;
  refuse_fidelity(line);
  check_replay_options(line, request);
  CommonOptions rtl = line.common();
  rtl.request.fidelity = "rtl";
  const Config config = replay_config(request, open_replay(request), rtl);
  return compare_pair(arguments, line.common(), config, docs);
}

}  // namespace

int compare_command(const Arguments& arguments) {
  const std::string workload = arguments.empty() ? "" : arguments[0];
  if (workload == "bench") return compare_bench(arguments);
  if (workload == "run") return compare_run(arguments);
  if (workload == "replay") return compare_replay(arguments);
  if (workload == "shapes") return compare_shapes(arguments);
  if (workload == "contend") return compare_contend(arguments);
  if (workload == "quantum") return compare_quantum(arguments);
  if (workload == "--help" || workload == "-h") {
    std::cout << "systole compare bench KERNEL … | run … | replay FILE | shapes FILE.csv | shapes "
                 "--random N | contend | quantum\n"
                 "Runs one workload with every engine as RTL and as C++ twin; prints mismatches, "
                 "cycles, errors and the ratio of\nspeeds. Each has its own --help.\n"
                 "Exit status: 0 they agree; 1 they do not, or a run failed; 2 the request was "
                 "wrong.\n";
    return kExitDone;
  }
  throw RequestError("a workload is needed; legal: bench, run, replay, shapes, contend, quantum");
}

}  // namespace systole
