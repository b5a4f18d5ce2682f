// Supervisor and user mode: delegated exceptions, sret and mret, what TVM, TW and TSR take away,
// MPRV, SUM and MXR.
#include "check.h"

namespace {

constexpr uint64_t kSie = 1 << 1, kSpie = 1 << 5, kSpp = 1 << 8, kMprv = 1 << 17, kSum = 1 << 18,
                   kMxr = 1 << 19, kTvm = 1 << 20, kTw = 1 << 21, kTsr = 1 << 22;

extern "C" {
void supervisor_entry();
void return_to_user();
void return_to_supervisor();
void do_sret();
void do_mret();
void do_wfi();
void do_sfence();
void do_fence_i();
void do_satp();
void do_stvec();
void do_sstatus();
void do_ebreak();
void do_ecall();
void do_illegal();
void do_load();
void do_store();
extern volatile uint64_t supervisor_seen[4];  // scause, sepc, stval, sstatus
}
// The supervisor's handler keeps what it sees and calls machine mode. Functions end with ecall.
asm(R"(
  .option push
  .option norvc
  .balign 4
supervisor_entry:
  la t1, supervisor_seen
  csrr t0, scause
  sd t0, 0(t1)
  csrr t0, sepc
  sd t0, 8(t1)
  csrr t0, stval
  sd t0, 16(t1)
  csrr t0, sstatus
  sd t0, 24(t1)
  ecall
return_to_user:
  li t0, 0x100
  csrc sstatus, t0
  j 1f
return_to_supervisor:
  li t0, 0x100
  csrs sstatus, t0
1: csrsi sstatus, 0
  li t0, 0x20
  csrs sstatus, t0
  csrci sstatus, 2
  la t0, 2f
  csrw sepc, t0
do_sret:
  sret
2: li a0, 55
do_ecall:
  ecall
do_mret:
  mret
do_wfi:
  wfi
  ecall
do_sfence:
  sfence.vma
  sfence.vma a0, a1
  ecall
do_fence_i:
  fence.i
  ecall
do_satp:
  csrr a0, satp
  csrw satp, a0
  ecall
do_stvec:
  csrr a0, stvec
  ecall
do_sstatus:
  csrr a0, sstatus
  ecall
do_ebreak:
  ebreak
do_illegal:
  .word 0xffffffff
do_load:
  ld a0, 0(a0)
  ecall
do_store:
  sd a1, 0(a0)
  ecall
  .option pop
  .bss
  .balign 8
supervisor_seen: .space 32
  .text
)");

void in_mode_of(uint64_t mode, void (*function)(), uint64_t a0 = 0, uint64_t a1 = 0) {
  trap.clear();
  for (unsigned i = 0; i < 4; ++i) supervisor_seen[i] = 0;
  enter_mode(mode, address_of(function), a0, a1);
}

/// That `function` in `mode` traps with `cause` at its start: for instructions that are refused.
void refused(const char* name, uint64_t mode, void (*function)(), uint64_t tval) {
  in_mode_of(mode, function);
  check(name, trap.epc - address_of(function), 0);
  check("  mode", trap.mpp, mode);
  check_trap("  cause", 2, tval);
}

void allowed(const char* name, uint64_t mode, void (*function)(), uint64_t a0 = 0) {
  in_mode_of(mode, function, a0);
  check(name, trap.cause, 8 + mode);
  trap.clear();
}

void privileged_instructions() {
  refused("user: sret", kUserMode, do_sret, 0x10200073);
  refused("user: mret", kUserMode, do_mret, 0x30200073);
  refused("user: sfence.vma", kUserMode, do_sfence, 0x12000073);
  refused("user: satp", kUserMode, do_satp, 0x18002573);
  refused("user: stvec", kUserMode, do_stvec, 0x10502573);
  refused("supervisor: mret", kSupervisorMode, do_mret, 0x30200073);
  allowed("supervisor: sfence.vma", kSupervisorMode, do_sfence);
  allowed("supervisor: satp", kSupervisorMode, do_satp);
  allowed("supervisor: stvec", kSupervisorMode, do_stvec);
  allowed("user: fence.i", kUserMode, do_fence_i);
}

void trapped_by_machine_mode() {
  SET_CSR(mstatus, kTvm);
  refused("TVM: sfence.vma", kSupervisorMode, do_sfence, 0x12000073);
  refused("TVM: satp", kSupervisorMode, do_satp, 0x18002573);
  allowed("TVM: stvec", kSupervisorMode, do_stvec);
  READ_CSR(satp);
  asm volatile("sfence.vma");
  check_no_trap("TVM: not in machine mode");
  CLEAR_CSR(mstatus, kTvm);
  SET_CSR(mstatus, kTsr);
  refused("TSR: sret", kSupervisorMode, do_sret, 0x10200073);
  CLEAR_CSR(mstatus, kTsr);
  SET_CSR(mstatus, kTw);
  refused("TW: wfi in supervisor mode", kSupervisorMode, do_wfi, 0x10500073);
  refused("TW: wfi in user mode", kUserMode, do_wfi, 0x10500073);
  CLEAR_CSR(mstatus, kTw);
}

void returns() {
  in_mode_of(kSupervisorMode, return_to_user);
  check("sret to user mode", trap.mpp, kUserMode);
  check("  a0", trap.a0, 55);
  check("  SIE is SPIE, SPIE 1, SPP 0", READ_CSR(mstatus) & (kSie | kSpie | kSpp), kSie | kSpie);
  check_trap("  cause", 8, 0);
  in_mode_of(kSupervisorMode, return_to_supervisor);
  check("sret to supervisor mode", trap.mpp, kSupervisorMode);
  check("  SIE is SPIE, SPIE 1, SPP 0", READ_CSR(mstatus) & (kSie | kSpie | kSpp), kSie | kSpie);
  check_trap("  cause", 9, 0);
  CLEAR_CSR(mstatus, kSie | kSpie);
  // sret in machine mode.
  in_mode_of(kMachineMode, return_to_user);
  check("sret from machine mode", trap.mpp, kUserMode);
  check_trap("  cause", 8, 0);
  CLEAR_CSR(mstatus, kSie | kSpie);
  // mret clears MPRV when it leaves machine mode, and only then.
  SET_CSR(mstatus, kMprv);
  in_mode_of(kUserMode, do_ecall);
  check_known("MPRV behind mret to user mode", READ_CSR(mstatus) & kMprv, 0, kMprv);
  CLEAR_CSR(mstatus, kMprv);
  trap.clear();
}

/// An exception of user or supervisor mode in the supervisor's handler.
void delegated(const char* name, uint64_t mode, void (*function)(), uint64_t cause, uint64_t tval,
               uint64_t a0 = 0) {
  WRITE_CSR(medeleg, 1 << cause);
  CLEAR_CSR(mstatus, kSpie | kSpp);
  SET_CSR(mstatus, kSie);
  in_mode_of(mode, function, a0);
  print(name);
  print("\n");
  check("  scause", supervisor_seen[0], cause);
  check("  sepc", supervisor_seen[1] - address_of(function), 0);
  check("  stval", supervisor_seen[2], tval);
  check("  SPIE, SPP, SIE", supervisor_seen[3] & (kSie | kSpie | kSpp),
        kSpie | (mode == kSupervisorMode ? kSpp : 0));
  // The handler's own ecall.
  check("  then in mode", trap.mpp, kSupervisorMode);
  trap.clear();
  WRITE_CSR(medeleg, 0);
  CLEAR_CSR(mstatus, kSie | kSpie | kSpp);
}

void delegation() {
  WRITE_CSR(stvec, address_of(supervisor_entry));
  delegated("delegated: illegal, user", kUserMode, do_illegal, 2, 0xffffffff);
  delegated("delegated: illegal, supervisor", kSupervisorMode, do_illegal, 2, 0xffffffff);
  delegated("delegated: ecall, user", kUserMode, do_ecall, 8, 0);
  delegated("delegated: load, user", kUserMode, do_load, 5, kNowhere, kNowhere);
  delegated("delegated: store, supervisor", kSupervisorMode, do_store, 7, kNowhere, kNowhere);
  WRITE_CSR(medeleg, 1 << 3);
  in_mode_of(kUserMode, do_ebreak);
  check("delegated: ebreak", supervisor_seen[0], 3);
  trap.clear();
  // Machine mode's own exceptions stay there.
  WRITE_CSR(medeleg, 0xb3ff);
  supervisor_seen[0] = 99;
  asm volatile(".option push\n .option norvc\n .word 0xffffffff\n .option pop");
  check("machine mode's own", supervisor_seen[0], 99);
  check_trap("  cause", 2, 0xffffffff);
  WRITE_CSR(medeleg, 0);
}

alignas(4096) uint64_t root[512];
alignas(4096) uint64_t cells[512];

uint64_t gigabyte(uint64_t flags) { return 0x80000000ull >> 12 << 10 | flags; }
enum Flag : uint64_t { kValid = 1, kRead = 2, kWrite = 4, kExecute = 8, kUser = 16, kDone = 0xc0 };
constexpr uint64_t kAlias = 0x40000000;  // virtual address of the memory at 0x80000000

/// Machine mode's loads and stores as if in `mode`.
uint64_t load_as(uint64_t mode, uint64_t address) {
  uint64_t value = 0;
  CLEAR_CSR(mstatus, 0x1800);
  SET_CSR(mstatus, mode << 11);
  asm volatile("csrs mstatus, %1\n ld %0, 0(%2)\n csrc mstatus, %1"
               : "+r"(value)
               : "r"(kMprv), "r"(address)
               : "memory");
  return value;
}

void modify_privilege() {
  cells[0] = 4711;
  const uint64_t alias = reinterpret_cast<uint64_t>(cells) - 0x80000000 + kAlias;
  root[1] = gigabyte(kValid | kRead | kUser | kDone);
  root[2] = gigabyte(kValid | kRead | kWrite | kExecute | kDone);
  WRITE_CSR(satp, 8ull << 60 | reinterpret_cast<uint64_t>(root) >> 12);
  asm volatile("sfence.vma");
  // In these loads the trap handler runs with MPRV on or off: its own accesses are at 0x80000000,
  // mapped for the supervisor as they are.
  check("MPRV, user", load_as(kUserMode, alias), 4711);
  check_no_trap("  no trap");
  SET_CSR(mstatus, kSum);
  check("MPRV, supervisor, user page, SUM", load_as(kSupervisorMode, alias), 4711);
  check_no_trap("  no trap");
  CLEAR_CSR(mstatus, kSum);
  load_as(kSupervisorMode, alias);
  check_trap("MPRV, supervisor, user page", 13, alias);
  CLEAR_CSR(mstatus, kMprv);
  // From supervisor mode itself.
  in_mode_of(kSupervisorMode, do_load, alias);
  check_trap("supervisor loads from a user page", 13, alias);
  SET_CSR(mstatus, kSum);
  in_mode_of(kSupervisorMode, do_load, alias);
  check("  with SUM", trap.a0, 4711);
  check_trap("  then", 9, 0);
  in_mode_of(kSupervisorMode, do_store, alias, 1);
  check_trap("  stores to a page that is read-only", 15, alias);
  CLEAR_CSR(mstatus, kSum);
  root[1] = gigabyte(kValid | kExecute | kDone);
  asm volatile("sfence.vma");
  in_mode_of(kSupervisorMode, do_load, alias);
  check_trap("a page that is only executable", 13, alias);
  SET_CSR(mstatus, kMxr);
  in_mode_of(kSupervisorMode, do_load, alias);
  check("  with MXR", trap.a0, 4711);
  check_trap("  then", 9, 0);
  in_mode_of(kSupervisorMode, do_store, alias, 1);
  check_trap("  MXR does not help stores", 15, alias);
  CLEAR_CSR(mstatus, kMxr);
  WRITE_CSR(satp, 0);
}

}  // namespace

int main() {
  trap.clear();
  open_memory();
  privileged_instructions();
  trapped_by_machine_mode();
  returns();
  delegation();
  modify_privilege();
  return checks_done();
}
