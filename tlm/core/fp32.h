// IEEE-754 binary32 as the hardware computes it: the C++ side of rtl/common/fp32_pkg.sv.
// Used by the arithmetic of the engines and by tests. No state, no SystemC.
//
// Rules, written down once for every engine:
// - Round to nearest even, full subnormals, no fused multiply-add (compile with -ffp-contract=off).
// - Every NaN result is 0x7FC00000, whatever NaN went in. Host arithmetic keeps payloads, so
// results
//   pass through canon() before they are stored or looked at as bits.
// - max2/min2: NaN if either operand is NaN; +0 is larger than -0.
// - magnitude/negate of a NaN is the canonical NaN.
// - x + (-x) is +0, (-0) + (-0) is -0.
// - float32 to int8: rounded to nearest even, saturated to -128..127, infinities too; NaN gives 0.
// - int32 to float32: rounded to nearest even; int8 to float32 is exact.
#pragma once
#include <cstdint>

#include "tlm/core/bits.h"

namespace systole::fp32 {

constexpr uint32_t kNan = 0x7FC00000u;
constexpr uint32_t kPlusInf = 0x7F800000u;
constexpr uint32_t kMinusInf = 0xFF800000u;

inline uint32_t to_bits(float f) { return bit_cast<uint32_t>(f); }
inline float from_bits(uint32_t u) { return bit_cast<float>(u); }

inline bool is_nan(float a) { return a != a; }

/// `a` with every NaN replaced by the canonical one.
inline float canon(float a) { return a == a ? a : from_bits(kNan); }

inline float mul(float a, float b) { return canon(a * b); }
inline float add(float a, float b) { return canon(a + b); }

inline float magnitude(float a) {
  return a == a ? from_bits(to_bits(a) & 0x7FFFFFFFu) : from_bits(kNan);
}
inline float negate(float a) {
  return a == a ? from_bits(to_bits(a) ^ 0x80000000u) : from_bits(kNan);
}

/// Unsigned key with the order of the numbers, -0 below +0. Not for NaN.
inline uint32_t order_key(float a) {
  const uint32_t u = to_bits(a);
  return (u >> 31) ? ~u : u | 0x80000000u;
}

inline float max2(float a, float b) {
  if (is_nan(a) || is_nan(b)) return from_bits(kNan);
  return order_key(a) >= order_key(b) ? a : b;
}

inline float min2(float a, float b) {
  if (is_nan(a) || is_nan(b)) return from_bits(kNan);
  return order_key(a) <= order_key(b) ? a : b;
}

inline float from_i32(int32_t a) { return static_cast<float>(a); }

inline int8_t to_i8(float a) {
  if (is_nan(a)) return 0;
  if (a >= 127.0f) return 127;
  if (a <= -128.0f) return -128;
  // 1.5 * 2^23 leaves the integer, rounded to nearest even, in the low bits
  return static_cast<int8_t>(to_bits(a + 12582912.0f) & 0xFFu);
}

}  // namespace systole::fp32
