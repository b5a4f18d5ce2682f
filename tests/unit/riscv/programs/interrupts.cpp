// Interrupts of CLINT and of the software bits in mip, direct and vectored: when they are taken,
// their order, masks, delegation to supervisor mode, mstatus around them.
#include "check.h"

namespace {

volatile uint32_t* const kMsip = reinterpret_cast<volatile uint32_t*>(0x02000000);
volatile uint64_t* const kMtimecmp = reinterpret_cast<volatile uint64_t*>(0x02004000);
volatile uint64_t* const kMtime = reinterpret_cast<volatile uint64_t*>(0x0200bff8);
constexpr uint64_t kFlag = 1ull << 63;
constexpr uint64_t kSsi = 1 << 1, kMsi = 1 << 3, kSti = 1 << 5, kMti = 1 << 7, kSei = 1 << 9;
constexpr uint64_t kMie = 8;

constexpr unsigned kMost = 8;
volatile uint64_t causes[kMost], statuses[kMost];
volatile unsigned taken;

void forget() { taken = 0; }
void enable() { SET_CSR(mstatus, kMie); }
void disable() { CLEAR_CSR(mstatus, kMie); }

void quiet() {
  disable();
  WRITE_CSR(mie, 0);
  WRITE_CSR(mip, 0);
  WRITE_CSR(mideleg, 0);
  *kMsip = 0;
  *kMtimecmp = ~0ull;
  forget();
}

/// Until `n` interrupts have come; a machine that gives none is stopped from outside.
void await(unsigned n) {
  while (taken < n) {
  }
}

/// Pending bits as far as this test drives them.
uint64_t pending() { return READ_CSR(mip) & 0xaaa; }

void software() {
  quiet();
  check("nothing is pending", pending(), 0);
  *kMsip = 1;
  check("msip", *kMsip, 1);
  check("  pending", pending(), kMsi);
  WRITE_CSR(mie, kMsi);
  check("  not taken while MIE is off", taken, 0);
  enable();
  await(1);
  disable();
  check("taken once", taken, 1);
  check("  cause", causes[0], kFlag | 3);
  check("  MPIE, MPP; MIE is off inside", statuses[0] & 0x1888, 0x1880);
  check("  not pending behind it", pending(), 0);
  quiet();
  *kMsip = 0xfffffffe;
  check("msip has one bit", *kMsip, 0);
  *kMsip = 1;
  enable();
  check("not taken while mie is off", taken, 0);
  disable();
  WRITE_CSR(mip, 0);
  check("MSIP in mip is read-only", pending(), kMsi);
  quiet();
}

void timer() {
  quiet();
  WRITE_CSR(mie, kMti);
  const uint64_t first = *kMtime;
  *kMtimecmp = first + 1000;
  enable();
  await(1);
  disable();
  check_that("not before its time", *kMtime >= first + 1000);
  check("timer: cause", causes[0], kFlag | 7);
  check("  not pending behind it", pending(), 0);
  quiet();
  *kMtimecmp = 0;
  check("a comparand of the past", pending(), kMti);
  *kMtimecmp = ~0ull;
  check("  and of the future", pending(), 0);
  for (unsigned i = 0; i < 5; ++i) {
    forget();
    WRITE_CSR(mie, kMti);
    *kMtimecmp = *kMtime + 50 * i;
    enable();
    await(1);
    disable();
    check("again", causes[0], kFlag | 7);
  }
  quiet();
}

void order() {
  quiet();
  *kMsip = 1;
  *kMtimecmp = 0;
  WRITE_CSR(mip, kSsi | kSti | kSei);
  check("five at once", pending(), kSsi | kMsi | kSti | kMti | kSei);
  WRITE_CSR(mie, 0xaaa);
  enable();
  await(5);
  disable();
  // QEMU 7.2 takes the lowest number first.
  check_known("first", causes[0], kFlag | 3, kFlag | 1);
  check_known("second", causes[1], kFlag | 7, kFlag | 3);
  check_known("third", causes[2], kFlag | 9, kFlag | 5);
  check_known("fourth", causes[3], kFlag | 1, kFlag | 7);
  check_known("fifth", causes[4], kFlag | 5, kFlag | 9);
  quiet();
}

void nested() {
  quiet();
  // A loop that the timer breaks while exceptions come and go.
  trap.clear();
  WRITE_CSR(mie, kMti);
  *kMtimecmp = *kMtime + 500;
  enable();
  unsigned calls = 0;
  do {
    for (int i = 0; i < 1000; ++i) asm volatile("");
    asm volatile("ecall");
    ++calls;
  } while (taken == 0 && calls < 900);
  await(1);
  disable();
  check_that("ecalls under interrupts", trap.count == calls);
  trap.clear();
  quiet();
}

alignas(4) const uint32_t kEcall[] = {0x73};

/// Machine interrupts reach lower modes whatever MIE says.
void from_lower_modes() {
  open_memory();
  static constexpr uint64_t kModes[] = {kUserMode, kSupervisorMode};
  for (uint64_t mode : kModes) {
    quiet();
    WRITE_CSR(mie, kMsi);
    *kMsip = 1;
    enter_mode(mode, address_of(kEcall), 0, 0);
    check("from a lower mode, MIE off", taken, 1);
    check("  mode", statuses[0] >> 11 & 3, mode);
    trap.clear();
  }
  quiet();
}

extern "C" {
void supervisor_entry();
void supervisor_main();
void supervisor_table();
extern volatile uint64_t supervisor_cause, supervisor_status, supervisor_epc, supervisor_slot;
}
// Direct: keeps what it sees, clears sie and returns. Vectored: says which slot was taken.
asm(R"(
  .option push
  .option norvc
  .balign 64
supervisor_table:
  .irp n,0,1,2,3,4,5,6,7,8,9
  j slot\n
  .endr
  .irp n,0,1,2,3,4,5,6,7,8,9
slot\n:
  li t0, \n
  j slotted
  .endr
slotted:
  la t1, supervisor_slot
  sd t0, 0(t1)
  .balign 4
supervisor_entry:
  la t1, supervisor_cause
  csrr t0, scause
  sd t0, 0(t1)
  csrr t0, sstatus
  sd t0, 8(t1)
  csrr t0, sepc
  sd t0, 16(t1)
  csrw sie, zero
  sret
supervisor_main:
  csrsi sstatus, 2
  nop
  nop
  csrr a0, sstatus
  ecall
  .option pop
  .bss
  .balign 8
supervisor_cause: .space 8
supervisor_status: .space 8
supervisor_epc: .space 8
supervisor_slot: .space 8
  .text
)");

void delegated() {
  open_memory();
  static constexpr uint64_t kNumbers[] = {1, 5, 9};
  for (uint64_t number : kNumbers) {
    for (unsigned vectored = 0; vectored < 2; ++vectored) {
      quiet();
      supervisor_cause = 0;
      supervisor_slot = 0;
      WRITE_CSR(mideleg, 1 << number);
      WRITE_CSR(mie, 1 << number);
      WRITE_CSR(mip, 1 << number);
      WRITE_CSR(stvec, vectored ? address_of(supervisor_table) | 1 : address_of(supervisor_entry));
      enable();
      check("a delegated interrupt does not reach machine mode", taken, 0);
      disable();
      CLEAR_CSR(mstatus, 0x122);
      enter_mode(kSupervisorMode, address_of(supervisor_main), 0, 0);
      check("  supervisor: cause", supervisor_cause, kFlag | number);
      check("  SPIE, SPP; SIE is off inside", supervisor_status & 0x122, 0x120);
      check("  slot", supervisor_slot, vectored ? number : 0);
      check("  SIE is back behind it", trap.a0 & 2, 2);
      check("  then", trap.cause, 9);
      trap.clear();
      // From user mode it comes at once, whatever SIE says.
      supervisor_cause = 0;
      CLEAR_CSR(mstatus, 0x122);
      WRITE_CSR(mie, 1 << number);
      enter_mode(kUserMode, address_of(kEcall), 0, 0);
      check("  in user mode", supervisor_cause, kFlag | number);
      check("  SPP", supervisor_status & 0x122, 0);
      check("  epc", supervisor_epc - address_of(kEcall), 0);
      trap.clear();
    }
  }
  quiet();
  // sip shows and clears what is delegated only.
  WRITE_CSR(mip, kSsi | kSti | kSei);
  WRITE_CSR(mideleg, kSsi | kSti);
  check("sip", READ_CSR(sip), kSsi | kSti);
  WRITE_CSR(sip, 0);
  check("  SSIP can be cleared, STIP not", READ_CSR(sip), kSti);
  check("  mip", pending(), kSti | kSei);
  WRITE_CSR(mideleg, 0);
  check("  nothing delegated", READ_CSR(sip), 0);
  quiet();
}

extern "C" {
void machine_table();
extern volatile uint64_t machine_slot;
extern volatile uint64_t machine_count;
}
// Vectored machine interrupts: the slot's number; exceptions go to the base.
asm(R"(
  .option push
  .option norvc
  .balign 64
machine_table:
  .irp n,0,1,2,3,4,5,6,7,8,9,10,11
  j machine_slot\n
  .endr
  .irp n,0,1,2,3,4,5,6,7,8,9,10,11
machine_slot\n:
  csrw mscratch, t0
  li t0, \n
  j machine_slotted
  .endr
machine_slotted:
  addi sp, sp, -16
  sd t1, 0(sp)
  la t1, machine_slot
  sd t0, 0(t1)
  ld t0, 8(t1)
  addi t0, t0, 1
  sd t0, 8(t1)
  ld t1, 0(sp)
  addi sp, sp, 16
  csrr t0, mscratch
  j trap_entry
  .option pop
  .bss
  .balign 8
machine_slot: .space 8
machine_count: .space 8
  .text
)");

void vectored() {
  quiet();
  WRITE_CSR(mtvec, address_of(machine_table) | 1);
  static constexpr uint64_t kNumbers[] = {1, 3, 5, 7, 9};
  for (uint64_t number : kNumbers) {
    quiet();
    machine_slot = 99;
    WRITE_CSR(mie, 1 << number);
    if (number == 3)
      *kMsip = 1;
    else if (number == 7)
      *kMtimecmp = 0;
    else
      WRITE_CSR(mip, 1 << number);
    enable();
    await(1);
    disable();
    check("vectored: slot", machine_slot, number);
    check("  cause", causes[0], kFlag | number);
  }
  asm volatile("ecall");
  check("an exception's slot", machine_slot, 0);
  check_trap("  ", 11, 0);
  WRITE_CSR(mtvec, address_of(trap_entry));
  quiet();
}

}  // namespace

extern "C" void on_interrupt(uint64_t cause) {
  if (taken < kMost) {
    causes[taken] = cause;
    statuses[taken] = READ_CSR(mstatus);
  }
  taken = taken + 1;
  const uint64_t number = cause & 63;
  if (number == 3) *kMsip = 0;
  if (number == 7) *kMtimecmp = ~0ull;
  if (number != 3 && number != 7) CLEAR_CSR(mip, 1 << number);
}

int main() {
  trap.clear();
  software();
  timer();
  order();
  nested();
  from_lower_modes();
  delegated();
  vectored();
  check_no_trap("no trap is left");
  return checks_done();
}
