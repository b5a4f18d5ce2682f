// Elementary functions and sampling.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "sw_driver/llm/elementary.h"
#include "sw_driver/llm/sampler.h"
#include "tests/driver/llm_support.h"

using namespace systole::driver::llm;

namespace {
double relative(double got, double expected) {
  return std::fabs(got - expected) / std::fabs(expected);
}
}  // namespace

TEST_CASE("elementary functions agree with the C library") {
  const uint32_t seed = 20262;
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> unit(-1, 1);
  double exp_error = 0, log_error = 0, sqrt_error = 0, circular_error = 0;
  for (int i = 0; i < 200000; ++i) {
    const double u = unit(random), x = u * 700, angle = u * (i % 2 ? 10 : 131072),
                 positive = std::exp(x);
    exp_error = std::max(exp_error, relative(exp_of(x), std::exp(x)));
    sqrt_error = std::max(sqrt_error, relative(sqrt_of(positive), std::sqrt(positive)));
    if (std::fabs(x) > 0.01)
      log_error = std::max(log_error, relative(log_of(positive), std::log(positive)));
    circular_error = std::max({circular_error, std::fabs(sin_of(angle) - std::sin(angle)),
                               std::fabs(cos_of(angle) - std::cos(angle))});
  }
  CAPTURE(exp_error, log_error, sqrt_error, circular_error);
  CHECK(exp_error < 1e-15);
  CHECK(log_error < 1e-15);
  CHECK(sqrt_error < 3e-16);
  CHECK(circular_error < 1e-15);
}

TEST_CASE("elementary functions at the edges") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(exp_of(0) == 1.0);
  CHECK(exp_of(-infinity) == 0.0);
  CHECK(exp_of(infinity) == infinity);
  CHECK(std::isnan(exp_of(std::nan(""))));
  CHECK(log_of(1) == 0.0);
  CHECK(log_of(0) == -infinity);
  CHECK(log_of(infinity) == infinity);
  CHECK(std::isnan(log_of(-1)));
  CHECK(relative(log_of(5e-324), std::log(5e-324)) < 1e-15);
  CHECK(sqrt_of(0) == 0.0);
  CHECK(sqrt_of(9) == 3.0);
  CHECK(std::isnan(sqrt_of(-1)));
  CHECK(sin_of(0) == 0.0);
  CHECK(cos_of(0) == 1.0);
  CHECK(std::isnan(sin_of(1e9)));
  CHECK(std::isnan(cos_of(infinity)));
}

TEST_CASE("greedy takes the first of the largest and never NaN") {
  const float nan = std::nanf("");
  const float a[] = {1, 3, 3, 2}, b[] = {nan, -5, nan, -4}, c[] = {nan, nan};
  CHECK(argmax(a, 4) == 1);
  CHECK(argmax(b, 4) == 3);
  CHECK(argmax(c, 2) == 0);
  CHECK(Sampler(0, 1).sample(a, 4) == 1);
  CHECK(Sampler(-1, 1).sample(a, 4) == 1);
  CHECK(Sampler(nan, 1).sample(a, 4) == 1);
}

TEST_CASE("sampling follows the distribution, and the seed decides") {
  const float logits[] = {0.0f, 1.0f, 2.0f, std::nanf(""), -100.0f};
  const float temperature = 0.7f;
  double expected[3], sum = 0;
  for (int i = 0; i < 3; ++i) sum += expected[i] = std::exp(logits[i] / temperature);
  const int draws = 200000;
  int counts[5] = {};
  Sampler a(temperature, 42), b(temperature, 42), c(temperature, 43);
  int differ = 0;
  for (int i = 0; i < draws; ++i) {
    const uint32_t x = a.sample(logits, 5);
    REQUIRE(x == b.sample(logits, 5));
    differ += x != c.sample(logits, 5);
    ++counts[x];
  }
  CHECK(differ > draws / 10);
  for (int i = 0; i < 3; ++i)
    CHECK(counts[i] / double(draws) == Approx(expected[i] / sum).margin(0.005));
  CHECK(counts[3] + counts[4] == 0);
  // The generator's own first values: any change of it changes everybody's texts.
  Sampler d(1.0f, 0);
  const float flat[16] = {};
  std::vector<uint32_t> first;
  for (int i = 0; i < 8; ++i) first.push_back(d.sample(flat, 16));
  CHECK(first == std::vector<uint32_t>{14, 6, 0, 15, 1, 5, 2, 12});
}

TEST_CASE("the score of a token is minus the logarithm of its probability") {
  const float logits[] = {1.5f, -2.0f, 0.25f};
  const std::vector<float> same(logits, logits + 3);
  for (uint32_t i = 0; i < 3; ++i) {
    CHECK(negative_log_likelihood(logits, 3, i) ==
          Approx(systole::reference::nll(same, static_cast<int>(i))));
  }
}
