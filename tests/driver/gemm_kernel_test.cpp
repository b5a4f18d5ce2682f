// The matrix product against plain loops, bit for bit, over edge sizes, layouts and array shapes.
#include <cmath>
#include <cstring>
#include <vector>

#include "sw_driver/kernels/gemm_staged.h"
#include "sw_driver/kernels/weights.h"
#include "tests/driver/mock/system.h"
#include "tests/support/engine_config.h"

using namespace systole::driver;

namespace {

struct Problem {
  uint32_t m, n, k;
  GemmLayout layout;
  GemmOutput output;
  bool bias, accumulate;
  uint64_t scratch = 0;  ///< bytes of SPM to stage A in; 0: directly
};

/// Runs one product with random operands and checks every element.
void check(const MockOptions& mock, const Problem& p, std::mt19937& random) {
  System s(mock);
  const uint32_t lda = p.k + 3, ldc_elements = p.n + 2;
  const uint32_t element = p.output == GemmOutput::Int8 ? 1 : 4;
  const Buffer a = s.dram(uint64_t{p.m} * lda), rows = s.dram(uint64_t{p.m} * 4),
               cols = s.dram(uint64_t{p.n} * 4), bias = s.dram(uint64_t{p.n} * 4),
               c = s.dram(uint64_t{p.m} * ldc_elements * element);
  const Buffer plain = s.dram(uint64_t{p.n} * p.k);  // [n][k]
  for (uint64_t i = 0; i < a.bytes; ++i) a.as<int8_t>()[i] = static_cast<int8_t>(random());
  for (uint64_t i = 0; i < plain.bytes; ++i) plain.as<int8_t>()[i] = static_cast<int8_t>(random());
  for (uint32_t i = 0; i < p.m; ++i)
    rows.as<float>()[i] = static_cast<float>(random() % 1000) / 3e5f;
  for (uint32_t i = 0; i < p.n; ++i)
    cols.as<float>()[i] = static_cast<float>(random() % 1000) / 7e3f;
  for (uint32_t i = 0; i < p.n; ++i)
    bias.as<float>()[i] = static_cast<float>(random() % 1000) - 500;
  for (uint64_t i = 0; i < c.bytes; ++i) c.as<uint8_t>()[i] = static_cast<uint8_t>(random());
  const std::vector<uint8_t> before(c.as<uint8_t>(), c.as<uint8_t>() + c.bytes);

  GemmArgs g;
  g.m = p.m;
  g.n = p.n;
  g.k = p.k;
  g.a = a.addr;
  g.lda = lda;
  g.layout = p.layout;
  g.output = p.output;
  g.c = c.addr;
  g.ldc = ldc_elements * element;
  g.accumulate = p.accumulate;
  if (p.output != GemmOutput::Int32) {
    g.row_scale = rows.addr;
    g.col_scale = cols.addr;
    g.bias = p.bias ? bias.addr : 0;
  }
  const int8_t* w = plain.as<int8_t>();
  if (p.layout == GemmLayout::Transposed) {
    g.b = plain.addr;
    g.ldb = p.k;
  } else if (p.layout == GemmLayout::Rows) {
    const Buffer b = s.dram(uint64_t{p.k} * (p.n + 1));
    for (uint32_t i = 0; i < p.n; ++i) {
      for (uint32_t j = 0; j < p.k; ++j) b.as<int8_t>()[j * (p.n + 1) + i] = w[i * p.k + j];
    }
    g.b = b.addr;
    g.ldb = p.n + 1;
  } else {
    const EngineConfig& config = s.device->engine(EngineKind::Gemm).config();
    const Buffer b = s.dram(packed_weight_bytes(p.n, p.k, config.rows, config.cols));
    std::memset(b.host, 0, b.bytes);
    REQUIRE(pack_weights(w, p.n, p.k, config.rows, config.cols, 0, p.n, b.as<int8_t>()) ==
            Status::Ok);
    g.b = b.addr;
  }
  if (p.scratch != 0) {
    REQUIRE(gemm_staged(s.stream(), g, s.spm(p.scratch)) == Status::Ok);
  } else {
    REQUIRE(gemm(s.stream(), g) == Status::Ok);
  }
  REQUIRE(s.stream().offload()[KernelKind::Gemm].accelerator == 1);
  REQUIRE(s.stream().finish() == Status::Ok);

  std::vector<uint8_t> expected = before;
  for (uint32_t i = 0; i < p.m; ++i) {
    for (uint32_t j = 0; j < p.n; ++j) {
      uint8_t* at = expected.data() + (uint64_t{i} * ldc_elements + j) * element;
      int32_t acc = 0;
      if (p.accumulate) std::memcpy(&acc, at, 4);
      uint32_t sum = static_cast<uint32_t>(acc);
      for (uint32_t x = 0; x < p.k; ++x) {
        sum +=
            static_cast<uint32_t>(int32_t{a.as<int8_t>()[i * lda + x]} * int32_t{w[j * p.k + x]});
      }
      acc = static_cast<int32_t>(sum);
      if (p.output == GemmOutput::Int32) {
        std::memcpy(at, &acc, 4);
        continue;
      }
      float f = (static_cast<float>(acc) * rows.as<float>()[i]) * cols.as<float>()[j];
      if (p.bias) f = f + bias.as<float>()[j];
      if (p.output == GemmOutput::Float32) {
        std::memcpy(at, &f, 4);
      } else {
        *at = static_cast<uint8_t>(
            static_cast<int8_t>(std::max(-128.0f, std::min(127.0f, std::nearbyint(f)))));
      }
    }
  }
  REQUIRE(std::memcmp(expected.data(), c.host, expected.size()) == 0);
}

}  // namespace

TEST_CASE("products of all layouts and outputs at edge sizes", "[gemm]") {
  const uint32_t seed = test_seed(21);
  std::mt19937 random(seed);
  const uint32_t sizes[] = {1, 3, 15, 16, 17, 36, 64, 100, 172};
  for (uint32_t round = 0; round < 300; ++round) {
    Problem p;
    p.m = sizes[random() % 9];
    p.n = sizes[random() % 9];
    p.k = sizes[random() % 9];
    p.layout = static_cast<GemmLayout>(random() % 3);
    p.output = static_cast<GemmOutput>(random() % 3);
    p.bias = p.output != GemmOutput::Int32 && random() % 2 != 0;
    p.accumulate = p.output == GemmOutput::Int32 && random() % 2 != 0;
    MockOptions mock;
    mock.seed = seed + round;
    mock.gemm.rows = 4u << random() % 4;
    mock.gemm.cols = 4u << random() % 4;
    CAPTURE(seed, round, p.m, p.n, p.k, static_cast<int>(p.layout), static_cast<int>(p.output),
            mock.gemm.rows, mock.gemm.cols);
    check(mock, p, random);
  }
}

TEST_CASE("larger than a block in every direction", "[gemm]") {
  const uint32_t seed = test_seed(22);
  std::mt19937 random(seed);
  CAPTURE(seed);
  check({}, {300, 700, 260, GemmLayout::Packed, GemmOutput::Float32, true, false}, random);
  check({}, {1, 1000, 1000, GemmLayout::Packed, GemmOutput::Float32, false, false}, random);
  check({}, {600, 20, 33, GemmLayout::Transposed, GemmOutput::Int32, false, true}, random);
}

TEST_CASE("staging A through SPM gives the same product", "[gemm]") {
  const uint32_t seed = test_seed(24);
  std::mt19937 random(seed);
  const uint32_t sizes[] = {1, 17, 64, 100, 172, 300};
  for (uint32_t round = 0; round < 100; ++round) {
    Problem p = {sizes[random() % 6],
                 sizes[random() % 6],
                 sizes[random() % 6],
                 static_cast<GemmLayout>(random() % 3),
                 static_cast<GemmOutput>(random() % 3),
                 false,
                 false};
    p.bias = p.output != GemmOutput::Int32;
    p.scratch = 1024u << random() % 8;
    MockOptions mock;
    mock.seed = seed + round;
    mock.gemm.rows = 4u << random() % 4;
    mock.gemm.cols = 4u << random() % 4;
    mock.gemm_count = 1 + random() % 2;
    CAPTURE(seed, round, p.m, p.n, p.k, static_cast<int>(p.layout), static_cast<int>(p.output),
            p.scratch, mock.gemm.rows, mock.gemm.cols);
    check(mock, p, random);
  }
}

TEST_CASE("a product from DRAM is staged by the DMA where DRAM is slow, and only there", "[gemm]") {
  for (const uint32_t mbps : {32000u, 4000u}) {
    MockOptions options;
    options.dram_mbps = mbps;
    System s(options);
    Buffer a, b, c, scratch;
    REQUIRE(s.device->dram().allocate(256 * 512, 64, &a) == Status::Ok);
    REQUIRE(s.device->dram().allocate(256 * 512, 64, &b) == Status::Ok);
    REQUIRE(s.device->dram().allocate(256 * 256 * 4, 64, &c) == Status::Ok);
    REQUIRE(s.device->spm().allocate(256 << 10, 64, &scratch) == Status::Ok);
    GemmArgs g;
    g.m = g.n = 256, g.k = g.lda = 512;
    g.a = a.addr, g.b = b.addr, g.c = c.addr, g.ldc = 256 * 4;
    g.output = GemmOutput::Int32;
    CommandStream& stream = s.device->stream();
    REQUIRE(gemm_from_dram(stream, s.device->soc(), g, scratch) == Status::Ok);
    REQUIRE(stream.finish() == Status::Ok);
    const bool staged = stream.offload()[KernelKind::Copy].accelerator != 0;
    REQUIRE(staged == (mbps == 4000u));
  }
}

TEST_CASE("staging pays when DRAM is what the array waits for", "[gemm]") {
  System s;
  const EngineConfig& config = s.device->engine(EngineKind::Gemm).config();
  GemmArgs g;
  g.m = g.n = 256;
  g.k = 512;
  REQUIRE_FALSE(gemm_staging_pays(config, g, 256 << 10, 32));
  REQUIRE(gemm_staging_pays(config, g, 256 << 10, 4));
  REQUIRE_FALSE(gemm_staging_pays(config, g, 512, 4));
  g.m = 1;
  REQUIRE_FALSE(gemm_staging_pays(config, g, 256 << 10, 4));
  g.a = MockHal::kDramBase;
  g.lda = 512;
  g.b = g.a + 4096;
  g.c = g.a + 1048576;
  g.ldc = 1024;
  g.output = GemmOutput::Int32;
  REQUIRE(gemm_staged(s.stream(), g, s.spm(1023)) == Status::NoMemory);
  g.c += 1;
  REQUIRE(gemm_staged(s.stream(), g, s.spm(4096)) == Status::BadArgument);
  REQUIRE(s.stream().statistics().operations == 0);
}

TEST_CASE("the chosen tile is legal for every shape of array, buffer and problem", "[gemm]") {
  const uint32_t seed = test_seed(23);
  std::mt19937 random(seed);
  const uint32_t sizes[] = {1, 2, 8, 33, 64, 172, 256, 512, 1000, 4096, 32000};
  for (uint32_t round = 0; round < 3000; ++round) {
    systole::GemmConfig mock;
    mock.rows = 4u << random() % 5;
    mock.cols = 4u << random() % 5;
    mock.data_bytes = 8u << random() % 4;
    mock.a_buffer_bytes = 1024u << random() % 7;
    mock.b_buffer_bytes = 16384u << random() % 4;
    mock.acc_buffer_bytes = 2048u << random() % 8;
    const EngineConfig config = systole::test::engine_config(mock);
    const uint32_t m = sizes[random() % 11], n = sizes[random() % 11], k = sizes[random() % 11];
    const GemmTile t = choose_gemm_tile(config, m, n, k);
    CAPTURE(seed, round, mock.rows, mock.cols, mock.data_bytes, mock.a_buffer_bytes,
            mock.b_buffer_bytes, mock.acc_buffer_bytes, m, n, k, t.m, t.n, t.k);
    REQUIRE(gemm_tile_fits(config, t));
    REQUIRE(systole::gemm_tile_legal(mock, {t.m, t.n, t.k}));
    const GemmTile bigger = {t.m * 2, t.n * 2, t.k * 2};
    REQUIRE(gemm_tile_fits(config, bigger) ==
            systole::gemm_tile_legal(mock, {bigger.m, bigger.n, bigger.k}));
  }
}

TEST_CASE("at the default sizes high blocks for many rows, low slabs for one", "[gemm]") {
  System s;
  const EngineConfig& config = s.device->engine(EngineKind::Gemm).config();
  const GemmTile many = choose_gemm_tile(config, 256, 256, 512),
                 one = choose_gemm_tile(config, 1, 1024, 1024);
  CAPTURE(many.m, many.n, many.k, one.m, one.n, one.k);
  REQUIRE(many.m >= 64);
  REQUIRE(one.m == 1);
  REQUIRE(one.n >= 8);
}

TEST_CASE("senseless products are refused before anything is recorded", "[gemm]") {
  System s;
  const uint64_t base = MockHal::kDramBase;
  GemmArgs ok;
  ok.m = 4;
  ok.n = 8;
  ok.k = 16;
  ok.a = base;
  ok.lda = 16;
  ok.b = base + 4096;
  ok.ldb = 16;
  ok.layout = GemmLayout::Transposed;
  ok.c = base + 8192;
  ok.ldc = 32;
  ok.row_scale = base + 12288;
  ok.col_scale = base + 12544;
  const auto refused = [&](void (*change)(GemmArgs&)) {
    GemmArgs g = ok;
    change(g);
    REQUIRE(gemm(s.stream(), g) == Status::BadArgument);
    REQUIRE(s.stream().statistics().operations == 0);
  };
  refused([](GemmArgs& g) { g.m = 0; });
  refused([](GemmArgs& g) { g.n = 1048576; });
  refused([](GemmArgs& g) { g.k = 131072; });
  refused([](GemmArgs& g) { g.c += 2; });
  refused([](GemmArgs& g) { g.ldc = 28; });
  refused([](GemmArgs& g) { g.ldc = 34; });
  refused([](GemmArgs& g) { g.lda = 15; });
  refused([](GemmArgs& g) { g.ldb = 15; });
  refused([](GemmArgs& g) { g.layout = GemmLayout::Packed; });
  refused([](GemmArgs& g) { g.row_scale = 0; });
  refused([](GemmArgs& g) { g.col_scale += 1; });
  refused([](GemmArgs& g) { g.output = GemmOutput::Int32; });
  refused([](GemmArgs& g) { g.accumulate = true; });
  refused([](GemmArgs& g) { g.instance = 1; });
  refused([](GemmArgs& g) { g.a = (uint64_t{1} << 40) - 1; });
  refused([](GemmArgs& g) { g.tile = {0, 1, 1}; });
  refused([](GemmArgs& g) { g.tile = {512, 32, 32}; });
  REQUIRE(gemm(s.stream(), ok) == Status::Ok);
  REQUIRE(s.stream().finish() == Status::Ok);
}
