// Breakpoints, watchpoints and single steps of the hart: where they stop, and that they cost
// nothing.
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "tests/unit/riscv/machine_code.h"
#include "tlm/cpu/riscv/csr_names.h"
#include "tlm/cpu/riscv/flat_machine.h"

using namespace systole::riscv;

TEST_CASE("a breakpoint stops before its instruction, also in the midst of a decoded block") {
  FlatMachine machine(1 << 16);
  put(machine, {addi(1, 0, 1), addi(1, 1, 1), addi(1, 1, 1), addi(1, 1, 1), kSelf});
  Hart& hart = machine.hart();
  const bool decoded_before = GENERATE(false, true);
  if (decoded_before) {
    REQUIRE(hart.run(20) == Stop::Limit);
    hart.reset();
    hart.state().x[1] = 0;
  }
  const uint64_t before = hart.cycles();
  hart.add_breakpoint(kBase + 8);
  for (int again = 0; again < 2; ++again) {
    REQUIRE(hart.run(before + 100) == Stop::Break);
    CHECK(hart.state().pc == kBase + 8);
    CHECK(hart.state().x[1] == 2);
    CHECK(hart.cycles() == before + 2);
  }
  CHECK(hart.step() == Stop::Step);
  CHECK(hart.state().pc == kBase + 12);
  CHECK(hart.state().x[1] == 3);
  hart.remove_breakpoint(kBase + 8);
  CHECK(hart.run(before + 100) == Stop::Limit);
  CHECK(hart.state().x[1] == 4);
}

TEST_CASE("watchpoints stop behind the access: loads, stores, atomics, memory and devices") {
  FlatMachine machine(1 << 16);
  put(machine, {addi(1, 0, 7), load(2, 20, 0), store(1, 20, 8), amoadd(3, 1, 20), store(1, 21, 0),
                load(4, 20, 16), kSelf});
  Hart& hart = machine.hart();
  hart.state().x[20] = kData;
  hart.state().x[21] = 0x1000'0000;
  struct Case {
    Watchpoint watchpoint;
    uint64_t stop_pc;
  };
  const Case cases[] = {{{kData, 4, true, false}, kBase + 8},
                        {{kData + 4, 4, false, true}, kBase + 16},
                        {{kData + 12, 1, true, true}, kBase + 12},
                        {{0x1000'0000, 4, false, true}, kBase + 20},
                        {{kData + 23, 1, true, false}, kBase + 24}};
  for (const Case& one : cases) {
    hart.state().pc = kBase;
    hart.add_watchpoint(one.watchpoint);
    REQUIRE(hart.run(hart.cycles() + 50) == Stop::Watch);
    CHECK(hart.state().pc == one.stop_pc);
    CHECK(hart.watch_hit() == one.watchpoint);
    hart.remove_watchpoint(one.watchpoint);
    CHECK(hart.run(hart.cycles() + 50) == Stop::Limit);
    CHECK(hart.state().pc == kBase + 24);
  }
  CHECK(hart.state().x[4] == 0);
  CHECK(hart.state().x[2] == 28);  // amoadd ran once per case
}

TEST_CASE("breaks, watches and single steps move neither limits nor interrupts") {
  const auto seed = static_cast<uint32_t>(GENERATE(range(1, 13)));
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::vector<uint32_t> program = random_program(random, 300);
  const std::vector<uint32_t> handler = {addi(31, 31, 1), addi(30, 30, 1), kMret};
  const auto fresh = [&] {
    auto machine = std::make_unique<FlatMachine>(1 << 16);
    put(*machine, program);
    put(*machine, handler, kHandler);
    return machine;
  };
  const unsigned quanta = 200;
  const auto plain = fresh();
  const auto expected = observe(*plain, quanta, [&](uint64_t until) { plain->hart().run(until); });
  REQUIRE(expected.back().x31 > 10);

  const auto stepped = fresh();
  CHECK(expected == observe(*stepped, quanta, [&](uint64_t until) {
          while (stepped->hart().step(until) == Stop::Step) {
          }
        }));

  const auto broken = fresh();
  Hart& hart = broken->hart();
  unsigned breaks = 0, watches = 0;
  CHECK(expected == observe(*broken, quanta, [&](uint64_t until) {
          for (;;) {
            const uint64_t place = kBase + 4 * (random() % program.size());
            if (random() % 2)
              hart.add_breakpoint(place);
            else
              hart.remove_breakpoint(place);
            const Watchpoint watchpoint{kData + random() % 512, 1 + random() % 64,
                                        random() % 2 == 0, random() % 2 == 0};
            hart.add_watchpoint(watchpoint);
            Stop stop = random() % 3 ? hart.run(until) : hart.step(until);
            hart.remove_watchpoint(watchpoint);
            if (stop == Stop::Break) {
              ++breaks;
              stop = hart.step(until);
            }
            if (stop == Stop::Watch) ++watches;
            if (stop == Stop::Limit) return;
          }
        }));
  CHECK(breaks > 100);
  CHECK(watches > 20);
  CHECK(broken->output() == plain->output());
}

TEST_CASE("a debugger sees virtual addresses without touching page tables") {
  FlatMachine machine(1 << 20);
  const uint64_t root = kBase + 0x10000;
  const uint64_t leaf = (kBase >> 12 << 10) | 1 | 2;  // a gigabyte at 0x4000'0000, not accessed yet
  machine.load(root + 8, &leaf, 8);
  Hart& hart = machine.hart();
  hart.write_csr(0x180, uint64_t{8} << 60 | root >> 12);
  hart.state().privilege = kSupervisor;
  hart.state_changed();
  uint64_t physical = 0;
  CHECK(hart.physical(0x4000'1234, &physical));
  CHECK(physical == kBase + 0x1234);
  CHECK_FALSE(hart.physical(0x1000, &physical));
  uint64_t now = 0;
  std::memcpy(&now, machine.ram() + (root + 8 - kBase), 8);
  CHECK(now == leaf);
}

TEST_CASE("every control and status register has a name, and nothing else has") {
  FlatMachine machine(1 << 16);
  State& s = machine.hart().state();
  s.mstatus |= mstatus::kFs;
  const CsrFile csrs(s, machine);
  for (unsigned number = 0; number < kCsrs; ++number) {
    CAPTURE(number);
    CHECK(csrs.accessible(number, false) == !csr_name(number).empty());
  }
}
