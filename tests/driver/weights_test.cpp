// Quantisation per output channel and packing.
#include "sw_driver/kernels/weights.h"

#include <cmath>
#include <vector>

#include "tests/driver/mock/system.h"

using namespace systole::driver;

TEST_CASE("packed tiles have every weight in its place and zeros elsewhere", "[weights]") {
  const uint32_t n = 21, k = 37, rows = 8, cols = 16;
  std::vector<int8_t> w(n * k), packed(packed_weight_bytes(n, k, rows, cols));
  REQUIRE(packed.size() == 2 * 5 * 8 * 16);
  for (uint32_t i = 0; i < n * k; ++i) w[i] = static_cast<int8_t>(1 + i % 126);
  REQUIRE(pack_weights(w.data(), n, k, rows, cols, 0, n, packed.data()) == Status::Ok);
  uint32_t i = 0;
  for (uint32_t tn = 0; tn < 2; ++tn) {
    for (uint32_t tk = 0; tk < 5; ++tk) {
      for (uint32_t r = 0; r < rows; ++r) {
        for (uint32_t c = 0; c < cols; ++c, ++i) {
          const uint32_t x = tk * rows + r, channel = tn * cols + c;
          CAPTURE(channel, x);
          REQUIRE(packed[i] == (x < k && channel < n ? w[channel * k + x] : 0));
        }
      }
    }
  }
}

TEST_CASE("matrices packed side by side are one matrix", "[weights]") {
  const uint32_t k = 10, rows = 4, cols = 8;
  std::vector<int8_t> w(13 * k), whole(packed_weight_bytes(13, k, rows, cols)), parts(whole.size());
  for (uint32_t i = 0; i < w.size(); ++i) w[i] = static_cast<int8_t>(i * 31);
  REQUIRE(pack_weights(w.data(), 13, k, rows, cols, 0, 13, whole.data()) == Status::Ok);
  REQUIRE(pack_weights(w.data(), 5, k, rows, cols, 0, 13, parts.data()) == Status::Ok);
  REQUIRE(pack_weights(w.data() + 5 * k, 8, k, rows, cols, 5, 13, parts.data()) == Status::Ok);
  REQUIRE(parts == whole);
  REQUIRE(pack_weights(w.data(), 8, k, rows, cols, 6, 13, parts.data()) == Status::BadArgument);
  REQUIRE(pack_weights(nullptr, 8, k, rows, cols, 0, 13, parts.data()) == Status::BadArgument);
}

TEST_CASE("rows are quantised to nearest even within half a step", "[weights]") {
  const uint32_t seed = test_seed(31);
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::vector<float> w(1000);
  std::vector<int8_t> q(1000);
  for (float& x : w) x = static_cast<float>(static_cast<int32_t>(random())) / 3e9f;
  float scale = 0;
  REQUIRE(quantize_row(w.data(), 1000, q.data(), &scale) == Status::Ok);
  for (uint32_t i = 0; i < 1000; ++i) REQUIRE(std::abs(q[i] * scale - w[i]) <= 0.5001f * scale);
  const float ties[] = {127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -127};
  REQUIRE(quantize_row(ties, 7, q.data(), &scale) == Status::Ok);
  REQUIRE(scale == 1.0f);
  const std::vector<int8_t> expected = {127, 0, 2, 2, 0, -2, -127};
  REQUIRE(std::vector<int8_t>(q.begin(), q.begin() + 7) == expected);
}

TEST_CASE("special weights", "[weights]") {
  float scale = 1;
  int8_t q[3] = {1, 1, 1};
  const float zeros[] = {0, -0.0f, 0};
  REQUIRE(quantize_row(zeros, 3, q, &scale) == Status::Ok);
  REQUIRE(scale == 0);
  REQUIRE((q[0] == 0 && q[1] == 0 && q[2] == 0));
  const float nan[] = {NAN, 1, -1};
  REQUIRE(quantize_row(nan, 3, q, &scale) == Status::Ok);
  REQUIRE((q[0] == 0 && q[1] == 127 && q[2] == -127));
  const float tiny[] = {1e-44f, 0, 0};
  REQUIRE(quantize_row(tiny, 3, q, &scale) == Status::Ok);
  REQUIRE(q[0] == 0);
  const float infinite[] = {INFINITY, 1, 1};
  REQUIRE(quantize_row(infinite, 3, q, &scale) == Status::BadArgument);
}
