#include "sw_driver/llm/elementary.h"

#include <cstdint>
#include <cstring>
#include <limits>

namespace systole::driver::llm {
namespace {

constexpr double kLog2E = 1.4426950408889634;
// ln 2 and pi/2 in pieces whose leading ones end in zeros, so that k * piece is exact.
constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;
constexpr double kHalfPi1 = 1.57079632673412561417e+00, kHalfPi2 = 6.07710050630396597660e-11,
                 kHalfPi3 = 2.02226624879595063154e-21;

double from_bits(uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

uint64_t to_bits(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

int64_t nearest(double x) { return static_cast<int64_t>(x < 0 ? x - 0.5 : x + 0.5); }

struct InverseFactorials {
  double at[22];
  constexpr InverseFactorials() : at() {
    double factorial = 1;
    for (int n = 0; n < 22; ++n) {
      at[n] = 1.0 / factorial;
      factorial *= n + 1;
    }
  }
};
constexpr InverseFactorials kInverseFactorial;

/// 1 + r + r^2/2! + ... for |r| < 0.35.
double exp_series(double r) {
  double sum = 0;
  for (int n = 15; n >= 0; --n) sum = sum * r + kInverseFactorial.at[n];
  return sum;
}

/// r - r^3/3! + ... (first = 1) or 1 - r^2/2! + ... (first = 0) for |r| < 0.8.
double circular_series(double r, int first) {
  const double minus_r2 = -(r * r);
  double sum = 0;
  for (int n = 20 + first; n >= first; n -= 2) sum = sum * minus_r2 + kInverseFactorial.at[n];
  return first == 1 ? sum * r : sum;
}

/// The angle modulo pi/2 in [-pi/4, pi/4], and which quadrant it was.
double reduce(double x, int* quadrant) {
  const int64_t k = nearest(x * 0.63661977236758134);
  const double n = static_cast<double>(k);
  *quadrant = static_cast<int>(k & 3);
  return ((x - n * kHalfPi1) - n * kHalfPi2) - n * kHalfPi3;
}

double circular(double x, int shift) {
  if (!(x >= -1048576.0 && x <= 1048576.0)) return kNan;
  int quadrant;
  const double r = reduce(x, &quadrant);
  quadrant = (quadrant + shift) & 3;
  const double value = circular_series(r, (quadrant & 1) ? 0 : 1);
  return (quadrant & 2) ? -value : value;
}

}  // namespace

double exp_of(double x) {
  if (x != x) return x;
  if (x > 709.0) return kInfinity;
  if (x < -708.0) return 0.0;
  const int64_t k = nearest(x * kLog2E);
  const double n = static_cast<double>(k);
  const double r = (x - n * kLn2High) - n * kLn2Low;
  return exp_series(r) * from_bits(static_cast<uint64_t>(k + 1023) << 52);
}

double log_of(double x) {
  if (x != x || x < 0) return kNan;
  if (x == 0) return -kInfinity;
  if (x == kInfinity) return x;
  int64_t exponent = 0;
  if (x < 2.2250738585072014e-308) {  // subnormal
    x *= 18014398509481984.0;         // 2^54
    exponent = -54;
  }
  const uint64_t bits = to_bits(x);
  exponent += static_cast<int64_t>(bits >> 52) - 1023;
  double m = from_bits((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1;
  }
  // log m = 2 atanh s, s = (m - 1) / (m + 1), |s| < 0.172
  const double s = (m - 1.0) / (m + 1.0), s2 = s * s;
  double sum = 0;
  for (int n = 23; n >= 1; n -= 2) sum = sum * s2 + 1.0 / static_cast<double>(n);
  const double n = static_cast<double>(exponent);
  return n * kLn2High + (2.0 * s * sum + n * kLn2Low);
}

double sin_of(double x) { return circular(x, 0); }
double cos_of(double x) { return circular(x, 1); }

double sqrt_of(double x) {
  if (x != x || x < 0) return kNan;
  if (x == 0 || x == kInfinity) return x;
  double y = from_bits((to_bits(x) >> 1) + 0x1ff8000000000000);  // half the exponent
  for (int i = 0; i < 6; ++i) y = 0.5 * (y + x / y);
  return y;
}

}  // namespace systole::driver::llm
