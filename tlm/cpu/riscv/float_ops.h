// Floating point of the F and D extensions on the host's SSE unit.
// Every file that includes this is compiled with -frounding-math -ffp-contract=off.
#pragma once
#include <cmath>
#include <cstdint>

#include "tlm/core/bits.h"
#include "tlm/cpu/riscv/state.h"

namespace systole::riscv {

/// Runs any instruction of opcodes OP-FP, MADD, MSUB, NMSUB, NMADD on s; false: it is illegal (also
/// for a reserved rounding mode) and nothing changed. mstatus.FS is the caller's business.
/// Exception flags go to the host's MXCSR and, where computed by hand, to s.fflags.
bool execute_float(State& s, uint32_t instruction);
/// Whether such an instruction may change f registers or flags: all but FMV.X and FCLASS.
inline bool writes_float_state(uint32_t instruction) {
  return (instruction & 0x7f) != 0x53 || instruction >> 27 != 0x1c;
}

inline constexpr uint64_t kNanD = 0x7ff8'0000'0000'0000;
inline constexpr uint32_t kNanS = 0x7fc0'0000;

inline uint64_t box(uint32_t bits) { return 0xffff'ffff'0000'0000 | bits; }
inline uint32_t unbox(uint64_t f) {
  return (f >> 32) == 0xffff'ffff ? static_cast<uint32_t>(f) : kNanS;
}
inline double as_double(uint64_t bits) { return bit_cast<double>(bits); }
inline float as_float(uint32_t bits) { return bit_cast<float>(bits); }
inline uint64_t bits_of(double value) { return bit_cast<uint64_t>(value); }
inline uint32_t bits_of(float value) { return bit_cast<uint32_t>(value); }

/// A register's content of type T, and back with the canonical NaN.
template <typename T>
T get(uint64_t f);
template <>
inline double get<double>(uint64_t f) {
  return as_double(f);
}
template <>
inline float get<float>(uint64_t f) {
  return as_float(unbox(f));
}
inline uint64_t put(double value) { return value != value ? kNanD : bits_of(value); }
inline uint64_t put(float value) { return box(value != value ? kNanS : bits_of(value)); }

/// The invalid operation that hosts do not report: infinity times zero plus a quiet NaN.
template <typename T>
bool invalid_product(T a, T b) {
  return (std::isinf(a) && b == 0) || (a == 0 && std::isinf(b));
}

/// a * b + c with one rounding.
template <typename T>
inline uint64_t fused(State& s, T a, T b, T c) {
  if (__builtin_expect(c != c, 0) && invalid_product(a, b)) s.fflags |= 16;
  return put(std::fma(a, b, c));
}

}  // namespace systole::riscv
