#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

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

// Registers and the few instructions that the programs below need.
constexpr unsigned kT0 = 5, kT1 = 6, kT2 = 7, kS0 = 8;
uint32_t lui(unsigned rd, uint32_t upper) { return upper << 12 | rd << 7 | 0x37; }
uint32_t addi(unsigned rd, unsigned rs1, int imm) {
  return static_cast<uint32_t>(imm) << 20 | rs1 << 15 | rd << 7 | 0x13;
}
uint32_t lw(unsigned rd, unsigned rs1, int imm) {
  return static_cast<uint32_t>(imm) << 20 | rs1 << 15 | 2 << 12 | rd << 7 | 0x03;
}
uint32_t store(unsigned f3, unsigned rs2, unsigned rs1, uint32_t imm) {
  return (imm >> 5) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | (imm & 31) << 7 | 0x23;
}
uint32_t csrr(unsigned rd, uint32_t number) { return number << 20 | 2 << 12 | rd << 7 | 0x73; }
uint32_t csrw(uint32_t number, unsigned rs1) { return number << 20 | rs1 << 15 | 1 << 12 | 0x73; }
constexpr uint32_t kWfi = 0x10500073, kNop = 0x13, kSelf = 0x6f;
/// Ends with exit code 0 through the finisher.
const std::vector<uint32_t> kFinish = {lui(kT0, 0x100), lui(kT1, 5), addi(kT1, kT1, 0x555),
                                       store(2, kT1, kT0, 0), kSelf};

struct System {
  explicit System(const RiscvCpuConfig& config = {}) : cpu("cpu", config) {
    plic.on_interrupt(0, [this](bool level) { cpu.set_external_interrupt(level); });
    clint.on_timer_interrupt([this](bool level) { cpu.set_timer_interrupt(level); });
    clint.on_software_interrupt([this](bool level) { cpu.set_software_interrupt(level); });
    bus.connect_initiator("cpu", cpu.bus_socket());
    bus.connect_target("ram", map::kDramBase, ram.size(), ram.socket);
    bus.connect_target("uart", map::kUartBase, map::kUartBytes, uart.socket);
    bus.connect_target("plic", map::kPlicBase, map::kPlicBytes, plic.socket);
    bus.connect_target("clint", map::kClintBase, map::kClintBytes, clint.socket);
    bus.connect_target("finisher", map::kFinisherBase, map::kFinisherBytes, finisher.socket);
  }
  static RiscvCpuConfig from_ram(uint64_t quantum = 1000) {
    RiscvCpuConfig config;
    config.reset_pc = map::kDramBase;
    config.quantum_cycles = quantum;
    return config;
  }
  void load(std::vector<uint32_t> words, bool finish = true) {
    if (finish) words.insert(words.end(), kFinish.begin(), kFinish.end());
    std::memcpy(ram.data(), words.data(), words.size() * 4);
  }
  const riscv::State& state() { return cpu.hart().state(); }

  std::string console;
  Interconnect bus{"bus", InterconnectConfig{}};
  Memory ram{"ram", HostMemory::zeroed(1 << 20),
             std::make_unique<DramTiming>(PortShape{Clock(1000), 128}, 60, 32)};
  Uart uart{"uart", [this](char c) { console += c; }};
  Plic plic{"plic"};
  Clint clint{"clint"};
  RiscvCpu cpu;
  Finisher finisher{"finisher", [this](int code) { cpu.finish(code); }};
};

}  // namespace

TEST_CASE("the RISC-V CPU prints, ends through the finisher and counts", "[riscv]") {
  System s(System::from_ram());
  s.load({lui(kT0, 0x10000), addi(kT1, 0, 'o'), store(0, kT1, kT0, 0), addi(kT1, 0, 'k'),
          store(0, kT1, kT0, 0)});
  int exited = -1;
  s.cpu.on_exit([&](int code) { exited = code; });
  sc_core::sc_start();
  CHECK(exited == 0);
  CHECK(s.cpu.exit_code() == 0);
  CHECK(s.console == "ok");
  CHECK(s.cpu.instructions() == 5 + 4);
}

TEST_CASE("mcycle is SoC time: instructions at one cycle and whole transactions", "[riscv]") {
  System s(System::from_ram());
  s.load({csrr(kS0, 0xb00), lui(kT0, 0x10000), store(0, 0, kT0, 0), csrr(kS0 + 1, 0xb00)});
  sc_core::sc_start();
  // The store's own cycle and the bus: latency 4 and a cycle, as for the native CPU.
  CHECK(s.state().x[kS0 + 1] - s.state().x[kS0] == 3 + 5);
}

TEST_CASE("a refused transaction is an access fault with its address", "[riscv]") {
  System s(System::from_ram());
  const uint64_t handler = map::kDramBase + 0x100;
  s.load({addi(kT1, 0, 1), lui(kT0, 0x60000), lw(kT1, kT0, 4), kSelf}, false);
  std::memcpy(s.ram.data() + 0x100, kFinish.data(), kFinish.size() * 4);
  s.cpu.hart().state().mtvec = handler;
  sc_core::sc_start();
  CHECK(s.cpu.exit_code() == 0);
  CHECK(s.state().mcause == riscv::kLoadAccess);
  CHECK(s.state().mtval == 0x6000'0004);
  CHECK(s.state().mepc == map::kDramBase + 8);
}

TEST_CASE("WFI lets time pass until the timer interrupt", "[riscv]") {
  System s(System::from_ram());
  // mtimecmp = 50 ticks of 100 ns; mie = timer; mstatus.MIE stays off: WFI only wakes.
  s.load({lui(kT0, 0x2004), addi(kT1, 0, 50), store(3, kT1, kT0, 0), addi(kT2, 0, 0x80),
          csrw(0x304, kT2), kWfi, csrr(kS0, 0xb00), csrr(kS0 + 1, 0xc01)});
  sc_core::sc_start();
  CHECK(s.state().x[kS0] >= 5000);
  CHECK(s.state().x[kS0] < 5020);
  CHECK(s.state().x[kS0 + 1] == 50);
  CHECK(s.cpu.instructions() == 8 + 4);
}

/// A loop that the timer breaks at cycle 5000, the quantum late at most.
void check_timer(uint64_t quantum) {
  System s(System::from_ram(quantum));
  s.load({lui(kT0, 0x2004), addi(kT1, 0, 50), store(3, kT1, kT0, 0), addi(kT2, 0, 0x80),
          csrw(0x304, kT2), addi(kT2, 0, 8), csrw(0x300, kT2), kSelf},
         false);
  std::vector<uint32_t> handler = {csrr(kS0, 0xb00)};
  handler.insert(handler.end(), kFinish.begin(), kFinish.end());
  std::memcpy(s.ram.data() + 0x100, handler.data(), handler.size() * 4);
  s.cpu.hart().state().mtvec = map::kDramBase + 0x100;
  sc_core::sc_start();
  CHECK(s.state().mcause == (riscv::kInterruptFlag | 7));
  CHECK(s.state().x[kS0] >= 5000);
  CHECK(s.state().x[kS0] <= 5000 + quantum + 10);
}

TEST_CASE("a timer interrupt breaks a loop, quantum of one cycle", "[riscv]") { check_timer(1); }
TEST_CASE("a timer interrupt breaks a loop, quantum of 100 cycles", "[riscv]") { check_timer(100); }
TEST_CASE("a timer interrupt breaks a loop, quantum of 1000 cycles", "[riscv]") {
  check_timer(1000);
}

TEST_CASE("a CPU without code ends by itself and says why", "[riscv]") {
  System s;  // nothing at 0x1000
  sc_core::sc_start();
  CHECK(s.cpu.exit_code() == 1);
  CHECK(s.cpu.lost());
}

TEST_CASE("a stop request ends a program that does not", "[riscv]") {
  System s(System::from_ram());
  s.load({kSelf}, false);
  sc_core::sc_start(sc_core::sc_time(10, sc_core::SC_US));
  CHECK_FALSE(s.cpu.exit_code());
  s.cpu.request_stop();
  sc_core::sc_start(sc_core::sc_time(10, sc_core::SC_US));
  CHECK(s.cpu.exit_code() == 1);
}
