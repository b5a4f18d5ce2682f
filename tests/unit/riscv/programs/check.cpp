#include "check.h"

volatile Trap trap;

namespace {

uint64_t checks, failures;

void failed() {
  ++failures;
  print(" FAIL");
}

void print_decimal(uint64_t value) {
  if (value >= 10) print_decimal(value / 10);
  const char digit[] = {static_cast<char>('0' + value % 10), 0};
  print(digit);
}

void outcome(const char* name, const char* text, bool good) {
  ++checks;
  print(name);
  if (good)
    print(text);
  else
    failed();
}

}  // namespace

void check(const char* name, uint64_t value, uint64_t expected) {
  ++checks;
  print(name);
  print("=");
  print_hex(value);
  if (value != expected) {
    failed();
    print(", not ");
    print_hex(expected);
  }
  print("\n");
}

void check_known(const char* name, uint64_t value, uint64_t here, uint64_t qemu) {
  const bool on_qemu = READ_CSR(marchid) != 0;
  const bool good = value == (on_qemu ? qemu : here);
  outcome(name, " as documented", good);
  if (!good) print(" "), print_hex(value);
  print("\n");
}

void check_that(const char* name, bool truth) {
  outcome(name, " ok", truth);
  print("\n");
}

int checks_done() {
  print_decimal(checks);
  print(" checks, ");
  print_decimal(failures);
  print(" failed\n");
  return failures ? 1 : 0;
}

void check_trap(const char* name, uint64_t cause, uint64_t tval) {
  check(name, trap.cause, cause);
  check("  tval", trap.tval, tval);
  if (trap.count != 1) check("  traps", trap.count, 1);
  trap.clear();
}

void check_no_trap(const char* name) {
  check_that(name, trap.count == 0);
  if (trap.count) show("  cause", trap.cause), show("  tval", trap.tval);
  trap.clear();
}

void open_memory() {
  WRITE_CSR(pmpaddr15, ~uint64_t{0} >> 10);
  WRITE_CSR(pmpcfg2, uint64_t{0x1f} << 56);
}

extern "C" __attribute__((weak)) void on_interrupt(uint64_t cause) {
  show("unexpected interrupt", cause);
  finish(98);
}

extern "C" uint64_t in_mode;

extern "C" uint64_t on_trap(uint64_t cause, uint64_t epc, uint64_t tval, uint64_t a0) {
  if (cause >> 63) {
    on_interrupt(cause);
    return epc;
  }
  trap.cause = cause;
  trap.epc = epc;
  trap.tval = tval;
  trap.mpp = READ_CSR(mstatus) >> 11 & 3;
  trap.a0 = a0;
  trap.count = trap.count + 1;
  if (trap.count > 1000) {
    show("too many traps, cause", cause);
    show("  epc", epc);
    finish(97);
  }
  if (in_mode) leave_mode();
  return epc + length_at(epc);
}
