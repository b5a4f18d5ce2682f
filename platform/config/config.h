// The configuration of a virtual SoC: what every key is called, what it may be, what it is by
// default. Upstream: a YAML file, --set and --fidelity. Downstream: elaboration, variants, `info`,
// the report. One table (config_keys) is the source of parsing, validation, help text and the
// report's `config`.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace systole {

/// A resolved configuration. Every value is legal by itself and in combination (see
/// resolve_config).
struct Config {
  struct Cpu {
    std::string model;
  } cpu;
  std::string operating_point;  ///< "none", or what find_operating_point takes
  uint64_t clock_mhz = 0;
  uint64_t voltage_mv = 0;  ///< supply, for the energy estimate; 0: what its table is for
  uint64_t quantum_cycles = 0;
  uint64_t engine_batch_cycles = 0;
  struct TimingOnly {
    std::string contention;  ///< "apart" or "detailed": EngineTwinConfig::apart
    std::string repetition;  ///< "alike" or "exact": EngineTwinConfig::repeat_alike
  } timing_only;
  struct Bus {
    uint64_t width_bits = 0, latency_cycles = 0;
    std::string arbitration;
  } bus;
  struct Dram {
    uint64_t size_mib = 0;
    std::string preset;  ///< "simple", or a part with banks (find_dram_preset)
    /// Of the simple model; with a preset what follows from it, rounded: a read of a closed row
    /// with the controller, all channels' peak.
    uint64_t latency_ns = 0, bandwidth_gbps = 0;
    uint64_t channels = 0;  ///< never 0 once resolved
    std::string page_policy;
    std::string mapping;    ///< of a preset: DramMapping
    std::string bank_hash;  ///< of a preset: "xor" or "none"
    uint64_t controller_ns = 0;
  } dram;
  struct Spm {
    uint64_t size_kib = 0, banks = 0, latency_cycles = 0;
  } spm;
  struct Gemm {
    uint64_t count = 0;
    std::string model;
    uint64_t rows = 0, cols = 0, a_buffer_kib = 0, b_buffer_kib = 0, acc_buffer_kib = 0;
  } gemm;
  struct Vpu {
    uint64_t count = 0;
    std::string model;
    uint64_t lanes = 0;
  } vpu;
  struct Dma {
    uint64_t count = 0;
    std::string model;
    uint64_t max_outstanding = 0, max_burst_beats = 0;
  } dma;
};

/// One key: its place in Config, its default, what is legal, what it means.
/// A number is legal within [min, max] and, with `power_of_two`, only if it is one;
/// a word is legal if it is one of `words`, or, if there is a `check`, if that does not throw.
struct ConfigKey {
  const char* name;  ///< dotted, as --set takes it
  const char* default_value;
  const char* doc;
  uint64_t& (*number)(Config&);   ///< null for a word
  std::string& (*word)(Config&);  ///< null for a number
  uint64_t min, max;
  bool power_of_two;
  std::vector<std::string> words;
  void (*check)(const std::string&) = nullptr;  ///< throws ConfigError for a word that is not legal

  /// Throws ConfigError, with `origin` in front, if `value` is not legal for this key.
  void refuse_illegal(const std::string& value, const std::string& origin) const;
  /// "64 to 512, a power of two", "rtl".
  std::string legal() const;
  /// The value as text.
  std::string text(const Config& config) const;
};

/// Every key, in the order of the documentation.
const std::vector<ConfigKey>& config_keys();

/// A configuration that was refused. what() names the key, the value, what is legal and where it
/// came from.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What the command line asked for.
struct ConfigRequest {
  std::optional<std::string>
      file;  ///< --config: a YAML file, or the name of one in platform/configs
  std::optional<std::string> fidelity;  ///< --fidelity: the model of every engine
  std::vector<std::string> sets;        ///< --set, in order: "key=value"
  std::optional<Config> base = {};      ///< instead of the defaults
};

/// Resolves with the precedence --set > --fidelity > file > base or default. Throws ConfigError.
/// A key that chooses others (dram.preset, operating_point) sets those that come from a weaker
/// source; one that the same or a stronger source sets to something else is refused as a
/// contradiction.
Config resolve_config(const ConfigRequest& request);

/// The default configuration.
Config default_config();

/// Checks what only a combination of values can violate. Throws ConfigError.
void check_combination(const Config& config);

/// {"cpu": {"model": "native"}, "clock_mhz": 1000, …} in the order of the table.
nlohmann::ordered_json to_json(const Config& config);

/// The way back: what is missing is the default. Throws ConfigError, which names `origin`.
Config config_of_json(const nlohmann::ordered_json& json, const std::string& origin);

/// The known word that `word` most likely meant, or "" if none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& known);

}  // namespace systole
