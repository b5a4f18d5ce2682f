// systole run and eval on a real model: text, report, streams.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/system/command_line.h"

using Catch::Contains;
using nlohmann::json;
using systole::test::Outcome;
using systole::test::read_json;
using systole::test::run_systole;
using systole::test::shared_model;
using systole::test::SharedModel;
using systole::test::TemporaryDirectory;

TEST_CASE("Run: stories260K tells its story, all of it computed by the engines") {
  const SharedModel model = shared_model();
  if (!model.present()) {
    WARN("skipped: ../shared/models is not there");
    return;
  }
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.json");
  const Outcome outcome =
      run_systole({"run", "--model", model.model, "--tokenizer", model.tokenizer, "--prompt",
                   "Once upon a time", "--max-tokens", "24", "--report", file});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK_THAT(
      outcome.out,
      Catch::StartsWith("Once upon a time, there was a little girl named Lily. She loved to play"));
  CHECK_THAT(outcome.err, Contains("decode") && Contains("gemm[0]"));
  const json report = read_json(file);
  CHECK(report["text"].get<std::string>() + "\n" == outcome.out);
  CHECK(report["tokens"][0] == 1);
  CHECK(report["tokens"].size() == report["prompt_tokens"].get<size_t>() + 24);
  CHECK(report["cycles"]["prefill"].get<uint64_t>() > 0);
  CHECK(report["cycles"]["decode"].get<uint64_t>() / 23 < 50000);
  for (const auto& [kernel, count] : report["offload"].items()) {
    INFO(kernel);
    CHECK(count["cpu"] == 0);
  }
  for (const char* kernel : {"gemm", "softmax", "rmsnorm", "rotary", "swiglu", "quantize"}) {
    INFO(kernel);
    CHECK(report["offload"][kernel].contains("accelerator"));
  }
  CHECK(report["offload"]["gemm"]["accelerator"].get<uint64_t>() > 100);
}

TEST_CASE("Run: several engines of each kind tell the same story as one") {
  const SharedModel model = shared_model();
  if (!model.present()) {
    WARN("skipped: ../shared/models is not there");
    return;
  }
  const auto story = [&](const std::string& gemm, const std::string& vpu) {
    const Outcome outcome =
        run_systole({"run", "--model", model.model, "--tokenizer", model.tokenizer, "--prompt",
                     "Once upon a time", "--max-tokens", "30", "--quiet", "--set",
                     "gemm.count=" + gemm, "--set", "vpu.count=" + vpu});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return outcome.out;
  };
  const std::string one = story("1", "1");
  CHECK(one.size() > 60);
  CHECK(story("2", "2") == one);
  CHECK(story("4", "4") == one);
}

TEST_CASE("Run: two runs with a seed give the same report but for the host") {
  const TemporaryDirectory directory;
  json reports[2];
  for (json& report : reports) {
    const std::string file = directory.file("r.json");
    const Outcome outcome =
        run_systole({"run", "--prompt", "Once", "--max-tokens", "4", "--temperature", "0.9",
                     "--seed", "5", "--report", file, "--quiet"});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(outcome.err == "");
    report = read_json(file);
    report.erase("host");
  }
  CHECK(reports[0] == reports[1]);
}

TEST_CASE("Eval: perplexity of a text on the shipped model") {
  const TemporaryDirectory directory;
  const std::string text = directory.write("text.txt", "Once upon a time there was a little dog.");
  const std::string file = directory.file("e.json");
  const Outcome outcome = run_systole({"eval", "--text", text, "--report", file});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("perplexity") && Contains("mean NLL"));
  const json report = read_json(file);
  CHECK(report["tokens_scored"].get<int>() > 5);
  CHECK(report["perplexity"].get<double>() > 1);
  CHECK(std::exp(report["mean_nll"].get<double>()) == Approx(report["perplexity"].get<double>()));
}
