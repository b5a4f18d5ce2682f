// Counters: they count, can be written and stopped, and lower modes see what mcounteren and
// scounteren let them see. Values differ between machines: relations are checked.
#include "check.h"

namespace {

volatile uint64_t* const kMtime = reinterpret_cast<volatile uint64_t*>(0x0200bff8);

void count() {
  const uint64_t cycles = READ_CSR(mcycle), retired = READ_CSR(minstret), time = READ_CSR(time);
  for (int i = 0; i < 100000; ++i) asm volatile("");
  check_that("mcycle counts", READ_CSR(mcycle) > cycles);
  check_that("minstret counts", READ_CSR(minstret) > retired);
  check_that("time counts", READ_CSR(time) > time);
  const uint64_t before = READ_CSR(mcycle), between = READ_CSR(cycle), behind = READ_CSR(mcycle);
  check_that("cycle is mcycle", before <= between && between <= behind);
  const uint64_t first = *kMtime, middle = READ_CSR(time), last = *kMtime;
  check_that("time is mtime", first <= middle && middle <= last);
}

void exact_instructions() {
  // QEMU counts instructions only with -icount; the CPU of the SoC always does.
  uint64_t first, second, third;
  asm volatile(
      ".option push\n .option norvc\n .balign 64\n csrr %0, minstret\n csrr %1, minstret\n nop\n"
      "nop\n csrr %2, minstret\n .option pop"
      : "=&r"(first), "=&r"(second), "=&r"(third));
  const bool on_qemu = READ_CSR(marchid) != 0;
  check_that("minstret counts every instruction",
             on_qemu || (second - first == 1 && third - second == 3));
  trap.clear();
  asm volatile(
      ".option push\n .option norvc\n csrr %0, minstret\n nop\n ecall\n csrr %1, minstret\n"
      ".option pop"
      : "=&r"(first), "=&r"(second));
  check_trap("an ecall between", 11, 0);
  check_that("  is not retired, its handler is", on_qemu || second - first > 10);
}

void write() {
  WRITE_CSR(mcycle, 1ull << 40);
  check_that("mcycle can be written", READ_CSR(mcycle) - (1ull << 40) < 1ull << 36);
  WRITE_CSR(minstret, 1ull << 41);
  check_that("minstret can be written", READ_CSR(minstret) - (1ull << 41) < 1ull << 36);
  WRITE_CSR(mcycle, 0);
  WRITE_CSR(minstret, 0);
  WRITE_CSR(mcountinhibit, 5);
  check("mcountinhibit", READ_CSR(mcountinhibit) & 7, 5);
  const uint64_t cycles = READ_CSR(mcycle), retired = READ_CSR(minstret);
  for (int i = 0; i < 1000; ++i) asm volatile("");
  check("mcycle stands", READ_CSR(mcycle) - cycles, 0);
  check("minstret stands", READ_CSR(minstret) - retired, 0);
  WRITE_CSR(minstret, 77);
  check("a counter that stands keeps what is written", READ_CSR(minstret), 77);
  WRITE_CSR(mcountinhibit, 0);
  for (int i = 0; i < 1000; ++i) asm volatile("");
  check_that("they go on", READ_CSR(mcycle) > cycles && READ_CSR(minstret) > 77);
  READ_CSR(mhpmcounter3);
  READ_CSR(mhpmcounter10);
  READ_CSR(mhpmevent3);
  READ_CSR(mhpmevent10);
  check_no_trap("other counters exist");
}

extern "C" {
void do_cycle();
void do_time();
void do_instret();
}
asm(R"(
  .option push
  .option norvc
  .balign 4
do_cycle:
  csrr a0, cycle
  ecall
do_time:
  csrr a0, time
  ecall
do_instret:
  csrr a0, instret
  ecall
  .option pop
)");

void enables() {
  open_memory();
  static constexpr uint64_t kModes[] = {kUserMode, kSupervisorMode};
  void (*const functions[])() = {do_cycle, do_time, do_instret};
  for (unsigned counter = 0; counter < 3; ++counter) {
    for (uint64_t machine = 0; machine < 2; ++machine) {
      for (uint64_t supervisor = 0; supervisor < 2; ++supervisor) {
        WRITE_CSR(mcounteren, machine << counter);
        WRITE_CSR(scounteren, supervisor << counter);
        for (uint64_t mode : kModes) {
          const bool allowed = machine && (supervisor || mode == kSupervisorMode);
          enter_mode(mode, address_of(functions[counter]), 0, 0);
          check("a counter in a lower mode", trap.cause, allowed ? 8 + mode : 2);
          check_that("  in machine mode's view", trap.mpp == mode);
          trap.clear();
        }
      }
    }
  }
  WRITE_CSR(mcounteren, 0);
  READ_CSR(cycle);
  READ_CSR(time);
  READ_CSR(instret);
  check_no_trap("machine mode always may");
}

}  // namespace

int main() {
  trap.clear();
  count();
  exact_instructions();
  write();
  enables();
  return checks_done();
}
