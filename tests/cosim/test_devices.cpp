#include <catch2/catch.hpp>

#include "tests/cosim/support.h"
#include "tlm/gen/sysctl_regs.h"
#include "tlm/irq/clint.h"
#include "tlm/irq/plic.h"
#include "tlm/sysctl/finisher.h"
#include "tlm/sysctl/system_control.h"
#include "tlm/uart/uart.h"

using namespace systole;
using test::Initiator;

namespace {

/// Runs `body` in a thread that masters `device`.
void with_device(RegisterDevice& device, const std::function<void(Initiator&)>& body) {
  bool ended = false;
  Initiator cpu("cpu", [&](Initiator& self) {
    body(self);
    ended = true;
  });
  cpu.socket.bind(device.socket);
  sc_core::sc_start();
  CHECK(ended);
}

}  // namespace

TEST_CASE("PLIC: a level is claimed, served and completed", "[plic]") {
  Plic plic("plic");
  std::vector<bool> lines;
  plic.on_interrupt(0, [&](bool level) { lines.push_back(level); });
  with_device(plic, [&](Initiator& cpu) {
    constexpr uint64_t kClaim = 0x200004;
    CHECK(cpu.put(4 * 33, 1));
    CHECK(cpu.put(0x2004, 1u << 1));
    plic.set_source(33, true);
    CHECK(plic.interrupt(0));
    CHECK_FALSE(plic.interrupt(1));
    CHECK(cpu.get(0x1004) == 2);
    CHECK(cpu.get(kClaim) == 33);
    CHECK_FALSE(plic.interrupt(0));
    CHECK(cpu.get(kClaim) == 0);
    CHECK(cpu.put(kClaim, 33));  // level still up: pending again
    CHECK(plic.interrupt(0));
    CHECK(cpu.get(kClaim) == 33);
    plic.set_source(33, false);
    CHECK(cpu.put(kClaim, 33));
    CHECK_FALSE(plic.interrupt(0));
    CHECK(lines == std::vector<bool>{true, false, true, false});
  });
}

TEST_CASE("PLIC: priority, threshold, enables of each context", "[plic]") {
  Plic plic("plic");
  with_device(plic, [&](Initiator& cpu) {
    for (unsigned n : {10u, 11u, 64u}) cpu.put(4 * n, n == 11 ? 5 : 3);
    cpu.put(0x2000, 1u << 10 | 1u << 11);
    cpu.put(0x2080 + 8, 1);  // source 64 in context 1
    for (unsigned n : {10u, 11u, 64u}) plic.set_source(n, true);
    CHECK(plic.interrupt(0));
    CHECK(plic.interrupt(1));
    cpu.put(0x201000, 3);  // a threshold hides priorities up to it
    CHECK_FALSE(plic.interrupt(1));
    cpu.put(0x201000, 2);
    CHECK(cpu.get(0x201004) == 64);
    CHECK(cpu.get(0x200004) == 11);
    CHECK(cpu.get(0x200004) == 10);
    CHECK(cpu.get(0x200004) == 0);
    CHECK(cpu.put(0x201004, 10));  // not enabled there: ignored
    CHECK(cpu.put(0x200004, 10));
    CHECK(cpu.get(0x200004) == 10);
    CHECK_FALSE(cpu.put(0, 1, 1));
    CHECK(cpu.put(4 * 10, 0xff));
    CHECK(cpu.get(4 * 10) == 7);
    CHECK(cpu.get(0x3ff0000) == 0);
  });
}

TEST_CASE("CLINT: mtime counts at 10 MHz, the timer fires on time", "[clint]") {
  Clint clint("clint");
  std::vector<uint64_t> rises;
  bool software = false;
  clint.on_timer_interrupt([&](bool level) {
    if (level) rises.push_back(sc_core::sc_time_stamp().value());
  });
  clint.on_software_interrupt([&](bool level) { software = level; });
  with_device(clint, [&](Initiator& cpu) {
    CHECK(cpu.get(0xbff8, 8) == 0);
    cpu.sleep_cycles(1050);
    CHECK(cpu.get(0xbff8, 8) == 10);
    CHECK(cpu.get(0xbff8) == 10);
    CHECK(cpu.put(0x4000, 25, 8));
    CHECK(rises.empty());
    cpu.sleep_cycles(5000);
    CHECK(rises == std::vector<uint64_t>{2'500'000});
    CHECK(cpu.put(0x4004, 1));  // high word: far away
    CHECK(cpu.get(0x4000, 8) == (uint64_t{1} << 32 | 25));
    CHECK(cpu.put(0xbff8, 1000, 8));
    CHECK(cpu.get(0xbff8, 8) == 1000);
    CHECK(cpu.put(0, 1));
    CHECK(software);
    CHECK(cpu.put(0, 0));
    CHECK_FALSE(software);
    CHECK_FALSE(cpu.put(0, 1, 2));
    CHECK(cpu.put(0x4000, ~uint64_t{0}, 8));
  });
}

TEST_CASE("UART: bytes out and in, interrupts by cause", "[uart]") {
  std::string out;
  Uart uart("uart", [&](char c) { out += c; });
  bool line = false;
  uart.on_interrupt([&](bool level) { line = level; });
  with_device(uart, [&](Initiator& cpu) {
    for (char c : std::string("hello")) CHECK(cpu.put(0, static_cast<uint8_t>(c), 1));
    CHECK(out == "hello");
    CHECK(cpu.get(5, 1) == 0x60);
    CHECK(cpu.get(2, 1) == 0x01);
    cpu.put(3, 0x83, 1);  // DLAB: divisor
    cpu.put(0, 0x12, 1);
    cpu.put(1, 0x34, 1);
    CHECK(cpu.get(0, 1) == 0x12);
    CHECK(cpu.get(1, 1) == 0x34);
    cpu.put(3, 0x03, 1);
    CHECK(out == "hello");

    cpu.put(1, 0x01, 1);  // receive interrupt
    CHECK_FALSE(line);
    uart.push_rx('a');
    uart.push_rx('b');
    CHECK(line);
    CHECK(cpu.get(2, 1) == 0x04);
    CHECK(cpu.get(5, 1) == 0x61);
    CHECK(cpu.get(0, 1) == 'a');
    CHECK(cpu.get(0, 1) == 'b');
    CHECK_FALSE(line);
    CHECK(cpu.get(5, 1) == 0x60);

    cpu.put(1, 0x02, 1);  // transmitter empty: at once, cleared by reading IIR
    CHECK(line);
    CHECK(cpu.get(2, 1) == 0x02);
    CHECK_FALSE(line);
    cpu.put(0, '!', 1);
    CHECK(line);
    cpu.put(1, 0, 1);
    CHECK_FALSE(line);

    for (int i = 0; i < 17; ++i) uart.push_rx('x');
    CHECK(cpu.get(5, 1) == 0x63);  // overrun, cleared by reading
    CHECK(cpu.get(5, 1) == 0x61);
    cpu.put(2, 0x07, 1);
    CHECK(cpu.get(5, 1) == 0x60);
    CHECK(cpu.get(2, 1) == 0xc1);
    cpu.put(7, 0x55, 1);
    CHECK(cpu.get(7, 1) == 0x55);
    cpu.put(4, 0x10, 1);  // loop back
    cpu.put(0, 'L', 1);
    CHECK(cpu.get(0, 1) == 'L');
    CHECK(out == "hello!");
    CHECK_FALSE(cpu.put(0, 0, 4));
    bool ok = true;
    cpu.get(8, 1, &ok);
    CHECK_FALSE(ok);
  });
}

TEST_CASE("system control tells what the SoC is and counts cycles", "[sysctl]") {
  SystemInfo info;
  info.clock = Clock(500);
  info.spm_kib = 512;
  info.gemm_count = 3;
  info.model_base = address_map::kModelBase;
  info.model_bytes = 0x1'2345'6789;
  info.dram_mbps = 25600;
  SystemControl sysctl("sysctl", info);
  with_device(sysctl, [&](Initiator& cpu) {
    CHECK(cpu.get(hw::SYSCTL_ID_OFFSET) == 0x53595354);
    CHECK(cpu.get(hw::SYSCTL_CLOCK_MHZ_OFFSET) == 500);
    CHECK(cpu.get(hw::SYSCTL_SPM_KIB_OFFSET) == 512);
    CHECK(cpu.get(hw::SYSCTL_DRAM_MBPS_OFFSET) == 25600);
    CHECK(cpu.get(hw::SYSCTL_GEMM_COUNT_OFFSET) == 3);
    CHECK(cpu.get(hw::SYSCTL_MODEL_BASE_HI_OFFSET) == 0x10);
    CHECK(cpu.get(hw::SYSCTL_MODEL_BYTES_LO_OFFSET) == 0x23456789);
    CHECK(cpu.get(hw::SYSCTL_MODEL_BYTES_HI_OFFSET) == 1);
    CHECK(cpu.put(hw::SYSCTL_ID_OFFSET, 0));
    CHECK(cpu.get(hw::SYSCTL_ID_OFFSET) == 0x53595354);
    bool ok = true;
    cpu.get(0xffc, 4, &ok);
    CHECK_FALSE(ok);
    CHECK_FALSE(cpu.put(0xffc, 0));
    cpu.sleep_cycles(uint64_t{3} << 33);  // ns: 3 * 2^32 cycles of 2 ns
    CHECK(cpu.get(hw::SYSCTL_CYCLES_OFFSET) == 0);
    cpu.sleep_cycles(uint64_t{1} << 33);
    CHECK(cpu.get(hw::SYSCTL_CYCLES_HI_OFFSET) == 3);  // latched with the low word
  });
}

TEST_CASE("the finisher reports pass and fail codes", "[sysctl]") {
  std::vector<int> codes;
  Finisher finisher("finisher", [&](int code) { codes.push_back(code); });
  with_device(finisher, [&](Initiator& cpu) {
    CHECK(cpu.put(0, 0x1234));
    CHECK(codes.empty());
    cpu.put(0, 0x5555);
    cpu.put(0, 7u << 16 | 0x3333);
    cpu.put(0, 0x3333);
    CHECK(codes == std::vector<int>{0, 7, 1});
    CHECK_FALSE(cpu.put(0, 0x55, 1));
  });
}
