// Instruction trace and profile of programs on the virtual SoC, as a user asks for them.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/system/command_line.h"

using Catch::Contains;
using nlohmann::json;
using systole::test::Outcome;
using systole::test::read_file;
using systole::test::read_json;
using systole::test::run_systole;
using systole::test::TemporaryDirectory;

namespace {

bool firmware_present() {
  if (access(SYSTOLE_FIRMWARE, R_OK) == 0) return true;
  WARN("skipped: riscv64-linux-gnu-g++ is not installed");
  return false;
}

// The self-test: traps, interrupts, devices, sleep, code that changes.
Outcome self_test(const std::string& report, std::vector<std::string> more) {
  std::vector<std::string> arguments = {"boot",     "--elf",    SYSTOLE_FIRMWARE,
                                        "--append", "selftest", "--fidelity",
                                        "tlm",      "--report", report};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_systole(arguments);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool is_trap(const std::string& line) { return line.find("  -- ") != std::string::npos; }

json without_host(json report) {
  report.erase("host");
  report.erase("profile");
  return report;
}

uint64_t number(const json& object, const char* key) { return object.at(key).get<uint64_t>(); }

}  // namespace

TEST_CASE("Trace: every instruction and trap has a line, and the run is the untraced one") {
  if (!firmware_present()) return;
  const TemporaryDirectory directory;
  const std::string plain = directory.file("plain.json"), traced = directory.file("traced.json"),
                    file = directory.file("trace.txt");
  const Outcome expected = self_test(plain, {"--quiet"});
  REQUIRE(expected.status == 0);
  const Outcome outcome = self_test(traced, {"--quiet", "--trace", file, "--trace-limit", "0"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.out == expected.out);
  CHECK(outcome.err.empty());
  const json report = read_json(traced);
  CHECK(without_host(report) == without_host(read_json(plain)));

  const std::string text = read_file(file);
  const std::vector<std::string> lines = lines_of(text);
  const auto traps = static_cast<uint64_t>(std::count_if(lines.begin(), lines.end(), is_trap));
  CHECK(lines.size() == 1 + traps + number(report["cpu"], "instructions"));
  REQUIRE(lines.size() > 100);
  CHECK_THAT(lines[0], Contains("cycle m pc          code      instruction"));
  CHECK_THAT(lines[1], Contains("           0 M 0x00001000  00000297  auipc     t0,0x0") &&
                           Contains("t0=0x1000"));
  CHECK_THAT(lines[6], Contains(" _start"));
  CHECK_THAT(text, Contains("  -- machine timer interrupt in systole::firmware::self_test+0x") &&
                       Contains("(trap_entry), mode M") && Contains("-- illegal instruction (0x") &&
                       Contains("-- load access fault (address 0x"));
  CHECK_THAT(text, Contains("  systole::firmware::self_test+0x") ||
                       Contains(" systole::firmware::self_test"));
  // A store to the UART says what it has written.
  CHECK_THAT(text, Contains("[0x10000000]=0x53"));
}

TEST_CASE("Trace: begins at a symbol, an address or a cycle, and ends at its limit") {
  if (!firmware_present()) return;
  const TemporaryDirectory directory;
  const std::string file = directory.file("trace.txt"), report = directory.file("r.json");
  const auto trace = [&](const std::string& from) {
    const Outcome outcome =
        self_test(report, {"--trace", file, "--trace-from", from, "--trace-limit", "10"});
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.err, Contains("trace: 10 instructions in '" + file + "', as --trace-limit"));
    return lines_of(read_file(file));
  };
  const auto by_name = trace("systole::firmware::self_test");
  REQUIRE(by_name.size() == 12);
  CHECK_THAT(by_name[1], Contains(" systole::firmware::self_test"));
  const size_t pc = by_name[1].find("0x8");
  CHECK(trace(by_name[1].substr(pc, 10)) == by_name);
  const size_t cycle = by_name[1].find_first_not_of(' ');
  CHECK(trace(by_name[1].substr(cycle, by_name[1].find(' ', cycle) - cycle)) == by_name);
  CHECK_THAT(by_name[11], Contains("# the limit of --trace-limit is reached at cycle"));

  const Outcome never =
      self_test(report, {"--trace", file, "--trace-from", "systole::firmware::provoke"});
  CHECK(never.status == 0);
  CHECK_THAT(never.err, Contains("the program has not come to 'systole::firmware::provoke'"));
  const Outcome beyond =
      self_test(report, {"--trace", file, "--trace-from", "100000000", "--trace-limit", "5"});
  CHECK_THAT(beyond.err, Contains("the program has not come to '100000000'"));
}

TEST_CASE("Trace: - is standard output") {
  if (!firmware_present()) return;
  const TemporaryDirectory directory;
  const Outcome outcome =
      self_test(directory.file("r.json"), {"--trace", "-", "--trace-limit", "3", "--uart", "pty"});
  CHECK(outcome.status == 0);
  CHECK(lines_of(outcome.out).size() == 5);
  CHECK_THAT(outcome.err, Contains("trace: 3 instructions, as"));
}

TEST_CASE("Profile: its sums are the run's instructions and cycles, and the run is the same") {
  if (!firmware_present()) return;
  const TemporaryDirectory directory;
  const std::string plain = directory.file("plain.json"), profiled = directory.file("p.json");
  const Outcome expected = self_test(plain, {});
  const Outcome outcome = self_test(profiled, {"--profile"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.out == expected.out);
  const json report = read_json(profiled);
  CHECK(without_host(report) == without_host(read_json(plain)));
  const json& profile = report.at("profile");
  CHECK(number(profile, "instructions") == number(report["cpu"], "instructions"));
  uint64_t instructions = 0, cycles = 0, stalled = 0, asleep = 0, last = ~uint64_t{0};
  for (const json& row : profile["functions"]) {
    instructions += number(row, "instructions");
    cycles += number(row, "cycles");
    stalled += number(row, "stall_cycles");
    asleep += number(row, "sleep_cycles");
    const uint64_t all =
        number(row, "cycles") + number(row, "stall_cycles") + number(row, "sleep_cycles");
    CHECK(all <= last);
    last = all;
  }
  CHECK(instructions == number(profile, "instructions"));
  CHECK(cycles == number(profile, "cycles"));
  CHECK(stalled == number(profile, "stall_cycles"));
  CHECK(asleep == number(profile, "sleep_cycles"));
  CHECK(cycles + stalled + asleep == number(report["cycles"], "simulated"));
  CHECK(stalled > 0);
  CHECK(asleep > 0);
  CHECK(profile["functions"][0]["name"] == "systole::firmware::self_test");
  CHECK_THAT(profile["functions"][0]["symbol"].get<std::string>(),
             Contains("_ZN7systole8firmware9self_test"));
  CHECK_THAT(outcome.err, Contains("share     sum   instructions") &&
                              Contains("systole::firmware::self_test\n") &&
                              Contains("waiting for devices"));
  CHECK_THAT(expected.err, !Contains("waiting for devices"));
}

TEST_CASE("Trace and profile: what is not legal is refused with status 2") {
  if (!firmware_present()) return;
  const TemporaryDirectory directory;
  const auto refused = [](const std::vector<std::string>& arguments) {
    const Outcome outcome = run_systole(arguments);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    return outcome.err;
  };
  const std::vector<std::string> boot = {
      "boot", "--elf", SYSTOLE_FIRMWARE, "--append", "selftest", "--fidelity", "tlm", "--quiet"};
  const auto boot_with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), boot.begin(), boot.end());
    return refused(more);
  };
  CHECK_THAT(boot_with({"--trace-from", "main"}), Contains("--trace-from: needs --trace; legal:"));
  CHECK_THAT(boot_with({"--trace-limit", "5"}), Contains("--trace-limit: needs --trace; legal:"));
  CHECK_THAT(boot_with({"--trace", ""}), Contains("--trace"));
  CHECK_THAT(boot_with({"--trace", directory.file("no/where")}),
             Contains("no/where' cannot be written; legal:"));
  CHECK_THAT(boot_with({"--trace", directory.file("t"), "--trace-from", "mian"}),
             Contains("no code of the name 'mian'; legal:"));
  CHECK_THAT(boot_with({"--trace", directory.file("t"), "--trace-limit", "many"}),
             Contains("'many' is not legal; legal: a whole number"));
  for (const char* option : {"--profile", "--trace=t", "--gdb=0"}) {
    CHECK_THAT(refused({"run", "--prompt", "Hi", option}),
               Contains("needs the RISC-V CPU, cpu.model is 'native'; legal: with --set"));
  }
}

#ifndef __SANITIZE_ADDRESS__  // refused in the simulation: github.com/google/sanitizers/issues/189
TEST_CASE("Trace: a file that cannot be written to its end is an error") {
  if (!firmware_present()) return;
  const TemporaryDirectory directory;
  const Outcome outcome = self_test(directory.file("r.json"), {"--trace", "/dev/full"});
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, Contains("--trace: '/dev/full' could not be written"));
}
#endif

TEST_CASE("Run: other commands refuse the RISC-V CPU") {
  const TemporaryDirectory directory;
  const std::string text = directory.write("text", "Once upon a time");
  const std::string sweep =
      directory.write("sweep.yaml",
                      "base: default\nfidelity: tlm\naxes: {bus.width_bits: [128]}\n"
                      "workload: {gemm_csv: " +
                          directory.write("list.csv", "Layer,M,N,K\na,8,8,8\n") + "}\n");
  const std::vector<std::vector<std::string>> commands = {
      {"bench", "dma"},
      {"bench", "gemm"},
      {"eval", "--text", text},
      {"compare", "bench", "dma"},
      {"compare", "run", "--prompt", "Hi"},
      {"sweep", sweep, "--out", directory.file("sweep")}};
  for (std::vector<std::string> command : commands) {
    CAPTURE(command);
    const std::string name = command[0];
    command.insert(command.end(), {"--set", "cpu.model=riscv"});
    const Outcome outcome = run_systole(command);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err,
               Contains("cpu.model: 'riscv' is not legal for '" + name + "'; legal: native"));
  }
}
