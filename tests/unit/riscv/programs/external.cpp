// External interrupts: the UART's transmitter, source 10 of the PLIC, in machine mode and delegated
// to supervisor mode. For machines with these devices.
#include "check.h"

namespace {

constexpr uint64_t kPlic = 0x0c000000, kUart = 0x10000000;
constexpr unsigned kSource = 10;
constexpr uint64_t kFlag = 1ull << 63;

volatile uint32_t& plic(uint64_t offset) {
  return *reinterpret_cast<volatile uint32_t*>(kPlic + offset);
}
volatile uint8_t& uart(unsigned number) {
  return *reinterpret_cast<volatile uint8_t*>(kUart + number);
}
volatile uint32_t& priority() { return plic(4 * kSource); }
uint32_t is_pending() { return plic(0x1000) >> kSource & 1; }
volatile uint32_t& enabled(unsigned context) { return plic(0x2000 + 0x80 * context); }
volatile uint32_t& threshold(unsigned context) { return plic(0x200000 + 0x1000 * context); }
volatile uint32_t& claim(unsigned context) { return plic(0x200004 + 0x1000 * context); }
uint64_t lines() { return READ_CSR(mip) & 0xa00; }  // MEIP, SEIP

volatile uint64_t taken, cause_seen, claimed;

/// The transmitter is empty: its interrupt comes up when it is enabled, and goes down when IIR says
/// so.
void raise() { uart(1) = 2; }
void lower() { uart(1) = 0; }

void registers() {
  priority() = 7;
  check("priority", priority(), 7);
  priority() = 1;
  enabled(0) = 1u << kSource;
  check("enable", enabled(0), 1u << kSource);
  threshold(0) = 3;
  check("threshold", threshold(0), 3);
  threshold(0) = 0;
  check("nothing to claim", claim(0), 0);
  check("not pending", is_pending(), 0);
  check("no line", lines(), 0);
}

void gateway() {
  // Printing uses the UART, too: first everything happens, then it is told.
  raise();
  const uint32_t pending = is_pending();
  const uint64_t line = lines();
  threshold(0) = 1;
  const uint64_t with_threshold = lines();
  threshold(0) = 0;
  const uint64_t without_threshold = lines();
  priority() = 0;
  const uint64_t without_priority = lines();
  priority() = 1;
  const uint32_t first_claim = claim(0);
  const uint32_t pending_then = is_pending();
  const uint64_t line_then = lines();
  const uint32_t second_claim = claim(0);
  const uint8_t identification = uart(2);
  lower();
  claim(0) = kSource;
  const uint32_t behind = is_pending();
  check("pending", pending, 1);
  check("MEIP", line, 0x800);
  check("a threshold as high as the priority", with_threshold, 0);
  check("  and lower", without_threshold, 0x800);
  check("priority 0", without_priority, 0);
  check("claim", first_claim, kSource);
  check("  not pending then", pending_then, 0);
  check("  no line", line_then, 0);
  check("  nothing more to claim", second_claim, 0);
  check("UART's identification", identification & 0xf, 2);
  check("behind completion", behind, 0);
  raise();
  claimed = claim(0);
  claim(0) = claimed;  // completed while the level is still up
  const uint32_t again = is_pending();
  enabled(0) = 0;
  const uint64_t not_enabled = lines();
  enabled(0) = 1u << kSource;
  lower();
  claimed = claim(0);
  claim(0) = claimed;
  // QEMU 7.2 sees a source when it changes, and a context's enable bits when something else does.
  check_known("a level that stays comes again", again, 1, 0);
  check_known("not enabled", not_enabled, 0, 0);
  check("not pending when the level is down", is_pending(), 0);
}

void machine() {
  taken = 0;
  WRITE_CSR(mie, 0x800);
  SET_CSR(mstatus, 8);
  raise();
  while (taken == 0) {
  }
  CLEAR_CSR(mstatus, 8);
  WRITE_CSR(mie, 0);
  check("interrupts", taken, 1);
  check("  cause", cause_seen, kFlag | 11);
  check("  source", claimed, kSource);
  check("  no line behind it", lines(), 0);
}

extern "C" {
void supervisor_entry();
void supervisor_main();
extern volatile uint64_t supervisor_cause, supervisor_claimed;
}
asm(R"(
  .balign 4
supervisor_entry:
  la t1, supervisor_cause
  csrr t0, scause
  sd t0, 0(t1)
  li t2, 0x0c201004
  lwu t0, 0(t2)
  sd t0, 8(t1)
  li t3, 0x10000001
  sb zero, 0(t3)
  sw t0, 0(t2)
  sret
  .balign 4
supervisor_main:
  csrsi sstatus, 2
  li t3, 0x10000001
  li t4, 2
  sb t4, 0(t3)
1: la t1, supervisor_cause
  ld t0, 0(t1)
  beqz t0, 1b
  csrr a0, sip
  ecall
  .bss
  .balign 8
supervisor_cause: .space 8
supervisor_claimed: .space 8
  .text
)");

void supervisor() {
  open_memory();
  enabled(0) = 0;
  enabled(1) = 1u << kSource;
  threshold(1) = 0;
  raise();
  check("SEIP", lines(), 0x200);
  lower();
  claimed = claim(1);
  claim(1) = claimed;
  check("  no line", lines(), 0);
  WRITE_CSR(mideleg, 0x200);
  WRITE_CSR(mie, 0x200);
  WRITE_CSR(stvec, address_of(supervisor_entry));
  enter_mode(kSupervisorMode, address_of(supervisor_main), 0, 0);
  check("delegated: cause", supervisor_cause, kFlag | 9);
  check("  source", supervisor_claimed, kSource);
  check("  no line behind it", trap.a0 & 0x200, 0);
  check_trap("  then", 9, 0);
  WRITE_CSR(mie, 0);
  WRITE_CSR(mideleg, 0);
  // The software bit and the line are one bit to read, two to write.
  raise();
  SET_CSR(mip, 0x20);
  lower();
  claimed = claim(1);
  claim(1) = claimed;
  check("the line is not written into the bit", READ_CSR(mip) & 0x220, 0x20);
  WRITE_CSR(mip, 0);
}

}  // namespace

extern "C" void on_interrupt(uint64_t cause) {
  cause_seen = cause;
  taken = taken + 1;
  lower();
  claimed = claim(0);
  claim(0) = claimed;
}

int main() {
  trap.clear();
  registers();
  gateway();
  machine();
  supervisor();
  check_no_trap("no trap is left");
  return checks_done();
}
