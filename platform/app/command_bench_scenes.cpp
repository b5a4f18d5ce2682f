// systole bench-scenes, not listed: the worker of `systole compare contend` and `quantum`. Several
// engines at work at once, each of them timed.
#include <ostream>

#include "platform/app/list_worker.h"
#include "platform/app/scene_run.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

std::string run_scenes(const std::vector<Scene>& scenes, ResultSink& results,
                       std::ostream& progress, Host& host) {
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
  const auto read = [](const std::string& file, const Config&) -> ListWorker::Body {
    return [scenes = read_scenes(file)](ResultSink& results, std::ostream& progress, Host& host) {
      return run_scenes(scenes, results, progress, host);
    };
  };
  return run_list_worker({"bench-scenes", "scenes", read}, arguments);
}

}  // namespace systole
