// Resolves a configuration: defaults, then a YAML file, then --fidelity, then --set; then the
// combination.
#include "platform/config/config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <set>

#include "platform/config/operating_points.h"
#include "platform/config/paths.h"
#include "tlm/memory/dram_preset.h"

namespace systole {
namespace {

constexpr uint64_t kMaxEngines = 16;  // what the driver manages

// Where a value comes from, weakest first.
enum class Source { Default, File, Fidelity, Set };

// A configuration on its way: values, and who gave each.
struct Draft {
  struct Given {
    Source source;
    std::string origin;  // for messages
  };
  Config config;
  std::map<std::string, Given> given;
  Source source = Source::Default;  // of what is being applied

  bool contradicts(const std::string& key, const std::string& chooser) const {
    const auto own = given.find(key);
    return own != given.end() && own->second.source >= given.at(chooser).source;
  }
};

const ConfigKey* find_key(const std::string& name) {
  for (const ConfigKey& key : config_keys()) {
    if (name == key.name) return &key;
  }
  return nullptr;
}

[[noreturn]] void refuse_unknown(const std::string& name, const std::string& origin) {
  std::vector<std::string> known;
  for (const ConfigKey& key : config_keys()) known.push_back(key.name);
  const std::string near = nearest(name, known);
  throw ConfigError(origin + ": unknown configuration key '" + name + "'" +
                    (near.empty() ? "" : "; did you mean '" + near + "'?") +
                    " (systole info lists all keys)");
}

bool parse_number(const std::string& text, uint64_t* value) {
  if (text.empty() || text.size() > 18) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return false;
  }
  *value = std::stoull(text);
  return true;
}

void set_value(Draft& draft, const std::string& name, const std::string& value,
               const std::string& origin) {
  Config& config = draft.config;
  const ConfigKey* key = find_key(name);
  if (!key) refuse_unknown(name, origin);
  if (draft.source != Source::Default) draft.given[name] = {draft.source, origin};
  key->refuse_illegal(value, origin);
  if (key->word) {
    key->word(config) = value;
  } else {
    key->number(config) = std::stoull(value);
  }
}

// Flattens nested maps into dotted keys; `a: {b: 1}` and `a.b: 1` mean the same.
void apply_yaml(Draft& draft, const YAML::Node& node, const std::string& prefix,
                const std::string& file, std::set<std::string>& seen) {
  for (const auto& entry : node) {
    const std::string name = prefix + entry.first.Scalar();
    const std::string origin = file + ":" + std::to_string(entry.first.Mark().line + 1);
    if (entry.second.IsMap()) {
      apply_yaml(draft, entry.second, name + ".", file, seen);
    } else if (!entry.second.IsScalar()) {
      const ConfigKey* key = find_key(name);
      if (!key) refuse_unknown(name, origin);
      key->refuse_illegal(entry.second.IsNull() ? "" : "(a list)", origin);
    } else {
      if (!seen.insert(name).second) {
        throw ConfigError(origin + ": " + name + " is given twice; legal: once");
      }
      set_value(draft, name, entry.second.Scalar(), origin);
    }
  }
}

std::string locate_file(const std::string& name) {
  if (std::ifstream(name).good()) return name;
  if (name.find('/') == std::string::npos) {
    const std::string named = configs_dir() + "/" + name + ".yaml";
    if (std::ifstream(named).good()) return named;
  }
  throw ConfigError("--config: cannot read '" + name + "'; legal: a YAML file, or a name in " +
                    configs_dir());
}

void apply_file(Draft& draft, const std::string& name) {
  const std::string file = locate_file(name);
  YAML::Node root;
  try {
    root = YAML::LoadFile(file);
  } catch (const YAML::Exception& error) {
    throw ConfigError("--config: '" + file + "' is not YAML: " + error.what());
  }
  if (root.IsNull()) return;
  if (!root.IsMap()) throw ConfigError("--config: '" + file + "' is not a map of keys to values");
  std::set<std::string> seen;
  apply_yaml(draft, root, "", file, seen);
}

void apply_set(Draft& draft, const std::string& set) {
  const size_t equals = set.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw ConfigError("--set: '" + set + "' is not legal; legal: key=value");
  }
  set_value(draft, set.substr(0, equals), set.substr(equals + 1), "--set");
}

void require(bool legal, const std::string& key, uint64_t value, const std::string& limit) {
  if (!legal) {
    throw ConfigError("illegal combination: " + key + " = '" + std::to_string(value) +
                      "'; legal: " + limit);
  }
}

// `chooser`, whose value says what `key` is, sets it; a contradiction is refused.
void choose(Draft& draft, const std::string& chooser, const std::string& key, uint64_t value) {
  uint64_t& place = find_key(key)->number(draft.config);
  if (place != value && draft.contradicts(key, chooser)) {
    throw ConfigError(draft.given.at(key).origin + ": " + key + " = '" + std::to_string(place) +
                      "' contradicts " + chooser + " = '" + find_key(chooser)->text(draft.config) +
                      "'; legal: " + std::to_string(value) + ", or without one of the two");
  }
  place = value;
}

void apply_preset(Draft& draft) {
  Config::Dram& dram = draft.config.dram;
  const DramPreset* preset = find_dram_preset(dram.preset);
  if (dram.channels == 0) dram.channels = preset ? preset->channels : 1;
  if (!preset) {
    require(dram.channels == 1, "dram.channels", dram.channels, "0 or 1 with dram.preset simple");
    return;
  }
  choose(draft, "dram.preset", "dram.latency_ns",
         dram.controller_ns + (preset->closed_read_ps() + 999) / 1000);
  choose(draft, "dram.preset", "dram.bandwidth_gbps",
         static_cast<uint64_t>(
             std::llround(preset->peak_gbps() * static_cast<double>(dram.channels))));
}

void apply_operating_point(Draft& draft) {
  if (draft.config.operating_point == "none") return;
  const OperatingPoint point = find_operating_point(draft.config.operating_point);
  choose(draft, "operating_point", "clock_mhz", point.clock_mhz);
  choose(draft, "operating_point", "voltage_mv", point.voltage_mv);
}

Draft default_draft() {
  Draft draft;
  for (const ConfigKey& key : config_keys()) {
    set_value(draft, key.name, key.default_value, "default");
  }
  return draft;
}

}  // namespace

void ConfigKey::refuse_illegal(const std::string& value, const std::string& origin) const {
  if (check) {
    try {
      return check(value);
    } catch (const ConfigError& error) {
      throw ConfigError(origin + ": " + error.what());
    }
  }
  uint64_t given = 0;
  const bool is_legal = word ? std::find(words.begin(), words.end(), value) != words.end()
                             : parse_number(value, &given) && given >= min && given <= max &&
                                   !(power_of_two && (given & (given - 1)) != 0);
  if (!is_legal) {
    throw ConfigError(origin + ": " + name + " = '" + value + "' is not legal; legal: " + legal());
  }
}

Config default_config() {
  Draft draft = default_draft();
  apply_preset(draft);
  return draft.config;
}

Config resolve_config(const ConfigRequest& request) {
  Draft draft = default_draft();
  if (request.base) draft.config = *request.base;
  draft.source = Source::File;
  if (request.file) apply_file(draft, *request.file);
  draft.source = Source::Fidelity;
  if (request.fidelity) {
    for (const char* key : {"gemm.model", "vpu.model", "dma.model"}) {
      set_value(draft, key, *request.fidelity, "--fidelity");
    }
  }
  draft.source = Source::Set;
  for (const std::string& set : request.sets) apply_set(draft, set);
  apply_operating_point(draft);
  apply_preset(draft);
  check_combination(draft.config);
  return draft.config;
}

void check_combination(const Config& config) {
  const auto& gemm = config.gemm;
  const std::string array = std::to_string(gemm.rows) + "x" + std::to_string(gemm.cols) + " array";
  const std::string bus = std::to_string(config.bus.width_bits) + "-bit bus";
  auto at_least = [](uint64_t bytes) {
    return "at least " + std::to_string((bytes + 1023) / 1024) + " KiB";
  };
  // Half of each buffer holds the smallest tile; rows of A and B are padded to whole beats.
  const uint64_t beat = config.bus.width_bits / 8;
  const uint64_t a_min = 2 * std::max(gemm.rows, beat);
  const uint64_t b_min = 2 * std::max(gemm.rows, beat) * std::max(gemm.cols, beat);
  const uint64_t acc_min = 2 * gemm.cols * 4;
  require(gemm.a_buffer_kib * 1024 >= a_min, "gemm.a_buffer_kib", gemm.a_buffer_kib,
          at_least(a_min) + " with a " + array + " and a " + bus);
  require(gemm.b_buffer_kib * 1024 >= b_min, "gemm.b_buffer_kib", gemm.b_buffer_kib,
          at_least(b_min) + " with a " + array + " and a " + bus);
  require(gemm.acc_buffer_kib * 1024 >= acc_min, "gemm.acc_buffer_kib", gemm.acc_buffer_kib,
          at_least(acc_min) + " with a " + array + " and a " + bus);
  const uint64_t engines = gemm.count + config.vpu.count + config.dma.count;
  require(engines <= kMaxEngines, "gemm.count + vpu.count + dma.count", engines,
          "at most " + std::to_string(kMaxEngines));
}

nlohmann::ordered_json to_json(const Config& config) {
  nlohmann::ordered_json json;
  for (const ConfigKey& key : config_keys()) {
    const std::string name = key.name;
    const size_t dot = name.find('.');
    nlohmann::ordered_json& slot =
        dot == std::string::npos ? json[name] : json[name.substr(0, dot)][name.substr(dot + 1)];
    if (key.word) {
      slot = key.text(config);
    } else {
      slot = key.number(const_cast<Config&>(config));
    }
  }
  return json;
}

Config config_of_json(const nlohmann::ordered_json& json, const std::string& origin) {
  Draft draft = default_draft();
  const auto take = [&](const std::string& key, const nlohmann::ordered_json& value) {
    set_value(draft, key, value.is_string() ? value.get<std::string>() : value.dump(), origin);
  };
  for (const auto& [name, value] : json.items()) {
    if (!value.is_object()) {
      take(name, value);
      continue;
    }
    for (const auto& [inner, leaf] : value.items()) take(name + "." + inner, leaf);
  }
  check_combination(draft.config);
  return draft.config;
}

std::string nearest(const std::string& word, const std::vector<std::string>& known) {
  // Edits that make `a` a beginning of `b`; a rest of b costs one more, so that a whole match wins.
  auto distance = [](const std::string& a, const std::string& b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (size_t i = 1; i <= a.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= b.size(); ++j) {
        const size_t above = row[j];
        row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
        diagonal = above;
      }
    }
    return std::min(row[b.size()], *std::min_element(row.begin(), row.end()) + 1);
  };
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const size_t d = distance(word, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace systole
