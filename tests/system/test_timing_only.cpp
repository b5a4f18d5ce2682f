// --timing-only: the same cycles without data, without host memory for it, and clear refusals.
#include <catch2/catch.hpp>

#include "tests/system/command_line.h"

using Catch::Contains;
using nlohmann::json;
using systole::test::Outcome;
using systole::test::read_json;
using systole::test::run_systole;
using systole::test::TemporaryDirectory;

namespace {

json report_of(std::vector<std::string> arguments) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.json");
  arguments.insert(arguments.end(), {"--quiet", "--report", file});
  const Outcome outcome = run_systole(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  return read_json(file);
}

std::vector<std::string> with(std::vector<std::string> arguments,
                              const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

/// Everything that is counted, without what depends on data, console or host.
json counted(const json& report) {
  json engines = report["engines"];
  return {{"total", report["cycles"]["total"]},
          {"prefill", report["cycles"]["prefill"]},
          {"decode", report["cycles"]["decode"]},
          {"engines", engines},
          {"offload", report["offload"]},
          {"dram", report["bus"]["targets"]["dram"]["bytes_read"]},
          {"operations", report["operations"]}};
}

}  // namespace

TEST_CASE("Timing only: a generation takes the cycles it takes with data") {
  const std::vector<std::string> run = {"run", "--prompt", "Once upon a time", "--max-tokens", "9"};
  const std::vector<std::string> variations[] = {
      {}, {"--set", "bus.width_bits=64", "--set", "spm.size_kib=128"}, {"--set", "gemm.rows=32"}};
  for (const auto& variation : variations) {
    const json full = report_of(with(with(run, variation), {"--fidelity", "tlm"}));
    const json timed = report_of(with(with(run, variation), {"--timing-only"}));
    CHECK(full["decode_passes"] == 8);
    CHECK(counted(full) == counted(timed));
    CHECK(full.contains("text"));
    CHECK_FALSE(full.contains("timing_only"));
    CHECK(timed["timing_only"] == true);
    CHECK_FALSE(timed.contains("text"));
    CHECK_FALSE(timed.contains("tokens"));
    CHECK_FALSE(timed.contains("digest"));
  }
}

TEST_CASE("Timing only: a kernel takes the cycles it takes with data, and nothing is checked") {
  const std::vector<std::string> kernels[] = {
      {"bench", "gemm", "--m", "37", "--n", "70", "--k", "129"},
      {"bench", "gemm", "--m", "64", "--n", "64", "--k", "256", "--b-layout", "rows", "--out",
       "int8", "--set", "dram.bandwidth_gbps=4"},
      {"bench", "dma", "--bytes", "12345"},
      {"bench", "softmax", "--rows", "9", "--cols", "100", "--quantized"},
      {"bench", "layernorm", "--rows", "5", "--cols", "77"}};
  for (const auto& kernel : kernels) {
    CAPTURE(kernel);
    const json full = report_of(with(kernel, {"--fidelity", "tlm"}));
    const json timed = report_of(with(kernel, {"--timing-only"}));
    CHECK(full["cycles"]["total"].get<uint64_t>() > 0);
    CHECK(counted(full) == counted(timed));
    CHECK(full["mismatches"] == 0);
    CHECK(timed["mismatches"].is_null());
    CHECK(timed["digest"].is_null());
  }
}

TEST_CASE("Timing only: gigabytes of operands take no host memory") {
  // 1.6 GB read and written, of a DRAM that is larger than the machine's own.
  const json report =
      report_of({"bench", "add", "--rows", "32768", "--cols", "4096", "--timing-only", "--set",
                 "dram.size_mib=63488", "--set", "bus.width_bits=512"});
  CHECK(report["dram"]["bytes_read"].get<uint64_t>() > 1'000'000'000);
  CHECK(report["host"]["peak_memory_kib"].get<uint64_t>() < 100 * 1024);
}

TEST_CASE("Timing only: what cannot leave data out is refused") {
  const TemporaryDirectory directory;
  const std::string text = directory.write("text.txt", "Once upon a time");
  const std::vector<std::string> run = {"run", "--prompt", "Hi", "--timing-only"};
  const std::pair<std::vector<std::string>, std::string> requests[] = {
      {with(run, {"--fidelity", "rtl"}), "--fidelity 'rtl' is not legal"},
      {with(run, {"--set", "vpu.model=rtl"}), "vpu.model = 'rtl' is not legal"},
      {with(run, {"--set", "cpu.model=riscv"}), "cpu.model = 'riscv' is not legal"},
      {with(run, {"--temperature", "0.5"}), "--temperature: is not legal with --timing-only"},
      {with(run, {"--results", directory.file("x")}), "--results: is not legal"},
      {{"bench", "dma", "--timing-only", "--results", directory.file("x")},
       "--results: is not legal"},
      {{"eval", "--text", text, "--timing-only"}, "--timing-only: is not legal for 'eval'"},
      {{"compare", "run", "--prompt", "Hi", "--timing-only"}, "--timing-only"},
      {{"info", "--timing-only"}, "--timing-only: is not legal for 'info'"}};
  for (const auto& [arguments, message] : requests) {
    const Outcome outcome = run_systole(arguments);
    CAPTURE(arguments, outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains(message));
    CHECK(outcome.out == "");
  }
}
