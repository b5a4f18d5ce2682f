// Fixed-point formats: Qm.n has n fraction bits. All shifts right are floors.
#include "tlm/vpu/vpu_math.h"

#include "tlm/core/fp32.h"

namespace systole::vpu {
namespace {

using fp32::from_bits;
using fp32::to_bits;

// A 32-bit significand (bit 31 set, Q1.31) times 2^exponent, rounded to nearest even once.
float pack(bool sign, int exponent, uint32_t m) {
  int field = exponent + 127;
  const uint32_t s = sign ? 0x80000000u : 0u;
  if (field >= 255) return from_bits(s | fp32::kPlusInf);
  uint32_t base = 0;
  if (field > 0) {
    base = static_cast<uint32_t>(field - 1) << 23;  // the hidden one adds the last unit
  } else {
    const int shift = 1 - field;
    if (shift > 25) {
      m = 0;
    } else {
      m = (m >> shift) | ((m & ((1u << shift) - 1u)) != 0 ? 1u : 0u);
    }
  }
  const uint32_t q = m >> 8;
  const uint32_t guard = (m >> 7) & 1u;
  const uint32_t sticky = (m & 0x7Fu) != 0 ? 1u : 0u;
  return from_bits(s | (base + q + (guard & (sticky | (q & 1u)))));
}

// Q2.30 coefficients, highest power first; the argument is Q0.32.
constexpr int32_t kExp2[7] = {223531,    1362811,   10363966,  59588402,
                              257941996, 744261108, 1073741824};
constexpr int32_t kTanh[7] = {2461816,   -8959243,   23374198,  -57938314,
                              143165257, -357913940, 1073741824};
constexpr int32_t kRecip[4] = {-238195760, 714587280, -1012331980, 1071880920};
constexpr int32_t kRsqrtEven[4] = {-88921520, 292373869, -517673301, 1073157906};
constexpr int32_t kRsqrtOdd[4] = {-62877010, 206739546, -366050301, 758837232};
constexpr uint64_t kLog2E = 198282496599u;  // log2(e), Q1.37

template <int N>
int32_t horner(const int32_t (&c)[N], uint32_t f) {
  int32_t acc = c[0];
  for (int i = 1; i < N; ++i) {
    acc = static_cast<int32_t>((static_cast<int64_t>(acc) * static_cast<int64_t>(f)) >> 32) + c[i];
  }
  return acc;
}

int exponent_field(uint32_t bits) { return static_cast<int>((bits >> 23) & 0xFFu); }

uint32_t significand(uint32_t bits) {
  return (bits & 0x7FFFFFu) | (exponent_field(bits) != 0 ? 0x800000u : 0u);
}

// exp((negative ? -1 : 1) * |x| * 2^(doubled ? 1 : 0)); |x| given by its bits, not NaN.
float exp_magnitude(uint32_t magnitude, bool negative, bool doubled) {
  const int e = exponent_field(magnitude) + (doubled ? 1 : 0);
  if (e >= 134) return negative ? 0.0f : from_bits(fp32::kPlusInf);  // at least 128, infinity
  const uint64_t product = significand(magnitude) * kLog2E;
  const int shift = 155 - e;
  int64_t t = shift > 63 ? 0 : static_cast<int64_t>(product >> shift);  // Q9.32
  if (negative) t = -t;
  const int32_t m = horner(kExp2, static_cast<uint32_t>(t));
  return pack(false, static_cast<int>(t >> 32), static_cast<uint32_t>(m) << 1);
}

// A finite non-zero magnitude as m * 2^exponent with m in Q1.31, bit 31 set.
void normalise(uint32_t magnitude, uint32_t* m, int* exponent) {
  *exponent = exponent_field(magnitude) - 127;
  if (exponent_field(magnitude) == 0) *exponent = -126;
  *m = significand(magnitude) << 8;
  while ((*m >> 31) == 0) {
    *m <<= 1;
    --*exponent;
  }
}

float nan() { return from_bits(fp32::kNan); }

}  // namespace

float exp(float x) {
  if (fp32::is_nan(x)) return nan();
  const uint32_t bits = to_bits(x);
  return exp_magnitude(bits & 0x7FFFFFFFu, (bits >> 31) != 0, false);
}

float recip(float x) {
  if (fp32::is_nan(x)) return nan();
  const uint32_t bits = to_bits(x);
  const uint32_t s = bits & 0x80000000u;
  if ((bits << 1) == 0) return from_bits(s | fp32::kPlusInf);
  if ((bits & 0x7FFFFFFFu) == fp32::kPlusInf) return from_bits(s);
  uint32_t m;
  int exponent;
  normalise(bits & 0x7FFFFFFFu, &m, &exponent);
  int64_t y = horner(kRecip, m << 1);  // Q2.30
  for (int i = 0; i < 2; ++i) {
    const int64_t error = ((int64_t{1} << 61) - static_cast<int64_t>(m) * y) >> 29;  // Q0.32
    y += (y * error) >> 32;
  }
  const bool one = (y >> 30) != 0;
  return pack(s != 0, one ? -exponent : -exponent - 1, static_cast<uint32_t>(y) << (one ? 1 : 2));
}

float rsqrt(float x) {
  const uint32_t bits = to_bits(x);
  if ((bits << 1) == 0) return from_bits(fp32::kPlusInf);
  if (fp32::is_nan(x) || (bits >> 31) != 0) return nan();
  if (bits == fp32::kPlusInf) return 0.0f;
  uint32_t m;
  int exponent;
  normalise(bits, &m, &exponent);
  const bool odd = (exponent & 1) != 0;
  int64_t y = odd ? horner(kRsqrtOdd, m << 1) : horner(kRsqrtEven, m << 1);  // Q2.30
  for (int i = 0; i < 2; ++i) {
    const int64_t square = (y * y) >> 29;  // Q1.31
    const int64_t product = static_cast<int64_t>(m) * square;
    const int64_t error = odd ? ((int64_t{1} << 61) - product) >> 29  // Q0.32
                              : ((int64_t{1} << 62) - product) >> 30;
    y += (y * error) >> 33;
  }
  const bool one = (y >> 30) != 0;
  const int half = (exponent - (odd ? 1 : 0)) / 2;
  return pack(false, one ? -half : -half - 1, static_cast<uint32_t>(y) << (one ? 1 : 2));
}

float sigmoid(float x) {
  if (fp32::is_nan(x)) return nan();
  const uint32_t bits = to_bits(x);
  return recip(fp32::add(exp_magnitude(bits & 0x7FFFFFFFu, (bits >> 31) == 0, false), 1.0f));
}

float tanh(float x) {
  if (fp32::is_nan(x)) return nan();
  const uint32_t bits = to_bits(x);
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude < 0x3F200000u) {
    const uint64_t m = significand(magnitude);
    const int shift = 268 - 2 * exponent_field(magnitude);
    const uint32_t z = shift > 63 ? 0u : static_cast<uint32_t>((m * m) >> shift);  // Q0.32
    const int32_t t = horner(kTanh, z);
    const bool one = (t >> 30) != 0;
    return fp32::mul(pack(false, one ? 0 : -1, static_cast<uint32_t>(t) << (one ? 1 : 2)), x);
  }
  const float r = recip(fp32::add(exp_magnitude(magnitude, false, true), 1.0f));
  const float sign = (bits >> 31) != 0 ? -1.0f : 1.0f;
  return fp32::add(fp32::mul(r, -2.0f * sign), sign);
}

float silu(float x) { return fp32::mul(sigmoid(x), x); }

float gelu(float x) {
  const float w = fp32::add(fp32::mul(fp32::mul(x, x), 0.07135481271f), 1.5957691216f);
  return fp32::mul(sigmoid(fp32::mul(w, x)), x);
}

}  // namespace systole::vpu
