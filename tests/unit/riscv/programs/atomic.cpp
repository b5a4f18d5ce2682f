// A: every AMO of both widths, with and without aq and rl; LR and SC, and what loses a reservation.
#include "sweep.h"

namespace {

alignas(64) volatile uint64_t cell[8];

/// Old value and what is in memory afterwards, of all operand pairs; around it nothing may change.
template <typename Op>
void amo(const char* name, Op op) {
  Hash hash;
  bool quiet = true;
  for (uint64_t memory : kOperands) {
    for (uint64_t operand : kOperands) {
      cell[0] = 0x1111111111111111;
      cell[2] = 0x1111111111111111;
      cell[1] = memory;
      hash.add(op(&cell[1], operand));
      hash.add(cell[1]);
      quiet = quiet && cell[0] == 0x1111111111111111 && cell[2] == 0x1111111111111111;
    }
  }
  show(name, hash.value);
  if (!quiet) check_that("  neighbours", quiet);
}

#define AMO(op)                                                                      \
  amo(op, [](volatile uint64_t* at, uint64_t operand) {                              \
    uint64_t old;                                                                    \
    asm volatile(op " %0, %2, (%1)" : "=r"(old) : "r"(at), "r"(operand) : "memory"); \
    return old;                                                                      \
  })
#define BOTH_WIDTHS(op) \
  AMO(op ".w");         \
  AMO(op ".d");         \
  AMO(op ".w.aq");      \
  AMO(op ".d.rl");      \
  AMO(op ".w.aqrl");    \
  AMO(op ".d.aqrl")

void amos() {
  BOTH_WIDTHS("amoswap");
  BOTH_WIDTHS("amoadd");
  BOTH_WIDTHS("amoxor");
  BOTH_WIDTHS("amoand");
  BOTH_WIDTHS("amoor");
  BOTH_WIDTHS("amomin");
  BOTH_WIDTHS("amomax");
  BOTH_WIDTHS("amominu");
  BOTH_WIDTHS("amomaxu");
  cell[1] = 0x00000000ffffffff;
  uint64_t old;
  asm volatile("amoadd.w %0, %2, (%1)" : "=r"(old) : "r"(&cell[1]), "r"(1ull) : "memory");
  check("amoadd.w returns sign-extended", old, ~0ull);
  check("amoadd.w leaves the high word", cell[1], 0);
  cell[1] = 5;
  asm volatile("mv t0, %1\n amoadd.d t0, t0, (t0)\n mv %0, t0"
               : "=r"(old)
               : "r"(&cell[1])
               : "t0", "memory");
  check("one register for all", old, 5);
  check("  memory", cell[1] - reinterpret_cast<uint64_t>(&cell[1]), 5);
  asm volatile("amoswap.d x0, %1, (%0)" ::"r"(&cell[1]), "r"(9ull) : "memory");
  check("amoswap to x0", cell[1], 9);
}

struct Pair {
  uint64_t loaded, failed;
};
/// LR, `between`, SC of 77 at the same address.
#define CONDITIONAL(width, between)                                               \
  ({                                                                              \
    Pair pair;                                                                    \
    asm volatile("lr." width " %0, (%2)\n" between "\n sc." width " %1, %3, (%2)" \
                 : "=&r"(pair.loaded), "=&r"(pair.failed)                         \
                 : "r"(&cell[1]), "r"(77ull), "r"(&cell[4]), "r"(88ull)           \
                 : "t0", "t1", "t2", "memory");                                   \
    pair;                                                                         \
  })

void conditional(const char* name, const Pair& pair, bool succeeds, uint64_t loaded,
                 uint64_t memory) {
  print(name);
  print("\n");
  check("  lr", pair.loaded, loaded);
  check("  sc fails", pair.failed != 0, !succeeds);
  check("  memory", cell[1], memory);
}

void reservations() {
  cell[1] = 0x1234567880000000;
  conditional("lr.w sc.w", CONDITIONAL("w", ""), true, 0xffffffff80000000, 0x123456780000004d);
  cell[1] = 0x8000000000000001;
  conditional("lr.d sc.d", CONDITIONAL("d", ""), true, 0x8000000000000001, 77);
  cell[1] = 1;
  conditional("a store there", CONDITIONAL("d", "sd %5, 0(%2)"), false, 1, 88);
  cell[1] = 1;
  conditional("a byte stored there", CONDITIONAL("d", "sb %5, 7(%2)"), false, 1,
              0x5800000000000001);
  cell[1] = 1;
  conditional("a store elsewhere", CONDITIONAL("d", "sd %5, 0(%4)"), true, 1, 77);
  cell[1] = 1;
  conditional("an AMO there", CONDITIONAL("d", "amoadd.d t0, %5, (%2)"), false, 1, 89);
  cell[1] = 1;
  conditional("an SC there", CONDITIONAL("d", "sc.d t0, %5, (%2)"), false, 1, 88);
  cell[1] = 1;
  conditional("an SC elsewhere", CONDITIONAL("d", "sc.d t0, %5, (%4)"), false, 1, 1);
  cell[1] = 1;
  conditional("an LR elsewhere", CONDITIONAL("d", "lr.d t0, (%4)"), false, 1, 1);
  cell[1] = 1;
  conditional("a second LR", CONDITIONAL("d", "lr.d t0, (%2)"), true, 1, 77);
  cell[1] = 1;
  conditional("a trap", CONDITIONAL("d", "ecall"), false, 1, 1);
  check_trap("  ecall", 11, 0);
  uint64_t failed;
  cell[1] = 1;
  asm volatile("sc.d %0, %1, (%2)" : "=&r"(failed) : "r"(5ull), "r"(&cell[1]) : "memory");
  check("sc without lr fails", failed != 0, 1);
  check("  memory", cell[1], 1);
  // A lock and a counter as programs make them.
  uint64_t total = 0;
  cell[1] = 0;
  asm volatile(
      "li t2, 500\n 1: lr.d t0, (%1)\n addi t0, t0, 3\n sc.d t1, t0, (%1)\n bnez t1, 1b\n"
      "add %0, %0, t0\n addi t2, t2, -1\n bnez t2, 1b"
      : "+r"(total)
      : "r"(&cell[1])
      : "t0", "t1", "t2", "memory");
  check("a loop of lr and sc", cell[1], 1500);
  check("  sum", total, 3 * 500 * 501 / 2);
}

void misaligned() {
  uint64_t value;
  const uint64_t odd = reinterpret_cast<uint64_t>(&cell[1]) + 4;
  asm volatile("lr.d %0, (%1)" : "=r"(value) : "r"(odd) : "memory");
  check("lr.d misaligned", trap.cause, 4);
  check("  tval", trap.tval - odd, 0);
  trap.clear();
  asm volatile("lr.w %0, (%1)" : "=r"(value) : "r"(odd) : "memory");
  check_no_trap("lr.w at a word");
}

}  // namespace

int main() {
  trap.clear();
  amos();
  reservations();
  misaligned();
  return checks_done();
}
