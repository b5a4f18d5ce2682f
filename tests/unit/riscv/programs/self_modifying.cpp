// Zifencei: code that is written, by stores of every width, to where code has run or will run; in a
// loop, across lines and pages, through another address, with atomics.
#include "check.h"

namespace {

using Code = uint64_t (*)();
constexpr uint32_t kReturn = 0x8067;
constexpr uint32_t load_a0(uint32_t n) { return n << 20 | 0x513; }
constexpr uint32_t add_a0(uint32_t n) { return n << 20 | 0x50513; }

alignas(4096) volatile uint32_t code[3072];

Code at(volatile uint32_t* place) {
  return reinterpret_cast<Code>(reinterpret_cast<uint64_t>(place));
}
void fence() { asm volatile("fence.i" ::: "memory"); }

void again_and_again() {
  uint64_t sum = 0;
  for (uint32_t n = 1; n <= 500; ++n) {
    code[0] = load_a0(n);
    code[1] = kReturn;
    fence();
    sum = sum * 3 + at(code)() + at(code)();
  }
  Hash hash;
  hash.add(sum);
  show("500 versions of a function", hash.value);
  check("the last one", at(code)(), 500);
}

void narrow_stores() {
  code[0] = load_a0(0x123);
  code[1] = kReturn;
  fence();
  check("before", at(code)(), 0x123);
  reinterpret_cast<volatile uint8_t*>(code)[3] = 0x45;
  fence();
  check("a byte", at(code)(), 0x453);
  reinterpret_cast<volatile uint16_t*>(code)[1] = 0x0670;
  fence();
  check("a half", at(code)(), 0x067);
  *reinterpret_cast<volatile uint64_t*>(code) = uint64_t{kReturn} << 32 | load_a0(0x321);
  fence();
  check("a double word", at(code)(), 0x321);
  asm volatile("amoswap.w zero, %1, (%0)" ::"r"(code), "r"(load_a0(0x77)) : "memory");
  fence();
  check("an AMO", at(code)(), 0x77);
  asm volatile("1: lr.w t0, (%0)\n sc.w t0, %1, (%0)\n bnez t0, 1b" ::"r"(code), "r"(load_a0(0x78))
               : "t0", "memory");
  fence();
  check("an SC", at(code)(), 0x78);
  double both;
  const uint64_t bits = uint64_t{kReturn} << 32 | load_a0(0x79);
  asm volatile("fmv.d.x %0, %2\n fsd %0, 0(%1)" : "=&f"(both) : "r"(code), "r"(bits) : "memory");
  fence();
  check("a float store", at(code)(), 0x79);
  // Misaligned, over the end of the one and the start of the next instruction.
  code[0] = load_a0(1);
  code[1] = add_a0(2);
  code[2] = kReturn;
  fence();
  check("before", at(code)(), 3);
  asm volatile("sw %1, 2(%0)" ::"r"(code), "r"((add_a0(4) & 0xffffu) << 16 | load_a0(3) >> 16)
               : "memory");
  fence();
  check("a misaligned word", at(code)() & 0xfff, 3 + 2);
}

void long_code() {
  // A function over two pages, longer than a decoded block; one instruction changes at a time.
  constexpr unsigned kLength = 1500;
  code[0] = load_a0(0);
  for (unsigned i = 1; i < kLength; ++i) code[i] = add_a0(1);
  code[kLength] = kReturn;
  fence();
  check("long", at(code)(), kLength - 1);
  uint64_t expected = kLength - 1;
  bool good = true;
  for (unsigned i = 1; i < kLength; i += 37) {
    code[i] = add_a0(100);
    expected += 99;
    fence();
    good = good && at(code)() == expected;
  }
  check_that("one instruction at a time", good);
  for (unsigned i = 1020; i < 1030; ++i) {
    code[i] = add_a0(3);
    fence();
  }
  // From 100 or 1 to 3 each, around the page's end.
  uint64_t sum = 0;
  for (unsigned i = 1; i < kLength; ++i) sum += code[i] >> 20;
  check("around the end of a page", at(code)(), sum);
}

void across_a_page() {
  auto* half = reinterpret_cast<volatile uint16_t*>(code) + 2047;  // 32 bits over two pages
  const auto put = [&](uint32_t n) {
    half[0] = static_cast<uint16_t>(load_a0(n));
    half[1] = static_cast<uint16_t>(load_a0(n) >> 16);
    half[2] = 0x8082;  // ret
    fence();
  };
  const auto call = reinterpret_cast<Code>(reinterpret_cast<uint64_t>(half));
  put(5);
  check("an instruction on two pages", call(), 5);
  put(6);
  check("  changed", call(), 6);
  half[1] = static_cast<uint16_t>(load_a0(0x7f7) >> 16);
  fence();
  check("  its second half changed", call(), 0x7f7);
}

void own_next_instruction() {
  // Writes the instruction behind its own FENCE.I, in a loop.
  uint64_t sum = 0;
  asm volatile(
      ".option push\n .option norvc\n"
      "la t0, 2f\n li t1, 0x00150513\n li t2, 0x00100000\n li t3, 50\n li a0, 0\n"
      "1: sw t1, 0(t0)\n fence.i\n 2: addi a0, a0, 0\n add t1, t1, t2\n addi t3, t3, -1\n"
      "bnez t3, 1b\n mv %0, a0\n .option pop"
      : "=r"(sum)::"t0", "t1", "t2", "t3", "a0", "memory");
  check("the next instruction", sum, 50 * 51 / 2);
}

void data_beside_code() {
  // Stores to the line that runs, but not to its code.
  uint64_t sum;
  asm volatile(
      ".option push\n .option norvc\n j 2f\n .balign 8\n 1: .dword 0\n"
      "2: la t0, 1b\n li t1, 1000\n"
      "3: ld t2, 0(t0)\n add t2, t2, t1\n sd t2, 0(t0)\n addi t1, t1, -1\n bnez t1, 3b\n"
      "ld %0, 0(t0)\n .option pop"
      : "=r"(sum)::"t0", "t1", "t2", "memory");
  check("data beside the code", sum, 500500);
}

alignas(4096) uint64_t root[512];

/// Code written at one virtual address and run at another.
void through_another_address() {
  open_memory();
  const uint64_t flags = 0xcf;  // dirty, accessed, execute, write, read, valid
  root[2] = 0x80000000ull >> 12 << 10 | flags;
  root[3] = 0x80000000ull >> 12 << 10 | flags;
  WRITE_CSR(satp, 8ull << 60 | reinterpret_cast<uint64_t>(root) >> 12);
  asm volatile("sfence.vma");
  for (uint32_t n = 10; n < 13; ++n) {
    const auto writer = reinterpret_cast<uint64_t>(code + 64);
    const auto target = reinterpret_cast<uint64_t>(code) + 0x40000000;
    code[0] = load_a0(0);
    code[1] = 0x73;         // ecall
    code[64] = 0x00b52023;  // sw a1, 0(a0)
    code[65] = 0x0000100f;  // fence.i
    code[66] = 0x73;
    fence();
    enter_mode(kSupervisorMode, reinterpret_cast<uint64_t>(code), 0, 0);
    check("another address: before", trap.a0, 0);
    trap.clear();
    enter_mode(kSupervisorMode, writer, target, load_a0(n));
    trap.clear();
    enter_mode(kSupervisorMode, reinterpret_cast<uint64_t>(code), 0, 0);
    check("  after", trap.a0, n);
    check("  cause", trap.cause, 9);
    trap.clear();
  }
  WRITE_CSR(satp, 0);
}

}  // namespace

int main() {
  trap.clear();
  again_and_again();
  narrow_stores();
  long_code();
  across_a_page();
  own_next_instruction();
  data_beside_code();
  through_another_address();
  check_no_trap("no trap");
  return checks_done();
}
