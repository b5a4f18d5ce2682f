// Scripted GDB sessions: the firmware under gdb-multiarch, on the virtual SoC.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "tests/system/command_line.h"

using Catch::Contains;
using nlohmann::json;
using systole::test::Outcome;
using systole::test::read_json;
using systole::test::run_systole;
using systole::test::RunningSystole;
using systole::test::TemporaryDirectory;

namespace {

bool tools_present() {
  if (std::strlen(GDB_MULTIARCH) == 0) {
    WARN("skipped: gdb-multiarch is not installed");
    return false;
  }
  if (access(SYSTOLE_FIRMWARE, R_OK) == 0) return true;
  WARN("skipped: riscv64-linux-gnu-g++ is not installed");
  return false;
}

// "127.0.0.1:34567" of what the program says when it listens.
std::string address(RunningSystole& systole) {
  const std::string error = systole.await_error("target remote 127.0.0.1:");
  const size_t at = error.find("127.0.0.1:");
  INFO(error);
  REQUIRE(at != std::string::npos);
  return error.substr(at, error.find_first_not_of("0123456789.:", at) - at);
}

// What GDB says while it runs these commands.
std::string debug(const TemporaryDirectory& directory, const std::string& remote,
                  const std::string& commands) {
  const std::string script =
      directory.write("script.gdb", "set pagination off\nset confirm off\ntarget remote " + remote +
                                        "\n" + commands);
  const std::string command = std::string("timeout 200 " GDB_MULTIARCH " -nx -batch -x ") + script +
                              " " SYSTOLE_FIRMWARE " 2>&1 </dev/null";
  std::string said;
  FILE* gdb = popen(command.c_str(), "r");
  REQUIRE(gdb != nullptr);
  char line[512];
  while (std::fgets(line, sizeof line, gdb)) said += line;
  pclose(gdb);
  return said;
}

std::vector<std::string> run_arguments(const std::string& report) {
  return {"run",        "--prompt", "Once",    "--max-tokens", "1",   "--set", "cpu.model=riscv",
          "--fidelity", "tlm",      "--quiet", "--report",     report};
}

std::vector<std::string> with(std::vector<std::string> arguments,
                              const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

json without_host(json report) {
  report.erase("host");
  report.erase("profile");
  return report;
}

}  // namespace

TEST_CASE("GDB: break in the driver, look at a descriptor, watch registers and words, to the end") {
  if (!tools_present()) return;
  const TemporaryDirectory directory;
  const std::string plain = directory.file("plain.json"), debugged = directory.file("gdb.json");
  const Outcome undebugged = run_systole(run_arguments(plain));
  REQUIRE(undebugged.status == 0);

  // A trace and a profile beside it change nothing either.
  RunningSystole systole(with(run_arguments(debugged),
                              {"--gdb", "0", "--profile", "--trace", directory.file("trace.txt"),
                               "--trace-from", "systole::driver::Engine::doorbell"}));
  const std::string said = debug(directory, address(systole), R"(
info registers pc
break systole::driver::Engine::doorbell if rung_ != appended_
continue
echo @descriptor\n
print rung_
print *('systole::driver::hw::GemmDescriptor'*)ring_.host
print/x *(unsigned*)0x11000000
info registers mstatus priv fcsr ft0
echo @step\n
stepi
stepi
next
step
next
delete
echo @ring register\n
watch *(unsigned*)0x11000038
continue
backtrace 6
monitor engines
monitor ring gemm
monitor regs gemm[0]
monitor nonsense
delete
echo @word\n
watch *(int*)0x40004000
continue
delete
tbreak systole::driver::BareMetalHal::wait_for_interrupt
continue
finish
echo @memory\n
set var *(unsigned*)0x8ff00000 = 0x12345678
print/x *(unsigned*)0x8ff00000
echo @to the end\n
continue
)");
  INFO(said);
  const Outcome outcome = systole.wait();
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.out == undebugged.out);
  const json report = read_json(debugged);
  CHECK(without_host(report) == without_host(read_json(plain)));
  CHECK(report["profile"]["instructions"] == report["cpu"]["instructions"]);

  CHECK_THAT(said, Contains("pc             0x1000"));
  CHECK_THAT(said, Contains("hit Breakpoint 1") || Contains("Breakpoint 1"));
  CHECK_THAT(said, Contains("version = 1 '\\001', opcode = 1 '\\001'") && Contains("= 0x47454d4d"));
  CHECK_THAT(said, Contains("[Machine]") && Contains("FRM:0"));
  CHECK_THAT(said, Contains("watchpoint") && Contains("Old value = 0") && Contains("New value = "));
  CHECK_THAT(said, Contains("systole::driver::Engine::doorbell") &&
                       Contains("systole::driver::CommandStream::flush"));
  CHECK_THAT(said, Contains("gemm[0]   tlm    ") && Contains("unit 0 at 0x40000000: opcode 1") &&
                       Contains("RING_BASE_LO         0x40000000") && Contains("ROWS=16  COLS=16"));
  // The GEMM writes the word that tells of its first descriptors; the CPU sleeps.
  const std::string word =
      said.substr(said.find("@word"), said.find("@memory") - said.find("@word"));
  CHECK_THAT(word, Contains("Hardware watchpoint") && Contains("Old value = 0") &&
                       Contains("New value = "));
  CHECK_THAT(said, Contains("'nonsense' is no monitor command"));
  CHECK_THAT(said, Contains("= 0x12345678"));
  CHECK_THAT(said, Contains("exited normally"));
}

TEST_CASE(
    "GDB: attach at any time, detach, attach again, reset, the exit code of a failing program") {
  if (!tools_present()) return;
  const TemporaryDirectory directory;
  RunningSystole systole({"boot", "--elf", SYSTOLE_FIRMWARE, "--append", "provoke fault=spin",
                          "--fidelity", "tlm", "--quiet", "--gdb", "0", "--gdb-run",
                          "--max-sim-time", "10s"});
  const std::string remote = address(systole);
  systole.await_error("attach at any time");
  const std::string first = debug(directory, remote, R"(
monitor where
print *(int*)0x50000000
)");
  const std::string second = debug(directory, remote, R"(
info registers pc
monitor time
monitor reset
flushregs
info registers pc
tbreak systole::firmware::provoke
continue
call systole::firmware::finish(3)
)");
  INFO(first << second);
  CHECK_THAT(first, Contains("systole::firmware::provoke") && Contains("machine mode") &&
                        Contains("Cannot access memory at address 0x50000000"));
  CHECK_THAT(second, Contains("cycle ") && Contains("the CPU is reset") && Contains("0x1000"));
  const Outcome outcome = systole.wait();
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("the program ended with code 3") &&
                              Contains("detached; the program runs on"));
  CHECK_THAT(second, Contains("exited with code 03"));
}

TEST_CASE("GDB: a sleeping CPU can be interrupted, a killed run ends with status 1") {
  if (!tools_present()) return;
  const TemporaryDirectory directory;
  RunningSystole systole({"boot", "--elf", SYSTOLE_FIRMWARE, "--append", "monitor", "--fidelity",
                          "tlm", "--quiet", "--interactive", "--gdb", "0"});
  const std::string said = debug(directory, address(systole), R"(
tbreak systole::firmware::monitor
continue
kill
)");
  INFO(said);
  const Outcome outcome = systole.wait();
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("ended by the debugger"));
}

TEST_CASE("GDB: Ctrl-C ends a run that waits for a debugger") {
  if (!tools_present()) return;
  RunningSystole systole({"boot", "--elf", SYSTOLE_FIRMWARE, "--fidelity", "tlm", "--gdb", "0"});
  (void)address(systole);
  systole.send_signal(SIGINT);
  const Outcome outcome = systole.wait();
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("interrupted"));
}

TEST_CASE("GDB: ports that cannot be had and commands that have no hart are refused") {
  if (!tools_present()) return;
  RunningSystole first({"boot", "--elf", SYSTOLE_FIRMWARE, "--fidelity", "tlm", "--gdb", "0"});
  const std::string taken = address(first);
  const auto refused = [](const std::vector<std::string>& arguments) {
    const Outcome outcome = run_systole(arguments);
    CHECK(outcome.status == 2);
    return outcome.err;
  };
  const std::vector<std::string> boot = {"boot", "--elf", SYSTOLE_FIRMWARE, "--fidelity", "tlm"};
  CHECK_THAT(refused(with(boot, {"--gdb", taken.substr(taken.find(':') + 1)})),
             Contains("cannot listen on '" + taken + "'") && Contains("in use"));
  CHECK_THAT(refused(with(boot, {"--gdb", "70000"})),
             Contains("'70000' is not legal; legal: PORT"));
  CHECK_THAT(refused(with(boot, {"--gdb", "localhost:"})), Contains("is not legal"));
  CHECK_THAT(refused(with(boot, {"--gdb-run"})), Contains("needs --gdb"));
  CHECK_THAT(refused({"run", "--prompt", "Once", "--gdb", "0"}), Contains("cpu.model"));
  first.send_signal(SIGTERM);
  CHECK(first.wait().status == 1);
}
