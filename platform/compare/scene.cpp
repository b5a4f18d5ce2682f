#include "platform/compare/scene.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "platform/app/bench_options.h"
#include "platform/app/options.h"
#include "platform/compare/case_list.h"

namespace systole {
namespace {

constexpr const char* kKernels[] = {"gemm", "dma", "softmax", "rmsnorm", "add", "quantize"};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

[[noreturn]] void refuse(const std::string& scene, const std::string& what) {
  throw RequestError("scene '" + scene + "': " + what);
}

uint64_t number(const std::string& scene, const std::string& word, const std::string& value) {
  if (value.empty() || value.size() > 9 || value.find_first_not_of("0123456789") != value.npos)
    refuse(scene, word + ": '" + value + "' is not legal; legal: a number");
  return std::stoull(value);
}

SceneAct parse_act(const std::string& scene, const std::string& text) {
  SceneAct act;
  std::vector<std::string> words = split(text, ',');
  if (words.empty()) refuse(scene, "an act is empty");
  std::string& kernel = words[0];
  if (const size_t bracket = kernel.find('['); bracket != kernel.npos) {
    act.instance = static_cast<unsigned>(
        number(scene, kernel, kernel.substr(bracket + 1, kernel.find(']') - bracket - 1)));
    kernel.resize(bracket);
  }
  if (std::find(std::begin(kKernels), std::end(kKernels), kernel) == std::end(kKernels))
    refuse(scene, "kernel '" + kernel +
                      "' is not legal; legal: gemm, dma, softmax, rmsnorm, add, quantize");
  std::string rest = kernel;
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string name = words[i].substr(0, words[i].find('='));
    const std::string value = name == words[i] ? "" : words[i].substr(name.size() + 1);
    if (name == "at") {
      act.at_cycles = number(scene, name, value);
    } else if (name == "in") {
      if (value != "dram" && value != "spm")
        refuse(scene, "in: '" + value + "' is not legal; legal: dram, spm");
      act.in_spm = value == "spm";
    } else {
      rest += "," + words[i];
    }
  }
  act.request = parse_bench_case(rest);
  return act;
}

void parse_chain(const std::string& text, Scene& scene) {
  scene.links = 8, scene.rows = 16, scene.cols = 64;
  const std::vector<std::string> words = split(text, ',');
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string name = words[i].substr(0, words[i].find('='));
    const std::string value = name == words[i] ? "" : words[i].substr(name.size() + 1);
    uint64_t* field = name == "links"  ? &scene.links
                      : name == "rows" ? &scene.rows
                      : name == "cols" ? &scene.cols
                                       : nullptr;
    if (!field) refuse(text, "'" + name + "' is not legal; legal: links, rows, cols");
    *field = number(text, name, value);
    if (*field == 0 || *field > 4096) refuse(text, name + ": legal: 1 to 4096");
  }
}

}  // namespace

std::string SceneAct::engine() const {
  return engine_of_case(request.kernel) + "[" + std::to_string(instance) + "]";
}

Scene parse_scene(const std::string& text) {
  Scene scene;
  for (const char c : text) {
    if (!std::isspace(static_cast<unsigned char>(c))) scene.text += c;
  }
  if (scene.text.compare(0, 5, "chain") == 0) {
    parse_chain(scene.text, scene);
    return scene;
  }
  for (const std::string& act : split(scene.text, '+'))
    scene.acts.push_back(parse_act(scene.text, act));
  if (scene.acts.empty()) refuse(text, "there are no acts");
  for (size_t i = 0; i < scene.acts.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (scene.acts[i].engine() == scene.acts[j].engine())
        refuse(scene.text, scene.acts[i].engine() + " has two acts; legal: one an engine");
    }
  }
  return scene;
}

std::vector<Scene> read_scenes(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw RequestError("'" + file + "' cannot be read; legal: a list of scenes");
  std::vector<Scene> scenes;
  for (std::string line; std::getline(in, line);) {
    const size_t first = line.find_first_not_of(" \t");
    if (first == line.npos || line[first] == '#') continue;
    scenes.push_back(parse_scene(line));
  }
  if (scenes.empty()) throw RequestError("'" + file + "' has no scenes");
  return scenes;
}

}  // namespace systole
