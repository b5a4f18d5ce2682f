// Traps, interrupts, self-modifying code, protection and translation: prints what happened.
#include "runtime.h"

namespace {

volatile uint64_t last_cause, last_tval, seen;
constexpr uint64_t kNowhere = 0x4000000000;
volatile uint32_t* const kMsip = reinterpret_cast<volatile uint32_t*>(0x02000000);
volatile uint64_t* const kMtimecmp = reinterpret_cast<volatile uint64_t*>(0x02004000);
volatile uint64_t* const kMtime = reinterpret_cast<volatile uint64_t*>(0x0200bff8);

void report(const char* name) {
  show(name, last_cause);
  show("  tval", last_tval);
  last_cause = ~0ull;
  last_tval = ~0ull;
}

void exceptions() {
  volatile uint32_t sink;
  sink = *reinterpret_cast<volatile uint32_t*>(kNowhere);
  report("load");
  *reinterpret_cast<volatile uint64_t*>(kNowhere + 8) = sink;
  report("store");
  asm volatile(".word 0x0000000b");
  report("illegal");
  asm volatile("csrr t0, 0x8ff" ::: "t0");
  report("unknown csr");
  asm volatile("csrw mvendorid, zero");
  report("read-only csr");
  asm volatile("ebreak");
  report("ebreak");
  asm volatile("ecall");
  report("ecall");
  uint64_t word[2] = {0x1122334455667788, 0x99aabbccddeeff00};
  uint64_t value;
  asm volatile("ld %0, 3(%1)" : "=r"(value) : "r"(word), "m"(word));
  show("misaligned load", value);
  WRITE_CSR(mstatus, READ_CSR(mstatus) & ~0x6000ull);
  asm volatile("fadd.d f0, f1, f2");
  report("float off");
  WRITE_CSR(mstatus, READ_CSR(mstatus) | 0x6000ull);
}

void interrupts_and_wait() {
  WRITE_CSR(mie, 0x8);
  WRITE_CSR(mstatus, READ_CSR(mstatus) | 8);
  *kMsip = 1;
  while (!(seen & 0x8)) {
  }
  WRITE_CSR(mie, 0);
  report("software");
  WRITE_CSR(mstatus, READ_CSR(mstatus) & ~8ull);
  WRITE_CSR(mie, 0x80);
  *kMtimecmp = *kMtime + 2000;
  asm volatile("wfi");
  show("pending", READ_CSR(mip));
  WRITE_CSR(mstatus, READ_CSR(mstatus) | 8);
  while (!(seen & 0x80)) {
  }
  WRITE_CSR(mstatus, READ_CSR(mstatus) & ~8ull);
  report("timer");
  WRITE_CSR(mie, 0);
}

/// li a0, n; ret
void write_function(volatile uint32_t* code, uint32_t n) {
  code[0] = n << 20 | 0x513;
  code[1] = 0x8067;
}

void self_modifying() {
  alignas(64) static volatile uint32_t code[16];
  auto* function = reinterpret_cast<uint64_t (*)()>(const_cast<uint32_t*>(code));
  uint64_t sum = 0;
  for (uint32_t n = 1; n <= 200; ++n) {
    write_function(code, n);
    asm volatile("fence.i" ::: "memory");
    sum = sum * 3 + function() + function();
  }
  show("self-modifying", sum);
}

/// Calls `function` in the mode of `mpp`; it ends with ecall.
void call_in_mode(uint64_t mpp, uint64_t function, uint64_t argument) {
  asm volatile(
      "csrc mstatus, %0\n csrs mstatus, %1\n la t0, 1f\n csrw mscratch, t0\n csrw mepc, %2\n"
      "mv a0, %3\n mret\n .balign 4\n 1: nop" ::"r"(0x1800),
      "r"(mpp << 11), "r"(function), "r"(argument)
      : "t0", "a0", "a1", "memory");
}

alignas(4096) uint64_t root[512], middle[512], leaf[512];
alignas(4096) uint64_t page[512];

extern "C" void load_and_call();
asm(".balign 4096\nload_and_call:\n ld a1, 0(a0)\n sd a1, 8(a0)\n ecall\n"
    ".balign 4096");

uint64_t pte(const void* address, uint64_t flags) {
  return reinterpret_cast<uint64_t>(address) >> 12 << 10 | flags;
}

void protection() {
  const auto code = reinterpret_cast<uint64_t>(&load_and_call);
  const auto data = reinterpret_cast<uint64_t>(page);
  page[0] = 42;
  WRITE_CSR(pmpaddr0, code >> 2 | 0x1ff);
  WRITE_CSR(pmpaddr1, data >> 2 | 0x1ff);
  WRITE_CSR(pmpcfg0, 0x191d);  // code: read, execute; data: read
  call_in_mode(0, code, data);
  report("user, page read only");
  WRITE_CSR(pmpcfg0, 0x1b1d);
  call_in_mode(0, code, data);
  report("user, page writable");
  show("  stored", page[1]);
  call_in_mode(0, code, 0x80000000);
  report("user, elsewhere");
  call_in_mode(0, data, 0);
  report("user, page not executable");
}

void translation() {
  WRITE_CSR(pmpaddr0, ~0ull);
  WRITE_CSR(pmpcfg0, 0x1f);
  const uint64_t code = 0x40000000, data = 0x40001000, none = 0x40002000;
  root[1] = pte(middle, 1);
  middle[0] = pte(leaf, 1);
  leaf[0] = pte(reinterpret_cast<const void*>(&load_and_call), 0x1b);  // user, execute, read
  leaf[1] = pte(page, 0x13);                                           // user, read
  WRITE_CSR(satp, 8ull << 60 | reinterpret_cast<uint64_t>(root) >> 12);
  asm volatile("sfence.vma");
  call_in_mode(0, code, data);
  report("paged, read only");
  leaf[1] |= 4;
  asm volatile("sfence.vma");
  page[0] = 77;
  call_in_mode(0, code, data);
  report("paged, writable");
  show("  stored", page[1]);
  show("  accessed and dirty", leaf[1] & 0xff);
  call_in_mode(0, code, none);
  report("paged, not mapped");
  call_in_mode(1, code, data);
  report("supervisor on a user page");
  call_in_mode(0, data, data);
  report("paged, not executable");
  call_in_mode(0, 1ull << 40, data);
  report("not canonical");
  WRITE_CSR(medeleg, 1 << 13);
  WRITE_CSR(stvec, code + 8);  // its ecall, whose cause then shows the supervisor
  leaf[0] = pte(reinterpret_cast<const void*>(&load_and_call), 0x1b);
  call_in_mode(0, code, none);
  show("delegated: scause", READ_CSR(scause));
  show("  stval", READ_CSR(stval));
  report("  then");
  WRITE_CSR(satp, 0);
}

}  // namespace

extern "C" uint64_t on_trap(uint64_t cause, uint64_t epc, uint64_t tval, uint64_t) {
  last_cause = cause;
  last_tval = tval;
  if (cause >> 63) {
    seen = seen | 1ull << (cause & 63);
    *kMsip = 0;
    *kMtimecmp = ~0ull;
    return epc;
  }
  const uint64_t mode = READ_CSR(mstatus) >> 11 & 3;
  if (mode == 3) return epc + length_at(epc);
  WRITE_CSR(mstatus, READ_CSR(mstatus) | 0x1800);
  return READ_CSR(mscratch);
}

int main() {
  exceptions();
  interrupts_and_wait();
  self_modifying();
  protection();
  translation();
  print("end\n");
  return 7;
}
