// What is skipped changes nothing: the same random program on two systems, one of which remembers;
// every interrupt, register, counter and report must be the same at the same time.
// SYSTOLE_TEST_SEED: another seed; SYSTOLE_TEST_ROUNDS: a longer campaign.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "tests/cosim/gemm_pair.h"
#include "tests/cosim/skip_system.h"
#include "tests/cosim/twin_pair.h"
#include "tests/rtl/support/random.h"
#include "tlm/gen/dma_reg_table.h"
#include "tlm/gen/dma_regs.h"
#include "tlm/gen/gemm_reg_table.h"
#include "tlm/gen/gemm_regs.h"
#include "tlm/gen/vpu_reg_table.h"
#include "tlm/gen/vpu_regs.h"

using namespace systole;
using rtl_test::Random;
using test::SkipSystem;
using test::SkipSystemConfig;

namespace {

constexpr uint64_t kMiB = 1u << 20;
constexpr uint64_t kPatience = 40'000'000;  // cycles

struct Plan {
  uint64_t seed = 1;
  unsigned rounds = 40;
  unsigned disturb = 0;    ///< percent of rounds in which others use the memories
  unsigned interfere = 0;  ///< percent of rounds with register accesses in the midst
  unsigned stop = 0;       ///< percent of rounds that end with an abort or a reset
  unsigned engines = 3;    ///< how many at a time at most
  uint32_t most = 300;     ///< size of a GEMM
  uint32_t least = 0;      ///< 0: small ones more often
  unsigned few_rows = 0;   ///< percent of GEMMs
  int pool = 3;            ///< different operations of each engine
  bool gemm_only = false;
  unsigned others = 0;  ///< accesses of somebody else: mean pause in cycles, 0: none
};

using Bytes = std::array<uint8_t, hw::DESC_BYTES>;
template <class D>
Bytes bytes_of(const D& d) {
  Bytes bytes;
  std::memcpy(bytes.data(), &d, sizeof d);
  return bytes;
}

uint64_t place(Random& random, uint64_t area, uint64_t bytes, uint32_t align) {
  const uint64_t offset =
      random.chance(50) ? random.below(64) * 64 : random.below(4096) / align * align;
  if (random.chance(25) && bytes <= 48 << 10)
    return SkipSystem::kSpm + (64 << 10) + area * (64 << 10) + offset;
  return SkipSystem::kDram + 32 * kMiB + area * 4 * kMiB + offset;
}

Bytes random_vpu(Random& random) {
  hw::VpuDescriptor d;
  const uint8_t opcodes[] = {hw::VPU_OP_SOFTMAX, hw::VPU_OP_RMSNORM,  hw::VPU_OP_ADD,
                             hw::VPU_OP_SWIGLU,  hw::VPU_OP_QUANTIZE, hw::VPU_OP_DEQUANTIZE};
  d.opcode = opcodes[random.below(std::size(opcodes))];
  d.cols = static_cast<uint32_t>(random.range(1, random.chance(50) ? 40 : 700));
  d.rows = static_cast<uint32_t>(random.range(1, 40));
  if (d.opcode == hw::VPU_OP_QUANTIZE) d.vpu_flags = hw::VPU_FLAGS_QUANT_OUT_MASK;
  if (d.opcode == hw::VPU_OP_SOFTMAX) d.valid = d.cols;
  const bool int8_in = d.opcode == hw::VPU_OP_DEQUANTIZE, int8_out = d.vpu_flags != 0;
  d.x_stride = d.cols * (int8_in ? 1 : 4);
  d.d_stride = d.cols * (int8_out ? 1 : 4);
  d.x_addr = place(random, 0, uint64_t{d.rows} * d.x_stride, int8_in ? 1 : 4);
  d.d_addr = place(random, 1, uint64_t{d.rows} * d.d_stride, int8_out ? 1 : 4);
  const auto packed = bytes_of(d);
  if (vpu_uses_y(packed.data())) {
    d.y_stride = d.opcode == hw::VPU_OP_RMSNORM ? 0 : d.cols * 4;
    d.y_addr = place(random, 2, uint64_t{d.rows} * d.cols * 4, 4);
  }
  if (int8_in || int8_out) d.s_addr = place(random, 3, 4096, 4);
  return bytes_of(d);
}

Bytes random_dma(Random& random) {
  hw::DmaDescriptor d;
  d.opcode = random.chance(75) ? hw::DMA_OP_COPY : hw::DMA_OP_FILL;
  d.rows = static_cast<uint32_t>(random.range(1, 30));
  d.row_bytes = static_cast<uint32_t>(random.range(1, random.chance(70) ? 300 : 5000));
  const uint64_t bytes = d.rows * (d.row_bytes + 100ull);
  d.dst = place(random, 4, bytes, 1);
  d.dst_stride = d.row_bytes + random.below(100);
  if (d.opcode == hw::DMA_OP_COPY) {
    d.src = place(random, 5, bytes, 1);
    d.src_stride = d.row_bytes + random.below(100);
  }
  return bytes_of(d);
}

Bytes random_gemm(Random& random, const SkipSystemConfig& config, uint32_t least, uint32_t most,
                  unsigned few_rows) {
  test::GemmPairConfig pair;
  pair.gemm = config.gemm;
  pair.gemm.data_bytes = config.width_bits / 8;
  const auto size = [&] {
    return least ? static_cast<uint32_t>(random.range(least, most))
                 : test::random_gemm_size(random, 16, most);
  };
  const uint32_t m = random.chance(few_rows) ? static_cast<uint32_t>(random.range(1, 24)) : size();
  const uint32_t n = size(), k = size();
  hw::GemmDescriptor d = test::random_gemm(random, pair, m, n, k);
  if (random.chance(25)) {
    if (uint64_t{d.m} * d.lda <= 48 << 10)
      d.a_addr = SkipSystem::kSpm + (448 << 10) + d.a_addr % 4096;
    if (d.out_type != hw::GEMM_OUT_TYPE_INT32)
      d.row_scale_addr = SkipSystem::kSpm + (40 << 10) + d.row_scale_addr % 4096;
  }
  return bytes_of(d);
}

/// The same operation elsewhere: whole pages away, within the same memory.
Bytes moved(Random& random, Bytes bytes, unsigned engine) {
  if (engine != SkipSystem::Gemm || !random.chance(50)) return bytes;
  hw::GemmDescriptor d;
  std::memcpy(static_cast<void*>(&d), bytes.data(), sizeof d);
  for (uint64_t* addr : {&d.a_addr, &d.b_addr, &d.c_addr})
    if (*addr >= SkipSystem::kDram) *addr += 64 * kMiB + random.below(100) * 4096;
  return bytes_of(d);
}

class Programs {
 public:
  Programs(const Plan& plan, const SkipSystemConfig& config) : plan_(plan), config_(config) {}

  void main(SkipSystem& self) const {
    Random random(plan_.seed);
    self.tables = {&hw::GEMM_TABLE, &hw::VPU_TABLE, &hw::DMA_TABLE};
    std::array<std::vector<Bytes>, SkipSystem::kKinds> pool;
    for (int i = 0; i < plan_.pool; ++i) {
      pool[SkipSystem::Gemm].push_back(
          random_gemm(random, config_, plan_.least, plan_.most, plan_.few_rows));
      pool[SkipSystem::Vpu].push_back(random_vpu(random));
      pool[SkipSystem::Dma].push_back(random_dma(random));
    }
    for (unsigned e = 0; e < SkipSystem::kKinds; ++e) self.set_up_ring(e);
    std::array<uint32_t, SkipSystem::kKinds> signals{};
    for (unsigned round = 0; round < plan_.rounds; ++round) {
      std::vector<unsigned> engines{0, 1, 2};
      std::swap(engines[0], engines[random.below(3)]);
      engines.resize(random.range(1, plan_.engines));
      if (plan_.gemm_only) engines = {SkipSystem::Gemm};
      const unsigned each = static_cast<unsigned>(random.range(1, 4));
      for (unsigned i = 0; i < each; ++i)
        for (unsigned e : engines) {
          Bytes bytes = moved(random, pool[e][random.below(pool[e].size())], e);
          hw::DescriptorHeader header;
          std::memcpy(static_cast<void*>(&header), bytes.data(), sizeof header);
          const unsigned before = engines[random.below(engines.size())];
          if (plan_.stop == 0 && random.chance(40) && signals[before] != 0) {
            header.flags |= hw::DESC_FLAG_WAIT;  // for what was pushed before
            header.wait_addr = word(before);
            header.wait_value = signals[before];
            header.wait_timeout = 100'000'000;
          }
          if (random.chance(70)) {
            header.flags |= hw::DESC_FLAG_SIGNAL;
            header.signal_addr = word(e);
            header.signal_value = ++signals[e];
          }
          if (random.chance(30)) {
            header.flags |= hw::DESC_FLAG_COMPLETE;
            header.completion_addr = word(e) + 8;
          }
          if (i + 1 == each) header.flags |= hw::DESC_FLAG_IRQ;
          std::memcpy(bytes.data(), &header, sizeof header);
          self.push(e, bytes.data());
        }
      for (unsigned e : engines) {
        self.doorbell(e);
        if (random.chance(30)) self.cpu().sleep_cycles(random.below(2000));
      }
      if (random.chance(plan_.interfere)) {
        for (uint64_t times = random.range(1, 6); times > 0; --times) {
          self.cpu().sleep_cycles(random.below(random.chance(50) ? 300 : 5000));
          const unsigned e = static_cast<unsigned>(random.below(SkipSystem::kKinds));
          if (random.chance(50))
            self.get(e, hw::ENGINE_BYTES_READ_OFFSET);
          else
            self.get(e, hw::ENGINE_STATUS_OFFSET);
          if (random.chance(30)) self.see_counters();
        }
      }
      if (random.chance(plan_.stop)) {
        self.cpu().sleep_cycles(random.below(random.chance(50) ? 400 : 20'000));
        const unsigned e = engines[0];
        self.put(e, hw::ENGINE_CTRL_OFFSET,
                 random.chance(50) ? hw::ENGINE_CTRL_SOFT_RESET_MASK : hw::ENGINE_CTRL_ABORT_MASK);
        self.cpu().sleep_cycles(2000);
        self.see_registers(e);
        self.put(e, hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_SOFT_RESET_MASK);
        self.cpu().sleep_cycles(2000);
        self.set_up_ring(e);
        engines.erase(engines.begin());
      }
      for (unsigned e : engines) {
        self.seen.push_back(self.wait_interrupt(e, kPatience));
        self.acknowledge(e);
        self.see_registers(e);
      }
      if (random.chance(50)) self.cpu().sleep_cycles(random.below(3000));
      self.see_counters();
    }
  }

  void other(SkipSystem& self) const {
    if (plan_.others == 0) return;
    Random random(plan_.seed + 1000);
    while (!self.finished()) {
      self.other().sleep_cycles(1 +
                                random.below(random.chance(20) ? 20 * plan_.others : plan_.others));
      const uint64_t base =
          random.chance(60) ? SkipSystem::kDram + 200 * kMiB : SkipSystem::kSpm + (500 << 10);
      for (uint64_t count = random.range(1, 4); count > 0; --count) {
        const uint64_t addr = base + random.below(2048);
        const unsigned bytes = static_cast<unsigned>(random.range(1, 256));
        const auto result = random.chance(50) ? self.other().read(addr, bytes, random.below(5))
                                              : self.other().write(addr, bytes, random.below(5));
        self.others.push_back(result.ps);
      }
    }
  }

 private:
  static uint64_t word(unsigned engine) { return SkipSystem::kWords + 64 * engine; }

  Plan plan_;
  SkipSystemConfig config_;
};

void compare(const Plan& given, SkipSystemConfig config) {
  Plan plan = given;
  plan.seed = test::environment("SYSTOLE_TEST_SEED", plan.seed);
  plan.rounds = static_cast<unsigned>(test::environment("SYSTOLE_TEST_ROUNDS", plan.rounds));
  CAPTURE(plan.seed, plan.rounds, config.width_bits, config.batch_cycles);
  const Programs programs(plan, config);
  const auto main = [&](SkipSystem& self) { programs.main(self); };
  const auto other = [&](SkipSystem& self) { programs.other(self); };
  config.remember = false;
  SkipSystem plain("plain", config, main, other);
  config.remember = true;
  SkipSystem skipping("skipping", config, main, other);
  sc_core::sc_start();
  CHECK(plain.finished());
  CHECK(skipping.finished());
  uint64_t sleeps = 0;
  for (unsigned e = 0; e < SkipSystem::kKinds; ++e) {
    CHECK(plain.sleeps(e) == 0);
    sleeps += skipping.sleeps(e);
  }
  CHECK(sleeps > plan.rounds / 4);
  CHECK(test::first_difference(plain.interrupts, skipping.interrupts) == "");
  CHECK(test::first_difference(plain.others, skipping.others) == "");
  CHECK(test::first_difference(plain.seen, skipping.seen) == "");
  REQUIRE(plain.write_stalls.size() == skipping.write_stalls.size());
  for (size_t i = 0; i < plain.write_stalls.size(); ++i) {
    const auto exact = static_cast<double>(plain.write_stalls[i]);
    const double error = std::abs(static_cast<double>(skipping.write_stalls[i]) - exact);
    CHECK(error <= std::max(64.0, 0.02 * exact));
  }
}

}  // namespace

TEST_CASE("an engine alone: what it remembers is exact") {
  Plan plan;
  plan.engines = 1;
  compare(plan, {});
}
TEST_CASE("three engines: what they remember is exact") { compare({}, {}); }
TEST_CASE("somebody else uses the memories meanwhile") {
  Plan plan;
  plan.others = 3000;
  compare(plan, {});
}
TEST_CASE("registers are accessed meanwhile") {
  Plan plan;
  plan.interfere = 70;
  plan.others = 20'000;
  compare(plan, {});
}
TEST_CASE("operations are aborted and engines reset meanwhile") {
  Plan plan;
  plan.stop = 50;
  plan.interfere = 20;
  plan.others = 20'000;
  compare(plan, {});
}
// Here compute alone decides most of the time (GemmCalm).
TEST_CASE("large products: what is left out of them is exact") {
  Plan plan;
  plan.gemm_only = true;
  plan.rounds = 20;
  plan.pool = 50;
  plan.least = 100;
  plan.most = 900;
  plan.few_rows = 20;
  compare(plan, {});
}
TEST_CASE("somebody uses the memories during large products") {
  Plan plan;
  plan.gemm_only = true;
  plan.rounds = 15;
  plan.pool = 30;
  plan.least = 100;
  plan.most = 700;
  plan.others = 100'000;
  compare(plan, {});
}
TEST_CASE("few rows and wide results: what comes again is left out exactly") {
  Plan plan;
  plan.gemm_only = true;
  plan.rounds = 12;
  plan.pool = 25;
  plan.least = 500;
  plan.most = 2500;
  plan.few_rows = 100;
  compare(plan, {});
}
TEST_CASE("other buses, memories and batches: what is left out is exact") {
  Plan plan;
  plan.gemm_only = true;
  plan.rounds = 10;
  plan.pool = 20;
  plan.least = 50;
  plan.most = 600;
  plan.few_rows = 20;
  plan.others = 200'000;
  SkipSystemConfig config;
  Random random(test::environment("SYSTOLE_TEST_SEED", 1));
  const auto one_of = [&](std::vector<unsigned> of) { return of[random.below(of.size())]; };
  config.width_bits = one_of({64, 256, 512});
  config.latency_ns = one_of({20, 60, 200});
  config.bandwidth_gbps = one_of({4, 12, 32, 64});
  config.batch_cycles = one_of({1, 16, 64, 256});
  CAPTURE(config.latency_ns, config.bandwidth_gbps);
  compare(plan, config);
}
// Not exact: what operations side by side and looks at words take from each other. Words and a
// quarter of the operands share SPM.
void compare_apart(Plan plan, double most_percent) {
  plan.seed = test::environment("SYSTOLE_TEST_SEED", plan.seed);
  plan.rounds = static_cast<unsigned>(test::environment("SYSTOLE_TEST_ROUNDS", plan.rounds));
  SkipSystemConfig config;
  CAPTURE(plan.seed, plan.rounds);
  const Programs programs(plan, config);
  const auto main = [&](SkipSystem& self) { programs.main(self); };
  config.remember = false;
  SkipSystem plain("plain", config, main, nullptr);
  config.remember = config.apart = true;
  SkipSystem skipping("skipping", config, main, nullptr);
  sc_core::sc_start();
  REQUIRE(plain.finished());
  REQUIRE(skipping.finished());
  CHECK(skipping.sleeps(SkipSystem::Gemm) > 0);
  const auto exact = static_cast<double>(plain.finished_cycle());
  const auto apart = static_cast<double>(skipping.finished_cycle());
  const double error_percent = 100 * (apart / exact - 1);
  CAPTURE(exact, apart, error_percent);
  CHECK(std::abs(error_percent) <= most_percent);
  if (test::environment("SYSTOLE_TEST_VERBOSE", 0)) WARN("error in percent: " << error_percent);
}
TEST_CASE("apart a program takes as long as burst by burst to 1 %") { compare_apart({}, 1); }
TEST_CASE("apart while registers are accessed and engines aborted and reset") {
  Plan plan;
  plan.stop = 50;
  plan.interfere = 50;
  compare_apart(plan, 2);
}
