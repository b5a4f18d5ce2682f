// Cycles are computed by hand from the contract in interconnect.h: 1 ns clock, 128 bit, latency 4.
#include <catch2/catch.hpp>

#include "tests/cosim/support.h"
#include "tlm/bus/interconnect.h"
#include "tlm/memory/memory.h"

using namespace systole;
using test::Initiator;

namespace {

using Body = std::function<void(Initiator&)>;

constexpr uint64_t kFast = 0x1000'0000, kDram = 0x8000'0000, kSpm = 0x4000'0000;

struct System {
  explicit System(const std::string& arbitration = "round_robin", bool run_ahead = false,
                  const Body& body_a = nullptr, const Body& body_b = nullptr)
      : bus("bus", InterconnectConfig{Clock(1000), 128, 4, arbitration}),
        a("a", body_a),
        b("b", body_b) {
    bus.connect_initiator("a", a.socket, run_ahead);
    bus.connect_initiator("b", b.socket, run_ahead);
    bus.connect_target("fast", kFast, fast.size(), fast.socket);
    bus.connect_target("dram", kDram, dram.size(), dram.socket);
    bus.connect_target("spm", kSpm, spm.size(), spm.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  PortShape port{Clock(1000), 128};
  Interconnect bus;
  Initiator a, b;
  Memory fast{"fast", HostMemory::zeroed(4096), std::make_unique<FlatTiming>(port, 0)};
  Memory dram{"dram", HostMemory::zeroed(65536), std::make_unique<DramTiming>(port, 60, 32)};
  Memory spm{"spm", HostMemory::zeroed(65536), std::make_unique<SpmTiming>(port, 4, 2)};
};

}  // namespace

TEST_CASE("a read takes latency, the target's time and its beats", "[bus]") {
  System s;
  CHECK(s.a.read(kFast, 4).cycles() == 4 + 1);
  CHECK(s.b.read(kSpm, 4).cycles() == 4 + 2 + 1);
  CHECK(s.b.read(kSpm, 256, 100).cycles() == 100 + 4 + 2 + 16);
  CHECK(s.a.read(kDram, 64, 100).cycles() == 100 + 4 + 60 + 4);
  CHECK(s.a.read(kFast + 8, 16, 200).cycles() == 200 + 4 + 2);  // touches two bus words
  CHECK(s.bus.initiator_reports()[0].bytes_read == 4 + 64 + 16);
}

TEST_CASE("a write's annotated time on entry is its last beat's", "[bus]") {
  System s;
  CHECK(s.a.write(kFast, 4, 100).cycles() == 100 + 4 + 1);
  CHECK(s.a.write(kFast, 256, 200).cycles() == 200 + 4 + 1);
  CHECK(s.b.write(kSpm, 256, 300).cycles() == 300 + 4 + 1);
  CHECK(s.b.write(kDram, 256, 400).cycles() == 400 + 4 + 1);
  CHECK(s.bus.target_reports()[0].bytes_written == 260);
  CHECK(s.bus.target_reports()[0].write_busy_cycles == 17);
}

TEST_CASE("bursts of one initiator follow each other without bubbles", "[bus]") {
  System s;
  for (uint64_t i = 0; i < 8; ++i)
    CHECK(s.a.read(kDram + 256 * i, 256, i).cycles() == 64 + 16 * (i + 1));
  for (uint64_t i = 0; i < 8; ++i)
    CHECK(s.a.write(kDram + 256 * i, 256, 1000 + 16 * i).cycles() == 1005 + 16 * i);
}

TEST_CASE("two initiators share one target's read channel", "[bus]") {
  System s;
  CHECK(s.a.read(kFast, 256).cycles() == 4 + 16);
  CHECK(s.b.read(kFast, 256, 1).cycles() == 4 + 32);
  CHECK(s.b.write(kFast, 256, 20).cycles() ==
        20 + 5);                                     // reads and writes have channels of their own
  CHECK(s.a.read(kSpm, 16, 20).cycles() == 20 + 7);  // other targets are not held up
}

TEST_CASE("one initiator's link is shared by what it reads from several targets", "[bus]") {
  System s;
  CHECK(s.a.read(kFast, 256).cycles() == 4 + 16);
  CHECK(s.a.read(kSpm, 256).cycles() == 4 + 16 + 16);
  CHECK(s.b.read(kSpm, 16, 0).cycles() ==
        4 + 2 + 17);  // another's link is free; the SPM's port is not
  CHECK(s.a.write(kFast, 256, 100).cycles() == 105);
  CHECK(s.a.write(kSpm, 256, 101).cycles() == 100 + 16 + 5);
}

TEST_CASE("who comes later in calls but earlier in time takes the gap", "[bus]") {
  System s;
  CHECK(s.a.read(kFast, 256, 100).cycles() == 100 + 20);
  CHECK(s.b.read(kFast, 64, 0).cycles() == 8);
  // From 95+4 on: 5 beats before a's, 11 after.
  CHECK(s.b.read(kFast, 256, 95).cycles() == 120 + 11);
}

TEST_CASE("bandwidth of DRAM is shared by reads and writes", "[bus]") {
  System s;
  // 32 GB/s are two beats per ns: one full-rate reader and one full-rate writer just fit.
  uint64_t read_end = 0, write_end = 0;
  for (uint64_t i = 0; i < 32; ++i) {
    read_end = s.a.read(kDram, 256, 16 * i).cycles();
    write_end = s.b.write(kDram, 256, 64 + 16 * i).cycles();
  }
  CHECK(read_end <= 16 * 32 + 64 + 1);
  CHECK(write_end <= 64 + 16 * 31 + 5 + 1);
}

TEST_CASE("fixed arbitration: the lower number wins a tie, whoever called first", "[bus]") {
  System s("fixed");
  CHECK(s.b.read(kFast, 16, 0).cycles() == 5);
  CHECK(s.a.read(kFast, 16, 0).cycles() == 6);  // data is placed already; no further cycle
  CHECK(s.a.write(kFast, 16, 10).cycles() == 15);
  CHECK(s.b.read(kFast, 16, 10).cycles() == 16);
}

TEST_CASE("round robin arbitration: each loses a tie by turns", "[bus]") {
  System s;
  CHECK(s.a.read(kFast, 16, 0).cycles() == 5);
  CHECK(s.b.write(kFast, 16, 0).cycles() == 6);
  CHECK(s.a.read(kFast, 16, 20).cycles() == 25);
  CHECK(s.b.write(kFast, 16, 20).cycles() == 25);
}

TEST_CASE("what no single window holds is an address error", "[bus]") {
  System s;
  CHECK(s.a.read(0x123, 4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(s.a.read(0x123, 4, 10).cycles() == 14);
  CHECK(s.a.read(kFast + 4096 - 16, 32).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(s.a.write(kFast - 4, 8).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(s.a.read(kFast + 4096 - 16, 16).status == tlm::TLM_OK_RESPONSE);
  CHECK(s.a.read(~uint64_t{0} - 1, 4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(s.bus.initiator_reports()[0].errors == 5);
  CHECK(s.bus.target_reports()[0].transactions == 1);
}

TEST_CASE("debug and direct access leave time and counters alone", "[bus]") {
  System s;
  std::vector<uint8_t> data(256, 0x5a), back(256);
  tlm::tlm_generic_payload p;
  p.set_address(kSpm + 3);
  p.set_data_ptr(data.data());
  p.set_data_length(256);
  p.set_command(tlm::TLM_WRITE_COMMAND);
  CHECK(s.a.socket->transport_dbg(p) == 256);
  p.set_command(tlm::TLM_READ_COMMAND);
  p.set_data_ptr(back.data());
  CHECK(s.a.socket->transport_dbg(p) == 256);
  CHECK(back == data);
  CHECK(p.get_address() == kSpm + 3);
  tlm::tlm_dmi dmi;
  CHECK(s.a.socket->get_direct_mem_ptr(p, dmi));
  CHECK(dmi.get_start_address() == kSpm);
  CHECK(dmi.get_end_address() == kSpm + 65535);
  CHECK(dmi.get_dmi_ptr() == s.spm.data());
  p.set_address(0x44);
  CHECK_FALSE(s.a.socket->get_direct_mem_ptr(p, dmi));
  CHECK(s.a.socket->transport_dbg(p) == 0);
  CHECK(s.bus.initiator_reports()[0].transactions == 0);
  CHECK(s.a.read(kSpm, 256).cycles() == 4 + 2 + 16);
}

namespace {

/// `a` asks SPM for 8 bursts, 20 cycles ahead; `b` for one in cycle 15, after looking at a word if
/// `polls`. What `b` saw, in cycles, and the simulated time at which `a` was through.
struct Race {
  explicit Race(bool run_ahead, bool polls = false) {
    const System system(
        "round_robin", run_ahead,
        [this](Initiator& self) {
          self.sleep_cycles(1);
          for (int i = 0; i < 8; ++i) self.read(kSpm, 256, 19);
          through = Clock::now_ps() / 1000;
        },
        [this, polls](Initiator& self) {
          if (polls) self.read(kSpm, 4);
          self.sleep_cycles(15);
          burst = self.read(kSpm, 256).cycles();
        });
    sc_core::sc_start(sc_core::sc_time::from_value(1'000'000));
  }
  uint64_t burst = 0, through = 0;
};

constexpr uint64_t kAlone = 4 + 2 + 16;

}  // namespace

TEST_CASE("who books first is served first, though it asks for later", "[bus]") {
  const Race race(false);
  CHECK(race.through == 1);
  CHECK(race.burst > kAlone);
}

TEST_CASE("initiators that run ahead are served in the order of their times", "[bus]") {
  const Race race(true);
  CHECK(race.through == 20);
  CHECK(race.burst == kAlone);
}

TEST_CASE("an initiator runs ahead of one that looks at a word", "[bus]") {
  const Race race(true, true);
  CHECK(race.through == 1);
  CHECK(race.burst > kAlone);
}

TEST_CASE("an initiator runs ahead while nothing else is due", "[bus]") {
  uint64_t through = 1;
  const System system(
      "round_robin", true,
      [&](Initiator& self) {
        self.sleep_cycles(1);
        for (uint64_t i = 0; i < 64; ++i) self.read(kSpm, 16, i);
        through = Clock::now_ps();
      },
      nullptr);
  sc_core::sc_start(sc_core::sc_time::from_value(1'000'000));
  CHECK(through == 1000);
}
