// What is taken to be alike in a product (GemmSkip, TwinBus::repeats_alike) takes nearly as long:
// the same random products on two systems, one of which follows every burst. SYSTOLE_TEST_SEED:
// another seed; SYSTOLE_TEST_ROUNDS: so many products.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>

#include "sw_driver/kernels/gemm.h"
#include "tests/cosim/gemm_pair.h"
#include "tests/cosim/skip_system.h"
#include "tests/rtl/support/random.h"
#include "tests/support/engine_config.h"
#include "tlm/gen/gemm_regs.h"

using namespace systole;
using rtl_test::Random;
using test::SkipSystem;
using test::SkipSystemConfig;

namespace {

constexpr uint64_t kPatience = uint64_t{1} << 40;  // cycles
constexpr double kMostPpm = 1500;                  // of an operation's cycles
constexpr double kMostCycles = 64;                 // of a short one's
constexpr double kMostBytesPpm = 20'000;           // of the bytes on the bus

/// Any legal product; half of the time with the driver's tile.
hw::GemmDescriptor random_product(Random& random, const SkipSystemConfig& config, uint32_t most) {
  test::GemmPairConfig pair;
  pair.gemm = config.gemm;
  pair.gemm.data_bytes = config.width_bits / 8;
  const auto size = [&] {
    const auto x = static_cast<uint32_t>(random.range(64, most));
    return random.chance(50) ? x : (x + 15) / 16 * 16;
  };
  const uint32_t m = size(), n = size(), k = size();
  hw::GemmDescriptor d = test::random_gemm(random, pair, m, n, k);
  if (random.chance(50)) {
    const auto layout = static_cast<driver::GemmLayout>(d.b_layout);
    const driver::GemmTile tile =
        driver::choose_gemm_tile(test::engine_config(pair.gemm), m, n, k, layout);
    d.tile = gemm_tile_word({tile.m, tile.n, tile.k});
  }
  d.flags = hw::DESC_FLAG_IRQ;
  return d;
}

struct Cost {
  uint64_t cycles, bytes_read, bytes_written;
};

/// 64-bit counter.
uint64_t counter(SkipSystem& self, uint32_t offset) {
  return self.get(SkipSystem::Gemm, offset) | self.get(SkipSystem::Gemm, offset + 4) << 32;
}

Cost carry_out(SkipSystem& self, const hw::GemmDescriptor& d) {
  const uint64_t begin = SkipSystem::cycle();
  const uint64_t read = counter(self, hw::ENGINE_BYTES_READ_OFFSET);
  const uint64_t written = counter(self, hw::ENGINE_BYTES_WRITTEN_OFFSET);
  self.push(SkipSystem::Gemm, &d);
  self.doorbell(SkipSystem::Gemm);
  REQUIRE(self.wait_interrupt(SkipSystem::Gemm, kPatience));
  self.acknowledge(SkipSystem::Gemm);
  return {SkipSystem::cycle() - begin, counter(self, hw::ENGINE_BYTES_READ_OFFSET) - read,
          counter(self, hw::ENGINE_BYTES_WRITTEN_OFFSET) - written};
}

double ppm(uint64_t value, uint64_t exact) {
  return 1e6 * (static_cast<double>(value) / static_cast<double>(exact) - 1);
}

void compare(SkipSystemConfig config, uint32_t most, unsigned rounds) {
  const uint64_t seed = test::environment("SYSTOLE_TEST_SEED", 1);
  rounds = static_cast<unsigned>(test::environment("SYSTOLE_TEST_ROUNDS", rounds));
  CAPTURE(seed, config.width_bits, config.latency_ns, config.bandwidth_gbps);
  double worst = 0, sum = 0;
  const auto program = [&](SkipSystem& plain) {
    return [&](SkipSystem& skipping) {
      Random random(seed);
      plain.set_up_ring(SkipSystem::Gemm);
      skipping.set_up_ring(SkipSystem::Gemm);
      for (unsigned i = 0; i < rounds; ++i) {
        const hw::GemmDescriptor d = random_product(random, config, most);
        const Cost exact = carry_out(plain, d), alike = carry_out(skipping, d);
        if (getenv("TR"))
          std::fprintf(stderr, "E %u %u %u %u tile %x: %lu %lu\n", i, d.m, d.n, d.k, d.tile,
                       exact.cycles, alike.cycles);
        const double error = ppm(alike.cycles, exact.cycles);
        CAPTURE(i, d.m, d.n, d.k, d.tile, +d.b_layout, +d.out_type, exact.cycles, alike.cycles);
        CHECK(std::abs(error) <= kMostPpm + 1e6 * kMostCycles / static_cast<double>(exact.cycles));
        CHECK(std::abs(ppm(alike.bytes_read, exact.bytes_read)) <= kMostBytesPpm);
        CHECK(std::abs(ppm(alike.bytes_written, exact.bytes_written)) <= kMostBytesPpm);
        worst = std::max(worst, std::abs(error));
        sum += std::abs(error);
      }
      sc_core::sc_stop();
    };
  };
  config.remember = false;
  SkipSystem plain("plain", config, [](SkipSystem&) {});
  config.remember = config.repeat_alike = true;
  SkipSystem skipping("skipping", config, program(plain));
  sc_core::sc_start();
  CHECK(skipping.finished());
  CHECK(skipping.sleeps(SkipSystem::Gemm) > rounds / 4);
  if (test::environment("SYSTOLE_TEST_VERBOSE", 0))
    WARN("ppm: worst " << worst << ", mean of the amounts " << sum / rounds);
}

}  // namespace

TEST_CASE("products whose parts are alike take as long as burst by burst to 0.15 %") {
  compare({}, 1100, 60);
}

TEST_CASE("parts that are alike: other buses and memories") {
  Random random(test::environment("SYSTOLE_TEST_SEED", 1));
  const auto one_of = [&](std::vector<unsigned> of) { return of[random.below(of.size())]; };
  SkipSystemConfig config;
  config.width_bits = one_of({64, 256, 512});
  config.latency_ns = one_of({20, 60, 200});
  config.bandwidth_gbps = one_of({4, 12, 32, 64});
  compare(config, 600, 60);
}
