// WFI: wakes for an enabled interrupt whether or not it is taken, goes on behind itself, counts
// once, returns at once if one is pending.
#include "check.h"

namespace {

volatile uint32_t* const kMsip = reinterpret_cast<volatile uint32_t*>(0x02000000);
volatile uint64_t* const kMtimecmp = reinterpret_cast<volatile uint64_t*>(0x02004000);
volatile uint64_t* const kMtime = reinterpret_cast<volatile uint64_t*>(0x0200bff8);
constexpr uint64_t kMsi = 8, kMti = 0x80;

volatile uint64_t taken, cause_seen;
/// Ticks to the next timer interrupt. One may come in front of the WFI that is to wait for it; then
/// the next one ends the wait.
volatile uint64_t period;

void quiet() {
  CLEAR_CSR(mstatus, 8);
  WRITE_CSR(mie, 0);
  *kMsip = 0;
  *kMtimecmp = ~0ull;
  period = 0;
  taken = 0;
}

void wakes_without_taking() {
  for (unsigned i = 1; i <= 3; ++i) {
    quiet();
    WRITE_CSR(mie, kMti);
    const uint64_t until = *kMtime + 300 * i;
    *kMtimecmp = until;
    asm volatile("wfi");
    // A wait may end early, with nothing pending: programs wait in a loop.
    while (!(READ_CSR(mip) & kMti)) asm volatile("wfi");
    check_that("time has passed", *kMtime >= until);
    check("  not taken", taken, 0);
    check("  pending", READ_CSR(mip) & kMti, kMti);
  }
  quiet();
}

void wakes_and_takes() {
  quiet();
  WRITE_CSR(mie, kMti);
  period = 3000;
  *kMtimecmp = *kMtime + period;
  SET_CSR(mstatus, 8);
  while (taken == 0) asm volatile("wfi");
  CLEAR_CSR(mstatus, 8);
  check_that("taken", taken > 0);
  check("  cause", cause_seen, 1ull << 63 | 7);
  quiet();
}

void pending_already() {
  quiet();
  WRITE_CSR(mie, kMsi);
  *kMsip = 1;
  uint64_t behind = 0;
  asm volatile("wfi\n addi %0, %0, 1" : "+r"(behind));
  check("pending already", behind, 1);
  check("  not taken", taken, 0);
  for (int i = 0; i < 100; ++i) asm volatile("wfi");
  check("  a hundred times", taken, 0);
  quiet();
}

alignas(4) const uint32_t kWait[] = {0x10500073, 0x00100513, 0x73};  // wfi; li a0, 1; ecall

void lower_mode() {
  open_memory();
  quiet();
  WRITE_CSR(mie, kMti);
  period = 3000;
  *kMtimecmp = *kMtime + period;
  enter_mode(kSupervisorMode, address_of(kWait), 0, 0);
  check("in supervisor mode", trap.a0, 1);
  check_trap("  then", 9, 0);
  check_that("  taken", taken > 0);
  quiet();
}

void by_supervisor_bits() {
  // An interrupt that is delegated and not enabled in mode wakes all the same.
  quiet();
  WRITE_CSR(mideleg, 0x20);
  WRITE_CSR(mie, 0x20);
  WRITE_CSR(mip, 0x20);
  asm volatile("wfi");
  check("a delegated interrupt wakes", taken, 0);
  WRITE_CSR(mip, 0);
  WRITE_CSR(mideleg, 0);
  quiet();
}

}  // namespace

extern "C" void on_interrupt(uint64_t cause) {
  taken = taken + 1;
  cause_seen = cause;
  *kMsip = 0;
  *kMtimecmp = period ? *kMtime + period : ~0ull;
}

int main() {
  trap.clear();
  wakes_without_taking();
  wakes_and_takes();
  pending_already();
  lower_mode();
  by_supervisor_bits();
  check_no_trap("no trap is left");
  return checks_done();
}
