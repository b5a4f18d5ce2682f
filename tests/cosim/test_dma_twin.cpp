// The DMA's twin against the verilated DMA: memory, registers, errors and cycles.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "tests/cosim/dma_pair.h"
#include "tests/rtl/support/random.h"
#include "tests/support/register_checks.h"
#include "tlm/gen/dma_reg_table.h"
#include "tlm/gen/dma_regs.h"

using namespace systole;
using rtl_test::Random;
using test::DmaPair;
using test::Side;
using test::SideConfig;

namespace {

constexpr uint64_t kSource = Side::kDram, kTarget = Side::kDram + 0x8'0000;
constexpr uint64_t kHalf = 0x8'0000;
constexpr uint64_t kUnmapped = 0x30'0000'0000;
/// A random copy or fill between the halves of the DRAM.
hw::DmaDescriptor random_operation(Random& random) {
  hw::DmaDescriptor d;
  const bool fill = random.chance(25);
  d.opcode = fill ? hw::DMA_OP_FILL : hw::DMA_OP_COPY;
  const unsigned shape = static_cast<unsigned>(random.below(4));
  d.rows = shape == 0 ? 1 : static_cast<uint32_t>(random.range(1, shape == 1 ? 8 : 60));
  d.row_bytes = static_cast<uint32_t>(shape == 0   ? random.range(1, 40'000)
                                      : shape == 1 ? random.range(1, 5000)
                                                   : random.range(1, 300));
  const uint64_t align = random.chance(50) ? 64 : 1;
  const auto place = [&](uint64_t base, uint64_t stride) {
    const uint64_t span = stride * (d.rows - 1) + d.row_bytes;
    return base + random.below(kHalf - span - 64) / align * align;
  };
  d.dst_stride = (d.row_bytes + random.below(100) + align - 1) / align * align;
  d.dst = place(kTarget, d.dst_stride);
  if (fill) {
    d.pattern = static_cast<uint32_t>(random.next());
  } else {
    d.src_stride = random.chance(10) ? 0 : random.below(2 * d.row_bytes + 64) / align * align;
    d.src = place(kSource, d.src_stride);
  }
  return d;
}

}  // namespace

TEST_CASE("the DMA's twin has the registers of the table", "[twin][dma]") {
  Side side("dma", SideConfig{}, make_dma_twin("twin", DmaTwinConfig{}), [](Side& self) {
    test::RegisterPort port;
    port.read32 = [&](uint32_t offset, uint32_t* value) {
      bool ok = false;
      *value = static_cast<uint32_t>(self.cpu().get(Side::kRegs + offset, 4, &ok));
      return ok;
    };
    port.write32 = [&](uint32_t offset, uint32_t value) {
      return self.cpu().put(Side::kRegs + offset, value);
    };
    test::RegisterChecks checks(hw::DMA_TABLE, port);
    checks.check_all();
    for (const std::string& failure : checks.failures()) UNSCOPED_INFO(failure);
    CHECK(checks.failures().empty());
  });
  sc_core::sc_start();
  CHECK(side.finished());
}

TEST_CASE("the DMA's twin copies and fills as the RTL does, in the same cycles", "[twin][dma]") {
  const char* from_environment = std::getenv("SYSTOLE_TEST_SEED");
  const uint64_t seed = from_environment ? std::strtoull(from_environment, nullptr, 0) : 1;
  CAPTURE(seed);
  const auto program = [seed](Side& self) {
    self.set_up_ring();
    Random random(seed);
    for (int i = 0; i < 60; ++i) {
      hw::DmaDescriptor d = random_operation(random);
      d.flags = hw::DESC_FLAG_IRQ;
      if (random.chance(50)) d.flags |= hw::DESC_FLAG_COMPLETE;
      if (random.chance(30)) d.flags |= hw::DESC_FLAG_SIGNAL;
      d.tag = 100 + static_cast<uint32_t>(i);
      d.completion_addr = Side::kWords;
      d.signal_addr = Side::kWords + 16;
      d.signal_value = static_cast<uint32_t>(i);
      self.push(&d);
      const uint64_t begin = Side::cycle();
      self.doorbell();
      const uint64_t end = self.wait_interrupt(1'000'000);
      self.cycles.push_back(end - begin);
      self.acknowledge();
      self.see_registers();
    }
  };
  std::vector<std::unique_ptr<DmaPair>> pairs;
  for (unsigned width : {64u, 128u, 256u, 512u})
    for (unsigned latency : {20u, 60u, 200u}) {
      SideConfig config;
      config.width_bits = width;
      config.latency_ns = latency;
      pairs.push_back(std::make_unique<DmaPair>(
          "w" + std::to_string(width) + "_l" + std::to_string(latency), config, program));
    }
  sc_core::sc_start();
  std::printf("DMA, cycles from doorbell to interrupt, twin against RTL\n");
  std::printf("%6s %8s %6s %8s %8s %8s  %s\n", "bits", "latency", "count", "mean %", "worst %",
              "sum %", "worst: RTL, twin (index)");
  for (const auto& pair : pairs) {
    pair->check_same();
    const SideConfig& c = pair->rtl->config();
    const test::CycleErrors e =
        test::compare_cycles(pair->rtl->cycles, pair->tlm->cycles, 0.05, c.latency_ns);
    std::printf("%6u %5u ns %6zu %8.3f %8.3f %+8.3f  %llu, %llu (%zu)\n", c.width_bits,
                c.latency_ns, e.count, 100 * e.mean, 100 * e.worst, 100 * e.bias,
                static_cast<unsigned long long>(e.worst_rtl),
                static_cast<unsigned long long>(e.worst_tlm), e.worst_index);
    CHECK(e.count == 60);
    CHECK(e.mean <= 0.02);
    CHECK(e.beyond == 0);
  }
}

namespace {

/// Several DMAs of one fidelity on one interconnect; all doorbells at once.
struct Contenders {
  using Make = std::function<std::unique_ptr<EngineModule>(const std::string& name)>;
  static constexpr uint64_t kRing = 0x1000, kStride = address_map::kEngineStride;

  Contenders(const std::string& name, unsigned count, unsigned width, uint64_t seed,
             const Make& make)
      : bus((name + "_bus").c_str(), bus_config(width)),
        port{Clock(1000), width},
        dram((name + "_dram").c_str(), HostMemory::zeroed(1 << 20),
             std::make_unique<DramTiming>(port, 60, 32)),
        spm((name + "_spm").c_str(), HostMemory::zeroed(64 << 10),
            std::make_unique<SpmTiming>(port, 4, 2)),
        cpu((name + "_cpu").c_str(), [this, count](test::Initiator& self) {
          for (unsigned i = 0; i < count; ++i) {
            const uint64_t regs = Side::kRegs + i * kStride;
            self.put(regs + hw::DMA_RING_BASE_LO_OFFSET, Side::kSpm + i * kRing);
            self.put(regs + hw::DMA_RING_SIZE_OFFSET, 32);
            self.put(regs + hw::DMA_IRQ_ENABLE_OFFSET, 7);
            self.put(regs + hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_ENABLE_MASK);
          }
          begin = Side::cycle();
          for (unsigned i = 0; i < count; ++i)
            self.put(Side::kRegs + i * kStride + hw::DMA_TAIL_OFFSET, 16);
        }) {
    bus.connect_initiator("cpu", cpu.socket);
    bus.connect_target("dram", Side::kDram, dram.size(), dram.socket);
    bus.connect_target("spm", Side::kSpm, spm.size(), spm.socket);
    Random random(seed);
    ends.resize(count);
    for (unsigned i = 0; i < count; ++i) {
      engines.push_back(make(name + "_dma" + std::to_string(i)));
      bus.connect_initiator("dma" + std::to_string(i), engines[i]->manager_socket(), true);
      bus.connect_target("regs" + std::to_string(i), Side::kRegs + i * kStride, 0x1000,
                         engines[i]->target_socket());
      engines[i]->on_interrupt([this, i](bool) { ends[i] = Side::cycle(); });
      for (unsigned d = 0; d < 8; ++d) {
        hw::DmaDescriptor op = random_operation(random);
        if (d == 7) op.flags = hw::DESC_FLAG_IRQ;
        std::memcpy(spm.data() + i * kRing + d * sizeof op, &op, sizeof op);
      }
    }
  }
  static InterconnectConfig bus_config(unsigned width) {
    InterconnectConfig config;
    config.width_bits = width;
    return config;
  }
  Interconnect bus;
  PortShape port;
  Memory dram, spm;
  std::vector<std::unique_ptr<EngineModule>> engines;
  test::Initiator cpu;
  uint64_t begin = 0;
  std::vector<uint64_t> ends;
};

}  // namespace

TEST_CASE("contending DMA twins take the cycles of contending RTL DMAs", "[twin][dma]") {
  struct Case {
    unsigned count, width, batch;
    std::unique_ptr<Contenders> rtl, tlm;
  };
  std::vector<Case> cases;
  for (unsigned count : {2u, 3u})
    for (unsigned width : {64u, 128u, 256u})
      for (unsigned batch : {1u, 64u}) cases.push_back({count, width, batch, nullptr, nullptr});
  for (Case& c : cases) {
    const std::string name = "c" + std::to_string(c.count) + "_w" + std::to_string(c.width) + "_b" +
                             std::to_string(c.batch);
    const auto fill = [&](auto config) {
      config.batch_cycles = c.batch;
      config.straps = test::kDmaStraps;
      return config;
    };
    c.rtl = std::make_unique<Contenders>(
        name + "_rtl", c.count, c.width, c.width, [&](const std::string& engine) {
          return std::make_unique<RtlEngine>(engine.c_str(), test::dma_library(c.width),
                                             fill(RtlEngineConfig{}));
        });
    c.tlm = std::make_unique<Contenders>(name + "_tlm", c.count, c.width, c.width,
                                         [&](const std::string& engine) {
                                           DmaTwinConfig config = fill(DmaTwinConfig{});
                                           config.width_bits = c.width;
                                           return make_dma_twin(engine, config);
                                         });
  }
  sc_core::sc_start();
  std::printf("contending DMAs, cycles until each is done: RTL, twin, error\n");
  for (const Case& c : cases) {
    std::printf("%u engines, %3u bits, batch %2u:", c.count, c.width, c.batch);
    for (unsigned i = 0; i < c.count; ++i) {
      const double rtl = static_cast<double>(c.rtl->ends[i] - c.rtl->begin);
      const double tlm = static_cast<double>(c.tlm->ends[i] - c.tlm->begin);
      std::printf("  %.0f %.0f %+.2f %%", rtl, tlm, 100 * (tlm - rtl) / rtl);
      CAPTURE(c.count, c.width, c.batch, i);
      CHECK(c.rtl->ends[i] > c.rtl->begin);
      CHECK(std::abs(tlm - rtl) <= 0.05 * rtl);
    }
    const auto last = [](const Contenders& side) {
      return static_cast<double>(*std::max_element(side.ends.begin(), side.ends.end()) -
                                 side.begin);
    };
    CHECK(std::abs(last(*c.tlm) - last(*c.rtl)) <= 0.05 * last(*c.rtl));
    std::printf("\n");
  }
}

TEST_CASE("an abort ends a copy about as soon as in the RTL", "[twin][dma]") {
  constexpr unsigned kBatch = 64, kLatency = 60, kCount = 60;
  const auto program = [](Side& self) {
    self.set_up_ring();
    for (unsigned i = 0; i < kCount; ++i) {
      hw::DmaDescriptor d;
      d.opcode = hw::DMA_OP_COPY;
      d.rows = 1;
      d.row_bytes = 30'000;
      d.src = kSource;
      d.dst = kTarget;
      self.push(&d);
      self.doorbell();
      self.cpu().sleep_cycles(100 + 23 * i);
      const uint64_t begin = Side::cycle();
      self.put(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_ENABLE_MASK | hw::DMA_CTRL_ABORT_MASK);
      self.cycles.push_back(self.wait_interrupt(10'000) - begin);
      self.soft_reset();
      self.set_up_ring();
    }
  };
  SideConfig config;
  config.batch_cycles = kBatch;
  config.latency_ns = kLatency;
  const DmaPair pair("abort", config, program);
  sc_core::sc_start();
  REQUIRE(pair.rtl->cycles.size() == kCount);
  REQUIRE(pair.tlm->cycles.size() == kCount);
  uint64_t worst = 0, sum = 0;
  for (unsigned i = 0; i < kCount; ++i) {
    const uint64_t rtl = pair.rtl->cycles[i], tlm = pair.tlm->cycles[i];
    const uint64_t off = rtl > tlm ? rtl - tlm : tlm - rtl;
    CAPTURE(i, rtl, tlm);
    CHECK(off <= kBatch + kLatency);
    worst = std::max(worst, off);
    sum += off;
  }
  std::printf("abort to interrupt, twin against RTL: mean %.1f cycles off, worst %llu\n",
              static_cast<double>(sum) / kCount, static_cast<unsigned long long>(worst));
}

TEST_CASE("a copy that fails midway has read and written as many bytes as in the RTL",
          "[twin][dma]") {
  const char* from_environment = std::getenv("SYSTOLE_TEST_SEED");
  const uint64_t seed = from_environment ? std::strtoull(from_environment, nullptr, 0) : 1;
  CAPTURE(seed);
  constexpr unsigned kCopies = 150;
  constexpr uint64_t kEnd = Side::kDram + (1u << 20);  // of memory
  const auto program = [seed](Side& self) {
    Random random(seed);
    uint32_t read = 0, written = 0;
    for (unsigned i = 0; i < kCopies; ++i) {
      self.set_up_ring();
      hw::DmaDescriptor d;
      d.opcode = hw::DMA_OP_COPY;
      d.rows = static_cast<uint32_t>(random.range(1, 60));
      d.row_bytes = static_cast<uint32_t>(random.range(1, random.chance(70) ? 40 : 600));
      d.src_stride = d.row_bytes + random.below(100);
      d.dst_stride = d.row_bytes + random.below(100);
      d.src = kSource + random.below(5000);
      d.dst = kTarget + random.below(5000);
      const uint64_t good = random.chance(50) ? 0 : random.below(d.rows);
      const bool write = random.chance(70);  // which of the two leaves memory after `good` rows
      (write ? d.dst : d.src) =
          kEnd - good * (write ? d.dst_stride : d.src_stride) - random.below(d.row_bytes);
      self.push(&d);
      self.doorbell();
      self.seen.push_back(self.wait_interrupt(100'000) != 0);
      self.see_registers(false);
      const uint32_t more[] = {self.get(hw::DMA_BYTES_READ_OFFSET) - read,
                               self.get(hw::DMA_BYTES_WRITTEN_OFFSET) - written};
      self.bytes.push_back({more[0], more[1]});
      read += more[0];
      written += more[1];
      self.soft_reset();
    }
  };
  std::vector<std::unique_ptr<DmaPair>> pairs;
  for (const unsigned width : {64u, 128u, 256u, 512u})
    for (const uint32_t reads : {1u, 3u, 8u, 32u}) {
      SideConfig config;
      config.width_bits = width;
      config.batch_cycles = reads == 3 ? 1 : 256;
      pairs.push_back(
          std::make_unique<DmaPair>("w" + std::to_string(width) + "_r" + std::to_string(reads),
                                    config, program, std::array<uint32_t, 4>{reads, 16, 0, 0}));
    }
  sc_core::sc_start();
  size_t other = 0, all = 0;
  for (const auto& pair : pairs) {
    INFO(pair->rtl->config().width_bits << " bit");
    CHECK(pair->rtl->finished());
    CHECK(pair->tlm->finished());
    CHECK((pair->rtl->seen == pair->tlm->seen));
    REQUIRE(pair->rtl->bytes.size() == kCopies);
    REQUIRE(pair->tlm->bytes.size() == kCopies);
    for (unsigned i = 0; i < kCopies; ++i) other += pair->rtl->bytes[i] != pair->tlm->bytes[i];
    all += kCopies;
  }
  std::printf(
      "copies that fail midway: bytes read or written differ from the RTL's in %zu of %zu\n", other,
      all);
  CHECK(other == 0);
}
