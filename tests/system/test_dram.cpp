// DRAM presets from the outside: the same results, row-buffer counts that add up, RTL and twin
// alike.
#include <catch2/catch.hpp>

#include "tests/system/command_line.h"

using Catch::Contains;
using nlohmann::json;
using systole::test::Outcome;
using systole::test::read_json;
using systole::test::run_systole;
using systole::test::TemporaryDirectory;

namespace {

json bench(const TemporaryDirectory& directory, const std::string& fidelity,
           const std::vector<std::string>& sets) {
  const std::string report = directory.file(fidelity + ".json");
  std::vector<std::string> arguments = {"bench",      "gemm",   "--m",      "64",
                                        "--n",        "96",     "--k",      "128",
                                        "--fidelity", fidelity, "--report", report};
  for (const std::string& set : sets) arguments.insert(arguments.end(), {"--set", set});
  const Outcome outcome = run_systole(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  if (!sets.empty()) CHECK_THAT(outcome.err, Contains("rows hit"));
  return read_json(report);
}

}  // namespace

TEST_CASE("DRAM presets: results stay, row-buffer counts add up") {
  const TemporaryDirectory directory;
  CHECK_FALSE(bench(directory, "tlm", {})["dram"].contains("rows"));
  for (const char* preset : {"ddr4-2400", "lpddr4-3200", "hbm2"}) {
    CAPTURE(preset);
    json report = bench(directory, "tlm", {std::string("dram.preset=") + preset});
    CHECK(report["mismatches"] == 0);
    const json rows = report["dram"]["rows"];
    uint64_t hits = 0, misses = 0, conflicts = 0;
    for (const json& channel : rows["channels"]) {
      for (const json& n : channel["banks"]["hits"]) hits += n.get<uint64_t>();
      for (const json& n : channel["banks"]["misses"]) misses += n.get<uint64_t>();
      for (const json& n : channel["banks"]["conflicts"]) conflicts += n.get<uint64_t>();
    }
    CHECK(hits == rows["hits"]);
    CHECK(misses == rows["misses"]);
    CHECK(conflicts == rows["conflicts"]);
    CHECK(hits + misses + conflicts ==
          rows["read_bursts"].get<uint64_t>() + rows["write_bursts"].get<uint64_t>());
    CHECK(hits > 5 * (misses + conflicts));  // streams
    CHECK(rows["energy_uj"]["read"].get<double>() > 0);
    // Deterministic.
    json again = bench(directory, "tlm", {std::string("dram.preset=") + preset});
    report.erase("host");
    again.erase("host");
    CHECK(report == again);
  }
}

TEST_CASE("DRAM presets: RTL and twin read the same bytes at nearly the same speed") {
  const TemporaryDirectory directory;
  const json rtl = bench(directory, "rtl", {"dram.preset=ddr4-2400"});
  const json twin = bench(directory, "tlm", {"dram.preset=ddr4-2400"});
  CHECK(rtl["dram"]["bytes_read"] == twin["dram"]["bytes_read"]);
  CHECK(rtl["dram"]["rows"]["read_bursts"].get<double>() ==
        Approx(twin["dram"]["rows"]["read_bursts"].get<double>()).epsilon(0.01));
  CHECK(rtl["cycles"]["total"].get<double>() ==
        Approx(twin["cycles"]["total"].get<double>()).epsilon(0.02));
}

TEST_CASE("DRAM presets: more channels are faster where DRAM is what is waited for") {
  const TemporaryDirectory directory;
  uint64_t last = ~uint64_t{0};
  for (const char* channels : {"1", "2", "4"}) {
    const std::string report = directory.file("r.json");
    const Outcome outcome =
        run_systole({"bench", "dma", "--bytes", "262144", "--fidelity", "tlm", "--set",
                     "bus.width_bits=256", "--set", "dram.preset=lpddr4-3200", "--set",
                     std::string("dram.channels=") + channels, "--report", report});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    const auto cycles = read_json(report)["cycles"]["total"].get<uint64_t>();
    CHECK(cycles < last);
    last = cycles;
  }
}
