// systole replay: the descriptors of a recorded run, without its driver.
#include <cstdio>
#include <iostream>

#include "platform/app/commands.h"
#include "platform/app/replay_options.h"
#include "platform/app/result_sink.h"
#include "platform/app/simulation.h"
#include "platform/replay/distinct.h"
#include "platform/replay/replayer.h"
#include "platform/soc/operation_names.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

struct Outcome {
  void draw(const ReplayRequest& request, const Recording& recording, const Config& config) {
    if (!request.distinct) {
      samples = draw_samples(recording, request.sample, request.seed);
      return;
    }
    DistinctSample drawn =
        draw_distinct(recording, config, {request.sample, request.most_cycles, request.seed});
    samples = std::move(drawn.samples);
    operations = std::move(drawn.operations);
  }

  ResultSink results;
  uint64_t pages = 0, mismatches = 0;
  std::vector<Sample> samples;
  std::vector<OperationSample> operations;  ///< with --distinct
};

uint64_t descriptors(const Recording& recording) {
  uint64_t count = 0;
  for (const auto& list : recording.descriptors) count += list.size();
  return count;
}

std::string engine_name(const Recording& recording, uint32_t engine) {
  const RecordedEngine& e = recording.engines[engine];
  return e.kind + "[" + std::to_string(e.instance) + "]";
}

std::string replay(const ReplayRequest& request, const Recording& recording, Host& host,
                   Outcome& out) {
  Replayer replayer(recording, host.report.config, host.hal);
  if (request.sample != 0) {
    out.draw(request, recording, host.report.config);
    const std::string error = replayer.run_samples(out.samples);
    host.report.cycles_total = replayer.cycles();
    return error;
  }
  const std::string error = replayer.run();
  host.report.cycles_total = replayer.cycles();
  if (!recording.has_data || host.timing_only || !error.empty() || host.stopping()) return error;
  const MapMemory map = replayer.mapper();
  const auto hashes = replayer.results().hashes(map);
  for (const auto& [page, hash] : recording.pages) {
    const auto at = hashes.find(page);
    ++out.pages;
    out.mismatches += at == hashes.end() || at->second != hash;
  }
  replayer.results().for_each(map, [&](uint64_t, uint8_t byte) { out.results.add(&byte, 1); });
  return error;
}

double error_of(uint64_t cycles, uint64_t recorded) {
  return recorded == 0 ? 0
                       : (static_cast<double>(cycles) - static_cast<double>(recorded)) /
                             static_cast<double>(recorded);
}

Json sample_json(const Recording& recording, const std::vector<Sample>& samples) {
  Json list = Json::array();
  for (const Sample& s : samples) {
    list.push_back({{"engine", engine_name(recording, s.engine)},
                    {"index", s.index},
                    {"opcode", recording.descriptors[s.engine][s.index][1]},
                    {"operation", operation_name(recording.engines[s.engine].kind,
                                                 recording.descriptors[s.engine][s.index][1])},
                    {"stands_for", s.stands_for},
                    {"cycles", s.cycles}});
  }
  return list;
}

Json operations_json(const std::vector<OperationSample>& operations) {
  Json list = Json::array();
  for (const OperationSample& each : operations) {
    list.push_back({{"engine", each.engine},
                    {"operation", each.operation},
                    {"descriptors", each.descriptors},
                    {"distinct", each.distinct},
                    {"too_large", each.too_large},
                    {"sampled", each.sampled},
                    {"stands_for", each.stands_for},
                    {"least_cycles", each.least_cycles},
                    {"sampled_least_cycles", each.sampled_least_cycles}});
  }
  return list;
}

void print_result(const ReplayRequest& request, const Recording& recording, const Report& report,
                  const Outcome& out) {
  char line[120];
  const auto row = [&](const std::string& name, const std::string& value) {
    std::snprintf(line, sizeof line, "  %-24s %16s\n", name.c_str(), value.c_str());
    std::cout << line;
  };
  std::cout << "replay of " << recording.command << "\n";
  row("descriptors", grouped(descriptors(recording)));
  if (request.sample != 0) {
    for (uint32_t e = 0; e < recording.engines.size(); ++e) {
      uint64_t count = 0, cycles = 0;
      for (const Sample& s : out.samples) {
        count += s.engine == e;
        cycles += s.engine == e ? s.cycles : 0;
      }
      if (count == 0) continue;
      row(engine_name(recording, e) + " sampled", grouped(count));
      row(engine_name(recording, e) + " cycles", grouped(cycles));
    }
    return;
  }
  row("cycles", grouped(report.cycles_total));
  row("recorded cycles", grouped(recording.cycles));
  std::snprintf(line, sizeof line, "%+.3f %%",
                100 * error_of(report.cycles_total, recording.cycles));
  row("difference", std::string(line));
  if (recording.has_data && !report.timing_only) {
    row("pages compared", grouped(out.pages));
    row("mismatches", grouped(out.mismatches));
  }
}

}  // namespace

int replay_command(const Arguments& arguments) {
  ReplayRequest request;
  CommandLine line("replay FILE", "carry out the descriptors of a recorded run, without its driver",
                   {"systole run --prompt \"One day\" --record day.rec",
                    "systole replay day.rec --fidelity tlm --set dram.latency_ns=100",
                    "systole replay day.rec --sample 200 --seed 1 --fidelity rtl --report r.json",
                    "systole replay llama.rec --sample 40 --distinct --most-cycles 100000000"});
  add_replay_options(line.own(), request);
  line.allow_timing_only();
  if (line.parse(take_file(arguments, request))) return kExitDone;
  check_replay_options(line, request);
  const Recording recording = open_replay(request);
  CommonOptions common = line.common();
  common.config = replay_config(request, recording, common);
  if (!common.report_file.empty()) check_writable(common.report_file);

  Report report;
  report.command = "replay";
  Outcome out;
  if (!request.results.empty() && !out.results.open(request.results))
    throw RequestError("--results: '" + request.results + "' cannot be written");
  int status = simulate(
      common, {}, [&](Host& host) { return replay(request, recording, host, out); }, report,
      nullptr, [](char) {});
  report.own["recording"] = {{"command", recording.command},
                             {"descriptors", descriptors(recording)},
                             {"cycles", recording.cycles},
                             {"data", recording.has_data}};
  if (request.sample != 0) {
    report.own["seed"] = request.seed;
    report.own["sample"] = sample_json(recording, out.samples);
    if (request.distinct) report.own["sampled_operations"] = operations_json(out.operations);
  } else {
    report.own["difference"] = error_of(report.cycles_total, recording.cycles);
  }
  report.own["pages_compared"] = out.pages;
  report.own["mismatches"] = out.mismatches;
  report.own["digest"] = out.results.digest();
  if (!out.results.close())
    throw RequestError("--results: '" + request.results + "' could not be written");
  if (report.error.empty() && out.mismatches != 0) {
    report.error = grouped(out.mismatches) + " of " + grouped(out.pages) +
                   " pages of memory differ from the recorded run's";
    status = kExitSimulationFailed;
  }
  if (!report.partial && report.error.empty()) print_result(request, recording, report, out);
  std::cout << std::flush;
  return finish(common, report, status);
}

}  // namespace systole
