// The row functions of the VPU's arithmetic against the scalar ones, bit for bit.
#include "tlm/vpu/vpu_kernel.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/rtl/support/random.h"
#include "tlm/core/fp32.h"
#include "tlm/vpu/vpu_math.h"

using namespace systole;
using fp32::from_bits;
using fp32::to_bits;
using rtl_test::Random;

namespace {

/// Every kind of float: all bit patterns, special values, the range in which the functions bend.
float any_float(Random& random) {
  static const uint32_t special[] = {0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff,
                                     0x00800000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000,
                                     0x7fc00000, 0x7f800001, 0xffffffff, 0x3f800000, 0xbf800000,
                                     0x42b17218, 0xc2b17218, 0x3f1fffff, 0x3f200000, 0xc3000000,
                                     0x42fe0000, 0xc3000001, 0x42ff0000, 0xc2aeac50, 0xc2cff1b5};
  const uint32_t bits = static_cast<uint32_t>(random.next());
  switch (random.below(4)) {
    case 0:
      return from_bits(bits);
    case 1:
      return from_bits(special[random.below(25)]);
    default:
      return (static_cast<float>(bits >> 8) / 8388608.0f - 1.0f) * (random.chance(50) ? 4 : 120);
  }
}

std::vector<float> any_row(Random& random, uint32_t n) {
  std::vector<float> row(n);
  for (float& v : row) v = any_float(random);
  return row;
}

/// An ordinary row, so that sums and maxima are numbers.
std::vector<float> finite_row(Random& random, uint32_t n) {
  std::vector<float> row(n);
  for (float& v : row)
    v = static_cast<float>(static_cast<int32_t>(random.below(1 << 24)) - (1 << 23)) / 65536.0f;
  return row;
}

void check_same(const std::vector<float>& x, const std::vector<float>& got, float (*f)(float)) {
  for (size_t i = 0; i < x.size(); ++i) {
    if (to_bits(got[i]) == to_bits(f(x[i]))) continue;
    CAPTURE(i, x.size(), to_bits(x[i]), to_bits(got[i]), to_bits(f(x[i])));
    FAIL("a row's element differs");
  }
}

float relu(float x) { return fp32::max2(x, 0.0f); }
float clip(float x) { return fp32::min2(fp32::max2(x, -1.5f), 2.0f); }
float by_seven(float x) { return fp32::mul(x, 7.0f); }
float plus_seven(float x) { return fp32::add(x, 7.0f); }
float twice(float x) { return fp32::add(x, x); }
float square(float x) { return fp32::mul(x, x); }

constexpr uint64_t kSeed = 11;

}  // namespace

TEST_CASE("VPU row functions give the bits of the scalar ones", "[vpu]") {
  Random random(kSeed);
  for (int round = 0; round < 4000; ++round) {
    const uint32_t n = static_cast<uint32_t>(random.range(1, 200));
    const std::vector<float> x = any_row(random, n);
    const auto apply = [&](auto function, float (*scalar)(float), auto... more) {
      std::vector<float> y = x;
      function(y.data(), n, more...);
      check_same(x, y, scalar);
    };
    apply(vpu::row_exp, vpu::exp);
    apply(vpu::row_sigmoid, vpu::sigmoid);
    apply(vpu::row_silu, vpu::silu);
    apply(vpu::row_tanh, vpu::tanh);
    apply(vpu::row_gelu, vpu::gelu);
    apply(vpu::row_relu, relu);
    apply(vpu::row_clip, clip, -1.5f, 2.0f);
    apply(vpu::row_scale, by_seven, 7.0f);
    apply(vpu::row_offset, plus_seven, 7.0f);
    std::vector<float> y = x;
    vpu::row_add(y.data(), x.data(), n);
    check_same(x, y, twice);
    y = x;
    vpu::row_mul(y.data(), x.data(), n);
    check_same(x, y, square);

    const float factor = any_float(random);
    std::vector<int8_t> q(n);
    vpu::row_to_i8(x.data(), n, factor, q.data());
    for (uint32_t i = 0; i < n; ++i) {
      CAPTURE(i, to_bits(x[i]), to_bits(factor));
      REQUIRE(q[i] == fp32::to_i8(fp32::mul(x[i], factor)));
    }
  }
}

TEST_CASE("VPU row reductions give the bits of the scalar order", "[vpu]") {
  Random random(kSeed + 1);
  for (int round = 0; round < 20000; ++round) {
    const uint32_t n = static_cast<uint32_t>(random.range(1, 150));
    std::vector<float> x = random.chance(20) ? any_row(random, n) : finite_row(random, n);
    if (random.chance(10)) x[random.below(n)] = any_float(random);
    float largest = from_bits(fp32::kMinusInf), absmax = 0.0f;
    float sums[32] = {}, squares[32] = {};
    for (uint32_t i = 0; i < n; ++i) {
      largest = fp32::max2(largest, x[i]);
      absmax = fp32::max2(absmax, fp32::magnitude(x[i]));
      sums[i % 32] = fp32::add(sums[i % 32], x[i]);
      squares[i % 32] = fp32::add(squares[i % 32], fp32::mul(x[i], x[i]));
    }
    for (uint32_t half = 16; half > 0; half /= 2)
      for (uint32_t i = 0; i < half; ++i) {
        sums[i] = fp32::add(sums[i], sums[i + half]);
        squares[i] = fp32::add(squares[i], squares[i + half]);
      }
    CAPTURE(round, n);
    REQUIRE(to_bits(vpu::row_max(x.data(), n)) == to_bits(largest));
    REQUIRE(to_bits(vpu::row_absmax(x.data(), n)) == to_bits(absmax));
    REQUIRE(to_bits(vpu::row_sum(x.data(), n)) == to_bits(sums[0]));
    REQUIRE(to_bits(vpu::row_sum_of_squares(x.data(), n)) == to_bits(squares[0]));
  }
}
