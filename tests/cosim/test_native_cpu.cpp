#include <catch2/catch.hpp>

#include "tests/cosim/support.h"
#include "tlm/bus/interconnect.h"
#include "tlm/core/address_map.h"
#include "tlm/cpu/native_cpu.h"
#include "tlm/irq/plic.h"
#include "tlm/memory/memory.h"
#include "tlm/uart/uart.h"

using namespace systole;
namespace map = systole::address_map;

namespace {

struct System {
  explicit System(NativeCpu::Entry entry) : cpu("cpu", NativeCpuConfig{}, std::move(entry)) {
    plic.on_interrupt(0, [this](bool level) { cpu.set_external_interrupt(level); });
    uart.on_interrupt([this](bool level) { plic.set_source(map::kUartIrq, level); });
    bus.connect_initiator("cpu", cpu.bus_socket());
    bus.connect_target("ram", map::kDramBase, ram.size(), ram.socket);
    bus.connect_target("uart", map::kUartBase, map::kUartBytes, uart.socket);
    bus.connect_target("plic", map::kPlicBase, map::kPlicBytes, plic.socket);
  }
  std::string console;
  Interconnect bus{"bus", InterconnectConfig{}};
  Memory ram{"ram", HostMemory::zeroed(65536),
             std::make_unique<DramTiming>(PortShape{Clock(1000), 128}, 60, 32)};
  Uart uart{"uart", [this](char c) { console += c; }};
  Plic plic{"plic"};
  NativeCpu cpu;
};

}  // namespace

TEST_CASE("the native CPU's accesses take bus time, its memory none", "[cpu]") {
  bool exited = false;
  System s([&](HostPort& host) {
    uint32_t value = 1;
    CHECK(host.read32(map::kDramBase, &value) == HostStatus::Ok);
    CHECK(value == 0);
    CHECK(host.now_cycles() == 65);
    CHECK(host.write32(map::kDramBase, 42) == HostStatus::Ok);
    CHECK(host.now_cycles() == 70);
    auto* memory = static_cast<uint32_t*>(host.map(map::kDramBase, 65536));
    REQUIRE(memory != nullptr);
    CHECK(memory[0] == 42);
    CHECK(host.map(map::kDramBase, 65537) == nullptr);
    CHECK(host.map(0x1234, 4) == nullptr);
    CHECK(host.map(map::kUartBase, 4) == nullptr);
    CHECK(host.now_cycles() == 70);
    CHECK(host.read32(0x1234, &value) == HostStatus::BusError);
    for (char c : std::string("ok\n")) host.putc(c);
    host.pause(100);
    CHECK(host.now_cycles() == 74 + 3 * 5 + 100);
    return 5;
  });
  s.cpu.on_exit([&](int code) { exited = code == 5; });
  CHECK_FALSE(s.cpu.exit_code());
  sc_core::sc_start();
  CHECK(exited);
  CHECK(s.cpu.exit_code() == 5);
  CHECK(s.console == "ok\n");
}

TEST_CASE("wait_for_interrupt ends with the interrupt or the time-out", "[cpu]") {
  uint64_t woken = 0;
  System s([&](HostPort& host) {
    CHECK_FALSE(host.wait_for_interrupt(50));
    CHECK(host.now_cycles() == 50);
    CHECK(host.write32(map::kPlicBase + 4 * map::kUartIrq, 1) == HostStatus::Ok);
    CHECK(host.write32(map::kPlicBase + 0x2000, 1u << map::kUartIrq) == HostStatus::Ok);
    CHECK(host.wait_for_interrupt(~uint64_t{0}));
    woken = host.now_cycles();
    CHECK(host.wait_for_interrupt(10));  // still pending: at once
    CHECK(host.now_cycles() == woken);
    return 0;
  });
  test::Initiator later("later", [&](test::Initiator& self) {
    self.sleep_cycles(1000);
    s.plic.set_source(map::kUartIrq, true);
  });
  s.bus.connect_initiator("later", later.socket);
  sc_core::sc_start();
  CHECK(woken == 1000);
}

TEST_CASE("the native CPU says when its software pauses and goes on", "[cpu]") {
  std::vector<uint64_t> said;
  System s([&](HostPort& host) {
    CHECK(said.empty());
    host.pause(100);
    CHECK(said == std::vector<uint64_t>{0, 100});
    CHECK_FALSE(host.wait_for_interrupt(50));
    CHECK(said == std::vector<uint64_t>{0, 100, 100, 150});
    uint32_t value = 0;
    CHECK(host.read32(map::kPlicBase + 4 * map::kUartIrq, &value) == HostStatus::Ok);
    CHECK(said.back() == host.now_cycles());
    CHECK(said[4] == 150);
    return 0;
  });
  s.cpu.on_pass([&] { said.push_back(Clock::now_ps() / 1000); });
  sc_core::sc_start();
  CHECK(s.cpu.exit_code() == 0);
}

TEST_CASE("an exception of the software is a failure with its text", "[cpu]") {
  System s([](HostPort&) -> int { throw std::runtime_error("broken"); });
  sc_core::sc_start();
  CHECK(s.cpu.exit_code() == 1);
  CHECK(s.cpu.failure() == "broken");
}

TEST_CASE("a stop request ends waits and refuses accesses", "[cpu]") {
  bool returned = false;
  System s([&](HostPort& host) {
    CHECK_FALSE(host.wait_for_interrupt(1'000'000'000));
    CHECK(host.stop_requested());
    CHECK(host.now_cycles() == 1000);
    uint32_t value;
    CHECK(host.read32(map::kDramBase, &value) == HostStatus::Stopped);
    host.pause(1'000'000);
    CHECK(host.now_cycles() == 1000);
    returned = true;
    return 1;
  });
  sc_core::sc_start(1, sc_core::SC_US);
  CHECK_FALSE(returned);
  s.cpu.request_stop();
  sc_core::sc_start(1, sc_core::SC_US);
  CHECK(returned);
  CHECK(s.cpu.exit_code() == 1);
}
