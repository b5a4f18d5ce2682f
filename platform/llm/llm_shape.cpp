#include "platform/llm/llm_shape.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "sw_driver/llm/placement.h"
#include "tlm/vpu/vpu_arith.h"

namespace systole {
namespace {

namespace llm = driver::llm;
using llm::ModelShape;

constexpr uint64_t kMib = 1 << 20;
// Rings and the driver's own tables.
constexpr uint64_t kDriverMib = 1;

struct NumberKey {
  const char* name;
  uint32_t ModelShape::*field;
};
const NumberKey kNumbers[] = {{"dim", &ModelShape::dim},
                              {"hidden_dim", &ModelShape::hidden_dim},
                              {"n_layers", &ModelShape::n_layers},
                              {"n_heads", &ModelShape::n_heads},
                              {"n_kv_heads", &ModelShape::n_kv_heads},
                              {"vocab_size", &ModelShape::vocab_size},
                              {"seq_len", &ModelShape::seq_len}};

ModelShape dimensions(uint32_t dim, uint32_t hidden_dim, uint32_t n_layers, uint32_t n_heads,
                      uint32_t n_kv_heads, uint32_t vocab_size, uint32_t seq_len) {
  ModelShape s;
  s.dim = dim, s.hidden_dim = hidden_dim, s.n_layers = n_layers;
  s.n_heads = n_heads, s.n_kv_heads = n_kv_heads;
  s.vocab_size = vocab_size, s.seq_len = seq_len;
  return s;
}

std::vector<ShapePreset> make_presets() {
  ModelShape gpt2 = dimensions(768, 3072, 12, 12, 12, 50257, 1024);
  gpt2.architecture = llm::Architecture::gpt2();
  ModelShape tinyllama = dimensions(2048, 5632, 22, 32, 4, 32000, 2048);
  tinyllama.shared_classifier = false;
  ModelShape llama2 = dimensions(4096, 11008, 32, 32, 32, 32000, 4096);
  llama2.shared_classifier = false;
  return {{"gpt2", gpt2,
           "124M parameters; Radford et al., Language Models are Unsupervised Multitask Learners, "
           "2019, with the dimensions of the published config.json"},
          {"tinyllama-1.1b", tinyllama,
           "Zhang et al., TinyLlama: An Open-Source Small Language Model, arXiv:2401.02385, "
           "table 1"},
          {"llama2-7b", llama2,
           "Touvron et al., Llama 2: Open Foundation and Fine-Tuned Chat Models, "
           "arXiv:2307.09288, with the dimensions of the published config.json"}};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const ShapePreset& preset : shape_presets()) names.push_back(preset.name);
  return names;
}

[[noreturn]] void refuse(const std::string& key, const std::string& value,
                         const std::string& legal) {
  throw ShapeError(key, key + " = '" + value + "' is not legal; legal: " + legal);
}

void set_key(ModelShape& shape, const std::string& key, const std::string& value) {
  for (const NumberKey& number : kNumbers) {
    if (key != number.name) continue;
    if (value.empty() || value.size() > 9 ||
        value.find_first_not_of("0123456789") != std::string::npos)
      refuse(key, value, "a whole number");
    shape.*number.field = static_cast<uint32_t>(std::stoul(value));
    return;
  }
  if (key == "shared_classifier") {
    if (value != "true" && value != "false") refuse(key, value, "true, false");
    shape.shared_classifier = value == "true";
  } else if (key == "architecture") {
    if (value != "llama" && value != "gpt2") refuse(key, value, "llama, gpt2");
    shape.architecture = value == "gpt2" ? llm::Architecture::gpt2() : llm::Architecture{};
  } else {
    const std::string near = nearest(key, shape_keys());
    throw ShapeError(key, "unknown key '" + key + "'" +
                              (near.empty() ? "" : "; did you mean '" + near + "'?") +
                              " legal: " + joined(shape_keys()));
  }
}

driver::EngineConfig array_of(const Config& config) {
  driver::EngineConfig gemm;
  gemm.rows = static_cast<uint32_t>(config.gemm.rows);
  gemm.cols = static_cast<uint32_t>(config.gemm.cols);
  gemm.data_bytes = static_cast<uint32_t>(config.bus.width_bits / 8);
  return gemm;
}

uint64_t dram_mib(const ModelShape& shape, const Config& config, bool least) {
  driver::EngineConfig vpu;
  vpu.max_cols = VpuConfig{}.max_cols;
  const uint64_t bytes = llm::dram_bytes_needed(shape, array_of(config), vpu, least);
  return (bytes + kMib - 1) / kMib + kDriverMib;
}

const ConfigKey& size_key() {
  const auto& keys = config_keys();
  return *std::find_if(keys.begin(), keys.end(), [](const ConfigKey& key) {
    return key.name == std::string("dram.size_mib");
  });
}

// Somebody said how large DRAM is to be.
bool size_chosen(const ConfigRequest& request, const Config& config) {
  const std::string name = size_key().name;
  const bool set = std::any_of(request.sets.begin(), request.sets.end(), [&](const std::string& s) {
    return s.compare(0, name.size() + 1, name + "=") == 0;
  });
  return set || size_key().text(config) != size_key().default_value;
}

}  // namespace

const std::vector<ShapePreset>& shape_presets() {
  static const std::vector<ShapePreset> presets = make_presets();
  return presets;
}

const std::vector<std::string>& shape_keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> names;
    for (const NumberKey& number : kNumbers) names.push_back(number.name);
    names.insert(names.end(), {"shared_classifier", "architecture"});
    return names;
  }();
  return keys;
}

ModelShape parse_shape(const std::string& text) {
  ModelShape shape;
  std::map<std::string, std::string> given;
  std::istringstream words(text);
  bool first = true;
  for (std::string word; std::getline(words, word, ','); first = false) {
    const size_t equals = word.find('=');
    if (equals != std::string::npos) {
      const std::string key = word.substr(0, equals), value = word.substr(equals + 1);
      if (!given.emplace(key, value).second) throw ShapeError(key, key + " is given twice");
      continue;
    }
    const auto& presets = shape_presets();
    const auto found = std::find_if(presets.begin(), presets.end(),
                                    [&](const ShapePreset& each) { return each.name == word; });
    if (!first || found == presets.end()) {
      const std::string near = nearest(word, preset_names());
      throw ShapeError("preset", "preset '" + word + "' is not legal" +
                                     (near.empty() ? "" : "; did you mean '" + near + "'?") +
                                     " legal: " + joined(preset_names()) + ", or key=value of " +
                                     joined(shape_keys()));
    }
    shape = found->shape;
  }
  for (const auto& [key, value] : given) set_key(shape, key, value);
  if (shape.n_kv_heads == 0) shape.n_kv_heads = shape.n_heads;
  for (const NumberKey& number : kNumbers) {
    if (shape.*number.field == 0 && given.count(number.name) == 0)
      throw ShapeError(number.name, std::string(number.name) + " is missing; legal: a preset (" +
                                        joined(preset_names()) + "), or every one of " +
                                        joined(shape_keys()) +
                                        ", the last two and n_kv_heads may be left out");
  }
  llm::ModelError error;
  if (llm::check_shape(shape, &error) != driver::Status::Ok)
    throw ShapeError(error.field, error.text.c_str());
  return shape;
}

nlohmann::ordered_json to_json(const ModelShape& shape) {
  nlohmann::ordered_json json;
  for (const NumberKey& number : kNumbers) json[number.name] = shape.*number.field;
  json["shared_classifier"] = shape.shared_classifier;
  json["architecture"] = shape.architecture.positions == llm::Positions::Learned ? "gpt2" : "llama";
  return json;
}

uint64_t longest_context(const ModelShape& shape) {
  return std::min(shape.seq_len, VpuConfig{}.max_cols);
}

bool fit_dram(const ModelShape& shape, const ConfigRequest& request, Config& config) {
  const uint64_t least = dram_mib(shape, config, true), good = dram_mib(shape, config, false);
  if (least > size_key().max) {
    throw ShapeError("dram.size_mib", "the model needs " + std::to_string(least) +
                                          " MiB of DRAM; legal: up to " +
                                          std::to_string(size_key().max));
  }
  if (size_chosen(request, config)) {
    if (config.dram.size_mib >= least) return false;
    refuse("dram.size_mib", std::to_string(config.dram.size_mib),
           "at least " + std::to_string(least) + " for this model (left out, it is made " +
               std::to_string(good) + ")");
  }
  if (config.dram.size_mib >= good) return false;
  config.dram.size_mib = std::min(good, size_key().max);
  return true;
}

}  // namespace systole
