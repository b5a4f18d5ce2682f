// Accuracy of the VPU's elementary functions, in units of the last place against double precision,
// and the conversions and corner cases of fp32.h.
#include "tlm/vpu/vpu_math.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <utility>
#include <vector>

#include "tests/rtl/support/random.h"
#include "tlm/core/fp32.h"
#include "tlm/vpu/vpu_arith.h"

using namespace systole;
using fp32::from_bits;
using fp32::to_bits;
using rtl_test::Random;

namespace {

/// Distance of `got` from the exact value in units of the exact value's last place; results that
/// round to infinity or come from NaN count as exact if they agree.
double ulp_error(float got, double exact) {
  constexpr double kOverflow = 3.40282356779733e38;  // rounds to infinity from here on
  if (std::isnan(exact)) return to_bits(got) == fp32::kNan ? 0 : 1e9;
  if (std::fabs(exact) >= kOverflow) return std::isinf(got) ? 0 : 1e9;
  if (!std::isfinite(got)) return 1e9;
  int exponent = -200;
  if (exact != 0) std::frexp(exact, &exponent);
  return std::fabs(got - exact) / std::ldexp(1.0, std::max(exponent - 24, -149));
}

struct Worst {
  double ulp = 0, absolute = 0;  // absolute: relative to max(1, |x|)
  float x = 0;
};

/// All float32 from `low` to `high` (bit patterns) in steps.
Worst scan(float (*f)(float), double (*exact)(double), uint32_t low, uint32_t high, uint32_t step,
           bool normal_results_only = false) {
  Worst worst;
  for (uint64_t bits = low; bits <= high; bits += step) {
    const float x = from_bits(static_cast<uint32_t>(bits));
    const double reference = exact(x);
    if (normal_results_only && std::fabs(reference) < 1.1754943508222875e-38) continue;
    const float y = f(x);
    const double error = ulp_error(y, reference);
    if (error > worst.ulp) {
      worst.ulp = error;
      worst.x = x;
    }
    if (std::isfinite(reference) && std::isfinite(y)) {
      worst.absolute =
          std::max(worst.absolute, std::fabs(y - reference) / std::max(1.0, std::fabs(double{x})));
    }
  }
  return worst;
}

double exact_exp(double x) { return std::exp(x); }
double exact_recip(double x) { return 1 / x; }
double exact_rsqrt(double x) { return 1 / std::sqrt(x); }
double exact_sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double exact_silu(double x) { return x / (1 + std::exp(-x)); }
double exact_tanh(double x) { return std::tanh(x); }
double exact_gelu(double x) {
  return x / (1 + std::exp(-1.5957691216057308 * (x + 0.044715 * x * x * x)));
}

constexpr uint32_t kStep = 211;  // prime, so that all low bits are met
constexpr uint32_t kMinus = 0x80000000u;
constexpr uint32_t kSiluEnd = 0xc2ae999au;  // -87.3: from here on sigmoid is subnormal, then 0

}  // namespace

TEST_CASE("exp is within 0.63 ulp") {
  for (uint32_t sign : {0u, kMinus}) {
    const Worst worst = scan(vpu::exp, exact_exp, sign, sign | 0x7f800000u, kStep);
    CAPTURE(worst.x);
    CHECK(worst.ulp <= 0.63);
  }
  CHECK(to_bits(vpu::exp(0.0f)) == to_bits(1.0f));
  CHECK(to_bits(vpu::exp(from_bits(kMinus))) == to_bits(1.0f));
  CHECK(to_bits(vpu::exp(from_bits(fp32::kPlusInf))) == fp32::kPlusInf);
  CHECK(to_bits(vpu::exp(from_bits(fp32::kMinusInf))) == 0);
  CHECK(to_bits(vpu::exp(from_bits(0xffc12345u))) == fp32::kNan);
}

TEST_CASE("recip is within 0.53 ulp") {
  for (uint32_t sign : {0u, kMinus}) {
    CHECK(scan(vpu::recip, exact_recip, sign | 0x3f800000u, sign | 0x40000000u, 7).ulp <= 0.53);
    CHECK(scan(vpu::recip, exact_recip, sign | 1u, sign | 0x7f7fffffu, kStep).ulp <= 0.53);
  }
  CHECK(to_bits(vpu::recip(0.0f)) == fp32::kPlusInf);
  CHECK(to_bits(vpu::recip(from_bits(kMinus))) == fp32::kMinusInf);
  CHECK(to_bits(vpu::recip(from_bits(fp32::kPlusInf))) == 0);
  CHECK(to_bits(vpu::recip(from_bits(fp32::kMinusInf))) == kMinus);
  CHECK(to_bits(vpu::recip(from_bits(0x7f800001u))) == fp32::kNan);
}

TEST_CASE("rsqrt is within 0.53 ulp") {
  CHECK(scan(vpu::rsqrt, exact_rsqrt, 0x3f800000u, 0x40800000u, 7).ulp <= 0.53);
  CHECK(scan(vpu::rsqrt, exact_rsqrt, 1u, 0x7f7fffffu, kStep).ulp <= 0.53);
  CHECK(to_bits(vpu::rsqrt(0.0f)) == fp32::kPlusInf);
  CHECK(to_bits(vpu::rsqrt(from_bits(kMinus))) == fp32::kPlusInf);
  CHECK(to_bits(vpu::rsqrt(from_bits(fp32::kPlusInf))) == 0);
  CHECK(to_bits(vpu::rsqrt(-1.0f)) == fp32::kNan);
  CHECK(to_bits(vpu::rsqrt(from_bits(fp32::kMinusInf))) == fp32::kNan);
}

TEST_CASE("sigmoid, silu and tanh are within 2.5, 3 and 1.5 ulp") {
  for (uint32_t sign : {0u, kMinus}) {
    const uint32_t high = sign | 0x7f7fffffu;
    CHECK(scan(vpu::sigmoid, exact_sigmoid, sign, high, kStep, true).ulp <= 2.5);
    CHECK(scan(vpu::silu, exact_silu, sign | 1u, sign ? kSiluEnd : high, kStep, true).ulp <= 3.0);
    CHECK(scan(vpu::tanh, exact_tanh, sign | 1u, high, kStep).ulp <= 1.5);
  }
  CHECK(to_bits(vpu::tanh(from_bits(kMinus))) == kMinus);
  CHECK(to_bits(vpu::tanh(from_bits(fp32::kMinusInf))) == to_bits(-1.0f));
  CHECK(to_bits(vpu::sigmoid(0.0f)) == to_bits(0.5f));
  for (float x = -87.3f; x > -1000.0f; x -= 0.37f)
    CHECK(std::fabs(vpu::silu(x) - exact_silu(x)) < 3e-37);
}

TEST_CASE("gelu is within 3 ulp from -1 on and 2e-7 everywhere") {
  CHECK(scan(vpu::gelu, exact_gelu, 1u, 0x7e7fffffu, kStep, true).ulp <= 3.0);
  CHECK(scan(vpu::gelu, exact_gelu, kMinus | 1u, 0xbf800000u, kStep, true).ulp <= 3.0);
  CHECK(scan(vpu::gelu, exact_gelu, 0xbf800000u, 0xc0400000u, 7, true).ulp <= 15.0);
  CHECK(scan(vpu::gelu, exact_gelu, kMinus, 0xc2000000u, kStep).absolute <= 2e-7);
  CHECK(scan(vpu::gelu, exact_gelu, 0u, 0x42000000u, kStep).absolute <= 2e-7);
}

TEST_CASE("A sum takes 32 partial sums and a fixed tree") {
  const uint64_t seed = 5;
  CAPTURE(seed);
  Random random(seed);
  for (uint32_t n : {1u, 2u, 31u, 32u, 33u, 64u, 100u, 1000u}) {
    std::vector<float> x(n);
    for (float& v : x) v = static_cast<float>(random.below(2000001)) * 1e-3f - 1e3f;
    float partial[32] = {};
    for (uint32_t i = 0; i < n; ++i) partial[i % 32] = fp32::add(partial[i % 32], x[i]);
    for (int half = 16; half > 0; half /= 2)
      for (int i = 0; i < half; ++i) partial[i] = fp32::add(partial[i], partial[i + half]);
    CHECK(to_bits(vpu_sum(x.data(), n)) == to_bits(partial[0]));
  }
  // 2^24 + 1 - 2^24: the order shows
  std::vector<float> x(33, 0.0f);
  x[0] = 16777216.0f;
  x[16] = 1.0f;
  x[32] = -16777216.0f;
  CHECK(vpu_sum(x.data(), 33) == 1.0f);
  std::swap(x[16], x[32]);
  CHECK(vpu_sum(x.data(), 33) == 0.0f);
}

TEST_CASE("fp32 conversions and comparisons keep their corner cases") {
  CHECK(to_bits(fp32::max2(0.0f, from_bits(kMinus))) == 0);
  CHECK(to_bits(fp32::max2(from_bits(kMinus), 0.0f)) == 0);
  CHECK(to_bits(fp32::min2(0.0f, from_bits(kMinus))) == kMinus);
  CHECK(to_bits(fp32::max2(1.0f, from_bits(0xff800001u))) == fp32::kNan);
  CHECK(to_bits(fp32::min2(from_bits(0x7fffffffu), 1.0f)) == fp32::kNan);
  CHECK(to_bits(fp32::add(from_bits(fp32::kPlusInf), from_bits(fp32::kMinusInf))) == fp32::kNan);
  CHECK(fp32::to_i8(from_bits(0xffc00000u)) == 0);
  CHECK(fp32::to_i8(from_bits(fp32::kPlusInf)) == 127);
  CHECK(fp32::to_i8(from_bits(fp32::kMinusInf)) == -128);
  CHECK(fp32::to_i8(0.5f) == 0);
  CHECK(fp32::to_i8(1.5f) == 2);
  CHECK(fp32::to_i8(-2.5f) == -2);
  CHECK(fp32::to_i8(126.5f) == 126);
  CHECK(fp32::to_i8(126.6f) == 127);
  CHECK(fp32::to_i8(127.49f) == 127);
  CHECK(fp32::to_i8(-127.5f) == -128);
  CHECK(fp32::to_i8(-1e30f) == -128);
  CHECK(to_bits(fp32::from_i32(16777217)) == to_bits(16777216.0f));
  CHECK(to_bits(fp32::from_i32(INT32_MIN)) == to_bits(-2147483648.0f));
}
