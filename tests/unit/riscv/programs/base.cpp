// RV64I: every instruction over a table of operands, memory accesses of every width and alignment,
// jumps and branches.
#include "sweep.h"

namespace {

#define OP2(op, a, b)                                                                   \
  ({                                                                                    \
    uint64_t result;                                                                    \
    asm volatile(op " %0, %1, %2" : "=r"(result) : "r"(uint64_t(a)), "r"(uint64_t(b))); \
    result;                                                                             \
  })

void registers() {
  check("addw sign-extends", OP2("addw", 0x7fffffff, 1), 0xffffffff80000000);
  check("subw ignores high words", OP2("subw", 0x1234567800000000, 1), ~0ull);
  check("sll takes 6 bits", OP2("sll", 1, 64 + 63), 1ull << 63);
  check("sra", OP2("sra", 1ull << 63, 63), ~0ull);
  check("sllw takes 5 bits", OP2("sllw", 1, 32 + 31), 0xffffffff80000000);
  check("srlw", OP2("srlw", 0xffffffff80000000, 31), 1);
  check("sraw", OP2("sraw", 0x80000000, 31), ~0ull);
  check("slt", OP2("slt", ~0ull, 0), 1);
  check("sltu", OP2("sltu", ~0ull, 0), 0);
  SWEEP2("add");
  SWEEP2("sub");
  SWEEP2("sll");
  SWEEP2("slt");
  SWEEP2("sltu");
  SWEEP2("xor");
  SWEEP2("srl");
  SWEEP2("sra");
  SWEEP2("or");
  SWEEP2("and");
  SWEEP2("addw");
  SWEEP2("subw");
  SWEEP2("sllw");
  SWEEP2("srlw");
  SWEEP2("sraw");
}

void immediates() {
#define ALL_IMMEDIATES(op)    \
  SWEEP_IMMEDIATE(op, -2048); \
  SWEEP_IMMEDIATE(op, -1);    \
  SWEEP_IMMEDIATE(op, 0);     \
  SWEEP_IMMEDIATE(op, 1365);  \
  SWEEP_IMMEDIATE(op, 2047)
  ALL_IMMEDIATES("addi");
  ALL_IMMEDIATES("slti");
  ALL_IMMEDIATES("sltiu");
  ALL_IMMEDIATES("xori");
  ALL_IMMEDIATES("ori");
  ALL_IMMEDIATES("andi");
  ALL_IMMEDIATES("addiw");
#define ALL_SHIFTS(op)     \
  SWEEP_IMMEDIATE(op, 0);  \
  SWEEP_IMMEDIATE(op, 1);  \
  SWEEP_IMMEDIATE(op, 31); \
  SWEEP_IMMEDIATE(op, 32); \
  SWEEP_IMMEDIATE(op, 63)
  ALL_SHIFTS("slli");
  ALL_SHIFTS("srli");
  ALL_SHIFTS("srai");
#define ALL_WORD_SHIFTS(op) \
  SWEEP_IMMEDIATE(op, 0);   \
  SWEEP_IMMEDIATE(op, 1);   \
  SWEEP_IMMEDIATE(op, 31)
  ALL_WORD_SHIFTS("slliw");
  ALL_WORD_SHIFTS("srliw");
  ALL_WORD_SHIFTS("sraiw");
  uint64_t value;
  asm volatile("lui %0, 0x80000" : "=r"(value));
  check("lui sign-extends", value, 0xffffffff80000000);
  asm volatile("lui %0, 0x7ffff" : "=r"(value));
  check("lui", value, 0x7ffff000);
  uint64_t here;
  asm volatile("1: auipc %0, 0xfffff\n la %1, 1b" : "=&r"(value), "=&r"(here));
  check("auipc", value - here, 0xfffffffffffff000);
  asm volatile("addi x0, %1, 5\n lui x0, 0x12345\n ld x0, 0(%2)\n mv %0, x0"
               : "=r"(value)
               : "r"(7ull), "r"(kOperands + 5));
  check("x0 stays zero", value, 0);
}

alignas(64) uint8_t memory[128];

void fill() {
  for (unsigned i = 0; i < sizeof memory; ++i) memory[i] = static_cast<uint8_t>(0x81 + 7 * i);
}

template <typename Access>
void each_place(const char* name, Access access) {
  Hash hash;
  fill();
  for (unsigned offset = 0; offset < 64; ++offset) hash.add(access(memory + offset));
  for (uint8_t byte : memory) hash.add(byte);
  show(name, hash.value);
}

void loads_and_stores() {
  const uint64_t pattern = 0x8899aabbccddeeff;
  const auto* bytes = reinterpret_cast<const uint8_t*>(&pattern);
  uint64_t value;
  asm volatile("lb %0, 0(%1)" : "=r"(value) : "r"(bytes), "m"(pattern));
  check("lb", value, ~0ull);
  asm volatile("lbu %0, 1(%1)" : "=r"(value) : "r"(bytes), "m"(pattern));
  check("lbu", value, 0xee);
  asm volatile("lh %0, 2(%1)" : "=r"(value) : "r"(bytes), "m"(pattern));
  check("lh", value, 0xffffffffffffccdd);
  asm volatile("lhu %0, 4(%1)" : "=r"(value) : "r"(bytes), "m"(pattern));
  check("lhu", value, 0xaabb);
  asm volatile("lw %0, 4(%1)" : "=r"(value) : "r"(bytes), "m"(pattern));
  check("lw", value, 0xffffffff8899aabb);
  asm volatile("lwu %0, 4(%1)" : "=r"(value) : "r"(bytes), "m"(pattern));
  check("lwu", value, 0x8899aabb);
  asm volatile("ld %0, -8(%1)" : "=r"(value) : "r"(bytes + 8), "m"(pattern));
  check("ld", value, pattern);
#define LOAD(op)                                                       \
  each_place(op, [](uint8_t* at) {                                     \
    uint64_t loaded;                                                   \
    asm volatile(op " %0, 3(%1)" : "=r"(loaded) : "r"(at) : "memory"); \
    return loaded;                                                     \
  })
#define STORE(op)                                                                           \
  each_place(op, [](uint8_t* at) {                                                          \
    const uint64_t stored = 0x1122334455667788u * static_cast<uint64_t>(1 + (at - memory)); \
    asm volatile(op " %0, 5(%1)" ::"r"(stored), "r"(at) : "memory");                        \
    return stored;                                                                          \
  })
  LOAD("lb");
  LOAD("lbu");
  LOAD("lh");
  LOAD("lhu");
  LOAD("lw");
  LOAD("lwu");
  LOAD("ld");
  STORE("sb");
  STORE("sh");
  STORE("sw");
  STORE("sd");
}

void branches() {
#define BRANCH(op)                                                                 \
  sweep2(op, [](uint64_t a, uint64_t b) {                                          \
    uint64_t taken = 1;                                                            \
    asm volatile(op " %1, %2, 1f\n li %0, 0\n 1:" : "+r"(taken) : "r"(a), "r"(b)); \
    return taken;                                                                  \
  })
  BRANCH("beq");
  BRANCH("bne");
  BRANCH("blt");
  BRANCH("bge");
  BRANCH("bltu");
  BRANCH("bgeu");
  uint64_t count = 0;
  asm volatile("li t0, 1000\n 1: addi %0, %0, 3\n addi t0, t0, -1\n bnez t0, 1b"
               : "+r"(count)::"t0");
  check("backwards", count, 3000);
}

void jumps() {
  uint64_t link, target;
  asm volatile(".option push\n .option norvc\n 1: jal %0, 2f\n 2: la %1, 1b\n .option pop"
               : "=&r"(link), "=&r"(target));
  check("jal links", link - target, 4);
  asm volatile(
      ".option push\n .option norvc\n la %1, 2f\n 1: jalr %0, 1(%1)\n .word 0\n 2: la %1, 1b\n"
      ".option pop"
      : "=&r"(link), "=&r"(target));
  check("jalr clears bit 0 and links", link - target, 4);
  asm volatile(
      ".option push\n .option norvc\n la t1, 2f\n 1: jalr t1, -8(t1)\n .word 0\n .word 0\n nop\n"
      "nop\n 2: nop\n la %1, 1b\n mv %0, t1\n .option pop"
      : "=&r"(link), "=&r"(target)::"t1");
  check("jalr reads before it links", link - target, 4);
}

void fences() {
  uint64_t word = 5, value;
  asm volatile("fence rw, rw\n fence iorw, iorw\n fence.tso\n ld %0, 0(%1)\n .word 0x0100000f"
               : "=r"(value)
               : "r"(&word), "m"(word));
  check("fences", value, 5);
}

}  // namespace

int main() {
  trap.clear();
  registers();
  immediates();
  loads_and_stores();
  branches();
  jumps();
  fences();
  check_no_trap("no trap");
  return checks_done();
}
