// Not a test: how fast operations are timed without data, distinct shapes and repeated ones, with
// what is known skipped and in full; "alike": timing_only.repetition. systole_bench_timing
// [SECONDS].
#include <time.h>

#include <cstdio>
#include <cstdlib>

#include "sw_driver/kernels/gemm.h"
#include "tests/cosim/skip_system.h"
#include "tests/support/engine_config.h"
#include "tlm/gen/gemm_regs.h"

using namespace systole;
using test::SkipSystem;
using test::SkipSystemConfig;

namespace {

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Operands in DRAM, packed weights, the driver's tile: what a forward pass does.
hw::GemmDescriptor descriptor(const GemmConfig& gemm, uint32_t m, uint32_t n, uint32_t k) {
  const driver::GemmTile tile =
      driver::choose_gemm_tile(test::engine_config(gemm), m, n, k, driver::GemmLayout::Packed);
  hw::GemmDescriptor d;
  d.opcode = hw::GEMM_OP_MATMUL;
  d.flags = hw::DESC_FLAG_IRQ;
  d.m = m;
  d.n = n;
  d.k = k;
  d.b_layout = hw::GEMM_B_LAYOUT_PACKED;
  d.out_type = hw::GEMM_OUT_TYPE_FLOAT32;
  d.a_addr = SkipSystem::kDram;
  d.lda = k;
  d.b_addr = SkipSystem::kDram + (40u << 20);
  d.c_addr = SkipSystem::kDram + (80u << 20);
  d.ldc = n * 4;
  d.row_scale_addr = SkipSystem::kDram + (160u << 20);
  d.col_scale_addr = SkipSystem::kDram + (161u << 20);
  d.tile = gemm_tile_word({tile.m, tile.n, tile.k});
  return d;
}

/// Sizes are middle +- up to 8 units.
struct Shapes {
  const char* name;
  uint32_t middle, unit;
  uint32_t m_middle, m_unit;  ///< of m
};

struct Figures {
  unsigned operations = 0;
  double seconds = 0;
  uint64_t cycles = 0;
  double per_second() const { return operations / seconds; }
};

/// Runs shapes until `seconds` are over or `most` are done.
Figures measure(SkipSystem& self, const Shapes& shapes, unsigned first, unsigned most,
                double seconds, bool repeated) {
  Figures figures;
  const double begin = processor_seconds();
  const uint64_t begin_cycle = SkipSystem::cycle();
  while (figures.operations < most && figures.seconds < seconds) {
    const unsigned i = repeated ? 0 : first + figures.operations;
    const auto size = [](uint32_t middle, uint32_t unit, unsigned digit) {
      return middle + unit * digit - 8 * unit;
    };
    const hw::GemmDescriptor d =
        descriptor(GemmConfig{}, size(shapes.m_middle, shapes.m_unit, i % 17),
                   size(shapes.middle, shapes.unit, i / 17 % 17),
                   size(shapes.middle, shapes.unit, (i * 7 + i / 289) % 17));
    self.push(SkipSystem::Gemm, &d);
    self.doorbell(SkipSystem::Gemm);
    if (!self.wait_interrupt(SkipSystem::Gemm, uint64_t{1} << 40)) std::printf("no interrupt\n");
    self.acknowledge(SkipSystem::Gemm);
    ++figures.operations;
    figures.seconds = processor_seconds() - begin;
  }
  figures.cycles = SkipSystem::cycle() - begin_cycle;
  return figures;
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_DO_NOTHING);
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1.0;
  const Shapes list[] = {{"1024, m any, n, k of 64", 1024, 64, 1023, 17},
                         {"1024, all of 64", 1024, 64, 1024, 64},
                         {"1024, all of 32", 1024, 32, 1024, 32},
                         {"1024, all of 16", 1024, 16, 1024, 16},
                         {"1024, all any", 1023, 17, 1023, 17},
                         {"4096, m any, n, k of 64", 4096, 64, 4095, 17},
                         {"4096, all of 16", 4096, 16, 4096, 16},
                         {"4096, all any", 4095, 17, 4095, 17}};
  SkipSystemConfig config;
  config.remember = false;
  SkipSystem plain("plain", config, [](SkipSystem&) {});
  config.remember = true;
  SkipSystemConfig alike_config = config;
  alike_config.repeat_alike = true;
  SkipSystem alike("alike", alike_config, [](SkipSystem&) {});
  const auto program = [&](SkipSystem& skipping) {
    std::printf("%-26s %9s %11s %8s %11s %10s %9s %7s\n", "GEMM, m, n, k around", "first/s",
                "distinct/s", "alike/s", "repeated/s", "in full/s", "Gcycle/s", "ratio");
    for (SkipSystem* system : {&plain, &alike, &skipping}) system->set_up_ring(SkipSystem::Gemm);
    for (const Shapes& shapes : list) {
      const Figures cold = measure(skipping, shapes, 0, 1, seconds, false);
      const Figures distinct = measure(skipping, shapes, 1, 2000, seconds, false);
      const Figures nearly = measure(alike, shapes, 1, 2000, seconds, false);
      const Figures repeated = measure(skipping, shapes, 0, 20000, seconds, true);
      const Figures full = measure(plain, shapes, 1, 5, seconds, false);
      std::printf("%-26s %9.1f %11.1f %8.1f %11.1f %10.2f %9.2f %7.0f\n", shapes.name,
                  cold.per_second(), distinct.per_second(), nearly.per_second(),
                  repeated.per_second(), full.per_second(),
                  static_cast<double>(distinct.cycles) / distinct.seconds / 1e9,
                  distinct.per_second() / full.per_second());
      std::fflush(stdout);
    }
    sc_core::sc_stop();
  };
  SkipSystem skipping("skipping", config, program);
  sc_core::sc_start();
  return 0;
}
