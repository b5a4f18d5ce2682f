// C: every compressed instruction, its immediates at their ends, its link, and the encodings that
// are illegal or hints.
#include "check.h"

namespace {

#define RVC(text) ".option push\n .option rvc\n" text "\n .option pop"
/// Value of s0 after `text`, which finds `in` in s0 and `other` in s1.
#define WITH(text, in, other)                                       \
  ({                                                                \
    uint64_t value;                                                 \
    asm volatile("mv s0, %1\n mv s1, %2\n" RVC(text) "\n mv %0, s0" \
                 : "=r"(value)                                      \
                 : "r"(uint64_t(in)), "r"(uint64_t(other))          \
                 : "s0", "s1", "a5", "t0", "memory");               \
    value;                                                          \
  })

void immediates() {
  check("c.li -32", WITH("c.li s0, -32", 5, 0), -32ull);
  check("c.li 31", WITH("c.li s0, 31", 5, 0), 31);
  check("c.lui 1", WITH("c.lui s0, 1", 5, 0), 0x1000);
  check("c.lui -32", WITH("c.lui s0, 0xfffe0", 5, 0), 0xfffffffffffe0000);
  check("c.addi -32", WITH("c.addi s0, -32", 5, 0), -27ull);
  check("c.addi 31", WITH("c.addi s0, 31", ~0ull, 0), 30);
  check("c.addiw 1", WITH("c.addiw s0, 1", 0x7fffffff, 0), 0xffffffff80000000);
  check("c.addiw 0", WITH("c.addiw s0, 0", 0x1234567880000000, 0), 0xffffffff80000000);
  check("c.slli 63", WITH("c.slli s0, 63", 3, 0), 1ull << 63);
  check("c.srli 63", WITH("c.srli s0, 63", ~0ull, 0), 1);
  check("c.srai 63", WITH("c.srai s0, 63", 1ull << 63, 0), ~0ull);
  check("c.srli 1", WITH("c.srli s0, 1", ~0ull, 0), ~0ull >> 1);
  check("c.andi -32", WITH("c.andi s0, -32", 0xff, 0), 0xe0);
  check("c.andi 31", WITH("c.andi s0, 31", 0xff, 0), 0x1f);
}

void registers() {
  check("c.mv", WITH("c.mv s0, s1", 1, 77), 77);
  check("c.add", WITH("c.add s0, s1", 1, 77), 78);
  check("c.sub", WITH("c.sub s0, s1", 1, 77), -76ull);
  check("c.xor", WITH("c.xor s0, s1", 0xff00, 0x0ff0), 0xf0f0);
  check("c.or", WITH("c.or s0, s1", 0xff00, 0x0ff0), 0xfff0);
  check("c.and", WITH("c.and s0, s1", 0xff00, 0x0ff0), 0x0f00);
  check("c.addw", WITH("c.addw s0, s1", 0x7fffffff, 1), 0xffffffff80000000);
  check("c.subw", WITH("c.subw s0, s1", 0, 0x80000000), 0xffffffff80000000);
  check("c.nop", WITH("c.nop", 5, 0), 5);
}

void stack_pointer() {
  uint64_t moved;
  asm volatile(RVC("mv t0, sp\n c.addi16sp sp, -512\n sub %0, sp, t0\n mv sp, t0")
               : "=r"(moved)::"t0");
  check("c.addi16sp -512", moved, -512ull);
  asm volatile(RVC("mv t0, sp\n c.addi16sp sp, 496\n sub %0, sp, t0\n mv sp, t0")
               : "=r"(moved)::"t0");
  check("c.addi16sp 496", moved, 496);
  asm volatile(RVC("c.addi4spn a5, sp, 4\n sub %0, a5, sp") : "=r"(moved)::"a5");
  check("c.addi4spn 4", moved, 4);
  asm volatile(RVC("c.addi4spn a5, sp, 1020\n sub %0, a5, sp") : "=r"(moved)::"a5");
  check("c.addi4spn 1020", moved, 1020);
}

void memory() {
  alignas(16) uint64_t words[64] = {};
  words[0] = 0x8877665544332211;
  words[31] = 0xffeeddccbbaa9988;
  check("c.lw 0", WITH("c.lw s0, 0(s1)", 0, words), 0x44332211);
  check("c.lw 124", WITH("c.lw s0, 124(s1)", 0, words + 16), 0xffffffffffeeddcc);
  check("c.ld 0", WITH("c.ld s0, 0(s1)", 0, words), 0x8877665544332211);
  check("c.ld 248", WITH("c.ld s0, 248(s1)", 0, words), 0xffeeddccbbaa9988);
  WITH("c.sw s0, 124(s1)", 0x1234567899aabbcc, words);
  check("c.sw 124", words[15], 0x99aabbcc00000000);
  WITH("c.sd s0, 248(s1)", 0x1234567899aabbcc, words);
  check("c.sd 248", words[31], 0x1234567899aabbcc);
  check("c.fld", WITH("c.fld fa0, 248(s1)\n fmv.x.d s0, fa0", 0, words), 0x1234567899aabbcc);
  WITH("fmv.d.x fa0, s0\n c.fsd fa0, 240(s1)", 0x5566, words);
  check("c.fsd", words[30], 0x5566);
  uint64_t value;
#define ON_STACK(text)                                            \
  asm volatile(RVC("mv t0, sp\n mv sp, %1\n" text "\n mv sp, t0") \
               : "=&r"(value)                                     \
               : "r"(words), "r"(0x1122334485667788)              \
               : "t0", "ft0", "memory")
  ON_STACK("c.lwsp %0, 252(sp)");
  check("c.lwsp 252", value, 0x12345678);
  ON_STACK("c.ldsp %0, 248(sp)");
  check("c.ldsp 248", value, 0x1234567899aabbcc);
  ON_STACK("c.swsp %2, 8(sp)\n c.li %0, 0");
  check("c.swsp 8", words[1], 0x85667788);
  ON_STACK("c.sdsp %2, 504(sp)\n c.li %0, 0");
  check("c.sdsp 504", words[63], 0x1122334485667788);
  ON_STACK("c.fldsp ft0, 504(sp)\n fmv.x.d %0, ft0");
  check("c.fldsp 504", value, 0x1122334485667788);
  ON_STACK("fmv.d.x ft0, %2\n c.fsdsp ft0, 0(sp)\n c.li %0, 0");
  check("c.fsdsp 0", words[0], 0x1122334485667788);
}

void jumps() {
  check("c.j", WITH("c.j 1f\n c.li s0, 1\n 1:", 5, 0), 5);
  check("c.beqz taken", WITH("c.beqz s1, 1f\n c.li s0, 1\n 1:", 5, 0), 5);
  check("c.beqz not taken", WITH("c.beqz s1, 1f\n c.li s0, 1\n 1:", 5, 1), 1);
  check("c.bnez taken", WITH("c.bnez s1, 1f\n c.li s0, 1\n 1:", 5, 1), 5);
  check("c.bnez backwards", WITH("1: c.addi s0, 1\n c.addi s1, -1\n c.bnez s1, 1b", 5, 7), 12);
  uint64_t link, from;
  asm volatile(RVC("la t0, 2f\n 1: c.jalr t0\n 2: mv %0, ra\n la %1, 1b")
               : "=&r"(link), "=&r"(from)::"t0", "ra");
  check("c.jalr links", link - from, 2);
  check("c.jr", WITH("la t0, 1f\n c.jr t0\n c.li s0, 1\n 1:", 5, 0), 5);
  // A 32-bit instruction across two blocks' lines, at 2 modulo 4.
  check(
      "32 bits at 2 modulo 4",
      WITH(".balign 4\n c.nop\n .option norvc\n addi s0, s0, 1\n .option rvc\n c.addi s0, 1", 5, 0),
      7);
}

void illegal() {
  asm volatile(".half 0x0000\n .half 1");
  check_trap("all zeros", 2, 0);
  asm volatile(".half 0x0004\n .half 1");  // c.addi4spn with immediate 0
  check_trap("c.addi4spn 0", 2, 0x0004);
  asm volatile(".half 0x6105");  // c.addi16sp 32, legal: undone below
  asm volatile(".half 0x1101");  // c.addi sp, -32
  check_no_trap("c.addi16sp 32");
  asm volatile(".half 0x6101");  // c.addi16sp 0
  check_trap("c.addi16sp 0", 2, 0x6101);
  asm volatile(".half 0x6281");  // c.lui t0, 0
  check_trap("c.lui 0", 2, 0x6281);
  asm volatile(".half 0x2005");  // c.addiw zero
  check_trap("c.addiw zero", 2, 0x2005);
  asm volatile(".half 0x4002");  // c.lwsp zero
  check_trap("c.lwsp zero", 2, 0x4002);
  asm volatile(".half 0x6002");  // c.ldsp zero
  check_trap("c.ldsp zero", 2, 0x6002);
  asm volatile(".half 0x8002");  // c.jr zero
  check_trap("c.jr zero", 2, 0x8002);
  asm volatile(".half 0x8000");  // reserved
  check_trap("reserved, quadrant 0", 2, 0x8000);
  asm volatile(".half 0x9c41");  // reserved: the place of c.subw's third neighbour
  check_trap("reserved, quadrant 1", 2, 0x9c41);
  asm volatile(".half 0x9002");
  check("c.ebreak", trap.cause, 3);
  trap.clear();
  asm volatile(".half 0x0005");  // c.nop 1
  asm volatile(".half 0x4005");  // c.li zero, 1
  asm volatile(".half 0x8006");  // c.mv zero, ra
  asm volatile(".half 0x9006");  // c.add zero, ra
  asm volatile(".half 0x0006");  // c.slli zero, 1
  asm volatile(".half 0x6005");  // c.lui zero, 1
  check_no_trap("hints");
}

}  // namespace

int main() {
  trap.clear();
  immediates();
  registers();
  stack_pointer();
  memory();
  jumps();
  illegal();
  return checks_done();
}
