// systole compare quantum: what engine_batch_cycles and quantum_cycles do to cycles and to speed.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "platform/app/compare_support.h"
#include "platform/compare/comparison.h"
#include "platform/compare/docs_page.h"
#include "platform/compare/scene.h"
#include "platform/sweep/progress_line.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

const std::vector<std::pair<std::string, std::string>> kScenes = {
    {"GEMM alone", "gemm,m=128,n=128,k=256,repeat=8"},
    {"VPU alone", "rmsnorm,rows=64,cols=256,repeat=8"},
    {"DMA alone", "dma,bytes=60000,repeat=8"},
    {"chain: GEMM, VPU, DMA wait for each other", "chain,links=32,rows=16,cols=64"},
    {"all three contend",
     "gemm,m=128,n=128,k=256,repeat=4+rmsnorm,rows=64,cols=256,repeat=8+dma,bytes=60000,repeat=6"},
    {"two short ones contend", "gemm,m=16,n=64,k=64,repeat=2+dma,bytes=2000,repeat=2,at=37"}};
const std::vector<std::string> kBatches = {"1", "16", "64", "256"};
const std::vector<std::string> kQuanta = {"1", "10", "100", "1000", "10000"};
const std::vector<std::string> kFidelities = {"rtl", "tlm"};

/// One workload in one fidelity: cycles and seconds at every setting, the finest first.
struct Row {
  std::string name, fidelity;
  std::vector<uint64_t> cycles;
  std::vector<double> seconds;

  double change(size_t i) const { return cycle_error(cycles[0], cycles[i]); }
  double speed(size_t i) const { return seconds[i] > 0 ? seconds[0] / seconds[i] : 0; }
};

Arguments with(Arguments words, const std::string& key, const std::string& value) {
  words.push_back("--set");
  words.push_back(key + "=" + value);
  return words;
}

std::string table(const std::vector<Row>& rows, const std::string& key,
                  const std::vector<std::string>& settings) {
  std::ostringstream out;
  out << "| `" << key << "` | |";
  for (const std::string& setting : settings) out << " " << setting << " |";
  out << "\n|---|---|";
  for (size_t i = 0; i < settings.size(); ++i) out << "---:|";
  out << "\n";
  for (const Row& row : rows) {
    out << "| " << row.name << " | " << row.fidelity << " |";
    for (size_t i = 0; i < row.cycles.size(); ++i) {
      char speed[32];
      std::snprintf(speed, sizeof speed, "%.2fx", row.speed(i));
      out << " "
          << (i == 0 ? std::to_string(row.cycles[0]) + " cycles"
                     : percent_text(row.change(i)) + ", " + speed)
          << " |";
    }
    out << "\n";
  }
  return out.str();
}

Json json_of(const std::vector<Row>& rows, const std::vector<std::string>& settings) {
  Json json = Json::array();
  for (const Row& row : rows) {
    Json at = Json::object(), speed = Json::object();
    for (size_t i = 0; i < settings.size(); ++i) {
      at[settings[i]] = {{"cycles", row.cycles[i]}, {"change", row.change(i)}};
      speed[settings[i]] = row.speed(i);
    }
    json.push_back({{"workload", row.name},
                    {"fidelity", row.fidelity},
                    {"settings", at},
                    {"host", {{"speed_ratio", speed}}}});
  }
  return json;
}

// The rows of the engines' table: `runs` are those of all settings, RTL first.
std::vector<Row> engine_rows(const std::vector<FidelityRun>& runs) {
  std::vector<Row> rows;
  for (size_t s = 0; s < kScenes.size(); ++s) {
    for (size_t f = 0; f < kFidelities.size(); ++f) {
      Row row{kScenes[s].first, kFidelities[f], {}, {}};
      for (size_t b = 0; b < kBatches.size(); ++b) {
        const Json& scene = runs[f * kBatches.size() + b].report["scenes"][s];
        row.cycles.push_back(scene["cycles"]);
        row.seconds.push_back(scene["host"]["seconds"]);
      }
      rows.push_back(row);
    }
  }
  return rows;
}

std::vector<Row> cpu_rows(const std::vector<FidelityRun>& runs, size_t first) {
  std::vector<Row> rows;
  for (size_t f = 0; f < kFidelities.size(); ++f) {
    Row row{"RISC-V CPU: a generation", kFidelities[f], {}, {}};
    for (size_t q = 0; q < kQuanta.size(); ++q) {
      const Json& report = runs[first + f * kQuanta.size() + q].report;
      row.cycles.push_back(report["cycles"]["total"]);
      row.seconds.push_back(report["host"]["wall_seconds"]);
    }
    rows.push_back(row);
  }
  return rows;
}

std::string page(const std::string& how, const std::string& batches, const std::string& quanta) {
  std::string text =
      "\n## The quantum's effect\n\n" + written_by(how) +
      "\nCycles at the finest setting, then the relative change of the cycles and the speed of "
      "the host, each against the finest.\n\n" +
      batches +
      "\n`engine_batch_cycles` is how far an engine runs ahead of simulated time. What the "
      "engines say to each other and to the\nCPU is exact at any setting, and accesses that "
      "compete are placed in the order of their times "
      "([ADR 6](adr/0006-competing-accesses-in-order-of-time.md)): what is left\nis the order of "
      "accesses in the same cycle. So the default is chosen for speed: 64, from where on the RTL "
      "gets hardly\nfaster, and a register access still finds an engine close by.\n";
  if (!quanta.empty())
    text += "\n" + quanta +
            "\n`quantum_cycles` is how far the RISC-V CPU runs ahead; the native CPU takes no "
            "simulated time and has none. It catches up\nbefore every access to the bus and stops "
            "for interrupts at their cycle, and the driver never spins on memory, so that the\n"
            "cycles are the same at any setting. The default, 1000, is chosen for speed.\n";
  return text;
}

struct Jobs {
  std::vector<FidelityJob> list;
  size_t first_cpu = 0;  ///< of those with the RISC-V CPU, which come last
};

Jobs all_jobs(const CommonOptions& common, const std::string& scene_list, bool with_cpu) {
  Arguments scenes = {"bench-scenes", "--list", scene_list};
  Arguments story = {"run", "--prompt", "Once upon a time", "--max-tokens", "2"};
  for (const std::string& word : configuration(common)) {
    scenes.push_back(word);
    story.push_back(word);
  }
  story = with(story, "cpu.model", "riscv");
  Jobs jobs;
  for (const std::string& fidelity : kFidelities) {
    for (const std::string& batch : kBatches)
      jobs.list.push_back({with(scenes, "engine_batch_cycles", batch), fidelity, true});
  }
  jobs.first_cpu = jobs.list.size();
  if (!with_cpu) return jobs;
  for (const std::string& fidelity : kFidelities) {
    for (const std::string& quantum : kQuanta)
      jobs.list.push_back({with(story, "quantum_cycles", quantum), fidelity, false, false});
  }
  return jobs;
}

}  // namespace

int compare_quantum(const Arguments& arguments) {
  std::string docs;
  bool no_cpu = false;
  CommandLine line("compare quantum",
                   "cycles and speed at engine_batch_cycles 1 to 256 and quantum_cycles 1 to 10000",
                   {"systole compare quantum --report q.json"});
  line.own().add_options()("no-cpu", boost::program_options::bool_switch(&no_cpu),
                           "leave the RISC-V CPU out");
  add_docs_option(line, docs);
  if (line.parse(Arguments(arguments.begin() + 1, arguments.end()))) return kExitDone;
  refuse_fidelity(line);
  const CommonOptions& common = line.common();
  if (!common.report_file.empty()) check_writable(common.report_file);

  const PairRunner runner;
  const std::string list = runner.file("scenes");
  {
    std::ofstream out(list);
    for (const auto& [name, scene] : kScenes) out << scene << "\n";
  }
  build_variants(common, common.config);
  const Jobs jobs = all_jobs(common, list, !no_cpu);
  // One at a time: their speeds are compared.
  const std::vector<FidelityRun> runs = runner.run_all(jobs.list, 1, {});
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].status == -1) continue;
    if (const auto status = failed(runs[i], jobs.list[i].fidelity)) return *status;
  }
  const std::vector<Row> engines = engine_rows(runs);
  const std::vector<Row> cpu = no_cpu ? std::vector<Row>{} : cpu_rows(runs, jobs.first_cpu);
  const std::string batches = table(engines, "engine_batch_cycles", kBatches);
  const std::string quanta = no_cpu ? "" : table(cpu, "quantum_cycles", kQuanta);
  const std::string how = command_text(arguments);
  std::cout << how << "\n" << batches << (no_cpu ? "" : "\n") << quanta << std::flush;
  Json json;
  json["command"] = "compare";
  json["workload"] = arguments;
  json["engine_batch_cycles"] = json_of(engines, kBatches);
  if (!no_cpu) json["quantum_cycles"] = json_of(cpu, kQuanta);
  write_json(common.report_file, json);
  write_docs(docs, "quantum", page(how, batches, quanta));
  return kExitDone;
}

}  // namespace systole
