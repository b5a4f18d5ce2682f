// M: every instruction over a table of operands; what division by zero and overflow give.
#include "sweep.h"

namespace {

#define OP2(op, a, b)                                                                   \
  ({                                                                                    \
    uint64_t result;                                                                    \
    asm volatile(op " %0, %1, %2" : "=r"(result) : "r"(uint64_t(a)), "r"(uint64_t(b))); \
    result;                                                                             \
  })
constexpr uint64_t kMin = 1ull << 63, kMinWord = 0xffffffff80000000;

void corners() {
  check("div by zero", OP2("div", 5, 0), ~0ull);
  check("divu by zero", OP2("divu", 5, 0), ~0ull);
  check("rem by zero", OP2("rem", -5, 0), -5ull);
  check("remu by zero", OP2("remu", 5, 0), 5);
  check("div overflow", OP2("div", kMin, -1), kMin);
  check("rem overflow", OP2("rem", kMin, -1), 0);
  check("divw by zero", OP2("divw", 0x80000005, 0), ~0ull);
  check("divuw by zero", OP2("divuw", 5, 0), ~0ull);
  check("remw by zero", OP2("remw", 0x80000005, 0), 0xffffffff80000005);
  check("remuw by zero", OP2("remuw", 0x80000005, 0), 0xffffffff80000005);
  check("divw overflow", OP2("divw", kMinWord, -1), kMinWord);
  check("remw overflow", OP2("remw", kMinWord, -1), 0);
  check("div rounds to zero", OP2("div", -7, 2), -3ull);
  check("rem has the dividend's sign", OP2("rem", -7, 2), -1ull);
  check("mulh", OP2("mulh", kMin, kMin), 1ull << 62);
  check("mulhu", OP2("mulhu", ~0ull, ~0ull), ~1ull);
  check("mulhsu", OP2("mulhsu", ~0ull, ~0ull), ~0ull);
  check("mulw", OP2("mulw", 0x10001, 0x10001), 0x20001);
}

}  // namespace

int main() {
  trap.clear();
  corners();
  SWEEP2("mul");
  SWEEP2("mulh");
  SWEEP2("mulhsu");
  SWEEP2("mulhu");
  SWEEP2("div");
  SWEEP2("divu");
  SWEEP2("rem");
  SWEEP2("remu");
  SWEEP2("mulw");
  SWEEP2("divw");
  SWEEP2("divuw");
  SWEEP2("remw");
  SWEEP2("remuw");
  check_no_trap("no trap");
  return checks_done();
}
