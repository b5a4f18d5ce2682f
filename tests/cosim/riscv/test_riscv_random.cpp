// Random bytes as programs on the RISC-V CPU with the SoC's bus and devices: whatever they do, the
// simulator goes on. The long campaign: SYSTOLE_RANDOM_PROGRAMS=100000, under the sanitizers.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iterator>
#include <random>

#include "tlm/bus/interconnect.h"
#include "tlm/core/address_map.h"
#include "tlm/cpu/riscv_cpu.h"
#include "tlm/irq/clint.h"
#include "tlm/irq/plic.h"
#include "tlm/memory/memory.h"
#include "tlm/sysctl/finisher.h"
#include "tlm/uart/uart.h"

using namespace systole;
namespace map = systole::address_map;

namespace {

constexpr uint64_t kRamBytes = 1 << 20;
constexpr uint64_t kCyclesEach = 300;

// Runs a function as a process of the simulation.
struct Process : sc_core::sc_module {
  Process(const sc_core::sc_module_name& name, std::function<void()> body)
      : sc_module(name), body_(std::move(body)) {
    SC_HAS_PROCESS(Process);
    SC_THREAD(run);
  }
  void run() { body_(); }
  std::function<void()> body_;
};

uint64_t programs() {
  const char* asked = std::getenv("SYSTOLE_RANDOM_PROGRAMS");
  return asked ? std::strtoull(asked, nullptr, 10) : 3000;
}

}  // namespace

TEST_CASE("random bytes as programs end at their cycle limit and harm nothing", "[riscv]") {
  RiscvCpuConfig config;
  config.reset_pc = map::kDramBase;
  RiscvCpu cpu("cpu", config);
  Interconnect bus("bus", InterconnectConfig{});
  Memory ram("ram", HostMemory::zeroed(kRamBytes),
             std::make_unique<DramTiming>(PortShape{Clock(1000), 128}, 60, 32));
  const std::vector<uint8_t> rom_bytes(4096, 0x13);
  RomImage rom("rom", rom_bytes, std::make_unique<FlatTiming>(PortShape{Clock(1000), 128}, 1));
  Uart uart("uart", [](char) {});
  Plic plic("plic");
  Clint clint("clint");
  Finisher finisher("finisher", [&](int code) { cpu.finish(code); });
  plic.on_interrupt(0, [&](bool level) { cpu.set_external_interrupt(level); });
  clint.on_timer_interrupt([&](bool level) { cpu.set_timer_interrupt(level); });
  clint.on_software_interrupt([&](bool level) { cpu.set_software_interrupt(level); });
  bus.connect_initiator("cpu", cpu.bus_socket());
  bus.connect_target("ram", map::kDramBase, ram.size(), ram.socket);
  bus.connect_target("rom", map::kBootRomBase, rom.size(), rom.socket);
  bus.connect_target("uart", map::kUartBase, map::kUartBytes, uart.socket);
  bus.connect_target("plic", map::kPlicBase, map::kPlicBytes, plic.socket);
  bus.connect_target("clint", map::kClintBase, map::kClintBytes, clint.socket);
  bus.connect_target("finisher", map::kFinisherBase, map::kFinisherBytes, finisher.socket);

  // The CPU's own process ends; its hart then works for the process of the test.
  cpu.request_stop();
  uint64_t instructions = 0, zero_changed = 0, too_long = 0;
  constexpr uint64_t kSeed = 20261120;
  CAPTURE(kSeed);
  Process process("process", [&] {
    sc_core::wait(1, sc_core::SC_US);
    riscv::Hart& hart = cpu.hart();
    std::mt19937_64 random(kSeed);
    const auto pick = [&](std::initializer_list<uint64_t> values) {
      return *std::next(values.begin(), static_cast<int64_t>(random() % values.size()));
    };
    const auto address = [&] {
      const uint64_t base =
          pick({map::kDramBase, map::kDramBase, map::kDramBase + kRamBytes - 32, map::kBootRomBase,
                map::kUartBase, map::kPlicBase, map::kClintBase + 0x4000, map::kFinisherBase, 0,
                ~uint64_t{0} - 64});
      return base + random() % 64 + (random() % 4 ? 0 : random() % kRamBytes);
    };
    for (uint64_t n = programs(); n > 0; --n) {
      const uint64_t code = random() % (kRamBytes / 4096 - 2) * 4096 + (random() % 3072 & ~1ull);
      for (uint64_t i = 0; i < 1024; i += 4) {
        // Plain random words are mostly illegal: half of them get a major opcode that exists.
        uint32_t word = static_cast<uint32_t>(random());
        if (random() % 2)
          word =
              (word & ~0x7fu) |
              static_cast<uint32_t>(pick({0x03, 0x07, 0x0f, 0x13, 0x17, 0x1b, 0x23, 0x27, 0x2f,
                                          0x33, 0x37, 0x3b, 0x43, 0x53, 0x63, 0x67, 0x6f, 0x73}));
        std::memcpy(ram.data() + code + i, &word, 4);
      }
      hart.reset();
      hart.clear_stop();
      riscv::State& s = hart.state();
      for (unsigned i = 1; i < 32; ++i) s.x[i] = random() % 2 ? address() : random();
      for (uint64_t& f : s.f) f = random();
      s.pc = map::kDramBase + code;
      s.privilege = static_cast<riscv::Privilege>(pick({0, 1, 3, 3}));
      s.mtvec = (address() & ~uint64_t{3}) | random() % 2;
      s.stvec = (address() & ~uint64_t{3}) | random() % 2;
      s.medeleg = random() & 0xb3ff;
      s.mideleg = random() & riscv::kSupervisorInterrupts;
      s.mie = random() & riscv::kAllInterrupts;
      s.mstatus |= random() & (riscv::mstatus::kFs | riscv::mstatus::kMie | riscv::mstatus::kMprv |
                               riscv::mstatus::kSum | riscv::mstatus::kMxr);
      // Page tables anywhere in memory, over code and random words.
      if (random() % 4 == 0)
        s.satp = uint64_t{8} << 60 | (map::kDramBase + random() % kRamBytes) >> 12;
      for (unsigned i = 0; i < riscv::kPmpEntries && random() % 2; ++i) {
        s.pmpaddr[i] = address() >> 2;
        s.pmpcfg[i] = static_cast<uint8_t>(random()) & 0x9f;
      }
      if (random() % 2) s.pmpaddr[15] = ~uint64_t{0} >> 10, s.pmpcfg[15] = 0x1f;
      hart.state_changed();
      const uint64_t before = hart.instret(), limit = hart.cycles() + kCyclesEach;
      for (unsigned again = 0; again < 8 && hart.cycles() < limit; ++again) {
        const riscv::Stop reason = hart.run(limit);
        hart.clear_stop();
        if (reason == riscv::Stop::Lockup || reason == riscv::Stop::Wait) break;
        // A DMA writes here and there.
        cpu.code_written(map::kDramBase + random() % kRamBytes, 1 + random() % 128);
      }
      instructions += hart.instret() - before;
      zero_changed += s.x[0] != 0;
      too_long += hart.cycles() >= limit + riscv::kMaxBlockOps;
    }
    sc_core::sc_stop();
  });
  sc_core::sc_start();
  INFO(instructions << " instructions");
  CHECK(zero_changed == 0);
  CHECK(too_long == 0);
  CHECK(instructions > programs());
}
