// The firmware's plain parts on QEMU's `virt` machine, which has no engines: banner, traps,
// self-test, finisher.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <string>

namespace {

using Catch::Contains;

struct Outcome {
  int status = -1;
  std::string out;
};

// `arguments` must not hold a single quote.
Outcome run_on_qemu(const std::string& arguments, const std::string& typed = "") {
  const std::string command =
      "printf '" + typed +
      "' | timeout 60 " QEMU_RISCV
      " -M virt -bios none -display none -serial stdio -monitor none -kernel '" SYSTOLE_FIRMWARE
      "' -append '" +
      arguments + "' 2>&1";
  Outcome outcome;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> chunk;
  for (size_t n; (n = fread(chunk.data(), 1, chunk.size(), pipe)) > 0;)
    outcome.out.append(chunk.data(), n);
  outcome.status = WEXITSTATUS(pclose(pipe));
  return outcome;
}

bool present() {
  if (*QEMU_RISCV && access(SYSTOLE_FIRMWARE, R_OK) == 0) return true;
  WARN("skipped: qemu-system-riscv64 or riscv64-linux-gnu-g++ is not installed");
  return false;
}

}  // namespace

TEST_CASE("Firmware on QEMU: banner and self-test pass") {
  if (!present()) return;
  const Outcome outcome = run_on_qemu("selftest");
  INFO(outcome.out);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("Systole firmware") && Contains("DRAM: 128 MiB at 0x80000000"));
  CHECK_THAT(outcome.out, Contains("self-test: passed") && !Contains("FAILED"));
}

TEST_CASE("Firmware on QEMU: a fatal trap ends with cause, address and place") {
  if (!present()) return;
  const struct {
    const char *fault, *message;
  } faults[] = {{"illegal", "panic: illegal instruction: cause 0x2"},
                {"load", "panic: load access fault: cause 0x5, address 0x8"},
                {"store", "panic: store access fault: cause 0x7, address 0x8"},
                {"jump", "panic: instruction access fault: cause 0x1, address 0x0, pc 0x0"},
                {"stack", "panic: store access fault (stack overflow)"}};
  for (const auto& fault : faults) {
    const Outcome outcome = run_on_qemu(std::string("provoke fault=") + fault.fault);
    INFO(fault.fault << ": " << outcome.out);
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.out, Contains(fault.message) && Contains("  ra 0x"));
  }
}

TEST_CASE("Firmware on QEMU: boot arguments that mean nothing are refused") {
  if (!present()) return;
  for (const char* arguments : {"bogus", "run max_tokens=x", "selftest more"}) {
    const Outcome outcome = run_on_qemu(arguments);
    INFO(outcome.out);
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.out, Contains("is not known; legal:"));
  }
}

TEST_CASE("Firmware on QEMU: the monitor peeks, pokes and survives a bus error") {
  if (!present()) return;
  const Outcome outcome = run_on_qemu(
      "monitor",
      "help\\nmistake\\npoke 0x80800000 0x1234\\npeek 0x80800000\\npeek 0x0\\nrun x\\nquit 5\\n");
  INFO(outcome.out);
  CHECK(outcome.status == 5);
  CHECK_THAT(outcome.out, Contains("bench gemm M N K") && Contains("unknown command"));
  CHECK_THAT(outcome.out, Contains("0x80800000: 0x1234\n") && Contains("0x0: bus error"));
  CHECK_THAT(outcome.out, Contains("no engines here"));
}
