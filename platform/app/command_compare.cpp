// systole compare: one workload in both fidelities, results to the byte and cycles in per cent.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "platform/app/bench_options.h"
#include "platform/app/commands.h"
#include "platform/app/run_options.h"
#include "platform/compare/case_list.h"
#include "platform/compare/comparison.h"
#include "platform/compare/error_table.h"
#include "platform/compare/pair_run.h"
#include "platform/config/paths.h"
#include "platform/variants/variant_cache.h"

namespace po = boost::program_options;

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

// What the two processes get in place of it: their own.
void refuse_fidelity(const CommandLine& line) {
  if (line.given("fidelity"))
    throw RequestError("--fidelity: is not legal here; compare runs both rtl and tlm");
  if (line.given("results"))
    throw RequestError("--results: is not legal here; legal: with bench and run");
}

// `arguments` without what is this process's own business.
Arguments passed_on(const Arguments& arguments) {
  Arguments rest;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--report" || arguments[i] == "--append-docs") {
      ++i;
    } else if (arguments[i] != "--quiet" && arguments[i].compare(0, 9, "--report=") != 0 &&
               arguments[i].compare(0, 14, "--append-docs=") != 0) {
      rest.push_back(arguments[i]);
    }
  }
  return rest;
}

// Built here, where progress is seen, not in the processes.
void build_variants(const CommonOptions& common, const Config& config) {
  VariantCache cache(
      cache_dir(), source_dir(),
      [&](const std::string& text) {
        if (!common.quiet) std::cerr << "systole: " << text << "\n";
      },
      common.quiet || !on_terminal());
  cache.prebuild(variants_of(config), 2);
}

// The exit status if the run is not complete, with its words on standard error.
std::optional<int> failed(const FidelityRun& run, const std::string& fidelity) {
  if (run.status == kExitDone && run.report.is_object()) return std::nullopt;
  std::cerr << run.errors;
  if (run.status == 130) {
    std::cerr << "systole compare: interrupted\n";
  } else if (run.status != kExitBadRequest) {
    std::cerr << "systole compare: the run with --fidelity " << fidelity << " failed, exit status "
              << run.status << "\n";
  }
  return run.status == kExitBadRequest ? kExitBadRequest : kExitSimulationFailed;
}

void write_json(const std::string& file, const Json& json) {
  if (file.empty()) return;
  std::ofstream out(file);
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  if (!out.flush()) throw RequestError("--report: '" + file + "' could not be written");
}

int verdict(const std::vector<std::string>& disagreements) {
  if (disagreements.empty()) {
    std::cout << "  they agree\n" << std::flush;
    return kExitDone;
  }
  std::cout << "  they do not agree\n" << std::flush;
  constexpr size_t kMost = 20;
  for (size_t i = 0; i < std::min(disagreements.size(), kMost); ++i)
    std::cerr << "systole compare: " << disagreements[i] << "\n";
  if (disagreements.size() > kMost)
    std::cerr << "systole compare: and " << disagreements.size() - kMost << " more\n";
  return kExitSimulationFailed;
}

void add_docs_option(CommandLine& line, std::string& docs) {
  line.own().add_options()("append-docs", po::value<std::string>(&docs)->value_name("FILE.md"),
                           "add the table to a page of documentation");
}

// Paths are the machine's own: the page names files without their folders.
void append_docs(const std::string& file, const Arguments& arguments,
                 const Comparison& comparison) {
  std::ofstream out(file, std::ios::app);
  out << "\n## systole compare " << arguments[0] << "\n\n```\nsystole compare";
  for (const std::string& word : passed_on(arguments)) {
    const bool quote = word.find(' ') != word.npos;
    const std::string text =
        word.find('/') == 0 ? std::filesystem::path(word).filename().string() : word;
    out << " " << (quote ? "\"" : "") << text << (quote ? "\"" : "");
  }
  out << "\n";
  print(comparison, out);
  out << "```\n";
  if (!out.flush()) throw RequestError("--append-docs: '" + file + "' cannot be written");
}

// Runs `arguments` (of bench or run) in both fidelities. The twins go first: what is wrong with the
// request shows at once.
int compare_pair(const Arguments& arguments, const CommonOptions& common, const std::string& docs) {
  if (!common.report_file.empty()) check_writable(common.report_file);
  const PairRunner runner;
  const FidelityRun tlm = runner.run(passed_on(arguments), "tlm");
  if (const auto status = failed(tlm, "tlm")) return *status;
  build_variants(common, common.config);
  const FidelityRun rtl = runner.run(passed_on(arguments), "rtl");
  if (const auto status = failed(rtl, "rtl")) return *status;
  const uint64_t differ = different_bytes(rtl.results_file, tlm.results_file);
  const Comparison comparison =
      compare_reports(rtl.report, tlm.report, std::filesystem::file_size(rtl.results_file), differ,
                      FidelityBounds::of(common.config));
  std::cout << "compare";
  for (const std::string& word : passed_on(arguments)) std::cout << " " << word;
  std::cout << "\n";
  print(comparison, std::cout);
  if (!docs.empty()) append_docs(docs, arguments, comparison);
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
  return compare_pair(arguments, line.common(), docs);
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
  return compare_pair(arguments, line.common(), docs);
}

std::vector<std::string> numbers(const std::string& option, const std::string& text) {
  std::vector<std::string> values;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    if (word.empty() || word.size() > 9 || word.find_first_not_of("0123456789") != word.npos)
      throw RequestError(option + ": '" + text + "' is not legal; legal: numbers, as in 64,128");
    values.push_back(word);
  }
  if (values.empty()) throw RequestError(option + ": numbers are needed");
  return values;
}

struct ShapesRequest {
  std::string csv, widths = "64,128,256", latencies = "20,60,200", docs;
  uint64_t random = 0, seed = 1, most = 512;
};

// The arguments of a worker at one place of the design space.
Arguments worker(const CommonOptions& common, const std::string& list, const std::string& width,
                 const std::string& latency) {
  Arguments arguments = {"bench-list", "--list", list};
  auto add = [&](const std::string& option, const std::string& value) {
    arguments.push_back(option);
    arguments.push_back(value);
  };
  if (common.request.file) add("--config", *common.request.file);
  for (const std::string& set : common.request.sets) add("--set", set);
  add("--set", "bus.width_bits=" + width);
  add("--set", "dram.latency_ns=" + latency);
  return arguments;
}

// Bytes that differ, case by case: the results lie in the files in the order of the cases.
std::vector<uint64_t> mismatches(const FidelityRun& rtl, const FidelityRun& tlm) {
  std::ifstream a(rtl.results_file, std::ios::binary), b(tlm.results_file, std::ios::binary);
  std::vector<uint64_t> counts;
  for (const Json& entry : rtl.report["cases"]) {
    uint64_t count = 0;
    for (auto left = entry["result_bytes"].get<uint64_t>(); left > 0; --left)
      count += a.get() != b.get();
    counts.push_back(count);
  }
  return counts;
}

void add_cases(const FidelityRun& rtl, const FidelityRun& tlm, const Config& config,
               ErrorTable& table) {
  const FidelityBounds bounds = FidelityBounds::of(config);
  const std::vector<uint64_t> counts = mismatches(rtl, tlm);
  for (size_t i = 0; i < counts.size(); ++i) {
    CaseResult result;
    result.text = rtl.report["cases"][i]["case"];
    result.engine = engine_of_case(result.text);
    result.kernel = kernel_of_case(result.text);
    result.width_bits = config.bus.width_bits;
    result.latency_ns = config.dram.latency_ns;
    result.rtl = rtl.report["cases"][i]["cycles"];
    result.tlm = tlm.report["cases"][i]["cycles"];
    result.mismatched_bytes = counts[i];
    result.allowed = bounds.allow(result.rtl, result.tlm);
    table.add(result, bounds);
  }
  table.add_seconds(rtl.report["host"]["kernel_seconds"], tlm.report["host"]["kernel_seconds"]);
}

std::string joined(const Arguments& arguments) {
  std::string text = "systole compare";
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--write-docs" || arguments[i] == "--report") {
      ++i;
    } else {
      text += " " + arguments[i];
    }
  }
  return text;
}

int run_shapes(const ShapesRequest& request, const CommonOptions& common,
               const Arguments& arguments) {
  const PairRunner runner;
  const std::vector<std::string> cases =
      request.csv.empty() ? random_cases(request.random, request.seed, request.most)
                          : read_cases(request.csv, common.config);
  const std::string list = runner.file("cases");
  {
    std::ofstream out(list);
    for (const std::string& text : cases) out << text << "\n";
  }
  ErrorTable table;
  for (const std::string& width : numbers("--widths", request.widths)) {
    for (const std::string& latency : numbers("--latencies", request.latencies)) {
      ConfigRequest place = common.request;
      place.sets.push_back("bus.width_bits=" + width);
      place.sets.push_back("dram.latency_ns=" + latency);
      const Config config = resolve_config(place);
      if (!common.quiet)
        std::cerr << "systole: " << width << " bit, " << latency << " ns" << std::endl;
      const Arguments words = worker(common, list, width, latency);
      const FidelityRun tlm = runner.run(words, "tlm");
      if (const auto status = failed(tlm, "tlm")) return *status;
      build_variants(common, config);
      const FidelityRun rtl = runner.run(words, "rtl");
      if (const auto status = failed(rtl, "rtl")) return *status;
      add_cases(rtl, tlm, config, table);
    }
  }
  const FidelityBounds bounds = FidelityBounds::of(common.config);
  std::cout << joined(arguments) << "\n";
  table.print(std::cout);
  Json json;
  json["command"] = "compare";
  json["workload"] = arguments;
  json["agree"] = table.disagreements(bounds).empty();
  json["disagreements"] = table.disagreements(bounds);
  json.update(table.json());
  write_json(common.report_file, json);
  if (!request.docs.empty()) {
    std::ofstream out(request.docs);
    table.write_markdown(out, joined(arguments));
    if (!out.flush()) throw RequestError("--write-docs: '" + request.docs + "' cannot be written");
  }
  return verdict(table.disagreements(bounds));
}

int compare_shapes(const Arguments& arguments) {
  ShapesRequest request;
  CommandLine line("compare shapes [FILE.csv]",
                   "a list of cases in both fidelities, over bus widths and DRAM latencies",
                   {"systole compare shapes cases.csv",
                    "systole compare shapes --random 60 --seed 1 --widths 64,128 --latencies 60"});
  auto word = [&](const char* name, std::string* value, const char* form, const char* doc) {
    line.own().add_options()(name, po::value<std::string>(value)->value_name(form), doc);
  };
  word("widths", &request.widths, "W,…", "bus widths, bits (64,128,256)");
  word("latencies", &request.latencies, "L,…", "DRAM latencies, ns (20,60,200)");
  word("write-docs", &request.docs, "FILE.md", "write the table there as a page of documentation");
  add_number(line.own(), "random", &request.random, 100000, "cases at random instead of a file");
  add_number(line.own(), "seed", &request.seed, ~uint64_t{0} >> 1, "of the cases (1)");
  add_number(line.own(), "most", &request.most, 4096, "largest size at random (512)");
  const bool named = arguments.size() > 1 && !arguments[1].empty() && arguments[1][0] != '-';
  if (named) request.csv = arguments[1];
  if (line.parse(Arguments(arguments.begin() + (named ? 2 : 1), arguments.end()))) return kExitDone;
  refuse_fidelity(line);
  if (named == (request.random != 0))
    throw RequestError("either a list or --random N is needed; legal: shapes FILE.csv");
  if (request.most == 0) throw RequestError("--most: '0' is not legal; legal: 1 to 4096");
  const CommonOptions& common = line.common();
  if (!common.report_file.empty()) check_writable(common.report_file);
  return run_shapes(request, common, arguments);
}

}  // namespace

int compare_command(const Arguments& arguments) {
  const std::string workload = arguments.empty() ? "" : arguments[0];
  if (workload == "bench") return compare_bench(arguments);
  if (workload == "run") return compare_run(arguments);
  if (workload == "shapes") return compare_shapes(arguments);
  if (workload == "--help" || workload == "-h") {
    std::cout << "systole compare bench KERNEL … | run … | shapes FILE.csv | shapes --random N\n"
                 "Runs one workload with every engine as RTL and as C++ twin; prints mismatches, "
                 "cycles, errors and the ratio of\nspeeds. Each has its own --help.\n"
                 "Exit status: 0 they agree; 1 they do not, or a run failed; 2 the request was "
                 "wrong.\n";
    return kExitDone;
  }
  throw RequestError("a workload is needed; legal: bench, run, shapes");
}

}  // namespace systole
