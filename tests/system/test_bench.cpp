// systole bench: results, report, determinism, and every way to end early.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/system/command_line.h"

using Catch::Contains;
using nlohmann::json;
using systole::test::Outcome;
using systole::test::read_file;
using systole::test::read_json;
using systole::test::run_systole;
using systole::test::run_systole_signalled;
using systole::test::TemporaryDirectory;

namespace {

void check_engine(const json& engine, const char* work) {
  for (const char* key : {"fidelity", "busy_cycles", "stall_cycles", "utilization", "bytes_read",
                          "bytes_written", "descriptors", "instances"}) {
    INFO(key);
    CHECK(engine.contains(key));
  }
  CHECK(engine["fidelity"] == "rtl");
  CHECK(engine.contains(work));
}

json without_host(json report) {
  report.erase("host");
  return report;
}

}  // namespace

TEST_CASE("Bench: gemm goes from the driver to the RTL and back, bit for bit") {
  for (const char* layout : {"packed", "rows", "transposed"}) {
    for (const char* out : {"int32", "float32", "int8"}) {
      const Outcome outcome = run_systole({"bench", "gemm", "--m", "5", "--n", "37", "--k", "100",
                                           "--b-layout", layout, "--out", out});
      INFO(layout << " " << out << "\n" << outcome.err);
      CHECK(outcome.status == 0);
      CHECK_THAT(outcome.out, Contains("bench gemm m=5 n=37 k=100") &&
                                  Contains("mismatches                              0"));
    }
  }
}

TEST_CASE("Bench: every row-wise kernel equals the reference") {
  for (const char* kernel :
       {"softmax", "rmsnorm", "layernorm", "relu", "gelu", "silu", "sigmoid", "tanh", "clip", "add",
        "mul", "swiglu", "rotary", "quantize", "dequantize"}) {
    const Outcome outcome =
        run_systole({"bench", kernel, "--rows", "3", "--cols", "72", "--quiet"});
    INFO(kernel << "\n" << outcome.out << outcome.err);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.out, Contains("mismatches                              0"));
  }
}

TEST_CASE("Bench: standard output carries the result only, and quiet silences the rest") {
  const Outcome loud = run_systole({"bench", "dma", "--bytes", "1000"});
  const Outcome quiet = run_systole({"bench", "dma", "--bytes", "1000", "--quiet"});
  CHECK(loud.status == 0);
  CHECK(quiet.status == 0);
  CHECK(loud.out == quiet.out);
  CHECK_THAT(loud.err, Contains("dma[0]") && Contains("simulated kHz"));
  CHECK(loud.out.find("simulated kHz") == std::string::npos);
  CHECK(quiet.err == "");
}

TEST_CASE(
    "Bench: the report has the keys of the contract and is the same in every run but for the "
    "host") {
  const TemporaryDirectory directory;
  const std::string a = directory.file("a.json"), b = directory.file("b.json");
  REQUIRE(
      run_systole({"bench", "gemm", "--m", "16", "--n", "48", "--k", "64", "--report", a}).status ==
      0);
  REQUIRE(run_systole(
              {"bench", "gemm", "--m", "16", "--n", "48", "--k", "64", "--report", b, "--quiet"})
              .status == 0);
  const json report = read_json(a);
  CHECK(without_host(report) == without_host(read_json(b)));
  CHECK(report["config"]["bus"]["width_bits"] == 128);
  CHECK(report["cycles"]["total"].get<uint64_t>() > 16 * 48 * 64 / 256);
  CHECK(report["mismatches"] == 0);
  CHECK(report["partial"] == false);
  CHECK(report["cpu"]["model"] == "native");
  CHECK(report["cpu"].contains("instructions"));
  check_engine(report["engines"]["gemm"], "macs");
  check_engine(report["engines"]["vpu"], "elements");
  check_engine(report["engines"]["dma"], "bytes");
  CHECK(report["engines"]["gemm"]["macs"] == 16 * 48 * 64);
  CHECK(report["offload"]["gemm"]["accelerator"] == 1);
  CHECK(report["offload"]["gemm"]["cpu"] == 0);
  for (const char* memory : {"dram", "spm", "bus"}) {
    INFO(memory);
    for (const char* key : {"bytes_read", "bytes_written", "utilization"})
      CHECK(report[memory].contains(key));
  }
  for (const char* key : {"wall_seconds", "sim_khz", "build_seconds"})
    CHECK(report["host"].contains(key));
}

TEST_CASE("Bench: an unmapped address stops the engine with code and address, in bounded time") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.json");
  const Outcome read = run_systole(
      {"bench", "dma", "--src", "0x2000000000", "--report", file, "--max-sim-time", "10ms"});
  CHECK(read.status == 1);
  CHECK(read.out == "");
  CHECK_THAT(read.err, Contains("dma[0]") && Contains("error code 1") && Contains("DECERR") &&
                           Contains("0x2000000000") && Contains("cycle"));
  const json report = read_json(file);
  CHECK_THAT(report["error"].get<std::string>(), Contains("0x2000000000"));
  CHECK(report["partial"] == false);
  const Outcome write = run_systole({"bench", "dma", "--dst", "0x60000000", "--quiet"});
  CHECK(write.status == 1);
  CHECK_THAT(write.err, Contains("error code 2") && Contains("0x60000000"));
}

TEST_CASE("Bench: --max-sim-time ends the run with a partial report") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.json");
  const Outcome outcome = run_systole(
      {"bench", "dma", "--bytes", "1000000", "--max-sim-time", "20us", "--report", file});
  CHECK(outcome.status == 1);
  CHECK(outcome.out == "");
  CHECK_THAT(outcome.err, Contains("max-sim-time") && Contains("partial"));
  const json report = read_json(file);
  CHECK(report["partial"] == true);
  CHECK(report["stopped_by"] == "max-sim-time");
  CHECK(report["engines"]["dma"]["bytes_read"].get<uint64_t>() > 100000);
}

TEST_CASE("Bench: Ctrl-C ends the run with a partial report") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.json");
  const Outcome outcome = run_systole_signalled(
      {"bench", "dma", "--repeat", "100000", "--log-level", "debug", "--report", file},
      "simulating", SIGINT);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("interrupted") && Contains("partial"));
  CHECK(read_json(file)["partial"] == true);
  CHECK(read_json(file)["stopped_by"] == "interrupted");
}
