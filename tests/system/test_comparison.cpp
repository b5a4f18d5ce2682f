// What counts as agreement of two reports, and of a table of cases.
#include <catch2/catch.hpp>

#include "platform/compare/comparison.h"
#include "platform/compare/error_table.h"

using namespace systole;
using nlohmann::ordered_json;

namespace {

// A report with one GEMM as `systole bench` and `systole run` write it.
ordered_json report(const std::string& command, uint64_t cycles, const std::string& digest) {
  ordered_json json;
  json["command"] = command;
  json["digest"] = digest;
  json["tokens"] = {1, 2, 3};
  json["cycles"] = {{"total", cycles}, {"prefill", 0}, {"decode", 0}};
  const ordered_json engine = {{"busy_cycles", 900},      {"read_stall_cycles", 10},
                               {"write_stall_cycles", 5}, {"wait_cycles", 0},
                               {"descriptors", 3},        {"macs", 4096},
                               {"bytes_read", 512},       {"bytes_written", 256}};
  json["engines"]["gemm"]["instances"] = ordered_json::array({engine});
  json["host"]["cpu_seconds"] = 2.0;
  return json;
}

size_t disagreements(const ordered_json& rtl, const ordered_json& tlm, uint64_t differ = 0) {
  FidelityBounds bounds;
  bounds.latency_cycles = 68;
  return compare_reports(rtl, tlm, 256, differ, bounds).disagreements.size();
}

CaseResult result(const std::string& text, uint64_t rtl, uint64_t tlm, uint64_t differ = 0) {
  CaseResult one;
  one.text = text, one.engine = "gemm", one.kernel = "gemm";
  one.width_bits = 128, one.latency_ns = 60;
  one.rtl = rtl, one.tlm = tlm, one.mismatched_bytes = differ;
  FidelityBounds bounds;
  bounds.latency_cycles = 68;
  one.allowed = bounds.allow(rtl, tlm);
  return one;
}

std::vector<std::string> verdict(const std::vector<CaseResult>& results) {
  ErrorTable table;
  FidelityBounds bounds;
  bounds.latency_cycles = 68;
  for (const CaseResult& one : results) table.add(one, bounds);
  CHECK_THAT(table.markdown("a test"), Catch::Contains("| gemm, 128 bit, 60 ns |"));
  return table.disagreements(bounds);
}

}  // namespace

TEST_CASE("Comparison: a kernel may be 5 % or one memory latency off, a generation 2 %") {
  const auto off = [](const std::string& command, uint64_t rtl, uint64_t tlm) {
    return disagreements(report(command, rtl, "0xa"), report(command, tlm, "0xa"));
  };
  CHECK(off("bench", 100000, 100000) == 0);
  CHECK(off("bench", 100000, 105000) == 0);
  CHECK(off("bench", 100000, 94999) == 1);
  CHECK(off("bench", 100, 168) == 0);
  CHECK(off("bench", 100, 169) == 1);
  CHECK(off("run", 100000, 102000) == 0);
  CHECK(off("run", 100000, 102001) == 1);
  CHECK(off("run", 100, 168) == 1);
}

TEST_CASE("Comparison: results, tokens and work must be the same") {
  const ordered_json rtl = report("run", 1000, "0xa");
  CHECK(disagreements(rtl, report("run", 1000, "0xb")) == 1);
  CHECK(disagreements(rtl, rtl, 1) == 1);
  ordered_json tlm = rtl;
  tlm["tokens"] = {1, 2, 4};
  CHECK(disagreements(rtl, tlm) == 1);
  for (const char* key : {"descriptors", "macs", "bytes_written"}) {
    tlm = rtl;
    tlm["engines"]["gemm"]["instances"][0][key] = 1;
    INFO(key);
    CHECK(disagreements(rtl, tlm) == 1);
  }
  tlm = rtl;
  tlm["engines"]["gemm"]["instances"][0]["bytes_read"] = 516;  // one more look at a word
  CHECK(disagreements(rtl, tlm) == 0);
}

TEST_CASE("Comparison: a table fails by its mean, by a case, and by a byte") {
  CHECK(verdict({result("a", 10000, 10100), result("b", 10000, 9900)}).empty());
  CHECK(verdict({result("a", 10000, 10300), result("b", 10000, 9700)}).size() == 2);  // all, engine
  std::vector<CaseResult> cases(9, result("a", 10000, 10000));
  cases.push_back(result("far", 10000, 11000));
  REQUIRE(verdict(cases).size() == 1);
  CHECK_THAT(verdict(cases)[0], Catch::Contains("far") && Catch::Contains("+10.00 %"));
  CHECK(verdict({result("a", 10000, 10000, 1)}).size() == 1);
  CaseResult other = result("a", 10000, 10000);
  other.same_counters = false;
  CHECK(verdict({other}).size() == 1);
  CHECK(cycle_error(0, 0) == 0);
  CHECK(cycle_error(200, 150) == -0.25);
}
