// systole compare contend: engines that contend for one memory, in both fidelities.
#include <array>
#include <fstream>
#include <iostream>

#include "platform/app/compare_support.h"
#include "platform/compare/contention.h"
#include "platform/sweep/progress_line.h"

namespace po = boost::program_options;

namespace systole {
namespace {

std::vector<ContentionScene> every_nth(uint64_t n) {
  std::vector<ContentionScene> scenes;
  const std::vector<ContentionScene> all = contention_scenes();
  for (size_t i = 0; i < all.size(); i += n) scenes.push_back(all[i]);
  return scenes;
}

/// The list on one bus: twins, RTL, RTL that never runs ahead, and twins without data.
constexpr size_t kJobs = 4;
std::array<FidelityJob, kJobs> jobs_of(const CommonOptions& common, const std::string& list,
                                       const std::string& width) {
  ConfigRequest place = common.request;
  Arguments words = {"bench-scenes", "--list", list};
  for (const std::string& word : configuration(common)) words.push_back(word);
  for (const std::string& set :
       {"bus.width_bits=" + width, std::string("gemm.count=2"), std::string("dma.count=2")}) {
    place.sets.push_back(set);
    words.push_back("--set");
    words.push_back(set);
  }
  build_variants(common, resolve_config(place));
  Arguments stepped = words;
  stepped.push_back("--set");
  stepped.push_back("engine_batch_cycles=1");
  Arguments timed = words;
  timed.push_back("--timing-only");
  return {FidelityJob{words, "tlm", true},
          {words, "rtl", true},
          {stepped, "rtl", true},
          {timed, "tlm", true}};
}

}  // namespace

int compare_contend(const Arguments& arguments) {
  std::string widths = "64,128,256", docs;
  uint64_t jobs_at_once = 1, every = 1;
  CommandLine line("compare contend",
                   "two and three engines that contend for one memory, in both fidelities",
                   {"systole compare contend", "systole compare contend --widths 128 --every 5"});
  line.own().add_options()("widths", po::value<std::string>(&widths)->value_name("W,…"),
                           "bus widths, bits (64,128,256)");
  add_number(line.own(), "every", &every, 1000, "only every Nth scene (1)");
  add_number(line.own(), "jobs", &jobs_at_once, 256, "processes at a time (1)");
  add_docs_option(line, docs);
  if (line.parse(Arguments(arguments.begin() + 1, arguments.end()))) return kExitDone;
  refuse_fidelity(line);
  if (every == 0) throw RequestError("--every: '0' is not legal; legal: 1 to 1000");
  const CommonOptions& common = line.common();
  if (!common.report_file.empty()) check_writable(common.report_file);

  const std::vector<ContentionScene> scenes = every_nth(every);
  const PairRunner runner;
  const std::string list = runner.file("scenes");
  {
    std::ofstream out(list);
    for (const ContentionScene& scene : scenes) out << scene.text << "\n";
  }
  const std::vector<std::string> places = numbers("--widths", widths);
  std::vector<FidelityJob> jobs;
  for (const std::string& width : places)
    for (FidelityJob& job : jobs_of(common, list, width)) jobs.push_back(std::move(job));
  std::vector<FidelityRun> runs;
  {
    ProgressLine progress(std::cerr, {common.quiet, on_terminal()}, "scenes",
                          jobs.size() * scenes.size());
    runs = runner.run_all(jobs, static_cast<unsigned>(jobs_at_once),
                          [&](uint64_t done) { progress.show(done); });
  }
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].status == -1) continue;
    if (const auto status = failed(runs[i], jobs[i].fidelity)) return *status;
  }
  ContentionTable table(FidelityBounds::of(common.config));
  for (size_t p = 0; p < places.size(); ++p) {
    for (size_t i = 0; i < scenes.size(); ++i) {
      const auto scene = [&](size_t job) -> const nlohmann::ordered_json& {
        return runs[kJobs * p + job].report["scenes"][i];
      };
      table.add(scenes[i], places[p] + " bit", {scene(1), scene(0), scene(2), scene(3)});
    }
  }
  const std::string how = command_text(arguments);
  std::cout << how << "\n";
  table.print(std::cout);
  nlohmann::ordered_json json;
  json["command"] = "compare";
  json["workload"] = arguments;
  json["agree"] = table.disagreements().empty();
  json["disagreements"] = table.disagreements();
  json.update(table.json());
  write_json(common.report_file, json);
  write_docs(docs, "contention", table.markdown(how));
  return verdict(table.disagreements());
}

}  // namespace systole
