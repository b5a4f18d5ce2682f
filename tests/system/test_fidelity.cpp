// RTL and twins of the engines under one driver: --fidelity, *.model, in any mix.
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/system/command_line.h"

using nlohmann::json;
using systole::test::Outcome;
using systole::test::read_json;
using systole::test::run_systole;
using systole::test::TemporaryDirectory;

namespace {

/// The shipped model tells 12 tokens; `choice` says which fidelity.
json story(const std::vector<std::string>& choice) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.json");
  std::vector<std::string> arguments = {"run", "--prompt", "Once upon a time", "--max-tokens",
                                        "12",  "--quiet",  "--report",         file};
  arguments.insert(arguments.end(), choice.begin(), choice.end());
  const Outcome outcome = run_systole(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  return read_json(file);
}

}  // namespace

TEST_CASE("Fidelity: twins, RTL and mixtures tell the same story in the same time") {
  const json rtl = story({"--fidelity", "rtl"});
  for (const auto& [choice, gemm, vpu, dma] :
       {std::tuple{std::vector<std::string>{"--fidelity", "tlm"}, "tlm", "tlm", "tlm"},
        {{"--set", "gemm.model=tlm"}, "tlm", "rtl", "rtl"},
        {{"--fidelity", "tlm", "--set", "gemm.model=rtl"}, "rtl", "tlm", "tlm"}}) {
    const json other = story(choice);
    CAPTURE(gemm, vpu, dma);
    CHECK(other["engines"]["gemm"]["fidelity"] == gemm);
    CHECK(other["engines"]["vpu"]["fidelity"] == vpu);
    CHECK(other["engines"]["dma"]["fidelity"] == dma);
    CHECK(other["tokens"] == rtl["tokens"]);
    CHECK(other["text"] == rtl["text"]);
    for (const char* part : {"prefill", "decode"}) {
      const double expected = rtl["cycles"][part], found = other["cycles"][part];
      CAPTURE(part, expected, found);
      CHECK(std::abs(found - expected) <= 0.02 * expected);
    }
  }
}
