// The wrapper around a block whose every cycle is known (fake_variant.cpp).
#include <catch2/catch.hpp>

#include "tests/cosim/support.h"
#include "tlm/bus/interconnect.h"
#include "tlm/memory/memory.h"
#include "tlm/verilated/rtl_engine.h"

using namespace systole;
using test::Initiator;

namespace {

constexpr uint64_t kEngine = 0x1100'0000, kDram = 0x8000'0000, kProbe = 0x2000'0000;
enum Register : uint64_t {
  kId = 0x00,
  kSource = 0x04,
  kTarget = 0x08,
  kBursts = 0x0c,
  kBeats = 0x10,
  kGo = 0x14,
  kState = 0x18,
  kIrqClear = 0x1c,
  kCycles = 0x20,
  kSignal = 0x24
};

/// Remembers how far ahead of simulated time its callers were.
struct Probe : sc_core::sc_module {
  tlm_utils::simple_target_socket<Probe> socket{"socket"};
  std::vector<uint64_t> delay_cycles;
  explicit Probe(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &Probe::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& p, sc_core::sc_time& delay) {
    delay_cycles.push_back(delay.value() / 1000);
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

struct System {
  explicit System(std::function<void(System&, Initiator&)> body, unsigned batch = 64)
      : cpu("cpu", [this, body](Initiator& self) {
          body(*this, self);
          ended = true;
        }) {
    RtlEngineConfig config;
    config.batch_cycles = batch;
    engine = std::make_unique<RtlEngine>("engine", library, config);
    bus.connect_initiator("cpu", cpu.socket);
    bus.connect_initiator("engine", engine->manager);
    bus.connect_target("dram", kDram, dram.size(), dram.socket);
    bus.connect_target("probe", kProbe, 0x1000, probe.socket);
    bus.connect_target("regs", kEngine, 0x1000, engine->target);
    engine->on_interrupt([this](bool level) {
      if (level) irq_cycle = Clock::now_ps() / 1000;
    });
    for (uint64_t i = 0; i < dram.size() / 2; ++i)
      dram.data()[i] = static_cast<uint8_t>(i * 7 + i / 256);
    sc_core::sc_start();
    CHECK(ended);
  }

  void program(Initiator& host, uint32_t source, uint32_t target, uint32_t bursts, uint32_t beats,
               uint32_t signal = 0) {
    CHECK(host.put(kEngine + kSource, source));
    CHECK(host.put(kEngine + kTarget, target));
    CHECK(host.put(kEngine + kBursts, bursts));
    CHECK(host.put(kEngine + kBeats, beats));
    CHECK(host.put(kEngine + kSignal, signal));
  }
  bool copied(uint64_t from, uint64_t to, uint64_t bytes) const {
    return std::memcmp(dram.data() + from, dram.data() + to, bytes) == 0;
  }

  std::shared_ptr<RtlLibrary> library = std::make_shared<RtlLibrary>(SYSTOLE_FAKE_VARIANT);
  Interconnect bus{"bus", InterconnectConfig{}};
  Memory dram{"dram", HostMemory::zeroed(1 << 20),
              std::make_unique<DramTiming>(PortShape{Clock(1000), 128}, 60, 32)};
  Probe probe{"probe"};
  Initiator cpu;
  std::unique_ptr<RtlEngine> engine;
  uint64_t irq_cycle = 0;
  bool ended = false;
};

}  // namespace

TEST_CASE("registers answer over the bus, refusals are errors", "[wrapper]") {
  System s([](System&, Initiator& cpu) {
    CHECK(cpu.get(kEngine + kId) == 0x46414b45);
    CHECK(cpu.put(kEngine + kSource, 0x1234));
    CHECK(cpu.get(kEngine + kSource) == 0x1234);
    bool ok = true;
    cpu.get(kEngine + 0x800, 4, &ok);
    CHECK_FALSE(ok);
    CHECK_FALSE(cpu.put(kEngine + 0x800, 1));
    cpu.get(kEngine + 1, 1, &ok);
    CHECK_FALSE(ok);
  });
  CHECK(s.engine->report().register_accesses == 5);
}

TEST_CASE("a copy runs at bus speed and interrupts at its own time", "[wrapper]") {
  System s([](System& self, Initiator& cpu) {
    self.program(cpu, kDram, kDram + 0x80000, 64, 16);
    CHECK(cpu.put(kEngine + kGo, 1));
    cpu.sleep_cycles(3000);
    CHECK(self.engine->interrupt());
    CHECK(cpu.get(kEngine + kState) == 0);
    CHECK(self.copied(0, 0x80000, 64 * 256));
    // 4 bursts in flight do not quite hide 64 cycles of latency.
    const uint64_t cycles = cpu.get(kEngine + kCycles);
    CHECK(cycles > 64 * 20);
    CHECK(cycles < 64 * 20 + 150);
    CHECK(self.irq_cycle > cycles);
    CHECK(self.irq_cycle < cycles + 150);
  });
  CHECK(s.engine->report().read_bursts == 64);
  CHECK(s.engine->report().bytes_written == 64 * 256);
}

namespace {
/// Cycle counts of a copy with a given batch size. Four 16-beat bursts per round of some 64 + 16 +
/// 6 cycles, 8 rounds, then the last writes and the signal: the exact figures are this design's
/// own.
void check_copy_cycles(unsigned batch) {
  static uint64_t cycles, irq;
  System s(
      [](System& self, Initiator& cpu) {
        self.program(cpu, kDram, kDram + 0x80000, 32, 16, static_cast<uint32_t>(kDram + 0x70004));
        CHECK(cpu.put(kEngine + kGo, 1));
        cpu.sleep_cycles(3000);
        cycles = cpu.get(kEngine + kCycles);
        irq = self.irq_cycle;
        CHECK(self.dram.data()[0x70004] == 1);
        CHECK(self.dram.data()[0x70005] == 0);
        CHECK(self.dram.data()[0x70003] == static_cast<uint8_t>(0x70003 * 7 + 0x700));
        CHECK(self.dram.data()[0x70008] == static_cast<uint8_t>(0x70008 * 7 + 0x700));
        CHECK(self.copied(0, 0x80000, 32 * 256));
      },
      batch);
  CHECK(cycles == 701);
  CHECK(irq == 735);
}
}  // namespace

TEST_CASE("cycle counts do not depend on the batch: 1", "[wrapper]") { check_copy_cycles(1); }
TEST_CASE("cycle counts do not depend on the batch: 10", "[wrapper]") { check_copy_cycles(10); }
TEST_CASE("cycle counts do not depend on the batch: 64", "[wrapper]") { check_copy_cycles(64); }
TEST_CASE("cycle counts do not depend on the batch: 1000", "[wrapper]") { check_copy_cycles(1000); }

TEST_CASE("an idle block is not evaluated", "[wrapper]") {
  System s([](System& self, Initiator& cpu) {
    CHECK(self.engine->report().ticks == 0);
    cpu.get(kEngine + kId);
    cpu.sleep_cycles(100);
    const uint64_t ticks = self.engine->report().ticks;
    CHECK(ticks < 20);
    cpu.sleep_cycles(1'000'000);
    CHECK(self.engine->report().ticks == ticks);
  });
}

TEST_CASE("a register access to a block that is ahead applies at the block's time", "[wrapper]") {
  System s(
      [](System& self, Initiator& cpu) {
        self.program(cpu, kDram, kDram + 0x80000, 1500, 16);
        CHECK(cpu.put(kEngine + kGo, 1));
        const uint64_t go = Clock::now_ps() / 1000;
        cpu.sleep_cycles(95);
        uint64_t last = 0;
        for (int i = 0; i < 20; ++i) {
          const uint64_t before = Clock::now_ps() / 1000;
          const uint64_t counted = cpu.get(kEngine + kCycles);
          const uint64_t after = Clock::now_ps() / 1000;
          // The value is of the block's time, between the access's and its end.
          CHECK(counted + go >= before);
          CHECK(counted + go <= after + 5);
          CHECK(after - before < 1000 + 20);
          CHECK(counted > last);
          last = counted;
        }
      },
      500);
}

TEST_CASE("device accesses wait for simulated time, bulk data runs ahead", "[wrapper]") {
  System s(
      [](System& self, Initiator& cpu) {
        self.program(cpu, kDram, kProbe, 4, 2, static_cast<uint32_t>(kProbe + 0x800));
        CHECK(cpu.put(kEngine + kGo, 1));
        cpu.sleep_cycles(1000);
        REQUIRE(self.probe.delay_cycles.size() == 5);
        for (int i = 0; i < 4; ++i) CHECK(self.probe.delay_cycles[i] > 40);
        CHECK(self.probe.delay_cycles[4] == 4);  // the bus's latency alone
      },
      500);
}

TEST_CASE("decode errors reach the block, and nothing hangs", "[wrapper]") {
  System s([](System& self, Initiator& cpu) {
    self.program(cpu, 0x3000'0000, kDram + 0x80000, 4, 16);
    CHECK(cpu.put(kEngine + kGo, 1));
    cpu.sleep_cycles(1000);
    CHECK(cpu.get(kEngine + kState) == 3u << 8);
    self.program(cpu, kDram, 0x3000'0000, 4, 16);
    CHECK(cpu.put(kEngine + kGo, 1));
    cpu.sleep_cycles(1000);
    CHECK(cpu.get(kEngine + kState) == 3u << 16);
    // Its own registers: refused, not a deadlock.
    self.program(cpu, kDram, kDram + 0x80000, 1, 1, static_cast<uint32_t>(kEngine + kSource));
    CHECK(cpu.put(kEngine + kGo, 1));
    cpu.sleep_cycles(1000);
    CHECK(cpu.get(kEngine + kState) == 2u << 16);
  });
}

TEST_CASE("a file that is no variant is refused with its name", "[wrapper]") {
  CHECK_THROWS_WITH(RtlLibrary("no/such.so"), Catch::Contains("no/such.so"));
}
