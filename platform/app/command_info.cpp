// systole info: what would be simulated, and what is there to simulate it with.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "platform/app/commands.h"
#include "platform/app/options.h"
#include "platform/app/report.h"
#include "platform/config/paths.h"
#include "platform/soc/soc.h"
#include "platform/variants/variant_cache.h"
#include "tlm/core/address_map.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;
namespace map = address_map;

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%010llx", static_cast<unsigned long long>(value));
  return text;
}

struct Window {
  std::string name;
  uint64_t base, bytes;
};

std::vector<Window> windows(const Config& config) {
  std::vector<Window> result = {{"boot_rom", map::kBootRomBase, map::kBootRomBytes},
                                {"finisher", map::kFinisherBase, map::kFinisherBytes},
                                {"clint", map::kClintBase, map::kClintBytes},
                                {"plic", map::kPlicBase, map::kPlicBytes},
                                {"uart", map::kUartBase, map::kUartBytes},
                                {"sysctl", map::kSysctlBase, map::kSysctlBytes}};
  for (const Soc::EngineInfo& engine : engine_infos(config)) {
    result.push_back({engine.kind + "[" + std::to_string(engine.instance) + "]", engine.base,
                      map::kEngineBytes});
  }
  result.push_back({"spm", map::kSpmBase, config.spm.size_kib << 10});
  result.push_back({"dram", map::kDramBase, config.dram.size_mib << 20});
  return result;
}

Json info_json(const Config& config, VariantCache& cache) {
  Json json;
  json["version"] = SYSTOLE_VERSION;
  json["config"] = to_json(config);
  for (const Soc::EngineInfo& engine : engine_infos(config)) {
    json["engines"].push_back({{"kind", engine.kind},
                               {"instance", engine.instance},
                               {"fidelity", engine.fidelity},
                               {"base", hex(engine.base)},
                               {"interrupt", engine.irq}});
  }
  for (const Window& window : windows(config)) {
    json["windows"].push_back(
        {{"name", window.name}, {"base", hex(window.base)}, {"bytes", window.bytes}});
  }
  for (const Variant& variant : variants_of(config)) {
    const std::string file = cache.cached(variant);
    json["variants"].push_back(
        {{"variant", variant.label()}, {"cached", !file.empty()}, {"file", file}});
  }
  json["host"] = {{"verilator", cache.verilator_version()},
                  {"compiler", cache.compiler_version()},
                  {"systemc", sc_core::sc_version()},
                  {"cpu_level", VariantCache::cpu_level()},
                  {"cache", cache.directory()},
                  {"cached_files", cache.list()}};
  return json;
}

void print_config(const Config& config) {
  std::cout << "Configuration\n";
  for (const ConfigKey& key : config_keys()) {
    const std::string value = key.text(config);
    char line[200];
    std::snprintf(line, sizeof line, "  %-22s %-12s %s (%s%s%s)", key.name, value.c_str(), key.doc,
                  key.legal().c_str(), value == key.default_value ? "" : "; default ",
                  value == key.default_value ? "" : key.default_value);
    std::cout << line << "\n";
  }
}

void print_addresses(const Config& config) {
  std::cout << "\nAddress map\n";
  for (const Window& window : windows(config)) {
    char line[120];
    std::snprintf(line, sizeof line, "  %s  %14s bytes  %s", hex(window.base).c_str(),
                  grouped(window.bytes).c_str(), window.name.c_str());
    std::cout << line << "\n";
  }
  std::cout << "\nEngines\n";
  for (const Soc::EngineInfo& engine : engine_infos(config)) {
    std::cout << "  " << engine.kind << "[" << engine.instance << "]  " << engine.fidelity
              << "  registers at " << hex(engine.base) << "  interrupt " << engine.irq << "\n";
  }
}

void print_variants(const Config& config, VariantCache& cache) {
  std::cout << "\nVerilated variants of this configuration\n";
  for (const Variant& variant : variants_of(config)) {
    std::cout << "  " << variant.label() << ": "
              << (cache.cached(variant).empty() ? "not built" : "cached") << "\n";
  }
  auto or_absent = [](const std::string& text) {
    return text.empty() ? std::string("absent") : text;
  };
  std::cout << "  cache " << cache.directory() << " (" << cache.list().size() << " files)\n"
            << "\nVersions\n  systole " << SYSTOLE_VERSION << "\n  " << sc_core::sc_version()
            << "\n  verilator: " << or_absent(cache.verilator_version())
            << "\n  compiler: " << or_absent(cache.compiler_version()) << "\n  CPU level "
            << VariantCache::cpu_level() << "\n";
}

void print_model() {
  std::cout << "\nShipped model\n  " << default_model()
            << (std::filesystem::exists(default_model()) ? "" : " (absent)") << "\n  "
            << default_tokenizer()
            << (std::filesystem::exists(default_tokenizer()) ? "" : " (absent)") << "\n";
}

}  // namespace

int info_command(const Arguments& arguments) {
  CommandLine line(
      "info", "show the resolved configuration, addresses, versions and cached variants",
      {"systole info", "systole info --config wide", "systole info --report info.json"});
  if (line.parse(arguments)) return kExitDone;
  const CommonOptions& common = line.common();
  VariantCache cache(
      cache_dir(), source_dir(), [](const std::string&) {}, true);
  print_config(common.config);
  print_addresses(common.config);
  print_variants(common.config, cache);
  print_model();
  if (!common.report_file.empty()) {
    check_writable(common.report_file);
    std::ofstream(common.report_file) << info_json(common.config, cache).dump(2) << "\n";
  }
  return kExitDone;
}

}  // namespace systole
