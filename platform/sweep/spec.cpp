// Parses a sweep specification. Every refusal says FILE:LINE, the key, the value, what is legal.
#include "platform/sweep/spec.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "platform/config/paths.h"

namespace fs = std::filesystem;

namespace systole {
namespace {

constexpr uint64_t kMostValues = 10000;
constexpr char kCalibrated[] = "calibrated";

const ConfigKey* find_key(const std::string& name) {
  for (const ConfigKey& key : config_keys()) {
    if (name == key.name) return &key;
  }
  return nullptr;
}

bool parse_number(const std::string& text, uint64_t* value) {
  if (text.empty() || text.size() > 18 ||
      text.find_first_not_of("0123456789") != std::string::npos) {
    return false;
  }
  *value = std::stoull(text);
  return true;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string shown(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  YAML::Emitter out;
  out << YAML::Flow << node;
  return out.c_str();
}

class SpecReader {
 public:
  SpecReader(std::string file, const ConfigRequest& command_line) : file_(std::move(file)) {
    spec_.file = file_;
    spec_.base = command_line;
  }

  SweepSpec read(const std::string& text) {
    YAML::Node root;
    try {
      root = YAML::Load(text);
    } catch (const YAML::Exception& error) {
      throw SweepError(file_ + ":" + std::to_string(error.mark.line + 1) +
                       ": this is not YAML: " + error.msg);
    }
    if (!root.IsMap()) {
      throw SweepError(file_ + ":1: a sweep is a map; legal: " + join(kKeys));
    }
    check_keys(root, "", kKeys);
    if (root["base"]) read_base(root["base"]);
    if (root["fidelity"]) read_fidelity(root["fidelity"]);
    if (root["calibration"]) read_calibration(root["calibration"]);
    read_axes(root);
    check_calibration(root);
    if (root["constraints"]) read_constraints(root["constraints"]);
    if (root["sample"]) read_sample(root["sample"]);
    if (!root["workload"]) {
      throw SweepError(file_ +
                       ": workload is missing; legal: exactly one of gemm_csv, generation, llm");
    }
    read_workload(root["workload"]);
    check_descriptors(root);
    return std::move(spec_);
  }

 private:
  inline static const std::vector<std::string> kKeys = {
      "base", "axes", "constraints", "sample", "fidelity", "calibration", "workload"};

  std::string place(const YAML::Node& node) const {
    return file_ + ":" + std::to_string(node.Mark().line + 1) + ": ";
  }
  [[noreturn]] void refuse(const YAML::Node& node, const std::string& key,
                           const std::string& legal) const {
    throw SweepError(place(node) + key + " = '" + shown(node) + "' is not legal; " + legal);
  }

  // Only known keys, each once.
  void check_keys(const YAML::Node& map, const std::string& prefix,
                  const std::vector<std::string>& known) const {
    std::set<std::string> seen;
    for (const auto& entry : map) {
      const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        const std::string near = nearest(name, known);
        throw SweepError(place(entry.first) + "unknown key '" + prefix + name + "'" +
                         (near.empty() ? "" : "; did you mean '" + prefix + near + "'?") +
                         " legal: " + join(known));
      }
      if (!seen.insert(name).second) {
        throw SweepError(place(entry.first) + prefix + name + " is given twice; legal: once");
      }
    }
  }

  // A file named in the specification; "" if there is none.
  std::string locate(const std::string& name) const {
    if (fs::path(name).is_absolute()) return fs::is_regular_file(name) ? name : "";
    for (const fs::path& folder :
         {fs::path(file_).parent_path(), fs::path(), fs::path(source_dir())}) {
      const fs::path path = folder / name;
      std::error_code error;
      if (fs::is_regular_file(path, error)) return path.string();
    }
    return "";
  }
  std::string file_of(const YAML::Node& node, const std::string& key) const {
    if (!node.IsScalar()) refuse(node, key, "legal: a file");
    const std::string path = locate(node.Scalar());
    if (path.empty()) {
      refuse(node, key,
             "there is no such file; legal: a file, its path relative to " + file_ +
                 ", to the working directory or to the source tree");
    }
    return path;
  }
  uint64_t number_of(const YAML::Node& node, const std::string& key, uint64_t min,
                     uint64_t max) const {
    uint64_t value = 0;
    if (!node.IsScalar() || !parse_number(node.Scalar(), &value) || value < min || value > max) {
      refuse(node, key, "legal: " + std::to_string(min) + " to " + std::to_string(max));
    }
    return value;
  }

  void read_base(const YAML::Node& node) {
    if (spec_.base.file) return;  // --config wins
    if (!node.IsScalar()) refuse(node, "base", "legal: a configuration file, or the name of one");
    const std::string named = locate(node.Scalar());
    spec_.base.file = named.empty() ? node.Scalar() : named;
    try {
      resolve_config({spec_.base.file, {}, {}});
    } catch (const ConfigError& error) {
      throw SweepError(place(node) + "base: " + error.what());
    }
  }

  void read_fidelity(const YAML::Node& node) {
    if (node.IsScalar() && node.Scalar() == kCalibrated) {
      if (!spec_.base.fidelity) spec_.base.fidelity = kCalibrated;
      return;
    }
    const std::string legal = find_key("gemm.model")->legal() + ", " + kCalibrated;
    const auto& words = find_key("gemm.model")->words;
    if (!node.IsScalar() || std::find(words.begin(), words.end(), node.Scalar()) == words.end()) {
      refuse(node, "fidelity", "legal: " + legal);
    }
    if (!spec_.base.fidelity) spec_.base.fidelity = node.Scalar();
  }

  void read_calibration(const YAML::Node& node) {
    if (!node.IsMap()) refuse(node, "calibration", "legal: {points: N, seed: S}");
    check_keys(node, "calibration.", {"points", "seed", "descriptors", "most_cycles"});
    Calibration sampling;
    if (node["points"])
      sampling.points = number_of(node["points"], "calibration.points", 1, 1000000);
    if (node["seed"])
      sampling.seed = number_of(node["seed"], "calibration.seed", 0, ~uint64_t{0} >> 5);
    if (node["descriptors"]) {
      sampling.descriptors = number_of(node["descriptors"], "calibration.descriptors", 1, 1000000);
    }
    if (node["most_cycles"]) {
      sampling.most_cycles =
          number_of(node["most_cycles"], "calibration.most_cycles", 1, 100'000'000'000);
    }
    spec_.calibration = sampling;
  }
  // Only what is too large for RTL is calibrated by its descriptors.
  void check_descriptors(const YAML::Node& root) const {
    for (const char* key : {"descriptors", "most_cycles"}) {
      if (spec_.llm || !root["calibration"] || !root["calibration"][key]) continue;
      refuse(root["calibration"][key], std::string("calibration.") + key,
             "legal: with workload.llm; other workloads are carried out whole in RTL");
    }
  }
  // Calibrated is twins everywhere, and a sample in RTL beside them: nothing else may name a model.
  // --fidelity may ask a calibrated specification for something else.
  void check_calibration(const YAML::Node& root) {
    if (spec_.base.fidelity != std::optional<std::string>(kCalibrated)) {
      if (spec_.calibration && !(root["fidelity"] && root["fidelity"].Scalar() == kCalibrated))
        refuse(root["calibration"], "calibration", "legal: with fidelity: calibrated");
      spec_.calibration.reset();
      return;
    }
    spec_.base.fidelity = "tlm";
    if (!spec_.calibration) spec_.calibration = Calibration();
    for (const char* key : {"gemm.model", "vpu.model", "dma.model"}) {
      const std::string both =
          " is not legal with fidelity calibrated, which measures twins and RTL";
      for (const Axis& axis : spec_.axes) {
        if (axis.key == key)
          throw SweepError(file_ + ":" + std::to_string(axis.line) + ": axes." + key + both +
                           "; legal: other axes, or fidelity tlm");
      }
      for (const std::string& set : spec_.base.sets) {
        if (set.rfind(std::string(key) + "=", 0) == 0)
          throw SweepError("--set: '" + set + "'" + both + "; legal: leave it out");
      }
    }
  }

  void read_axes(const YAML::Node& root) {
    const YAML::Node axes = root["axes"];
    if (!axes || !axes.IsMap() || axes.size() == 0) {
      throw SweepError((axes ? place(axes) : file_ + ": ") +
                       "axes is empty: there is nothing to sweep; legal: a map of configuration "
                       "keys to values, for example bus.width_bits: [64, 128]");
    }
    read_axis_map(axes, "");
  }
  // `gemm: {rows: [8, 16]}` and `gemm.rows: [8, 16]` mean the same.
  void read_axis_map(const YAML::Node& map, const std::string& prefix) {
    for (const auto& entry : map) {
      const std::string name = prefix + entry.first.Scalar();
      if (const ConfigKey* key = find_key(name)) {
        for (const Axis& axis : spec_.axes) {
          if (axis.key == name) {
            throw SweepError(place(entry.first) + "axes." + name + " is given twice; legal: once");
          }
        }
        spec_.axes.push_back(read_axis(*key, entry.second));
      } else if (entry.second.IsMap() && !entry.second["pow2"] && !entry.second["range"]) {
        read_axis_map(entry.second, name + ".");
      } else {
        std::vector<std::string> known;
        for (const ConfigKey& each : config_keys()) known.push_back(each.name);
        const std::string near = nearest(name, known);
        throw SweepError(place(entry.first) + "unknown configuration key '" + name + "'" +
                         (near.empty() ? "" : "; did you mean '" + near + "'?") +
                         " (systole info lists all keys)");
      }
    }
  }

  Axis read_axis(const ConfigKey& key, const YAML::Node& node) const {
    const std::string name = std::string("axes.") + key.name;
    Axis axis;
    axis.key = key.name;
    axis.line = node.Mark().line + 1;
    if (node.IsScalar()) {
      axis.values = {node.Scalar()};
    } else if (node.IsSequence()) {
      for (const YAML::Node& value : node) {
        if (!value.IsScalar()) refuse(value, name, "legal: " + key.legal());
        axis.values.push_back(value.Scalar());
      }
    } else if (node.IsMap() && node.size() == 1 && node["pow2"]) {
      add_powers(node["pow2"], name, axis);
    } else if (node.IsMap() && node.size() == 1 && node["range"]) {
      add_range(node["range"], name, axis);
    } else {
      refuse(node, name,
             "legal: a list [a, b, ...], {pow2: [first, last]} or {range: [first, last, step]}");
    }
    if (axis.values.empty()) refuse(node, name, "the list is empty; legal: " + key.legal());
    std::set<std::string> seen;
    for (const std::string& value : axis.values) {
      check_value(key, value, name, node);
      if (!seen.insert(value).second) refuse(node, name, value + " is there twice; legal: once");
    }
    return axis;
  }
  void add_powers(const YAML::Node& node, const std::string& name, Axis& axis) const {
    const std::string legal = "legal: {pow2: [first, last]}, both powers of two, first <= last";
    if (!node.IsSequence() || node.size() != 2) refuse(node, name, legal);
    uint64_t first = 0, last = 0;
    auto power = [](uint64_t value) { return value != 0 && (value & (value - 1)) == 0; };
    if (!node[0].IsScalar() || !node[1].IsScalar() || !parse_number(node[0].Scalar(), &first) ||
        !parse_number(node[1].Scalar(), &last) || !power(first) || !power(last) || first > last) {
      refuse(node, name, legal);
    }
    for (uint64_t value = first; value <= last; value *= 2) {
      axis.values.push_back(std::to_string(value));
    }
  }
  void add_range(const YAML::Node& node, const std::string& name, Axis& axis) const {
    const std::string legal =
        "legal: {range: [first, last, step]}, first <= last, step at least 1, at most " +
        std::to_string(kMostValues) + " values";
    if (!node.IsSequence() || node.size() != 3) refuse(node, name, legal);
    uint64_t bounds[3] = {};
    for (size_t i = 0; i < 3; ++i) {
      if (!node[i].IsScalar() || !parse_number(node[i].Scalar(), &bounds[i])) {
        refuse(node, name, legal);
      }
    }
    const auto [first, last, step] = bounds;
    if (step == 0 || first > last || (last - first) / step >= kMostValues) {
      refuse(node, name, legal);
    }
    for (uint64_t value = first; value <= last; value += step) {
      axis.values.push_back(std::to_string(value));
    }
  }
  void check_value(const ConfigKey& key, const std::string& value, const std::string& name,
                   const YAML::Node& node) const {
    if (key.check) {
      try {
        key.check(value);
      } catch (const ConfigError& error) {
        throw SweepError(place(node) + name + ": " + error.what());
      }
      return;
    }
    uint64_t number = 0;
    const bool legal =
        key.word ? std::find(key.words.begin(), key.words.end(), value) != key.words.end()
                 : parse_number(value, &number) && number >= key.min && number <= key.max &&
                       !(key.power_of_two && (number & (number - 1)) != 0);
    if (!legal) {
      throw SweepError(place(node) + name + ": '" + value +
                       "' is not legal; legal: " + key.legal());
    }
  }

  void read_constraints(const YAML::Node& node) {
    if (!node.IsSequence()) {
      refuse(node, "constraints",
             "legal: a list of expressions, for example [\"spm.size_kib + "
             "gemm.a_buffer_kib <= 512\"]");
    }
    for (const YAML::Node& text : node) {
      if (!text.IsScalar()) refuse(text, "constraints", "legal: an expression as text");
      try {
        spec_.constraints.push_back(Expression::parse(text.Scalar()));
      } catch (const ExpressionError& error) {
        throw SweepError(place(text) + "constraints: " + error.what());
      }
    }
  }

  void read_sample(const YAML::Node& node) {
    if (!node.IsMap()) {
      refuse(node, "sample", "legal: {method: latin_hypercube, points: N, seed: S}");
    }
    check_keys(node, "sample.", {"method", "points", "seed"});
    if (node["method"] &&
        (!node["method"].IsScalar() || node["method"].Scalar() != "latin_hypercube")) {
      refuse(node["method"], "sample.method", "legal: latin_hypercube");
    }
    if (!node["points"])
      throw SweepError(place(node) + "sample.points is missing; legal: 1 to 1000000");
    Sampling sampling;
    sampling.points = number_of(node["points"], "sample.points", 1, 1000000);
    if (node["seed"]) sampling.seed = number_of(node["seed"], "sample.seed", 0, ~uint64_t{0} >> 5);
    spec_.sample = sampling;
  }

  void read_workload(const YAML::Node& node) {
    const std::string legal = "legal: exactly one of gemm_csv, generation, llm";
    if (!node.IsMap() || node.size() != 1) refuse(node, "workload", legal);
    check_keys(node, "workload.", {"gemm_csv", "generation", "llm"});
    if (node["llm"]) {
      read_llm(node["llm"]);
      return;
    }
    if (node["gemm_csv"]) {
      spec_.gemm_csv = file_of(node["gemm_csv"], "workload.gemm_csv");
      spec_.gemms = read_gemm_csv(spec_.gemm_csv);
      return;
    }
    read_generation(node["generation"]);
  }
  void read_generation(const YAML::Node& node) {
    if (!node.IsMap()) {
      refuse(node, "workload.generation",
             "legal: {model: CKPT, tokenizer: TOK, prompt: TEXT, max_tokens: N}");
    }
    check_keys(node, "workload.generation.", {"model", "tokenizer", "prompt", "max_tokens"});
    GenerationWorkload generation;
    if (!node["prompt"] || !node["prompt"].IsScalar()) {
      throw SweepError(place(node) +
                       "workload.generation.prompt is missing; legal: how the text begins");
    }
    generation.prompt = node["prompt"].Scalar();
    if (bool(node["model"]) != bool(node["tokenizer"])) {
      throw SweepError(place(node) +
                       "workload.generation: " + (node["model"] ? "tokenizer" : "model") +
                       " is missing; legal: both model and tokenizer, or neither (the shipped "
                       "model)");
    }
    if (node["model"]) {
      generation.model = file_of(node["model"], "workload.generation.model");
      generation.tokenizer = file_of(node["tokenizer"], "workload.generation.tokenizer");
    }
    if (node["max_tokens"]) {
      generation.max_tokens =
          number_of(node["max_tokens"], "workload.generation.max_tokens", 1, 1000000);
    }
    spec_.generation = generation;
  }

  // Timed without data, which only twins can.
  void read_llm(const YAML::Node& node) {
    std::vector<std::string> keys = {"preset"};
    keys.insert(keys.end(), shape_keys().begin(), shape_keys().end());
    if (!node.IsMap()) {
      refuse(node, "workload.llm",
             "legal: {preset: llama2-7b, prompt_tokens: 512, generate_tokens: 1}, or the shape's "
             "keys instead of a preset");
    }
    std::vector<std::string> known = keys;
    known.insert(known.end(), {"prompt_tokens", "generate_tokens"});
    check_keys(node, "workload.llm.", known);
    LlmWorkload llm;
    for (const std::string& key : keys) {
      const YAML::Node value = node[key];
      if (!value) continue;
      if (!value.IsScalar()) refuse(value, "workload.llm." + key, "legal: a number or a word");
      llm.text += (llm.text.empty() ? "" : ",") + (key == "preset" ? "" : key + "=");
      llm.text += value.Scalar();
    }
    try {
      llm.shape = parse_shape(llm.text);
    } catch (const ShapeError& error) {
      const YAML::Node at = node[error.key()];
      throw SweepError(place(at ? at : node) + "workload.llm: " + error.what());
    }
    for (const auto& [key, field] : {std::pair("prompt_tokens", &llm.prompt_tokens),
                                     std::pair("generate_tokens", &llm.generate_tokens)}) {
      const std::string name = std::string("workload.llm.") + key;
      if (!node[key]) throw SweepError(place(node) + name + " is missing; legal: a number");
      *field = number_of(node[key], name, field == &llm.prompt_tokens ? 1 : 0, 1000000);
    }
    const uint64_t context = longest_context(llm.shape);
    if (llm.prompt_tokens + llm.generate_tokens > context) {
      throw SweepError(place(node["prompt_tokens"]) + "workload.llm: prompt_tokens + " +
                       "generate_tokens = '" +
                       std::to_string(llm.prompt_tokens + llm.generate_tokens) +
                       "' is not legal; legal: up to the context of " + std::to_string(context));
    }
    if (spec_.base.fidelity && *spec_.base.fidelity != "tlm") {
      throw SweepError(place(node) + "workload.llm: is timed without data, fidelity '" +
                       *spec_.base.fidelity + "' is not legal with it; legal: tlm, calibrated");
    }
    spec_.base.fidelity = "tlm";
    spec_.timing_only = true;
    spec_.llm = llm;
  }

  std::string file_;
  SweepSpec spec_;
};

std::vector<std::string> split_line(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) {
    const size_t first = cell.find_first_not_of(" \t\r");
    const size_t last = cell.find_last_not_of(" \t\r");
    cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
  }
  if (!cells.empty() && cells.back().empty()) cells.pop_back();  // the form ends lines with a comma
  return cells;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::vector<GemmShape> read_gemm_csv(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw SweepError(file + ": cannot be read; legal: a CSV file `Layer, M, N, K,`");
  std::vector<GemmShape> shapes;
  bool header = false;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const std::string origin = file + ":" + std::to_string(number) + ": ";
    const std::vector<std::string> cells = split_line(line);
    if (cells.empty()) continue;
    if (!header) {
      header = true;
      if (cells.size() == 4 && lower(cells[0]) == "layer" && lower(cells[1]) == "m" &&
          lower(cells[2]) == "n" && lower(cells[3]) == "k") {
        continue;
      }
      throw SweepError(origin + "the header is '" + line + "'; legal: Layer, M, N, K,");
    }
    if (cells.size() != 4) {
      throw SweepError(origin + "'" + line + "' has " + std::to_string(cells.size()) +
                       " fields; legal: 4, a name and three numbers: Layer, M, N, K,");
    }
    GemmShape shape;
    shape.layer = cells[0];
    const std::pair<const char*, uint64_t*> fields[] = {
        {"M", &shape.m}, {"N", &shape.n}, {"K", &shape.k}};
    for (size_t i = 0; i < 3; ++i) {
      const uint64_t max = i == 2 ? 131071 : 1048575;
      if (!parse_number(cells[i + 1], fields[i].second) || *fields[i].second < 1 ||
          *fields[i].second > max) {
        throw SweepError(origin + fields[i].first + " = '" + cells[i + 1] +
                         "' is not legal; legal: 1 to " + std::to_string(max));
      }
    }
    shapes.push_back(shape);
  }
  if (shapes.empty()) {
    throw SweepError(file +
                     ": there is no product in it; legal: a header Layer, M, N, K, and at "
                     "least one line");
  }
  return shapes;
}

SweepSpec parse_sweep_spec(const std::string& text, const std::string& file,
                           const ConfigRequest& command_line) {
  return SpecReader(file, command_line).read(text);
}

SweepSpec read_sweep_spec(const std::string& file, const ConfigRequest& command_line) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.good() || fs::is_directory(file)) {
    throw SweepError("'" + file +
                     "' cannot be read; legal: a YAML file (docs/sweeps.md shows one)");
  }
  return parse_sweep_spec(text.str(), file, command_line);
}

}  // namespace systole
