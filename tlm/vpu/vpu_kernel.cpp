// Branch-free forms of tlm/vpu/vpu_math.cpp, written so that the compiler vectorises the loops:
// products of 32 bits at a time, shifts within range, selection instead of branches. Formats and
// coefficients are explained there.
#include "tlm/vpu/vpu_kernel.h"

#include <algorithm>

#include "tlm/core/fp32.h"

// The loops for the machine's vector unit, chosen when the program is loaded.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SYSTOLE_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#define SYSTOLE_INLINE inline __attribute__((always_inline))
#define SYSTOLE_INLINE_LAMBDA __attribute__((always_inline))
#else
#define SYSTOLE_VECTOR_CLONES
#define SYSTOLE_INLINE inline
#define SYSTOLE_INLINE_LAMBDA
#endif

namespace systole::vpu {
namespace {

using fp32::from_bits;
using fp32::to_bits;

constexpr uint32_t kMagnitude = 0x7FFFFFFFu, kOneBits = 0x3F800000u, kTanhSmall = 0x3F200000u;
constexpr int32_t kExp2[7] = {223531,    1362811,   10363966,  59588402,
                              257941996, 744261108, 1073741824};
constexpr int32_t kTanh[7] = {2461816,   -8959243,   23374198,  -57938314,
                              143165257, -357913940, 1073741824};
constexpr int32_t kRecip[4] = {-238195760, 714587280, -1012331980, 1071880920};
constexpr uint32_t kLog2EHigh = 378193, kLog2ELow = 445015;  // log2(e), Q1.37, in 19-bit halves
static_assert((uint64_t{kLog2EHigh} << 19) + kLog2ELow == 198282496599u);

SYSTOLE_INLINE uint32_t choose(bool condition, uint32_t yes, uint32_t no) {
  const uint32_t mask = 0u - static_cast<uint32_t>(condition);
  return (yes & mask) | (no & ~mask);
}

SYSTOLE_INLINE uint32_t canon_bits(uint32_t bits) {
  return choose((bits & kMagnitude) > fp32::kPlusInf, fp32::kNan, bits);
}
SYSTOLE_INLINE uint32_t add_bits(uint32_t a, uint32_t b) {
  return canon_bits(to_bits(from_bits(a) + from_bits(b)));
}
SYSTOLE_INLINE uint32_t mul_bits(uint32_t a, uint32_t b) {
  return canon_bits(to_bits(from_bits(a) * from_bits(b)));
}

/// floor(a * f / 2^32), f unsigned.
SYSTOLE_INLINE int32_t mul_high(int32_t a, uint32_t f) {
  const int32_t s = static_cast<int32_t>(f);
  const int64_t product = static_cast<int64_t>(a) * static_cast<int64_t>(s);
  const uint32_t high = static_cast<uint32_t>(static_cast<uint64_t>(product) >> 32);
  return static_cast<int32_t>(high + static_cast<uint32_t>(a & (s >> 31)));
}

template <int N>
SYSTOLE_INLINE int32_t horner(const int32_t (&c)[N], uint32_t f) {
  int32_t acc = c[0];
  for (int i = 1; i < N; ++i) acc = mul_high(acc, f) + c[i];
  return acc;
}

/// pack() of a positive number.
SYSTOLE_INLINE uint32_t pack(int32_t exponent, uint32_t m) {
  const int32_t field = exponent + 127;
  const uint32_t shift = static_cast<uint32_t>(std::min(std::max(1 - field, 0), 31));
  const uint32_t base = static_cast<uint32_t>(std::max(field - 1, 0)) << 23;
  const uint32_t lost = m & ((1u << shift) - 1u);
  const uint32_t r = (m >> shift) | static_cast<uint32_t>(lost != 0);
  const uint32_t q = r >> 8, guard = (r >> 7) & 1u, sticky = (r & 0x7Fu) != 0 ? 1u : 0u;
  return choose(field >= 255, fp32::kPlusInf, base + q + (guard & (sticky | (q & 1u))));
}

SYSTOLE_INLINE uint32_t significand(uint32_t magnitude) {
  return (magnitude & 0x7FFFFFu) | (static_cast<uint32_t>((magnitude >> 23) != 0) << 23);
}

/// exp of a number given by magnitude and sign, times two if doubled; anything for NaN.
SYSTOLE_INLINE uint32_t exp_magnitude(uint32_t magnitude, uint32_t negative, uint32_t doubled) {
  const int32_t e = static_cast<int32_t>((magnitude >> 23) + doubled);
  const uint64_t s = significand(magnitude);
  const uint64_t product = ((s * uint64_t{kLog2EHigh}) << 19) + s * uint64_t{kLog2ELow};
  const uint64_t shift = static_cast<uint64_t>(std::min(std::max(155 - e, 0), 63));
  const uint64_t sign = 0 - uint64_t{negative};
  const uint64_t t = ((product >> shift) ^ sign) - sign;  // Q9.32
  const int32_t m = horner(kExp2, static_cast<uint32_t>(t));
  const uint32_t packed = pack(static_cast<int32_t>(t >> 32), static_cast<uint32_t>(m) << 1);
  return choose(e >= 134, choose(negative != 0, 0, fp32::kPlusInf), packed);
}

/// 1 / x for x from 1 to infinity, or NaN.
SYSTOLE_INLINE uint32_t recip_above_one(uint32_t bits) {
  const uint32_t m = ((bits & 0x7FFFFFu) | 0x800000u) << 8;
  const int32_t exponent = static_cast<int32_t>(bits >> 23) - 127;
  int32_t y = horner(kRecip, m << 1);  // Q2.30
  for (int i = 0; i < 2; ++i) {
    const uint64_t product = uint64_t{m} * uint64_t{static_cast<uint32_t>(y)};
    const uint64_t diff = (uint64_t{1} << 61) - product;
    const int32_t error = static_cast<int32_t>(static_cast<uint32_t>(diff >> 29));  // Q0.32
    const int64_t step = static_cast<int64_t>(y) * static_cast<int64_t>(error);
    y += static_cast<int32_t>(static_cast<uint32_t>(static_cast<uint64_t>(step) >> 32));
  }
  const uint32_t u = static_cast<uint32_t>(y), one = u >> 30;
  const uint32_t number = pack(-exponent - 1 + static_cast<int32_t>(one), u << (2 - one));
  return choose(bits == fp32::kPlusInf, 0, choose(bits > fp32::kPlusInf, fp32::kNan, number));
}

SYSTOLE_INLINE bool not_a_number(uint32_t bits) { return (bits & kMagnitude) > fp32::kPlusInf; }

SYSTOLE_INLINE uint32_t sigmoid_bits(uint32_t x) {
  const uint32_t e = exp_magnitude(x & kMagnitude, (x >> 31) ^ 1u, 0);
  return choose(not_a_number(x), fp32::kNan, recip_above_one(add_bits(e, kOneBits)));
}

SYSTOLE_INLINE uint32_t tanh_bits(uint32_t x) {
  const uint32_t magnitude = x & kMagnitude, sign = x & ~kMagnitude;
  // small: T(x^2) * x
  const uint64_t m = significand(magnitude);
  const int32_t shift = 268 - 2 * static_cast<int32_t>(magnitude >> 23);
  const uint32_t z =
      static_cast<uint32_t>((m * m) >> static_cast<uint64_t>(std::min(std::max(shift, 0), 63)));
  const uint32_t t = static_cast<uint32_t>(horner(kTanh, z)), one = t >> 30;
  const uint32_t series = pack(static_cast<int32_t>(one) - 1, t << (2 - one));
  const uint32_t small = mul_bits(series, x);
  // large: 1 - 2 / (exp(2|x|) + 1)
  const uint32_t r = recip_above_one(add_bits(exp_magnitude(magnitude, 0, 1), kOneBits));
  const uint32_t large = add_bits(mul_bits(r, 0xC0000000u ^ sign), kOneBits | sign);
  return choose(not_a_number(x), fp32::kNan, choose(magnitude < kTanhSmall, small, large));
}

/// An integer with the order of the numbers, -0 below +0; not for NaN.
SYSTOLE_INLINE int32_t order(uint32_t bits) {
  const int32_t s = static_cast<int32_t>(bits);
  return s ^ ((s >> 31) & 0x7FFFFFFF);
}
SYSTOLE_INLINE uint32_t of_order(int32_t key) {
  return static_cast<uint32_t>(key ^ ((key >> 31) & 0x7FFFFFFF));
}

template <class F>
SYSTOLE_INLINE void for_each(float* x, uint32_t n, F f) {
  for (uint32_t i = 0; i < n; ++i) x[i] = from_bits(f(to_bits(x[i])));
}

/// Element i joins partial i mod 32, in order; then a tree.
template <class F>
SYSTOLE_INLINE float sum_of(uint32_t n, F f) {
  float partial[32] = {};
  uint32_t i = 0;
  for (; i + 32 <= n; i += 32)
    for (uint32_t k = 0; k < 32; ++k) partial[k] += f(i + k);
  for (uint32_t k = 0; i < n; ++i, ++k) partial[k] += f(i);
  for (uint32_t half = 16; half > 0; half /= 2)
    for (uint32_t k = 0; k < half; ++k) partial[k] += partial[k + half];
  return fp32::canon(partial[0]);
}

}  // namespace

SYSTOLE_VECTOR_CLONES float row_max(const float* x, uint32_t n) {
  int32_t largest = order(fp32::kMinusInf);
  uint32_t nan = 0;
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t bits = to_bits(x[i]);
    nan |= static_cast<uint32_t>(not_a_number(bits));
    largest = std::max(largest, order(bits));
  }
  return from_bits(nan ? fp32::kNan : of_order(largest));
}

SYSTOLE_VECTOR_CLONES float row_absmax(const float* x, uint32_t n) {
  int32_t largest = 0;
  for (uint32_t i = 0; i < n; ++i)
    largest = std::max(largest, static_cast<int32_t>(to_bits(x[i]) & kMagnitude));
  return from_bits(canon_bits(static_cast<uint32_t>(largest)));
}

SYSTOLE_VECTOR_CLONES float row_sum(const float* x, uint32_t n) {
  return sum_of(n, [x](uint32_t i) SYSTOLE_INLINE_LAMBDA { return x[i]; });
}

SYSTOLE_VECTOR_CLONES float row_sum_of_squares(const float* x, uint32_t n) {
  return sum_of(n, [x](uint32_t i) SYSTOLE_INLINE_LAMBDA { return x[i] * x[i]; });
}

SYSTOLE_VECTOR_CLONES void row_scale(float* x, uint32_t n, float a) {
  for_each(x, n, [a](uint32_t v) SYSTOLE_INLINE_LAMBDA { return mul_bits(v, to_bits(a)); });
}
SYSTOLE_VECTOR_CLONES void row_offset(float* x, uint32_t n, float a) {
  for_each(x, n, [a](uint32_t v) SYSTOLE_INLINE_LAMBDA { return add_bits(v, to_bits(a)); });
}
SYSTOLE_VECTOR_CLONES void row_mul(float* x, const float* y, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) x[i] = from_bits(mul_bits(to_bits(x[i]), to_bits(y[i])));
}
SYSTOLE_VECTOR_CLONES void row_add(float* x, const float* y, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) x[i] = from_bits(add_bits(to_bits(x[i]), to_bits(y[i])));
}

SYSTOLE_VECTOR_CLONES void row_clip(float* x, uint32_t n, float low, float high) {
  const bool nan = fp32::is_nan(low) || fp32::is_nan(high);
  const int32_t l = order(to_bits(low)), h = order(to_bits(high));
  for_each(x, n, [=](uint32_t v) SYSTOLE_INLINE_LAMBDA {
    const uint32_t clipped = of_order(std::min(std::max(order(v), l), h));
    return choose(nan || not_a_number(v), fp32::kNan, clipped);
  });
}
SYSTOLE_VECTOR_CLONES void row_relu(float* x, uint32_t n) {
  for_each(x, n, [](uint32_t v) SYSTOLE_INLINE_LAMBDA {
    return choose(not_a_number(v), fp32::kNan, v & ~static_cast<uint32_t>(order(v) >> 31));
  });
}

SYSTOLE_VECTOR_CLONES void row_exp(float* x, uint32_t n) {
  for_each(x, n, [](uint32_t v) SYSTOLE_INLINE_LAMBDA {
    return choose(not_a_number(v), fp32::kNan, exp_magnitude(v & kMagnitude, v >> 31, 0));
  });
}
SYSTOLE_VECTOR_CLONES void row_sigmoid(float* x, uint32_t n) {
  for_each(x, n, [](uint32_t v) SYSTOLE_INLINE_LAMBDA { return sigmoid_bits(v); });
}
SYSTOLE_VECTOR_CLONES void row_silu(float* x, uint32_t n) {
  for_each(x, n, [](uint32_t v) SYSTOLE_INLINE_LAMBDA { return mul_bits(sigmoid_bits(v), v); });
}
SYSTOLE_VECTOR_CLONES void row_tanh(float* x, uint32_t n) {
  for_each(x, n, [](uint32_t v) SYSTOLE_INLINE_LAMBDA { return tanh_bits(v); });
}
SYSTOLE_VECTOR_CLONES void row_gelu(float* x, uint32_t n) {
  for_each(x, n, [](uint32_t v) SYSTOLE_INLINE_LAMBDA {
    const uint32_t w = add_bits(mul_bits(mul_bits(v, v), 0x3D922279u), 0x3FCC422Au);
    return mul_bits(sigmoid_bits(mul_bits(w, v)), v);
  });
}

void row_rotate(float* x, const float* y, uint32_t n) {
  for (uint32_t i = 0; i < n; i += 2) {
    const float c = y[i], s = y[i + 1], x0 = x[i], x1 = x[i + 1];
    x[i] = fp32::add(fp32::mul(x0, c), fp32::mul(x1, fp32::negate(s)));
    x[i + 1] = fp32::add(fp32::mul(x1, c), fp32::mul(x0, s));
  }
}

SYSTOLE_VECTOR_CLONES void row_to_i8(const float* x, uint32_t n, float inverse, int8_t* q) {
  for (uint32_t i = 0; i < n; ++i) {
    const float v = x[i] * inverse;
    const float low = v > -128.0f ? v : -128.0f;  // NaN: -128
    const float clipped = low < 127.0f ? low : 127.0f;
    const uint32_t r = to_bits(clipped + 12582912.0f);
    q[i] = static_cast<int8_t>(choose(v == v, r, 0) & 0xFFu);
  }
}

}  // namespace systole::vpu
