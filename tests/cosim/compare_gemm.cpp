// Not a test: the cycle error of the GEMM's twin over many shapes, bus widths and latencies, and
// the speed of both. systole_compare_gemm [SHAPES [SEED [MOST]]]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "tests/cosim/gemm_pair.h"

using namespace systole;
using namespace systole::test;

int sc_main(int argc, char* argv[]) {
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_DO_NOTHING);
  const unsigned shapes = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 300;
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 1;
  const uint32_t most = argc > 3 ? static_cast<uint32_t>(std::atoi(argv[3])) : 2048;
  struct {
    const char* path;
    unsigned bytes;
  } const variants[] = {
      {VARIANT_GEMM_16X16_W64, 8}, {VARIANT_GEMM_16X16_W128, 16}, {VARIANT_GEMM_16X16_W256, 32}};
  std::vector<std::unique_ptr<GemmPair>> pairs;
  for (const auto& variant : variants) {
    const auto library = std::make_shared<RtlLibrary>(variant.path);
    for (unsigned latency : {20, 60, 200}) {
      GemmPairConfig config;
      config.gemm.data_bytes = variant.bytes;
      config.dram_latency_ns = latency;
      const std::string name = "w" + std::to_string(variant.bytes) + "_" + std::to_string(latency);
      pairs.push_back(std::make_unique<GemmPair>(name, config, library));
    }
  }

  const Script script("script", [&] {
    rtl_test::Random random(seed);
    for (auto& pair : pairs) pair->fill(seed);
    double sum = 0, worst = 0, worst_excess = 0, rtl_seconds = 0, twin_seconds = 0;
    uint64_t rtl_cycles = 0, twin_cycles = 0, differences = 0, beyond = 0;
    std::printf("%4s %5s %9s %9s %7s %7s %7s %7s  %s\n", "bus", "ns", "rtl", "twin", "err%",
                "rstall%", "wstall%", "speedup", "shape");
    for (unsigned i = 0; i < shapes; ++i) {
      GemmPair& pair = *pairs[random.below(pairs.size())];
      const uint32_t m = random_gemm_size(random, 16, most);
      const uint32_t n = random_gemm_size(random, 16, most);
      const uint32_t k = random_gemm_size(random, 16, most);
      const hw::GemmDescriptor d = random_gemm(random, pair.config(), m, n, k);
      const GemmPair::Result r = pair.run({d});
      const double error = r.error_percent();
      const double cycles = std::abs(static_cast<double>(r.twin.counters.busy_cycles) -
                                     static_cast<double>(r.rtl.counters.busy_cycles));
      const unsigned latency = pair.config().dram_latency_ns;
      const auto stall = [&](uint64_t twin, uint64_t rtl) {
        return 100.0 * (static_cast<double>(twin) - static_cast<double>(rtl)) /
               static_cast<double>(r.rtl.counters.busy_cycles);
      };
      std::printf("%4u %5u %9llu %9llu %7.2f %7.2f %7.2f %7.0f  %s %s\n",
                  pair.config().gemm.data_bytes * 8, latency,
                  static_cast<unsigned long long>(r.rtl.counters.busy_cycles),
                  static_cast<unsigned long long>(r.twin.counters.busy_cycles), error,
                  stall(r.twin.counters.read_stall_cycles, r.rtl.counters.read_stall_cycles),
                  stall(r.twin.counters.write_stall_cycles, r.rtl.counters.write_stall_cycles),
                  r.rtl.seconds / r.twin.seconds, describe(d).c_str(), r.difference.c_str());
      sum += std::abs(error);
      worst = std::max(worst, std::abs(error));
      if (cycles > latency + 10) {  // one memory latency, with the bus
        worst_excess = std::max(worst_excess, std::abs(error));
        if (std::abs(error) > 5) ++beyond;
      }
      differences += !r.difference.empty();
      rtl_cycles += r.rtl.counters.busy_cycles;
      twin_cycles += r.twin.counters.busy_cycles;
      rtl_seconds += r.rtl.seconds;
      twin_seconds += r.twin.seconds;
    }
    std::printf(
        "%u shapes: mean error %.3f %%, worst %.2f %%, worst of those more than a memory latency "
        "off %.2f %% (%llu beyond 5 %%), total cycles %.3f %%, %llu with differences; seconds: RTL "
        "%.1f, twin %.2f, ratio %.0f\n",
        shapes, sum / shapes, worst, worst_excess, static_cast<unsigned long long>(beyond),
        100.0 * (static_cast<double>(twin_cycles) - static_cast<double>(rtl_cycles)) /
            static_cast<double>(rtl_cycles),
        static_cast<unsigned long long>(differences), rtl_seconds, twin_seconds,
        rtl_seconds / twin_seconds);
  });
  sc_core::sc_start();
  return 0;
}
