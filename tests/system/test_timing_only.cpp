// --timing-only: the same cycles without data, without host memory for it, and clear refusals.
#include <catch2/catch.hpp>
#include <cmath>

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

/// What was done, whenever.
json work(const json& report) {
  json engines;
  for (const auto& [name, engine] : report["engines"].items())
    engines[name] = {engine["descriptors"], engine["bytes_written"]};
  return {engines, report["offload"], report["bus"]["targets"]["dram"]["bytes_read"]};
}

/// In per cent of `cycles`.
double off(const json& cycles, const json& other) {
  return 100 * std::abs(other.get<double>() / cycles.get<double>() - 1);
}

}  // namespace

// Phases of polls differ, and operations side by side are timed apart: docs/blocks/engine.md.
TEST_CASE("Timing only: a generation does the work it does with data, in 1 % of its cycles") {
  const std::vector<std::string> run = {"run", "--prompt", "Once upon a time", "--max-tokens", "9"};
  const std::vector<std::string> variations[] = {
      {}, {"--set", "bus.width_bits=64", "--set", "spm.size_kib=128"}, {"--set", "gemm.rows=32"}};
  for (const auto& variation : variations) {
    const json full = report_of(with(with(run, variation), {"--fidelity", "tlm"}));
    const json timed = report_of(with(with(run, variation), {"--timing-only"}));
    CHECK(full["decode_passes"] == 8);
    CHECK(work(full) == work(timed));
    const json detailed = report_of(
        with(with(run, variation), {"--timing-only", "--set", "timing_only.contention=detailed"}));
    CHECK(off(full["cycles"]["prefill"], timed["cycles"]["prefill"]) < 1);
    CHECK(off(full["cycles"]["decode"], timed["cycles"]["decode"]) < 1);
    CHECK(off(full["cycles"]["prefill"], detailed["cycles"]["prefill"]) < 0.5);
    CHECK(off(full["cycles"]["decode"], detailed["cycles"]["decode"]) < 0.5);
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
#ifndef __SANITIZE_ADDRESS__  // whose shadow counts too
  CHECK(report["host"]["peak_memory_kib"].get<uint64_t>() < 100 * 1024);
#endif
}

TEST_CASE("Shape: a model by its dimensions takes the cycles of the checkpoint that has them") {
  // The shipped model's dimensions; its checkpoint takes a decode pass less than tokens.
  const json by_file =
      report_of({"run", "--timing-only", "--prompt-tokens", "40", "--max-tokens", "4"});
  const json by_shape = report_of(
      {"run", "--shape",
       "dim=64,hidden_dim=160,n_layers=5,n_heads=8,n_kv_heads=4,vocab_size=512,seq_len=320",
       "--prompt-tokens", "40", "--max-tokens", "3"});
  CHECK(by_file["prompt_tokens"] == 40);
  CHECK(counted(by_file) == counted(by_shape));
  CHECK(by_shape["shape"]["n_kv_heads"] == 4);
  CHECK(by_shape["config"]["dram"]["size_mib"] == 256);
}

TEST_CASE("Shape: models that no checkpoint was loaded for, on the default configuration") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.json");
  const Outcome outcome =
      run_systole({"run", "--shape", "tinyllama-1.1b,n_layers=1", "--prompt-tokens", "20",
                   "--max-tokens", "1", "--report", file});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("prefill cycles") && Contains("decode cycles a token"));
  const json report = read_json(file);
  CHECK(report["prompt_tokens"] == 20);
  CHECK(report["decode_passes"] == 1);
  // Every weight is multiplied with every token, the classifier with the last of each pass.
  const uint64_t layer = 2048 * (2048 + 2 * 256) + 2048 * 2048 + 3 * 2048 * 5632;
  const uint64_t products = layer * 21 + 2 * uint64_t{2048} * 32000;
  const uint64_t macs = report["engines"]["gemm"]["macs"];
  CHECK(macs > products);
  CHECK(macs < products + products / 50);  // and attention
#ifndef __SANITIZE_ADDRESS__               // whose shadow counts too
  CHECK(report["host"]["peak_memory_kib"].get<uint64_t>() < 100 * 1024);
#endif

  const json gpt2 = report_of({"run", "--shape", "gpt2,n_layers=1,vocab_size=64", "--prompt-tokens",
                               "300", "--max-tokens", "1"});
  CHECK(gpt2["offload"]["layernorm"]["accelerator"].get<uint64_t>() >= 6);
  CHECK(gpt2["offload"]["activation"]["accelerator"].get<uint64_t>() >= 2);
  CHECK(gpt2["offload"]["rotary"]["accelerator"] == 0);
}

TEST_CASE("Shape: operations side by side, apart and burst by burst, take the same to 0.1 %") {
  // Attention of long prompts: softmax beside the products of other heads, at two balances.
  const std::vector<std::string> run = {
      "run",          "--shape", "llama2-7b,n_layers=1,vocab_size=512", "--prompt-tokens", "300",
      "--max-tokens", "1"};
  const std::vector<std::string> variations[] = {
      {}, {"--set", "bus.width_bits=64", "--set", "gemm.rows=32", "--set", "gemm.cols=32"}};
  for (const auto& variation : variations) {
    const json apart = report_of(with(run, variation));
    const json detailed =
        report_of(with(with(run, variation), {"--set", "timing_only.contention=detailed"}));
    CHECK(work(apart) == work(detailed));
    CHECK(apart["cycles"]["total"] != detailed["cycles"]["total"]);  // something was apart
    CHECK(off(detailed["cycles"]["prefill"], apart["cycles"]["prefill"]) < 0.1);
    CHECK(off(detailed["cycles"]["decode"], apart["cycles"]["decode"]) < 0.1);
  }
}

TEST_CASE("Shape: what is wrong with one") {
  const std::vector<std::string> shape = {"run", "--shape"};
  const std::pair<std::vector<std::string>, std::string> requests[] = {
      {{"llama", "--prompt-tokens", "4"}, "preset 'llama' is not legal; did you mean 'llama2-7b'?"},
      {{"gpt2,n_heads=5", "--prompt-tokens", "4"}, "n_heads is 5; legal: a divisor of dim 768"},
      {{"dim=64", "--prompt-tokens", "4"}, "hidden_dim is missing"},
      {{"gpt2", "--prompt", "x"}, "--prompt: is not legal with --shape"},
      {{"gpt2"}, "--prompt-tokens is needed with --shape"},
      {{"gpt2", "--prompt-tokens", "1000", "--max-tokens", "25"}, "up to the context of 1024"},
      {{"llama2-7b", "--prompt-tokens", "4", "--max-tokens", "1", "--set", "dram.size_mib=512"},
       "dram.size_mib = '512' is not legal; legal: at least"},
      {{"llama2-7b,n_layers=1000", "--prompt-tokens", "4", "--max-tokens", "1"},
       "MiB of DRAM; legal: up to 63488"},
#ifndef __SANITIZE_ADDRESS__  // refused in the simulation: github.com/google/sanitizers/issues/189
      {{"llama2-7b,hidden_dim=20000", "--prompt-tokens", "4", "--max-tokens", "1"},
       "hidden_dim is 20000; legal: up to 16384"},
#endif
      {{"gpt2", "--prompt-tokens", "4", "--fidelity", "rtl"}, "--fidelity 'rtl' is not legal"}};
  for (const auto& [arguments, message] : requests) {
    const Outcome outcome = run_systole(with(shape, arguments));
    CAPTURE(arguments, outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains(message));
    CHECK(outcome.out == "");
  }
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
