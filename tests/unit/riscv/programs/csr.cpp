// Zicsr: every form of access, reads and writes without effect, fields that keep their legal
// values, what does not exist or may not be written.
#include "check.h"

namespace {

void forms() {
  uint64_t old;
  WRITE_CSR(mscratch, 0x1234567890abcdef);
  asm volatile("csrrw %0, mscratch, %1" : "=r"(old) : "r"(0xf0f0ull));
  check("csrrw reads", old, 0x1234567890abcdef);
  check("  and writes", READ_CSR(mscratch), 0xf0f0);
  asm volatile("csrrs %0, mscratch, %1" : "=r"(old) : "r"(0x0f01ull));
  check("csrrs reads", old, 0xf0f0);
  check("  and sets", READ_CSR(mscratch), 0xfff1);
  asm volatile("csrrc %0, mscratch, %1" : "=r"(old) : "r"(0xff00ull));
  check("csrrc reads", old, 0xfff1);
  check("  and clears", READ_CSR(mscratch), 0xf1);
  asm volatile("csrrwi %0, mscratch, 31" : "=r"(old));
  check("csrrwi reads", old, 0xf1);
  check("  and writes", READ_CSR(mscratch), 31);
  asm volatile("csrrsi %0, mscratch, 0" : "=r"(old));
  check("csrrsi 0 only reads", old, 31);
  asm volatile("csrrci %0, mscratch, 21" : "=r"(old));
  check("csrrci reads", old, 31);
  check("  and clears", READ_CSR(mscratch), 10);
  asm volatile("csrrsi %0, mscratch, 5" : "=r"(old));
  check("csrrsi sets", READ_CSR(mscratch), 15);
  asm volatile("mv t0, %1\n csrrw t0, mscratch, t0\n mv %0, t0" : "=r"(old) : "r"(99ull) : "t0");
  check("one register: old value", old, 15);
  check("  new value", READ_CSR(mscratch), 99);
  asm volatile("csrrw zero, mscratch, zero");
  check("csrrw of x0 writes 0", READ_CSR(mscratch), 0);
}

void read_only() {
  asm volatile(".option push\n .option norvc");
  asm volatile("csrrs t0, mvendorid, zero" ::: "t0");
  asm volatile("csrrc t0, marchid, zero" ::: "t0");
  asm volatile("csrrsi t0, mimpid, 0" ::: "t0");
  asm volatile("csrrci t0, mhartid, 0" ::: "t0");
  asm volatile("csrr t0, mconfigptr" ::: "t0");
  check_no_trap("reads of read-only CSRs");
  check("mhartid", READ_CSR(mhartid), 0);
  asm volatile("csrrw t0, mvendorid, zero" ::: "t0");
  check_trap("csrrw mvendorid", 2, 0xf11012f3);
  asm volatile("li t1, 0\n csrrs t0, marchid, t1" ::: "t0", "t1");
  check_known("csrrs marchid with a register that is 0", trap.count, 1, 0);
  trap.clear();
  asm volatile("csrrwi zero, mimpid, 0");
  check_trap("csrrwi mimpid", 2, 0xf1305073);
  asm volatile("csrrci t0, mhartid, 1" ::: "t0");
  check_trap("csrrci mhartid", 2, 0xf140f2f3);
  asm volatile("csrw cycle, zero");
  check_trap("csrw cycle", 2, 0xc0001073);
  asm volatile("csrw time, zero");
  check_trap("csrw time", 2, 0xc0101073);
  asm volatile("csrs instret, t0");
  check_trap("csrs instret", 2, 0xc022a073);
}

void missing() {
  asm volatile("csrr t0, 0x5c0" ::: "t0");
  check_trap("0x5c0", 2, 0x5c0022f3);
  asm volatile("csrr t0, 0x8ff" ::: "t0");
  check_trap("0x8ff", 2, 0x8ff022f3);
  asm volatile("csrw 0x9c0, t0");
  check_trap("0x9c0", 2, 0x9c029073);
  asm volatile("csrr t0, 0xf20" ::: "t0");
  check_trap("0xf20", 2, 0xf20022f3);
  asm volatile("csrr t0, 0x3a1" ::: "t0");
  check_trap("pmpcfg1 on RV64", 2, 0x3a1022f3);
  asm volatile("csrr t0, 0xb80" ::: "t0");
  check_trap("mcycleh on RV64", 2, 0xb80022f3);
  asm volatile("csrr t0, 0xc81" ::: "t0");
  check_trap("timeh on RV64", 2, 0xc81022f3);
  asm volatile("csrr t0, 0x600" ::: "t0");
  check_trap("hstatus without H", 2, 0x600022f3);
  asm volatile("csrr t0, 0x008" ::: "t0");
  check_trap("vstart without V", 2, 0x008022f3);
  asm volatile(".word 0x30004073");
  check_trap("SYSTEM with funct3 4", 2, 0x30004073);
  asm volatile(".option pop");
}

// QEMU 7.2 keeps VS, UXL, GVA, MPV and the hypervisor's interrupts writable although there is no V
// and no H.
constexpr uint64_t kMstatusMask = ~(0xc3ull << 32 | 0x600), kInterrupts = 0xaaa;

void legal_values() {
  check("misa", READ_CSR(misa), 0x800000000014112d);
  WRITE_CSR(misa, 0);
  check("misa is fixed", READ_CSR(misa), 0x800000000014112d);
  const uint64_t before = READ_CSR(mstatus);
  check("SXL and UXL", before >> 32 & 15, 10);
  SET_CSR(mstatus, 0x1800);
  CLEAR_CSR(mstatus, 0x800);
  check_known("MPP 2 is no mode", READ_CSR(mstatus) >> 11 & 3, 3, 2);
  WRITE_CSR(mstatus, ~0ull);
  check("all of mstatus", READ_CSR(mstatus) & kMstatusMask, 0x80000008007e79aa);
  WRITE_CSR(mstatus, 0);
  check("none of mstatus", READ_CSR(mstatus) & kMstatusMask, 0x800000000);
  WRITE_CSR(mstatus, before);
  WRITE_CSR(sstatus, ~0ull);
  check("all of sstatus", READ_CSR(sstatus) & kMstatusMask, 0x80000000000c6122);
  check("  seen in mstatus", READ_CSR(mstatus) & 0x1e0122, 0x0c0122);
  WRITE_CSR(mstatus, before);
  WRITE_CSR(medeleg, ~0ull);
  check_known("ecall from machine mode is not delegated", READ_CSR(medeleg) >> 11 & 1, 0, 1);
  check("  others are", READ_CSR(medeleg) & 0xb3ff, 0xb3ff);
  WRITE_CSR(medeleg, 0);
  WRITE_CSR(mideleg, ~0ull);
  check("supervisor interrupts are delegated", READ_CSR(mideleg) & kInterrupts, 0x222);
  WRITE_CSR(mideleg, 0);
  WRITE_CSR(mie, ~0ull);
  check("mie", READ_CSR(mie) & kInterrupts, 0xaaa);
  check("sie of what is not delegated", READ_CSR(sie), 0);
  WRITE_CSR(mideleg, 0x20);
  check("sie of what is delegated", READ_CSR(sie), 0x20);
  WRITE_CSR(sie, 0);
  check("  writes mie", READ_CSR(mie) & kInterrupts, 0xa8a);
  WRITE_CSR(mie, 0);
  WRITE_CSR(mideleg, 0);
  WRITE_CSR(mepc, ~0ull);
  check_known("mepc bit 0", READ_CSR(mepc), ~1ull, ~0ull);
  WRITE_CSR(sepc, 0x80000001);
  check_known("sepc bit 0", READ_CSR(sepc), 0x80000000, 0x80000001);
  const uint64_t vector = READ_CSR(mtvec);
  WRITE_CSR(mtvec, vector | 1);
  check("mtvec vectored", READ_CSR(mtvec) - vector, 1);
  WRITE_CSR(mtvec, vector | 2);
  check("mtvec has no mode 2", READ_CSR(mtvec) - vector & 2, 0);
  WRITE_CSR(mtvec, vector);
  WRITE_CSR(satp, 8ull << 60 | 0x80000);
  check("satp Sv39", READ_CSR(satp), 8ull << 60 | 0x80000);
  WRITE_CSR(satp, 5ull << 60 | 0x12345);
  check("satp of no mode is not written", READ_CSR(satp), 8ull << 60 | 0x80000);
  WRITE_CSR(satp, 0);
  WRITE_CSR(fcsr, ~0ull);
  check("fcsr", READ_CSR(fcsr), 0xff);
  check("  fflags", READ_CSR(fflags), 0x1f);
  check("  frm", READ_CSR(frm), 7);
  WRITE_CSR(frm, 0x2a);
  check("frm has 3 bits", READ_CSR(fcsr), 0x5f);
  WRITE_CSR(fcsr, 0);
  static constexpr uint64_t kValues[] = {~0ull, 0x5555555555555555, 0};
  for (uint64_t value : kValues) {
    WRITE_CSR(mscratch, value);
    WRITE_CSR(sscratch, ~value);
    WRITE_CSR(mtval, value);
    WRITE_CSR(stval, ~value);
    check("mscratch", READ_CSR(mscratch), value);
    check("sscratch", READ_CSR(sscratch), ~value);
    check("mtval", READ_CSR(mtval), value);
    check("stval", READ_CSR(stval), ~value);
  }
  WRITE_CSR(mcause, 1ull << 63 | 7);
  check("mcause", READ_CSR(mcause), 1ull << 63 | 7);
  WRITE_CSR(scause, 13);
  check("scause", READ_CSR(scause), 13);
}

alignas(4096) const uint32_t user_code[] = {
    0x34002573,  // csrr a0, mscratch
};
alignas(4096) const uint32_t supervisor_code[] = {
    0x14002573,  // csrr a0, sscratch
};

void privilege() {
  open_memory();
  enter_mode(kUserMode, address_of(user_code), 0, 0);
  check("user reads mscratch", trap.mpp, kUserMode);
  check_trap("  ", 2, 0x34002573);
  enter_mode(kSupervisorMode, address_of(user_code), 0, 0);
  check("supervisor reads mscratch", trap.mpp, kSupervisorMode);
  check_trap("  ", 2, 0x34002573);
  enter_mode(kUserMode, address_of(supervisor_code), 0, 0);
  check_trap("user reads sscratch", 2, 0x14002573);
}

}  // namespace

int main() {
  trap.clear();
  forms();
  read_only();
  missing();
  legal_values();
  privilege();
  return checks_done();
}
