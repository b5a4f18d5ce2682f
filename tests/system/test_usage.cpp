// Usage and configuration on the command line: exit statuses, and what the messages name.
#include <catch2/catch.hpp>

#include "tests/system/command_line.h"

using Catch::Contains;
using systole::test::Outcome;
using systole::test::run_systole;

namespace {

// Refused: status 2, nothing on standard output, and a message with each of `words`.
void check_refused(const std::vector<std::string>& arguments,
                   const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& argument : arguments) line += " " + argument;
  INFO("systole" << line);
  const Outcome outcome = run_systole(arguments);
  CHECK(outcome.status == 2);
  CHECK(outcome.out == "");
  for (const std::string& word : words) CHECK_THAT(outcome.err, Contains(word));
}

}  // namespace

TEST_CASE("Usage: help goes to standard output and has examples") {
  const Outcome top = run_systole({"--help"});
  CHECK(top.status == 0);
  CHECK(top.err == "");
  for (const char* command :
       {"run", "eval", "bench", "boot", "info", "prebuild", "sweep", "report"}) {
    INFO(command);
    CHECK_THAT(top.out, Contains(std::string("\n  ") + command + " "));
    const Outcome outcome = run_systole({command, "--help"});
    CHECK(outcome.status == 0);
    CHECK(outcome.err == "");
    CHECK_THAT(outcome.out,
               Contains("Examples:") && Contains("--set") && Contains("bus.width_bits"));
  }
}

TEST_CASE("Usage: an unknown command or none is refused with the list") {
  check_refused({}, {"run", "bench", "prebuild"});
  check_refused({"simulate"}, {"simulate", "run", "bench", "prebuild"});
}

TEST_CASE("Usage: wrong options are refused with option, value and what is legal") {
  check_refused({"info", "--sett", "a=b"}, {"--sett", "--set"});
  check_refused({"info", "extra"}, {"systole info"});
  check_refused({"bench", "dma", "--max-sim-time", "10"}, {"--max-sim-time", "'10'", "us"});
  check_refused({"bench", "dma", "--max-sim-time", "-1us"}, {"--max-sim-time", "legal"});
  check_refused({"bench", "dma", "--log-level", "loud"}, {"--log-level", "'loud'", "debug"});
  check_refused({"bench", "dma", "--report", "/nonexistent/r.json"},
                {"--report", "/nonexistent/r.json"});
  check_refused({"bench"}, {"gemm", "softmax", "dma"});
  check_refused({"bench", "fft"}, {"'fft'", "gemm", "softmax"});
  check_refused({"bench", "gemm", "--m", "0"}, {"--m", "'0'", "1 to 1048575"});
  check_refused({"bench", "gemm", "--m", "-1"}, {"--m", "'-1'", "legal"});
  check_refused({"bench", "gemm", "--k", "131072"}, {"--k", "'131072'", "131071"});
  check_refused({"bench", "gemm", "--out", "int16"}, {"--out", "'int16'", "float32"});
  check_refused({"bench", "dma", "--cols", "4"}, {"--cols"});
  check_refused({"bench", "dma", "--bytes", "4000000000"}, {"--bytes", "dram.size_mib"});
  check_refused({"run"}, {"--prompt"});
  check_refused({"run", "--prompt", "Hi", "--temperature", "-1"}, {"--temperature", "legal"});
  check_refused({"eval"}, {"--text"});
}

TEST_CASE("Usage: a bad configuration is refused before anything is simulated") {
  for (const char* command : {"info", "prebuild"}) {
    check_refused({command, "--set", "bus.width_bits=100"},
                  {"bus.width_bits", "'100'", "64, 128, 256, 512"});
    check_refused({command, "--set", "bus.widht_bits=64"},
                  {"bus.widht_bits", "did you mean", "bus.width_bits"});
    check_refused({command, "--fidelity", "fpga"}, {"'fpga'", "legal: rtl, tlm"});
    check_refused({command, "--config", "nowhere.yaml"}, {"nowhere.yaml"});
    check_refused(
        {command, "--set", "gemm.rows=64", "--set", "gemm.cols=64", "--set", "gemm.b_buffer_kib=4"},
        {"gemm.b_buffer_kib", "'4'", "at least 8 KiB"});
  }
  check_refused({"bench", "dma", "--set", "dma.count=0"}, {"dma.count", "'0'"});
}

TEST_CASE("Usage: info shows the resolved configuration, addresses and variants") {
  const Outcome outcome =
      run_systole({"info", "--set", "gemm.count=2", "--set", "bus.width_bits=256"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err == "");
  CHECK_THAT(outcome.out, Contains("bus.width_bits") && Contains("256") && Contains("default 128"));
  CHECK_THAT(outcome.out,
             Contains("0x0011000000") && Contains("gemm[1]") && Contains("0x0011030000"));
  CHECK_THAT(outcome.out, Contains("DataWidth=256") && Contains("interrupt 32"));
}
