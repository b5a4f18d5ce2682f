// Sweeps of float operands through one instruction in every rounding mode, static and dynamic;
// results and flags hashed. Registers go through fmv.x.d, so that NaN boxing shows. The program
// defines FORMAT, "s" or "d", and passes its operands.
#pragma once
#include "check.h"

template <size_t count>
struct Floats {
  uint64_t values[count];
};

inline uint64_t take_flags() {
  uint64_t flags;
  asm volatile("csrrw %0, fflags, zero" : "=r"(flags));
  return flags;
}

/// Result of one instruction over register contents `a`, `b`, `c`; rm as the assembler writes it.
#define FLOAT_OP3(op, rm, a, b, c)                                          \
  ({                                                                        \
    uint64_t result;                                                        \
    asm volatile("fmv.d.x ft0, %1\n fmv.d.x ft1, %2\n fmv.d.x ft2, %3\n" op \
                 " ft3, ft0, ft1, ft2" rm "\n fmv.x.d %0, ft3"              \
                 : "=r"(result)                                             \
                 : "r"(uint64_t(a)), "r"(uint64_t(b)), "r"(uint64_t(c))     \
                 : "ft0", "ft1", "ft2", "ft3");                             \
    result;                                                                 \
  })
#define FLOAT_OP2(op, rm, a, b)                                                                    \
  ({                                                                                               \
    uint64_t result;                                                                               \
    asm volatile("fmv.d.x ft0, %1\n fmv.d.x ft1, %2\n" op " ft2, ft0, ft1" rm "\n fmv.x.d %0, ft2" \
                 : "=r"(result)                                                                    \
                 : "r"(uint64_t(a)), "r"(uint64_t(b))                                              \
                 : "ft0", "ft1", "ft2");                                                           \
    result;                                                                                        \
  })
#define FLOAT_OP1(op, rm, a)                                                \
  ({                                                                        \
    uint64_t result;                                                        \
    asm volatile("fmv.d.x ft0, %1\n" op " ft1, ft0" rm "\n fmv.x.d %0, ft1" \
                 : "=r"(result)                                             \
                 : "r"(uint64_t(a))                                         \
                 : "ft0", "ft1");                                           \
    result;                                                                 \
  })
/// Two floats to an integer: comparisons.
#define FLOAT_COMPARE(op, a, b)                                           \
  ({                                                                      \
    uint64_t result;                                                      \
    asm volatile("fmv.d.x ft0, %1\n fmv.d.x ft1, %2\n" op " %0, ft0, ft1" \
                 : "=r"(result)                                           \
                 : "r"(uint64_t(a)), "r"(uint64_t(b))                     \
                 : "ft0", "ft1");                                         \
    result;                                                               \
  })
/// A float to an integer register: conversions, classes.
#define FLOAT_TO(op, rm, a)                                                                       \
  ({                                                                                              \
    uint64_t result;                                                                              \
    asm volatile("fmv.d.x ft0, %1\n" op " %0, ft0" rm : "=r"(result) : "r"(uint64_t(a)) : "ft0"); \
    result;                                                                                       \
  })
/// An integer register to a float.
#define FLOAT_FROM(op, rm, a)                                                                      \
  ({                                                                                               \
    uint64_t result;                                                                               \
    asm volatile(op " ft0, %1" rm "\n fmv.x.d %0, ft0" : "=r"(result) : "r"(uint64_t(a)) : "ft0"); \
    result;                                                                                        \
  })

template <size_t n, typename Op>
void sweep1(const char* name, const uint64_t (&values)[n], Op op) {
  Hash hash;
  take_flags();
  for (uint64_t a : values) hash.add(op(a)), hash.add(take_flags());
  show(name, hash.value);
}
template <size_t n, typename Op>
void sweep2(const char* name, const uint64_t (&values)[n], Op op) {
  Hash hash;
  take_flags();
  for (uint64_t a : values)
    for (uint64_t b : values) hash.add(op(a, b)), hash.add(take_flags());
  show(name, hash.value);
}
template <size_t n, typename Op>
void sweep3(const char* name, const uint64_t (&values)[n], Op op) {
  Hash hash;
  take_flags();
  for (uint64_t a : values)
    for (uint64_t b : values)
      for (uint64_t c : values) hash.add(op(a, b, c)), hash.add(take_flags());
  show(name, hash.value);
}

#define SWEEP_MODE1(op, rm, values) \
  sweep1(op rm, values, [](uint64_t a) { return FLOAT_OP1(op, rm, a); })
#define SWEEP_MODE2(op, rm, values) \
  sweep2(op rm, values, [](uint64_t a, uint64_t b) { return FLOAT_OP2(op, rm, a, b); })
#define SWEEP_MODE3(op, rm, values) \
  sweep3(op rm, values,             \
         [](uint64_t a, uint64_t b, uint64_t c) { return FLOAT_OP3(op, rm, a, b, c); })
#define SWEEP_MODE_TO(op, rm, values) \
  sweep1(op rm, values, [](uint64_t a) { return FLOAT_TO(op, rm, a); })
#define SWEEP_MODE_FROM(op, rm, values) \
  sweep1(op rm, values, [](uint64_t a) { return FLOAT_FROM(op, rm, a); })

inline const char* const kModeNames[] = {"frm rne", "frm rtz", "frm rdn", "frm rup", "frm rmm"};

/// SWEEP is one of the SWEEP_MODE macros.
#define EACH_MODE(SWEEP, op, values)         \
  do {                                       \
    SWEEP(op, ", rne", values);              \
    SWEEP(op, ", rtz", values);              \
    SWEEP(op, ", rdn", values);              \
    SWEEP(op, ", rup", values);              \
    SWEEP(op, ", rmm", values);              \
    for (unsigned frm = 0; frm < 5; ++frm) { \
      WRITE_CSR(frm, frm);                   \
      print(kModeNames[frm]);                \
      print(" ");                            \
      SWEEP(op, ", dyn", values);            \
    }                                        \
    WRITE_CSR(frm, 0);                       \
  } while (0)

#define ARITHMETIC(format, values, few)                          \
  do {                                                           \
    EACH_MODE(SWEEP_MODE2, "fadd." format, values);              \
    EACH_MODE(SWEEP_MODE2, "fsub." format, values);              \
    EACH_MODE(SWEEP_MODE2, "fmul." format, values);              \
    EACH_MODE(SWEEP_MODE2, "fdiv." format, values);              \
    EACH_MODE(SWEEP_MODE1, "fsqrt." format, values);             \
    EACH_MODE(SWEEP_MODE3, "fmadd." format, few);                \
    EACH_MODE(SWEEP_MODE3, "fmsub." format, few);                \
    EACH_MODE(SWEEP_MODE3, "fnmadd." format, few);               \
    EACH_MODE(SWEEP_MODE3, "fnmsub." format, few);               \
    EACH_MODE(SWEEP_MODE_TO, "fcvt.w." format, values);          \
    EACH_MODE(SWEEP_MODE_TO, "fcvt.wu." format, values);         \
    EACH_MODE(SWEEP_MODE_TO, "fcvt.l." format, values);          \
    EACH_MODE(SWEEP_MODE_TO, "fcvt.lu." format, values);         \
    EACH_MODE(SWEEP_MODE_FROM, "fcvt." format ".l", kIntegers);  \
    EACH_MODE(SWEEP_MODE_FROM, "fcvt." format ".lu", kIntegers); \
    SWEEP_MODE2("fsgnj." format, "", values);                    \
    SWEEP_MODE2("fsgnjn." format, "", values);                   \
    SWEEP_MODE2("fsgnjx." format, "", values);                   \
    SWEEP_MODE2("fmin." format, "", values);                     \
    SWEEP_MODE2("fmax." format, "", values);                     \
    SWEEP_COMPARE("feq." format, values);                        \
    SWEEP_COMPARE("flt." format, values);                        \
    SWEEP_COMPARE("fle." format, values);                        \
    SWEEP_MODE_TO("fclass." format, "", values);                 \
  } while (0)
#define SWEEP_COMPARE(op, values) \
  sweep2(op, values, [](uint64_t a, uint64_t b) { return FLOAT_COMPARE(op, a, b); })

inline constexpr uint64_t kIntegers[] = {0,
                                         1,
                                         ~0ull,
                                         3,
                                         0x7fffffff,
                                         0x80000000,
                                         0xffffffff,
                                         0x1000001,
                                         0x1000003,
                                         0x1ffffff,
                                         0x20000000000001,
                                         0x20000000000003,
                                         0x7fffffffffffffff,
                                         0x8000000000000000,
                                         0x7ffffffffffffc00,
                                         0x7ffffffffffffe00,
                                         0xfffffffffffffbff,
                                         0xffffff7fffffffff,
                                         0x0123456789abcdef,
                                         0xfedcba9876543210};
inline constexpr uint64_t kFlagInexact = 1, kFlagUnderflow = 2, kFlagOverflow = 4, kFlagDivide = 8,
                          kFlagInvalid = 16;

/// A value and the flags it came with.
#define CHECK_FLAGS(name, value, expected, flags) \
  do {                                            \
    take_flags();                                 \
    const uint64_t checked = (value);             \
    check(name, checked, expected);               \
    check("  flags", take_flags(), flags);        \
  } while (0)

/// Rounding modes that do not exist, in the instruction and in frm: `op` has rm 0 in its bits.
#define CHECK_RESERVED_MODES(name, word)               \
  do {                                                 \
    asm volatile(".word " #word " | 5 << 12");         \
    check_trap(name ", rm 5", 2, word | 5 << 12);      \
    asm volatile(".word " #word " | 6 << 12");         \
    check_trap(name ", rm 6", 2, word | 6 << 12);      \
    for (unsigned frm = 5; frm < 8; ++frm) {           \
      WRITE_CSR(frm, frm);                             \
      check("frm", READ_CSR(frm), frm);                \
      asm volatile(".word " #word " | 7 << 12");       \
      check_trap(name ", dynamic", 2, word | 7 << 12); \
      asm volatile(".word " #word " | 1 << 12");       \
      check_no_trap(name ", static");                  \
    }                                                  \
    WRITE_CSR(frm, 0);                                 \
  } while (0)
