// systole sweep-descriptors, not listed: a sweep's worker. Records a language model by shape
// without data and carries out its descriptors in RTL and in the twins: all of them in their order,
// or, where that is too much for RTL, a sample of the distinct ones, each by itself.
#include <filesystem>
#include <initializer_list>
#include <iostream>

#include "platform/app/commands.h"
#include "platform/app/compare_support.h"
#include "platform/app/run_options.h"
#include "platform/replay/distinct.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

// A process that failed, with the last line that it said.
struct Failure {
  std::string text;
  int status;
};

Json run(const PairRunner& runner, const Arguments& arguments, const std::string& fidelity) {
  const FidelityRun run = runner.run_all({{arguments, fidelity, false, false}}, 1, {})[0];
  if (run.status == 0) return run.report;
  const size_t end = run.errors.find_last_not_of('\n') + 1;
  const size_t begin = end == 0 ? 0 : run.errors.rfind('\n', end - 1) + 1;
  throw Failure{arguments[0] + ", " + fidelity + ": " + run.errors.substr(begin, end - begin),
                run.status == kExitBadRequest ? kExitBadRequest : kExitSimulationFailed};
}

void add_numbers(Arguments& arguments,
                 std::initializer_list<std::pair<const char*, uint64_t>> numbers) {
  for (const auto& [name, value] : numbers)
    arguments.insert(arguments.end(), {name, std::to_string(value)});
}

// Of all descriptors of a recording, one after the other.
uint64_t least_cycles(const std::string& file) {
  const Recording recording = read_recording(file);
  uint64_t cycles = 0;
  for (const OperationSample& each :
       draw_distinct(recording, config_of_json(recording.config, file), {}).operations)
    cycles += each.least_cycles;
  return cycles;
}

// Samples with both fidelities' cycles.
Json pairs(const Json& rtl, const Json& tlm) {
  Json list = Json::array();
  for (size_t i = 0; i < rtl.size(); ++i) {
    Json entry = rtl[i];
    entry.erase("cycles");
    entry["rtl"] = rtl[i]["cycles"];
    entry["tlm"] = tlm[i]["cycles"];
    list.push_back(entry);
  }
  return list;
}

// What every engine has read and written, which both must agree on.
Json traffic(const Json& report) {
  Json bytes = Json::object();
  for (const auto& [kind, engine] : report["engines"].items())
    for (const char* counter : {"bytes_read", "bytes_written", "descriptors"})
      bytes[kind][counter] = engine[counter];
  return bytes;
}

}  // namespace

int sweep_descriptors_command(const Arguments& arguments) {
  RunRequest request;
  uint64_t sample = 40, seed = 1, most_cycles = 0;
  CommandLine line("sweep-descriptors", "a sample of a model's descriptors in both fidelities",
                   {"systole sweep-descriptors --shape gpt2 --prompt-tokens 16 --max-tokens 1 "
                    "--descriptors 40 --most-cycles 1000000 --report r.json"});
  auto& options = line.own();
  options.add_options()("shape",
                        boost::program_options::value<std::string>(&request.shape)->required(),
                        "as systole run");
  add_number(options, "prompt-tokens", &request.prompt_tokens, 1'000'000, "as systole run");
  add_number(options, "max-tokens", &request.max_tokens, 1'000'000, "as systole run");
  add_number(options, "descriptors", &sample, 1'000'000, "as --sample of systole replay");
  add_number(options, "most-cycles", &most_cycles, ~uint64_t{0} >> 1, "as systole replay");
  add_number(options, "sample-seed", &seed, ~uint64_t{0} >> 1, "as --seed of systole replay");
  if (line.parse(arguments)) return kExitDone;
  check_writable(line.common().report_file);

  const std::string folder = std::filesystem::absolute(line.common().report_file).parent_path();
  const PairRunner runner(folder);  // what a kill leaves behind is swept away with the folder
  const std::string recording = runner.file("recording");
  Arguments generate = {"run", "--shape", request.shape, "--record", recording};
  add_numbers(generate,
              {{"--prompt-tokens", request.prompt_tokens}, {"--max-tokens", request.max_tokens}});
  const Arguments keys = configuration(line.common());
  generate.insert(generate.end(), keys.begin(), keys.end());
  Arguments replay = {"replay", recording};
  bool whole = false;
  Json rtl, tlm;
  try {
    run(runner, generate, "tlm");
    whole = most_cycles != 0 && least_cycles(recording) <= most_cycles;
    if (!whole) {
      replay.push_back("--distinct");
      add_numbers(replay, {{"--sample", sample}, {"--seed", seed}, {"--most-cycles", most_cycles}});
    }
    rtl = run(runner, replay, "rtl");
    replay.push_back("--timing-only");  // what the sweep's figures come from
    tlm = run(runner, replay, "tlm");
  } catch (const Failure& failure) {
    std::cerr << "systole sweep-descriptors: " << failure.text << "\n";
    return failure.status;
  }
  Json report = {{"command", "sweep-descriptors"},
                 {"config", rtl["config"]},
                 {"seed", seed},
                 {"most_cycles", most_cycles},
                 {"whole", whole},
                 {"cycles", {{"rtl", rtl["cycles"]["total"]}, {"tlm", tlm["cycles"]["total"]}}},
                 {"traffic", {{"rtl", traffic(rtl)}, {"tlm", traffic(tlm)}}},
                 {"host", {{"rtl", rtl["host"]}, {"tlm", tlm["host"]}}}};
  if (!whole) {
    report["operations"] = rtl["sampled_operations"];
    report["sample"] = pairs(rtl["sample"], tlm["sample"]);
  }
  write_json(line.common().report_file, report);
  return kExitDone;
}

}  // namespace systole
