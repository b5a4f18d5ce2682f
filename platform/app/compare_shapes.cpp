// systole compare shapes: many cases in both fidelities, over bus widths and DRAM latencies.
#include <fstream>
#include <iostream>

#include "platform/app/bench_options.h"
#include "platform/app/compare_support.h"
#include "platform/app/engine_work.h"
#include "platform/compare/case_list.h"
#include "platform/compare/docs_page.h"
#include "platform/compare/error_table.h"
#include "platform/sweep/progress_line.h"

namespace po = boost::program_options;

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

struct ShapesRequest {
  std::string csv, widths = "64,128,256", latencies = "20,60,200", docs;
  uint64_t random = 0, seed = 1, jobs = 1;
  CaseCounts counts;
  CaseLimits limits;
};

/// One bus width and DRAM latency.
struct Place {
  std::string width, latency;
  Config config;
};

Arguments worker(const CommonOptions& common, const std::string& list, const Place& place) {
  Arguments arguments = {"bench-list", "--list", list};
  for (const std::string& word : configuration(common)) arguments.push_back(word);
  for (const std::string& set :
       {"bus.width_bits=" + place.width, "dram.latency_ns=" + place.latency}) {
    arguments.push_back("--set");
    arguments.push_back(set);
  }
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
    const Json &a = rtl.report["cases"][i], &b = tlm.report["cases"][i];
    CaseResult result;
    result.text = a["case"];
    result.engine = engine_of_case(result.text);
    result.kernel = kernel_of_case(result.text);
    result.width_bits = config.bus.width_bits;
    result.latency_ns = config.dram.latency_ns;
    result.rtl = a["cycles"];
    result.tlm = b["cycles"];
    result.mismatched_bytes = counts[i];
    result.same_counters = same_work(a["counters"], b["counters"]);
    result.allowed = bounds.allow(result.rtl, result.tlm);
    table.add(result, bounds);
  }
  table.add_seconds(rtl.report["host"]["kernel_seconds"], tlm.report["host"]["kernel_seconds"]);
}

std::vector<Place> places(const ShapesRequest& request, const CommonOptions& common) {
  std::vector<Place> list;
  for (const std::string& width : numbers("--widths", request.widths)) {
    for (const std::string& latency : numbers("--latencies", request.latencies)) {
      ConfigRequest place = common.request;
      place.sets.push_back("bus.width_bits=" + width);
      place.sets.push_back("dram.latency_ns=" + latency);
      list.push_back({width, latency, resolve_config(place)});
    }
  }
  return list;
}

int run_shapes(const ShapesRequest& request, const CommonOptions& common,
               const Arguments& arguments) {
  const PairRunner runner;
  const std::vector<std::string> cases =
      request.csv.empty() ? random_cases(request.counts, request.seed, request.limits)
                          : read_cases(request.csv, common.config);
  const std::string list = runner.file("cases");
  {
    std::ofstream out(list);
    for (const std::string& text : cases) out << text << "\n";
  }
  const std::vector<Place> at = places(request, common);
  std::vector<FidelityJob> jobs;  // the twins' first: what is wrong shows at once
  for (const char* fidelity : {"tlm", "rtl"}) {
    for (const Place& place : at) jobs.push_back({worker(common, list, place), fidelity, true});
  }
  for (const Place& place : at) build_variants(common, place.config);
  std::vector<FidelityRun> runs;
  {
    ProgressLine line(std::cerr, {common.quiet, on_terminal()}, "cases",
                      jobs.size() * cases.size());
    runs = runner.run_all(jobs, static_cast<unsigned>(request.jobs),
                          [&](uint64_t done) { line.show(done); });
  }
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].status == -1) continue;
    if (const auto status = failed(runs[i], jobs[i].fidelity)) return *status;
  }
  ErrorTable table;
  for (size_t i = 0; i < at.size(); ++i)
    add_cases(runs[at.size() + i], runs[i], at[i].config, table);

  const FidelityBounds bounds = FidelityBounds::of(common.config);
  const std::string how = command_text(arguments);
  std::cout << how << "\n";
  table.print(std::cout);
  Json json;
  json["command"] = "compare";
  json["workload"] = arguments;
  json["agree"] = table.disagreements(bounds).empty();
  json["disagreements"] = table.disagreements(bounds);
  json.update(table.json());
  write_json(common.report_file, json);
  write_docs(request.docs, "shapes", table.markdown(how));
  return verdict(table.disagreements(bounds));
}

}  // namespace

int compare_shapes(const Arguments& arguments) {
  ShapesRequest request;
  CommandLine line("compare shapes [FILE.csv]",
                   "a list of cases in both fidelities, over bus widths and DRAM latencies",
                   {"systole compare shapes cases.csv",
                    "systole compare shapes --random 60 --seed 1 --widths 64,128 --latencies 60",
                    "systole compare shapes --gemm 300 --vpu 150 --dma 90 --most 2048 --jobs 2"});
  auto word = [&](const char* name, std::string* value, const char* form, const char* doc) {
    line.own().add_options()(name, po::value<std::string>(value)->value_name(form), doc);
  };
  word("widths", &request.widths, "W,…", "bus widths, bits (64,128,256)");
  word("latencies", &request.latencies, "L,…", "DRAM latencies, ns (20,60,200)");
  add_docs_option(line, request.docs);
  auto number = [&](const char* name, uint64_t* value, uint64_t most, const char* doc) {
    add_number(line.own(), name, value, most, doc);
  };
  number("random", &request.random, 100000, "cases at random instead of a file: a third a kind");
  number("gemm", &request.counts.gemm, 100000, "matrix products at random (0)");
  number("vpu", &request.counts.vpu, 100000, "row-wise kernels at random (0)");
  number("dma", &request.counts.dma, 100000, "copies and fills at random (0)");
  number("seed", &request.seed, ~uint64_t{0} >> 1, "of the cases (1)");
  number("most", &request.limits.size, 4096, "largest size at random (512)");
  number("most-macs", &request.limits.macs, ~uint64_t{0} >> 1,
         "most multiplications of a product at random (33554432)");
  number("jobs", &request.jobs, 256, "processes at a time (1)");
  const bool named = arguments.size() > 1 && !arguments[1].empty() && arguments[1][0] != '-';
  if (named) request.csv = arguments[1];
  if (line.parse(Arguments(arguments.begin() + (named ? 2 : 1), arguments.end()))) return kExitDone;
  refuse_fidelity(line);
  CaseCounts& counts = request.counts;
  counts.gemm += (request.random + 2) / 3;
  counts.vpu += (request.random + 1) / 3;
  counts.dma += request.random / 3;
  if (named == (counts.total() != 0))
    throw RequestError("either a list or --random N is needed; legal: shapes FILE.csv");
  if (request.limits.size == 0) throw RequestError("--most: '0' is not legal; legal: 1 to 4096");
  if (request.limits.macs == 0) throw RequestError("--most-macs: '0' is not legal");
  if (request.jobs == 0) throw RequestError("--jobs: '0' is not legal; legal: 1 to 256");
  const CommonOptions& common = line.common();
  if (!common.report_file.empty()) check_writable(common.report_file);
  return run_shapes(request, common, arguments);
}

}  // namespace systole
