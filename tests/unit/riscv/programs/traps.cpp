// Every exception that a bare machine produces: cause, mepc, mtval, mstatus; instructions behind
// and before it are not or wholly done; misaligned accesses.
#include "check.h"

namespace {

#define EXACT(text) ".option push\n .option norvc\n" text "\n .option pop"

/// mepc relative to the label 1 in `text`.
#define TRAP_AT(text)                                                                \
  ({                                                                                 \
    uint64_t at;                                                                     \
    asm volatile(EXACT("la %0, 1f\n" text) : "=&r"(at)::"t0", "t1", "t2", "memory"); \
    trap.epc - at;                                                                   \
  })

void memory_faults() {
  check("load: mepc", TRAP_AT("li t0, 0x4000000000\n 1: ld t1, 8(t0)"), 0);
  check_trap("load from nowhere", 5, kNowhere + 8);
  uint64_t kept;
  asm volatile("li t0, 0x4000000000\n li %0, 77\n ld %0, 8(t0)" : "=&r"(kept)::"t0");
  check("  the register stays", kept, 77);
  trap.clear();
  check("store: mepc", TRAP_AT("li t0, 0x4000000000\n 1: sb t1, 0(t0)"), 0);
  check_trap("store to nowhere", 7, kNowhere);
  check("flw: mepc", TRAP_AT("li t0, 0x4000000000\n 1: flw ft0, 16(t0)"), 0);
  check_trap("flw from nowhere", 5, kNowhere + 16);
  check("fsd: mepc", TRAP_AT("li t0, 0x4000000000\n 1: fsd ft0, 24(t0)"), 0);
  check_trap("fsd to nowhere", 7, kNowhere + 24);
  asm volatile("li t0, 0x4000000000\n lr.w t1, (t0)" ::: "t0", "t1");
  check_trap("lr from nowhere", 5, kNowhere);
  asm volatile("li t0, 0x4000000000\n amoadd.d t1, t1, (t0)" ::: "t0", "t1");
  check_known("amo to nowhere", trap.cause, 7, 5);
  trap.clear();
  enter_mode(kMachineMode, kNowhere, 0, 0);
  check("fetch: mepc", trap.epc, kNowhere);
  check_trap("fetch from nowhere", 1, kNowhere);
  enter_mode(kMachineMode, 0, 0, 0);
  check_trap("fetch from 0", 1, 0);
}

void illegal_instructions() {
  check("illegal: mepc", TRAP_AT("1: .word 0xffffffff"), 0);
  check_trap("all ones", 2, 0xffffffff);
  asm volatile(".half 0\n .half 1");
  check_trap("all zeros", 2, 0);
  asm volatile(EXACT(".word 0x0000000b"));
  check_trap("custom-0", 2, 0x0b);
  asm volatile(EXACT(".word 0x00007003"));
  check_trap("load, funct3 7", 2, 0x7003);
  asm volatile(EXACT(".word 0x00004023"));
  check_trap("store, funct3 4", 2, 0x4023);
  asm volatile(EXACT(".word 0x00002063"));
  check_trap("branch, funct3 2", 2, 0x2063);
  asm volatile(EXACT(".word 0x40001013"));
  check_trap("slli with a high bit", 2, 0x40001013);
  asm volatile(EXACT(".word 0x0200101b"));
  check_trap("slliw by 32", 2, 0x0200101b);
  asm volatile(EXACT(".word 0x40001033"));
  check_trap("sll with bit 30", 2, 0x40001033);
  asm volatile(EXACT(".word 0x1015252f"));
  check_trap("lr.w with rs2", 2, 0x1015252f);
  asm volatile(EXACT(".word 0x2800202f"));
  check_trap("amo, funct5 5", 2, 0x2800202f);
  asm volatile(EXACT(".word 0x10200073 | 1 << 7"));
  check_trap("sret with rd", 2, 0x102000f3);
  asm volatile(EXACT(".word 0x7b200073"));
  check_trap("dret outside debug mode", 2, 0x7b200073);
  asm volatile(EXACT(".word 0x04000053"));
  check_trap("fadd.h", 2, 0x04000053);
  asm volatile(EXACT(".word 0x06000053"));
  check_trap("fadd.q", 2, 0x06000053);
}

void calls() {
  check("ebreak: mepc", TRAP_AT("1: ebreak"), 0);
  check("ebreak", trap.cause, 3);
  trap.clear();
  check("ecall: mepc", TRAP_AT("1: ecall"), 0);
  check_trap("ecall", 11, 0);
  open_memory();
  alignas(4) static const uint32_t kEcall = 0x73;
  static constexpr uint64_t kModes[] = {kUserMode, kSupervisorMode, kMachineMode};
  for (uint64_t mode : kModes) {
    enter_mode(mode, address_of(&kEcall), 1, 2);
    check("from mode", trap.mpp, mode);
    check("  mepc", trap.epc - address_of(&kEcall), 0);
    check_trap("  ecall", 8 + mode, 0);
  }
}

void precise() {
  uint64_t before, behind;
  asm volatile(EXACT("li %0, 1\n li %1, 1\n li t0, 0x4000000000\n addi %0, %0, 1\n ld t1, 0(t0)\n"
                     "addi %1, %1, 1")
               : "=&r"(before), "=&r"(behind)::"t0", "t1");
  check("what stands before a trap is done once", before, 2);
  check("  and what stands behind it", behind, 2);
  check("  one trap", trap.count, 1);
  trap.clear();
  uint64_t pair[2] = {11, 22};
  asm volatile(EXACT("mv t0, %0\n sd zero, 0(t0)\n .word 0xffffffff\n sd zero, 8(t0)")::"r"(pair)
               : "t0", "memory");
  check("stores around a trap", pair[0] | pair[1], 0);
  trap.clear();
}

void status() {
  SET_CSR(mstatus, 8);
  uint64_t inside = 0;
  asm volatile("ecall");
  inside = READ_CSR(mstatus) >> 3 & 1;
  check("MIE is back behind mret", inside, 1);
  check("  MPIE", READ_CSR(mstatus) >> 7 & 1, 1);
  check("  MPP", READ_CSR(mstatus) >> 11 & 3, 0);
  CLEAR_CSR(mstatus, 8);
  trap.clear();
  asm volatile("ecall");
  check("MIE stays off", READ_CSR(mstatus) >> 3 & 1, 0);
  trap.clear();
}

alignas(64) uint8_t bytes[128];

void misaligned() {
  for (unsigned i = 0; i < sizeof bytes; ++i) bytes[i] = static_cast<uint8_t>(i);
  uint64_t value;
  asm volatile("lh %0, 1(%1)" : "=r"(value) : "r"(bytes));
  check("lh", value, 0x0201);
  asm volatile("lw %0, 61(%1)" : "=r"(value) : "r"(bytes));
  check("lw over a line", value, 0x403f3e3d);
  asm volatile("ld %0, 57(%1)" : "=r"(value) : "r"(bytes));
  check("ld over a line", value, 0x403f3e3d3c3b3a39);
  asm volatile("sd %1, 3(%0)" ::"r"(bytes), "r"(0x1122334455667788) : "memory");
  check("sd",
        bytes[2] | uint64_t{bytes[3]} << 8 | uint64_t{bytes[10]} << 16 | uint64_t{bytes[11]} << 24,
        0x0b118802);
  check_no_trap("misaligned loads and stores are done");
  const uint64_t odd = reinterpret_cast<uint64_t>(bytes) + 2;
  asm volatile("lr.w t0, (%0)" ::"r"(odd) : "t0");
  check("lr.w", trap.cause, 4);
  check("  tval", trap.tval - odd, 0);
  trap.clear();
  asm volatile("amoadd.w t0, t0, (%0)" ::"r"(odd) : "t0");
  check_known("amoadd.w", trap.cause, 6, 4);
  trap.clear();
  asm volatile("sc.d t0, t0, (%0)" ::"r"(odd) : "t0");
  check_known("sc.d", trap.count ? trap.cause : 0, 6, 0);
  trap.clear();
}

void fetch_addresses() {
  // With C an instruction may begin at any even address, and jumps clear bit 0.
  alignas(8) static const uint16_t kCode[] = {0x0001, 0x0073, 0x0000};
  enter_mode(kMachineMode, address_of(kCode) + 2, 0, 0);
  check("an ecall at 2 modulo 4", trap.epc - address_of(kCode), 2);
  check_trap("  ", 11, 0);
  WRITE_CSR(mepc, address_of(kCode) + 3);
  check_known("mepc without bit 0", READ_CSR(mepc) - address_of(kCode), 2, 3);
}

}  // namespace

int main() {
  trap.clear();
  memory_faults();
  illegal_instructions();
  calls();
  precise();
  status();
  misaligned();
  fetch_addresses();
  return checks_done();
}
