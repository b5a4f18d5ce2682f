#include "firmware/app/self_test.h"

#include <cstring>

#include "firmware/app/boot_options.h"
#include "firmware/boot/console.h"
#include "firmware/boot/csr.h"
#include "firmware/boot/trap.h"

extern "C" char __firmware_end[];

namespace systole::firmware {
namespace {

constexpr uint64_t kNowhere = 0;  // an address with nothing behind it, here and on QEMU

volatile uint64_t& reg64(uint64_t addr) { return *reinterpret_cast<volatile uint64_t*>(addr); }
volatile uint32_t& reg32(uint64_t addr) { return *reinterpret_cast<volatile uint32_t*>(addr); }

// Every word its own value, then its complement, over 256 KiB behind the firmware.
bool memory() {
  constexpr uint64_t kWords = 32768;
  auto* words = reinterpret_cast<volatile uint64_t*>(__firmware_end);
  const auto pattern = [](uint64_t i) { return i * 0x9e3779b97f4a7c15u; };
  bool good = true;
  for (uint64_t i = 0; i < kWords; ++i) words[i] = pattern(i);
  for (uint64_t i = 0; i < kWords; ++i) {
    good &= words[i] == pattern(i);
    words[i] = ~pattern(i);
  }
  for (uint64_t i = 0; i < kWords; ++i) good &= words[i] == ~pattern(i);
  auto* bytes = reinterpret_cast<volatile uint8_t*>(__firmware_end);
  bytes[8191] = 0x12, bytes[8192] = 0x34;
  return good && reinterpret_cast<volatile uint16_t*>(bytes + 8192)[0] % 256 == 0x34;
}

bool was(const TrapRecord& trap, uint64_t cause, uint64_t value) {
  return trap.taken && trap.cause == cause && trap.value == value;
}

bool exceptions() {
  bool good = true;
  expect_trap();
  asm volatile("ecall" ::: "memory");
  good &= end_expect().cause == 11;
  expect_trap();
  asm volatile(".option push\n.option norvc\nebreak\n.option pop" ::: "memory");
  good &= end_expect().cause == 3;
  expect_trap();
  asm volatile(".word 0xffffffff" ::: "memory");
  good &= end_expect().cause == 2;
  expect_trap();
  asm volatile("csrr t0, 0x5c0" ::: "memory", "t0");
  good &= end_expect().cause == 2;
  return good;
}

bool access_faults() {
  bool good = true;
  expect_trap();
  asm volatile("lw t0, 0(%0)" ::"r"(kNowhere) : "memory", "t0");
  good &= was(end_expect(), 5, kNowhere);
  expect_trap();
  asm volatile("sd zero, 16(%0)" ::"r"(kNowhere) : "memory");
  good &= was(end_expect(), 7, kNowhere + 16);
  expect_trap();
  asm volatile("jalr %0" ::"r"(kNowhere) : "memory", "ra");
  good &= was(end_expect(), 1, kNowhere);
  return good;
}

bool atomics() {
  alignas(8) static uint64_t word = 40;
  uint64_t old = 0, failed = 1;
  asm volatile("amoadd.d %0, %2, (%1)" : "=&r"(old) : "r"(&word), "r"(2) : "memory");
  bool good = old == 40 && word == 42;
  asm volatile("1: lr.d %0, (%2)\n sc.d %1, %3, (%2)\n bnez %1, 1b"
               : "=&r"(old), "=&r"(failed)
               : "r"(&word), "r"(7)
               : "memory");
  good &= old == 42 && failed == 0 && word == 7;
  asm volatile("sc.d %0, zero, (%1)" : "=r"(failed) : "r"(&word) : "memory");
  good &= failed != 0 && word == 7;
  asm volatile("amomaxu.w %0, %2, (%1)" : "=&r"(old) : "r"(&word), "r"(0xffffffff) : "memory");
  return good && word == 0xffffffff;
}

bool arithmetic() {
  volatile uint64_t a = 0x123456789abcdef0, b = 0xfedcba987654321;
  volatile int64_t least = INT64_MIN, minus_one = -1;
  int64_t quotient = 0, rest = 0;
  asm("div %0, %1, %2" : "=r"(quotient) : "r"(least), "r"(minus_one));
  asm("rem %0, %1, %2" : "=r"(rest) : "r"(least), "r"(minus_one));
  bool good = quotient == INT64_MIN && rest == 0;
  uint64_t high = 0;
  asm("mulhu %0, %1, %2" : "=r"(high) : "r"(a), "r"(b));
  good &= high == 0x121fa00ad77d742;
  return good && a / b == 1 && a % b == 0x123456789abcdef0 - 0xfedcba987654321;
}

// One operation from clean flags: its result, and the flags it raised.
template <typename Float>
struct FloatResult {
  Float value = 0;
  uint64_t flags = 0;
};
constexpr uint64_t kInexact = 1, kOverflow = 4, kInvalid = 16;

FloatResult<float> divide(float a, float b) {
  FloatResult<float> result;
  asm volatile("csrw fflags, zero\n fdiv.s %0, %2, %3\n csrr %1, fflags"
               : "=&f"(result.value), "=r"(result.flags)
               : "f"(a), "f"(b));
  return result;
}

FloatResult<float> multiply(float a, float b) {
  FloatResult<float> result;
  asm volatile("csrw fflags, zero\n fmul.s %0, %2, %3\n csrr %1, fflags"
               : "=&f"(result.value), "=r"(result.flags)
               : "f"(a), "f"(b));
  return result;
}

FloatResult<double> root(double a) {
  FloatResult<double> result;
  asm volatile("csrw fflags, zero\n fsqrt.d %0, %2\n csrr %1, fflags"
               : "=&f"(result.value), "=r"(result.flags)
               : "f"(a));
  return result;
}

uint32_t bits_of(float value) {
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

uint64_t bits_of(double value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

bool floats() {
  const auto third = divide(1, 3), infinite = multiply(3e38f, 3);
  const auto root_two = root(2), nan = root(-1);
  return bits_of(third.value) == 0x3eaaaaab && third.flags == kInexact &&
         bits_of(infinite.value) == 0x7f800000 && infinite.flags == (kOverflow | kInexact) &&
         bits_of(root_two.value) == 0x3ff6a09e667f3bcd && root_two.flags == kInexact &&
         bits_of(nan.value) == 0x7ff8000000000000 && nan.flags == kInvalid;
}

// Calls a function, rewrites it, calls it again.
bool self_modifying_code() {
  alignas(8) static uint32_t code[2] = {0x00100513, 0x00008067};  // li a0, 1; ret
  const auto call = reinterpret_cast<uint64_t (*)()>(reinterpret_cast<uint64_t>(code));
  volatile uint32_t* words = code;
  asm volatile("fence.i" ::: "memory");
  bool good = call() == 1;
  for (uint32_t i = 2; i < 200; ++i) {
    words[0] = i << 20 | 0x513;
    asm volatile("fence.i" ::: "memory");
    good &= call() == i;
  }
  return good;
}

// WFI ends when the line is up, though interrupts are off; switched on, the interrupt is taken.
bool interrupt_wakes(uint64_t line, uint64_t cause) {
  expect_trap();
  set_mie(line);
  while (!(read_mip() & line)) asm volatile("wfi" ::: "memory");
  set_mstatus(kMstatusMie);
  asm volatile("nop" ::: "memory");
  clear_mstatus(kMstatusMie);
  clear_mie(line);
  return end_expect().cause == (kCauseInterrupt | cause);
}

bool interrupts(const Board& board) {
  constexpr uint64_t kMtimecmp = 0x4000, kMtime = 0xbff8;
  const uint64_t before = reg64(board.clint + kMtime);
  reg64(board.clint + kMtimecmp) = before + board.timebase_hz / 20000;  // 50 us
  bool good = interrupt_wakes(kTimerInterrupt, 7);
  good &= reg64(board.clint + kMtime) >= before + board.timebase_hz / 20000;
  reg64(board.clint + kMtimecmp) = ~uint64_t{0};
  reg32(board.clint) = 1;
  good &= interrupt_wakes(kSoftwareInterrupt, 3);
  reg32(board.clint) = 0;
  return good;
}

bool counters() {
  const uint64_t cycles = read_mcycle(), instructions = read_minstret();
  asm volatile("nop\nnop\nnop\nnop");
  return read_minstret() >= instructions + 4 && read_mcycle() > cycles;
}

// Deeper than any stack; the volatile array keeps every frame.
__attribute__((noinline)) uint64_t deeper(uint64_t depth) {
  if (depth == ~uint64_t{0}) return 0;
  volatile uint64_t frame[64] = {};
  frame[depth % 64] = depth;
  return deeper(depth + 1) + frame[depth % 64];
}

}  // namespace

bool self_test(const Board& board) {
  bool all = true;
  const auto check = [&all](const char* name, bool good) {
    console << "  " << name << ": " << (good ? "ok" : "FAILED") << "\n";
    all &= good;
  };
  check("memory", memory());
  check("arithmetic", arithmetic());
  check("atomics", atomics());
  check("floating point", floats());
  check("exceptions", exceptions());
  check("access faults", access_faults());
  check("self-modifying code", self_modifying_code());
  check("interrupts", interrupts(board));
  check("counters", counters());
  console << (all ? "self-test: passed\n" : "self-test: FAILED\n");
  return all;
}

void provoke(const char* fault) {
  const auto is = [fault](const char* word) { return starts_with_word(fault, word, nullptr); };
  if (is("illegal")) asm volatile(".word 0xffffffff");
  if (is("load")) asm volatile("ld t0, 0(%0)" ::"r"(kNowhere + 8) : "t0");
  if (is("store")) asm volatile("sd zero, 0(%0)" ::"r"(kNowhere + 8) : "memory");
  if (is("rom")) asm volatile("sd zero, 0(%0)" ::"r"(uint64_t{0x1000}) : "memory");
  if (is("jump")) asm volatile("jalr %0" ::"r"(kNowhere) : "ra");
  if (is("stack")) console << deeper(0);
  if (is("spin"))
    for (;;) asm volatile("");
}

}  // namespace systole::firmware
