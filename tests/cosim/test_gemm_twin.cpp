// The GEMM's twin against its RTL: memory, registers, cycles, errors. systole_compare_gemm runs the
// full table.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>

#include "tests/cosim/gemm_pair.h"

using namespace systole;
using namespace systole::test;

namespace {

struct Variant {
  const char* path;
  uint32_t rows, cols, bytes;
};
const Variant kVariants[] = {{VARIANT_GEMM_16X16_W64, 16, 16, 8},
                             {VARIANT_GEMM_16X16_W128, 16, 16, 16},
                             {VARIANT_GEMM_16X16_W256, 16, 16, 32},
                             {VARIANT_GEMM_8X16_W256, 8, 16, 32},
                             {VARIANT_GEMM_64X8_W128, 64, 8, 16}};

uint64_t test_seed() {
  const char* text = std::getenv("SYSTOLE_TEST_SEED");
  return text ? std::strtoull(text, nullptr, 0) : 20261120;
}

std::unique_ptr<GemmPair> make_pair(const Variant& v, unsigned latency_ns) {
  GemmPairConfig config;
  config.gemm.rows = v.rows;
  config.gemm.cols = v.cols;
  config.gemm.data_bytes = v.bytes;
  config.dram_latency_ns = latency_ns;
  return std::make_unique<GemmPair>("r" + std::to_string(v.rows) + "w" + std::to_string(v.bytes),
                                    config, std::make_shared<RtlLibrary>(v.path));
}

/// Runs `body` in a thread with a pair of every variant.
void with_pairs(const std::function<void(GemmPair&, rtl_test::Random&)>& body) {
  const uint64_t seed = test_seed();
  INFO("SYSTOLE_TEST_SEED=" << seed);
  std::vector<std::unique_ptr<GemmPair>> pairs;
  const unsigned latencies[] = {20, 60, 200, 60, 60};
  for (size_t i = 0; i < std::size(kVariants); ++i)
    pairs.push_back(make_pair(kVariants[i], latencies[i]));
  bool finished = false;
  const Script script("script", [&] {
    rtl_test::Random random(seed);
    for (auto& pair : pairs) {
      pair->fill(seed);
      body(*pair, random);
    }
    finished = true;
  });
  sc_core::sc_start();
  REQUIRE(finished);  // or an engine hangs
}

hw::GemmDescriptor random_operation(GemmPair& pair, rtl_test::Random& random, uint32_t most) {
  const GemmConfig& gemm = pair.config().gemm;
  const uint32_t m = random_gemm_size(random, gemm.rows, most);
  const uint32_t n = random_gemm_size(random, gemm.cols, most);
  const uint32_t k = random_gemm_size(random, gemm.rows, most);
  return random_gemm(random, pair.config(), m, n, k);
}

}  // namespace

TEST_CASE("the GEMM's twin has the RTL's results, traffic and cycles", "[twin][gemm]") {
  double sum = 0, worst = 0;
  unsigned count = 0;
  with_pairs([&](GemmPair& pair, rtl_test::Random& random) {
    for (unsigned i = 0; i < 25; ++i) {
      const hw::GemmDescriptor d = random_operation(pair, random, 150);
      const GemmPair::Result r = pair.run({d});
      INFO(describe(d));
      CHECK(r.difference == "");
      const double error = std::abs(r.error_percent());
      const auto cycles =
          static_cast<int64_t>(r.twin.counters.busy_cycles - r.rtl.counters.busy_cycles);
      INFO("RTL " << r.rtl.counters.busy_cycles << " twin " << r.twin.counters.busy_cycles
                  << " cycles");
      CHECK((error <= 5 || std::abs(cycles) <= int64_t{pair.config().dram_latency_ns}));
      sum += error;
      worst = std::max(worst, error);
      ++count;
    }
  });
  WARN(count << " shapes: cycle error mean " << sum / count << " %, worst " << worst << " %");
  CHECK(sum / count <= 0.5);
}

TEST_CASE("operations in a row overlap in the twin as in the RTL", "[twin][gemm]") {
  with_pairs([&](GemmPair& pair, rtl_test::Random& random) {
    for (unsigned i = 0; i < 4; ++i) {
      std::vector<hw::GemmDescriptor> operations;
      for (unsigned j = 0; j < 6; ++j) {
        operations.push_back(random_operation(pair, random, 60));
        if (random.chance(50)) {  // a completion word between two operations
          operations.back().flags |= hw::DESC_FLAG_COMPLETE;
          operations.back().completion_addr = kGemmSpm + 0x8000;
        }
      }
      const GemmPair::Result r = pair.run(operations);
      CHECK(r.difference == "");
      INFO("RTL " << r.rtl.counters.busy_cycles << " twin " << r.twin.counters.busy_cycles
                  << " cycles");
      CHECK(std::abs(r.error_percent()) <= 2);
    }
  });
}

TEST_CASE("the GEMM's twin stops where the RTL stops", "[twin][gemm]") {
  with_pairs([&](GemmPair& pair, rtl_test::Random& random) {
    const uint64_t end = kGemmDram + pair.config().dram_bytes;
    const char* text = std::getenv("SYSTOLE_TEST_OPERATIONS");
    const uint64_t operations = text ? std::strtoull(text, nullptr, 0) : 24;
    for (uint64_t i = 0; i < operations; ++i) {
      hw::GemmDescriptor d = random_operation(pair, random, 100);
      const uint64_t into = random.below(3000);  // so much is there before the DRAM ends
      switch (i % 12) {
        case 0:
          d.a_addr = end - into;
          d.lda = std::max(d.lda, 64u);
          d.m = std::max(d.m, 60u);
          break;
        case 1:
          d.b_addr = end - std::min<uint64_t>(into, uint64_t{d.n} * d.k / 2);
          break;
        case 2:
          d.c_addr = (end - std::min<uint64_t>(into, uint64_t{d.m} * d.n / 2) + 3) & ~uint64_t{3};
          break;
        case 3:
          d.out_type = hw::GEMM_OUT_TYPE_FLOAT32;
          d.gemm_flags = 0;
          d.bias_addr = 0;
          d.ldc = d.n * 4;
          d.c_addr &= ~uint64_t{3};
          d.col_scale_addr = kGemmDram;
          d.row_scale_addr = 0x1000;  // nothing there
          break;
        case 4:
          d.a_addr = uint64_t{1} << 41;
          break;
        case 5:
          d.opcode = 9;
          break;
        case 6:
          d.k = 0;
          break;
        case 7:
          d.tile = gemm_tile_word({512, 32, 100});
          break;
        case 8:
          d.gemm_flags = 4;
          break;
        case 9:
          d.version = 77;
          break;
        case 10:
          d.n = 1 << 20;
          break;
        default:
          d.b_addr = 0x2000;
      }
      INFO(describe(d));
      const GemmPair::Result r = pair.run({d}, true);
      CHECK(r.difference == "");
      CHECK(r.rtl.error_code != 0);
    }
    // and both work again
    CHECK(pair.run({random_operation(pair, random, 40)}).difference == "");
  });
}
