// The wrapper around the real, verilated DMA: ring, copy, interrupt and errors over bus and PLIC.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <random>

#include "tests/cosim/support.h"
#include "tlm/bus/interconnect.h"
#include "tlm/core/address_map.h"
#include "tlm/cpu/native_cpu.h"
#include "tlm/gen/dma_regs.h"
#include "tlm/irq/plic.h"
#include "tlm/memory/memory.h"
#include "tlm/verilated/rtl_engine.h"

using namespace systole;
namespace map = systole::address_map;

namespace {

constexpr uint64_t kRing = map::kSpmBase, kSource = map::kDramBase,
                   kTarget = map::kDramBase + 0x8'0000;

struct Dma {
  Dma(const std::string& name, unsigned batch, std::shared_ptr<RtlLibrary> library)
      : engine(name.c_str(), std::move(library), config(batch)) {}
  static RtlEngineConfig config(unsigned batch) {
    RtlEngineConfig c;
    c.batch_cycles = batch;
    c.straps = {8, 16, 0, 0};
    return c;
  }
  RtlEngine engine;
};

/// A small SoC with two DMAs; the test's body is the native CPU's software.
struct System {
  explicit System(std::function<void(System&, HostPort&)> body, unsigned batch = 64)
      : dmas{{"dma0", batch, library}, {"dma1", batch, library}},
        cpu("cpu", NativeCpuConfig{}, [this, body](HostPort& host) {
          body(*this, host);
          return 0;
        }) {
    plic.on_interrupt(0, [this](bool level) { cpu.set_external_interrupt(level); });
    bus.connect_initiator("cpu", cpu.bus_socket());
    for (unsigned i = 0; i < 2; ++i) {
      const std::string name = "dma" + std::to_string(i);
      bus.connect_initiator(name, dmas[i].engine.manager);
      bus.connect_target(name, regs(i), map::kEngineBytes, dmas[i].engine.target);
      dmas[i].engine.on_interrupt(
          [this, i](bool level) { plic.set_source(map::kEngineIrq + i, level); });
    }
    bus.connect_target("plic", map::kPlicBase, map::kPlicBytes, plic.socket);
    bus.connect_target("dram", map::kDramBase, dram.size(), dram.socket);
    bus.connect_target("spm", map::kSpmBase, spm.size(), spm.socket);
    std::mt19937 random(7);
    for (uint64_t i = 0; i < 0x8'0000; ++i) dram.data()[i] = static_cast<uint8_t>(random());
    sc_core::sc_start();
    CHECK(cpu.exit_code() == 0);
  }

  static uint64_t regs(unsigned dma) { return map::kEngineBase + dma * map::kEngineStride; }
  static void put(HostPort& host, uint64_t addr, uint32_t value) {
    CHECK(host.write32(addr, value) == HostStatus::Ok);
  }
  static uint32_t get(HostPort& host, uint64_t addr) {
    uint32_t value = 0;
    CHECK(host.read32(addr, &value) == HostStatus::Ok);
    return value;
  }

  /// Enables the ring of `dma` at kRing + 0x1000 * dma and its interrupt.
  void setup(HostPort& host, unsigned dma) {
    put(host, regs(dma) + hw::DMA_RING_BASE_LO_OFFSET, static_cast<uint32_t>(ring(dma)));
    put(host, regs(dma) + hw::DMA_RING_SIZE_OFFSET, 16);
    put(host, regs(dma) + hw::DMA_IRQ_ENABLE_OFFSET, 7);
    put(host, regs(dma) + hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_ENABLE_MASK);
    put(host, map::kPlicBase + 4 * (map::kEngineIrq + dma), 1);
    put(host, map::kPlicBase + 0x2004, 3);
  }
  static uint64_t ring(unsigned dma) { return kRing + 0x1000 * dma; }
  /// Copies as descriptor `index` of the ring; rings the doorbell.
  void copy(HostPort& host, unsigned dma, unsigned index, uint64_t src, uint64_t dst,
            uint32_t bytes, uint32_t rows = 1, uint64_t src_stride = 0, uint64_t dst_stride = 0) {
    hw::DmaDescriptor d;
    d.opcode = hw::DMA_OP_COPY;
    d.flags = hw::DESC_FLAG_IRQ | hw::DESC_FLAG_COMPLETE;
    d.tag = 0x1000 + index;
    d.completion_addr = ring(dma) + 0x800;
    d.rows = rows;
    d.row_bytes = bytes;
    d.src = src;
    d.dst = dst;
    d.src_stride = src_stride;
    d.dst_stride = dst_stride;
    std::memcpy(host.map(ring(dma) + index * sizeof d, sizeof d), &d, sizeof d);
    put(host, regs(dma) + hw::DMA_TAIL_OFFSET, (index + 1) * hw::DESC_UNITS);
  }
  bool copied(uint64_t src, uint64_t dst, uint64_t bytes) const {
    return std::memcmp(dram.data() + (src - map::kDramBase), dram.data() + (dst - map::kDramBase),
                       bytes) == 0;
  }

  std::shared_ptr<RtlLibrary> library = std::make_shared<RtlLibrary>(VARIANT_DMA_W128);
  Interconnect bus{"bus", InterconnectConfig{}};
  PortShape port{Clock(1000), 128};
  Memory dram{"dram", HostMemory::zeroed(1 << 20), std::make_unique<DramTiming>(port, 60, 32)};
  Memory spm{"spm", HostMemory::zeroed(1 << 16), std::make_unique<SpmTiming>(port, 4, 2)};
  Plic plic{"plic"};
  Dma dmas[2];
  NativeCpu cpu;
};

}  // namespace

TEST_CASE("the verilated DMA copies through the bus and wakes the CPU", "[wrapper][dma]") {
  System s([](System& self, HostPort& host) {
    CHECK(System::get(host, System::regs(0)) == hw::DMA_ID_VALUE);
    self.setup(host, 0);
    const uint64_t start = host.now_cycles();
    self.copy(host, 0, 0, kSource, kTarget, 0x1'0000);
    CHECK(host.wait_for_interrupt(100'000));
    const uint64_t cycles = host.now_cycles() - start;
    CHECK(self.copied(kSource, kTarget, 0x1'0000));
    CHECK(cycles > 4096);
    CHECK(cycles < 4096 * 100 / 90);
    CHECK(System::get(host, map::kPlicBase + 0x20'0004) == map::kEngineIrq);
    CHECK(System::get(host, System::regs(0) + hw::DMA_IRQ_STATUS_OFFSET) ==
          hw::DMA_IRQ_STATUS_DONE_MASK);
    System::put(host, System::regs(0) + hw::DMA_IRQ_STATUS_OFFSET, 7);
    System::put(host, map::kPlicBase + 0x20'0004, map::kEngineIrq);
    CHECK_FALSE(host.wait_for_interrupt(100));
    const auto* completion = static_cast<const uint32_t*>(host.map(System::ring(0) + 0x800, 8));
    CHECK(completion[0] == 0x1000);
    CHECK(completion[1] == 1);

    // Odd addresses, rows and strides.
    self.copy(host, 0, 1, kSource + 3, kTarget + 0x2'0001, 77, 9, 101, 99);
    CHECK(host.wait_for_interrupt(100'000));
    for (uint64_t row = 0; row < 9; ++row)
      CHECK(self.copied(kSource + 3 + row * 101, kTarget + 0x2'0001 + row * 99, 77));
    CHECK(self.dram.data()[0xa'0000] == 0);
    CHECK(self.dram.data()[0xa'0001 + 77] == 0);
  });
}

TEST_CASE("an idle DMA is not evaluated", "[wrapper][dma]") {
  System s([](System& self, HostPort& host) {
    self.setup(host, 0);
    self.copy(host, 0, 0, kSource, kTarget, 4096);
    CHECK(host.wait_for_interrupt(100'000));
    host.pause(1000);
    const uint64_t ticks = self.dmas[0].engine.report().ticks;
    host.pause(1'000'000);
    CHECK(self.dmas[0].engine.report().ticks == ticks);
    CHECK(self.dmas[1].engine.report().ticks == 0);
    CHECK(ticks < host.now_cycles() - 1'000'000);
  });
}

namespace {
/// Both DMAs stream against each other while the CPU looks at their registers.
void check_contended(unsigned batch, uint64_t* cycles) {
  System s(
      [&](System& self, HostPort& host) {
        self.setup(host, 0);
        self.setup(host, 1);
        self.copy(host, 0, 0, kSource, kTarget, 0x8000);
        self.copy(host, 1, 0, kSource + 0x8000, kTarget + 0x8000, 0x8000);
        uint64_t last = 0;
        for (int i = 0; i < 50; ++i) {
          const uint64_t now = System::get(host, System::regs(1) + hw::DMA_BYTES_READ_OFFSET);
          CHECK(now >= last);
          last = now;
        }
        while (System::get(host, System::regs(0) + hw::DMA_DESCRIPTORS_OFFSET) == 0 ||
               System::get(host, System::regs(1) + hw::DMA_DESCRIPTORS_OFFSET) == 0)
          host.pause(100);
        CHECK(self.copied(kSource, kTarget, 0x1'0000));
        for (unsigned i = 0; i < 2; ++i) {
          cycles[i] = System::get(host, System::regs(i) + hw::DMA_BUSY_CYCLES_OFFSET);
          // Each direction's channel of the DRAM carries both copies.
          CHECK(cycles[i] > 2048);
          CHECK(cycles[i] < 2 * 2048 + 400);
        }
        cycles[2] = host.now_cycles();
      },
      batch);
}
}  // namespace

// Hidden because it is not a test by itself: "a contended run takes the same cycles every time"
// runs it in processes of their own and compares what it prints.
TEST_CASE("figures of a contended run", "[.][figures]") {  // hidden: run by the next test
  uint64_t cycles[3];
  check_contended(64, cycles);
  std::printf("figures: %llu %llu %llu\n", static_cast<unsigned long long>(cycles[0]),
              static_cast<unsigned long long>(cycles[1]),
              static_cast<unsigned long long>(cycles[2]));
}

namespace {
/// The figures as another process finds them: SystemC runs once per process.
std::string figures_of_a_run() {
  char self[4096] = {};
  REQUIRE(::readlink("/proc/self/exe", self, sizeof self - 1) > 0);
  FILE* pipe = ::popen((std::string("'") + self + "' '[figures]' 2>/dev/null").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string figures;
  char line[256];
  while (std::fgets(line, sizeof line, pipe))
    if (std::strncmp(line, "figures:", 8) == 0) figures += line;
  CHECK(::pclose(pipe) == 0);
  return figures;
}
}  // namespace

TEST_CASE("a contended run takes the same cycles every time", "[wrapper][dma]") {
  const std::string first = figures_of_a_run();
  CHECK_FALSE(first.empty());
  CHECK(figures_of_a_run() == first);
}

TEST_CASE("an unmapped source is an engine error with code and address", "[wrapper][dma]") {
  System s([](System& self, HostPort& host) {
    self.setup(host, 0);
    self.copy(host, 0, 0, 0x30'0000'0040, kTarget, 4096);
    CHECK(host.wait_for_interrupt(10'000));
    const uint64_t regs = System::regs(0);
    CHECK(System::get(host, regs + hw::DMA_ERROR_CODE_OFFSET) ==
          (3u << 8 | hw::ENGINE_ERR_READ_BUS));
    CHECK(System::get(host, regs + hw::DMA_ERROR_ADDR_LO_OFFSET) == 0x40);
    CHECK(System::get(host, regs + hw::DMA_ERROR_ADDR_HI_OFFSET) == 0x30);
    CHECK(System::get(host, regs + hw::DMA_IRQ_STATUS_OFFSET) == hw::DMA_IRQ_STATUS_ERROR_MASK);
    // Soft reset brings it back.
    System::put(host, regs + hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_SOFT_RESET_MASK);
    host.pause(1000);
    CHECK(System::get(host, map::kPlicBase + 0x20'0004) == map::kEngineIrq);
    System::put(host, map::kPlicBase + 0x20'0004, map::kEngineIrq);
    CHECK_FALSE(host.wait_for_interrupt(0));
    self.setup(host, 0);
    self.copy(host, 0, 0, kSource, kTarget, 4096);
    CHECK(host.wait_for_interrupt(10'000));
    CHECK(self.copied(kSource, kTarget, 4096));
  });
}

TEST_CASE("a copy into an engine's registers is refused, not a deadlock", "[wrapper][dma]") {
  System s([](System& self, HostPort& host) {
    self.setup(host, 0);
    self.copy(host, 0, 0, kSource, System::regs(1), 64);
    CHECK(host.wait_for_interrupt(10'000));
    const uint64_t regs = System::regs(0);
    CHECK(System::get(host, regs + hw::DMA_ERROR_CODE_OFFSET) ==
          (2u << 8 | hw::ENGINE_ERR_WRITE_BUS));
    CHECK(System::get(host, regs + hw::DMA_ERROR_ADDR_LO_OFFSET) == System::regs(1));
  });
}
