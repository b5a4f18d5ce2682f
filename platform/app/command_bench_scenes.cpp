// systole bench-scenes, not listed: the worker of `systole compare contend` and `quantum`. Several
// engines at work at once, each of them timed.
#include <fstream>

#include "platform/app/commands.h"
#include "platform/app/scene_run.h"

namespace po = boost::program_options;

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

std::string run_scenes(const std::vector<Scene>& scenes, ResultSink& results,
                       std::ofstream& progress, Host& host) {
  Json& list = host.report.own["scenes"] = Json::array();
  double seconds = 0;
  for (const Scene& scene : scenes) {
    if (host.stopping()) return "";
    SceneResult result;
    result.results.forward_to(&results);
    const std::string error = run_scene(scene, host, result);
    if (!error.empty()) return error;
    list.push_back({{"scene", scene.text},
                    {"cycles", result.cycles},
                    {"engines", to_json(result.parts)},
                    {"digest", result.results.digest()},
                    {"host", {{"seconds", result.seconds}}}});
    progress << '.' << std::flush;
    seconds += result.seconds;
    host.report.cycles_total += result.cycles;
  }
  host.report.own_host["kernel_seconds"] = seconds;
  return "";
}

}  // namespace

int bench_scenes_command(const Arguments& arguments) {
  std::string file, results_file, progress_file;
  CommandLine line("bench-scenes", "the scenes of a list, measured in one simulation",
                   {"systole bench-scenes --list scenes --report r.json"});
  line.own().add_options()("list", po::value<std::string>(&file)->value_name("FILE"), "the scenes")(
      "results", po::value<std::string>(&results_file)->value_name("FILE"),
      "write the results there, byte for byte")(
      "progress", po::value<std::string>(&progress_file)->value_name("FILE"),
      "add a byte there for every scene that is done");
  if (line.parse(arguments)) return kExitDone;
  const std::vector<Scene> scenes = read_scenes(file);
  if (!line.common().report_file.empty()) check_writable(line.common().report_file);
  ResultSink results;
  if (!results_file.empty() && !results.open(results_file))
    throw RequestError("--results: '" + results_file + "' cannot be written");
  std::ofstream progress(progress_file, std::ios::app);
  Report report;
  report.command = "bench-scenes";
  const int status = simulate(
      line.common(), {}, [&](Host& host) { return run_scenes(scenes, results, progress, host); },
      report);
  report.own["digest"] = results.digest();
  if (!results.close())
    throw RequestError("--results: '" + results_file + "' could not be written");
  return finish(line.common(), report, status);
}

}  // namespace systole
