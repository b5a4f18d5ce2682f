// The configuration: defaults, precedence, refusals.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "platform/config/config.h"
#include "platform/config/paths.h"
#include "platform/variants/variant_cache.h"

using namespace systole;

namespace {

// A YAML file that lives as long as the object.
class YamlFile {
 public:
  explicit YamlFile(const std::string& text) {
    static int count = 0;
    path_ =
        (std::filesystem::temp_directory_path() /
         ("systole_config_" + std::to_string(getpid()) + "_" + std::to_string(count++) + ".yaml"))
            .string();
    std::ofstream(path_) << text;
  }
  ~YamlFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Config with_sets(std::vector<std::string> sets) {
  ConfigRequest request;
  request.sets = std::move(sets);
  return resolve_config(request);
}

std::string refusal(const ConfigRequest& request) {
  try {
    resolve_config(request);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::string refusal_of_set(const std::string& set) {
  ConfigRequest request;
  request.sets = {set};
  return refusal(request);
}

}  // namespace

TEST_CASE("Config: defaults are those of the contract") {
  const Config c = default_config();
  CHECK(c.cpu.model == "native");
  CHECK(c.clock_mhz == 1000);
  CHECK(c.quantum_cycles == 1000);
  CHECK(c.engine_batch_cycles == 64);
  CHECK(c.bus.width_bits == 128);
  CHECK(c.bus.latency_cycles == 4);
  CHECK(c.bus.arbitration == "round_robin");
  CHECK(c.dram.size_mib == 256);
  CHECK(c.dram.preset == "simple");
  CHECK(c.dram.latency_ns == 60);
  CHECK(c.dram.bandwidth_gbps == 32);
  CHECK(c.dram.channels == 1);
  CHECK(c.dram.page_policy == "open");
  CHECK(c.dram.mapping == "bank_group_pair");
  CHECK(c.dram.bank_hash == "xor");
  CHECK(c.spm.size_kib == 512);
  CHECK(c.spm.banks == 4);
  CHECK(c.spm.latency_cycles == 2);
  CHECK(c.gemm.count == 1);
  CHECK(c.gemm.model == "rtl");
  CHECK(c.gemm.rows == 16);
  CHECK(c.gemm.cols == 16);
  CHECK(c.gemm.a_buffer_kib == 32);
  CHECK(c.gemm.b_buffer_kib == 16);
  CHECK(c.gemm.acc_buffer_kib == 128);
  CHECK(c.vpu.count == 1);
  CHECK(c.vpu.lanes == 8);
  CHECK(c.dma.count == 1);
  CHECK(c.dma.max_outstanding == 8);
  CHECK(c.dma.max_burst_beats == 16);
}

TEST_CASE("Config: default.yaml is complete and says the defaults") {
  const YamlFile empty("");
  ConfigRequest request;
  request.file = configs_dir() + "/default.yaml";
  CHECK(to_json(resolve_config(request)) == to_json(default_config()));
  std::ifstream file(*request.file);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (const ConfigKey& key : config_keys()) {
    const std::string name = key.name;
    INFO(name);
    CHECK(text.find(name.substr(name.find('.') + 1) + ":") != std::string::npos);
  }
  request.file = empty.path();
  CHECK(to_json(resolve_config(request)) == to_json(default_config()));
}

TEST_CASE("Config: every named configuration resolves") {
  for (const auto& entry : std::filesystem::directory_iterator(configs_dir())) {
    INFO(entry.path());
    ConfigRequest request;
    request.file = entry.path().stem().string();
    CHECK_NOTHROW(resolve_config(request));
  }
}

TEST_CASE(
    "Config: --set wins over --fidelity, which wins over the file, which wins over the default") {
  const YamlFile file("bus: {width_bits: 256, latency_cycles: 7}\nvpu.lanes: 4\n");
  ConfigRequest request;
  request.file = file.path();
  request.fidelity = "rtl";
  request.sets = {"bus.width_bits=512", "bus.width_bits=64"};
  const Config c = resolve_config(request);
  CHECK(c.bus.width_bits == 64);
  CHECK(c.bus.latency_cycles == 7);
  CHECK(c.vpu.lanes == 4);
  CHECK(c.dma.model == "rtl");
  CHECK(c.spm.banks == 4);
}

TEST_CASE("Config: an unknown key is refused with the nearest known one") {
  CHECK_THAT(refusal_of_set("bus.width=64"),
             Catch::Contains("bus.width'") && Catch::Contains("bus.width_bits"));
  CHECK_THAT(refusal_of_set("gem.rows=8"), Catch::Contains("gemm.rows"));
  const YamlFile file("bus:\n  widht_bits: 64\n");
  ConfigRequest request;
  request.file = file.path();
  CHECK_THAT(refusal(request), Catch::Contains("bus.widht_bits") &&
                                   Catch::Contains("bus.width_bits") &&
                                   Catch::Contains(file.path() + ":2"));
}

TEST_CASE("Config: a bad value is refused with key, value and what is legal") {
  CHECK_THAT(refusal_of_set("bus.width_bits=100"), Catch::Contains("bus.width_bits") &&
                                                       Catch::Contains("'100'") &&
                                                       Catch::Contains("64, 128, 256, 512"));
  for (const char* set :
       {"bus.width_bits=1024", "bus.width_bits=", "bus.width_bits=-64", "bus.width_bits=64.0",
        "bus.width_bits=0x40", "bus.width_bits=99999999999999999999", "clock_mhz=0", "gemm.rows=24",
        "vpu.lanes=64", "dma.max_outstanding=33", "spm.banks=3", "bus.arbitration=fair",
        "cpu.model=arm", "=5", "bus.width_bits"}) {
    INFO(set);
    CHECK_THAT(refusal_of_set(set), Catch::Contains("legal:"));
  }
  CHECK_THAT(refusal_of_set("gemm.model=fpga"),
             Catch::Contains("gemm.model") && Catch::Contains("legal: rtl, tlm"));
}

TEST_CASE("Config: a file that is absent, no YAML, no map, or says a thing twice is refused") {
  ConfigRequest request;
  request.file = "no/such/file.yaml";
  CHECK_THAT(refusal(request), Catch::Contains("no/such/file.yaml"));
  for (const char* text : {"bus: [", "- 1\n- 2\n", "clock_mhz: 1000\nclock_mhz: 500\n", "bus:\n",
                           "clock_mhz: [1]\n", "bus: {width_bits: 64}\nbus.width_bits: 128\n"}) {
    const YamlFile file(text);
    INFO(text);
    request.file = file.path();
    CHECK_THAT(refusal(request), Catch::Contains(file.path()));
  }
}

TEST_CASE("Config: a DRAM preset sets latency, bandwidth and channels") {
  // 2 400 MT/s x 8 bytes; 20 ns of controller and 17 + 17 + 4 clocks of 833 ps.
  Config c = with_sets({"dram.preset=ddr4-2400"});
  CHECK(c.dram.bandwidth_gbps == 19);
  CHECK(c.dram.latency_ns == 20 + 32);
  CHECK(c.dram.channels == 1);
  c = with_sets({"dram.preset=hbm2"});
  CHECK(c.dram.bandwidth_gbps == 256);
  CHECK(c.dram.channels == 16);
  c = with_sets({"dram.channels=2", "dram.preset=lpddr4-3200", "dram.controller_ns=0"});
  CHECK(c.dram.bandwidth_gbps == 13);  // 12.8
  CHECK(c.dram.latency_ns == 41);      // 29 + 28 + 8 clocks of 625 ps
  CHECK(c.dram.channels == 2);
  // What was resolved is legal as a request: so sweeps hand it to their workers.
  ConfigRequest again;
  for (const ConfigKey& key : config_keys())
    again.sets.push_back(std::string(key.name) + "=" + key.text(c));
  CHECK(to_json(resolve_config(again)) == to_json(c));
}

TEST_CASE("Config: what contradicts a DRAM preset is refused, unless a weaker source says it") {
  const YamlFile file("dram: {bandwidth_gbps: 64, latency_ns: 10}\n");
  ConfigRequest request;
  request.file = file.path();
  request.sets = {"dram.preset=ddr4-2400"};
  CHECK(resolve_config(request).dram.bandwidth_gbps == 19);
  request.sets = {"dram.preset=ddr4-2400", "dram.bandwidth_gbps=19"};
  CHECK(resolve_config(request).dram.bandwidth_gbps == 19);
  request.sets = {"dram.bandwidth_gbps=20", "dram.preset=ddr4-2400"};
  CHECK_THAT(refusal(request), Catch::Contains("--set: dram.bandwidth_gbps = '20' contradicts") &&
                                   Catch::Contains("'ddr4-2400'") && Catch::Contains("legal: 19"));
  const YamlFile both("dram:\n  preset: hbm2\n  latency_ns: 10\n");
  ConfigRequest same;
  same.file = both.path();
  CHECK_THAT(refusal(same), Catch::Contains(both.path() + ":3: dram.latency_ns = '10'"));
  CHECK_THAT(refusal_of_set("dram.channels=2"),
             Catch::Contains("dram.channels = '2'") && Catch::Contains("simple"));
  CHECK_THAT(refusal_of_set("dram.channels=3"), Catch::Contains("0, 1, 2, 4, 8, 16, 32"));
  CHECK_THAT(refusal_of_set("dram.preset=ddr5"), Catch::Contains("simple, ddr4-2400"));
}

TEST_CASE("Config: an operating point sets clock and voltage") {
  Config c = with_sets({"operating_point=nominal"});
  CHECK(c.clock_mhz == 1416);
  CHECK(c.voltage_mv == 763);
  const YamlFile table("points:\n  - {name: slow, clock_mhz: 100, voltage_mv: 600}\n");
  c = with_sets({"operating_point=" + table.path() + ":slow"});
  CHECK(c.clock_mhz == 100);
  CHECK(c.voltage_mv == 600);
  ConfigRequest again;
  for (const ConfigKey& key : config_keys())
    again.sets.push_back(std::string(key.name) + "=" + key.text(c));
  CHECK(to_json(resolve_config(again)) == to_json(c));

  const YamlFile clock("clock_mhz: 500\n");
  ConfigRequest request;
  request.file = clock.path();
  request.sets = {"operating_point=turbo"};
  CHECK(resolve_config(request).clock_mhz == 1800);
  request.sets = {"operating_point=turbo", "clock_mhz=900"};
  CHECK_THAT(refusal(request), Catch::Contains("clock_mhz = '900' contradicts operating_point") &&
                                   Catch::Contains("legal: 1800"));
}

TEST_CASE("Config: a wrong operating point or table is refused") {
  CHECK_THAT(refusal_of_set("operating_point=fast"),
             Catch::Contains("'fast' is not in") && Catch::Contains("low, economy, nominal"));
  CHECK_THAT(refusal_of_set("operating_point=no/such.yaml:x"),
             Catch::Contains("cannot read the table 'no/such.yaml'"));
  for (const char* text :
       {"points: 3\n", "points: []\n", "points:\n  - {name: a, clock_mhz: 0, voltage_mv: 700}\n",
        "points:\n  - {name: a, clock_mhz: 100}\n",
        "points:\n  - {clock_mhz: 1, voltage_mv: 700}\n", "points: [\n"}) {
    const YamlFile table(text);
    INFO(text);
    CHECK_THAT(refusal_of_set("operating_point=" + table.path() + ":a"),
               Catch::Contains(table.path()));
  }
}

TEST_CASE("Config: a buffer smaller than the array needs is refused") {
  ConfigRequest request;
  request.sets = {"gemm.rows=64", "gemm.cols=64", "gemm.b_buffer_kib=4"};
  CHECK_THAT(refusal(request), Catch::Contains("gemm.b_buffer_kib") && Catch::Contains("'4'") &&
                                   Catch::Contains("at least 8 KiB"));
  request.sets.back() = "gemm.b_buffer_kib=8";
  CHECK(refusal(request) == "");
  request.sets = {"gemm.count=8", "vpu.count=8"};
  CHECK_THAT(refusal(request), Catch::Contains("'17'") && Catch::Contains("at most 16"));
}

TEST_CASE("Config: JSON has every key in the order of the table") {
  const auto json = to_json(default_config());
  CHECK(json["bus"]["width_bits"] == 128);
  CHECK(json["cpu"]["model"] == "native");
  CHECK(json.begin().key() == "cpu");
  size_t leaves = 0;
  for (const auto& [name, value] : json.items()) leaves += value.is_object() ? value.size() : 1;
  CHECK(leaves == config_keys().size());
}

TEST_CASE("Variants: sweeping what straps limit needs no new variant") {
  const Variant base = gemm_variant(default_config());
  CHECK(gemm_variant(with_sets({"gemm.a_buffer_kib=8", "gemm.acc_buffer_kib=256"})) == base);
  CHECK(dma_variant(with_sets({"dma.max_outstanding=2", "dma.max_burst_beats=64"})) ==
        dma_variant(default_config()));
  CHECK_FALSE(gemm_variant(with_sets({"gemm.a_buffer_kib=128"})) == base);
  CHECK_FALSE(gemm_variant(with_sets({"gemm.rows=8"})) == base);
  CHECK_FALSE(vpu_variant(with_sets({"bus.width_bits=64"})) == vpu_variant(default_config()));
}

TEST_CASE("Variants: without the tools a missing variant is explained") {
  const YamlFile nowhere("");
  const std::string directory = nowhere.path() + ".d";
  setenv("PATH", "/nonexistent", 1);
  VariantCache cache(
      directory, source_dir(), [](const std::string&) {}, true);
  const Variant variant = dma_variant(default_config());
  CHECK(cache.cached(variant).empty());
  CHECK_THROWS_WITH(cache.get(variant), Catch::Contains("verilator") &&
                                            Catch::Contains("scripts/setup") &&
                                            Catch::Contains(variant.label()));
}
