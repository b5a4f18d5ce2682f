// Traces and profiles of the hart: complete, exact, and without a trace in the run itself.
#include <catch2/catch.hpp>
#include <memory>
#include <random>

#include "tests/unit/riscv/machine_code.h"
#include "tlm/cpu/riscv/tracer.h"

using namespace systole::riscv;

namespace {

struct Recorded : TraceSink {
  struct Line {
    TraceStep step;
    uint64_t x31;  ///< after it
  };
  std::vector<Line> lines;
  std::vector<Trap> traps;
  bool complete_ = false;

  void begin(const TraceStep& step, const State&) override { next_ = step; }
  void retired(const State& after) override { lines.push_back({next_, after.x[31]}); }
  void trapped(const Trap& trap) override { traps.push_back(trap); }
  void complete(uint64_t) override { complete_ = true; }

 private:
  TraceStep next_;
};

// A random program with an interrupt handler that counts in x31, on a machine of its own.
std::unique_ptr<FlatMachine> fresh(const std::vector<uint32_t>& program) {
  auto machine = std::make_unique<FlatMachine>(1 << 16);
  put(*machine, program);
  put(*machine, {addi(31, 31, 1), 0x3420'27f3 /* csrr a5, mcause */, kMret}, kHandler);
  return machine;
}

constexpr unsigned kQuanta = 400;

uint64_t sum(const Profile& profile, uint64_t first, uint64_t end) {
  uint64_t instructions = 0;
  for (const auto& [pc, count] : profile.counts())
    if (pc >= first && pc < end) instructions += count.instructions;
  return instructions;
}

}  // namespace

TEST_CASE("a traced run is the untraced one, and every instruction and trap is in the trace") {
  const unsigned seed = GENERATE(1u, 2u, 3u);
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto program = random_program(random, 300);
  const auto plain = fresh(program), traced = fresh(program);
  const auto expected =
      observe(*plain, kQuanta, [&](uint64_t until) { (void)plain->hart().run(until); });
  Recorded trace;
  Tracer tracer(traced->hart(), {}, trace);
  CHECK(expected == observe(*traced, kQuanta,
                            [&](uint64_t until) { CHECK(tracer.run(until) == Stop::Limit); }));
  CHECK(traced->output() == plain->output());
  REQUIRE(trace.lines.size() == plain->hart().instret());
  CHECK(trace.traps.size() == plain->hart().interrupts());
  CHECK(trace.traps.size() > 30);
  for (const Trap& trap : trace.traps) {
    CHECK(trap.cause == (kInterruptFlag | 7));
    CHECK(trap.handler == kHandler);
  }
  uint64_t cycle = 0;
  for (size_t i = 0; i < trace.lines.size(); ++i) {
    const TraceStep& step = trace.lines[i].step;
    const uint64_t base = step.pc >= kHandler ? kHandler : kBase;
    const std::vector<uint32_t> handler = {addi(31, 31, 1), 0x3420'27f3, kMret};
    const auto& code = base == kBase ? program : handler;
    REQUIRE(step.encoding == code[(step.pc - base) / 4]);
    REQUIRE((step.cycle >= cycle && step.privilege == kMachine));
    cycle = step.cycle;
  }
}

TEST_CASE("a trace begins at an address or a cycle and ends after so many instructions") {
  const unsigned seed = 5;
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto program = random_program(random, 300);
  const auto plain = fresh(program);
  Recorded all;
  Tracer whole(plain->hart(), {}, all);
  const auto expected = observe(*plain, kQuanta, [&](uint64_t until) { (void)whole.run(until); });

  const size_t start = all.lines.size() / 2;
  const uint64_t from_pc = all.lines[start].step.pc, from_cycle = all.lines[start].step.cycle;
  const bool by_address = GENERATE(true, false);
  const auto part = fresh(program);
  TraceWindow window;
  if (by_address)
    window.from_pc = from_pc;
  else
    window.from_cycle = from_cycle;
  window.limit = 100;
  Recorded some;
  Tracer tracer(part->hart(), window, some);
  CHECK(expected == observe(*part, kQuanta, [&](uint64_t until) { (void)tracer.run(until); }));
  REQUIRE(some.lines.size() == 100);
  CHECK(some.complete_);
  if (by_address) {
    CHECK(some.lines[0].step.pc == from_pc);
  } else {
    CHECK(some.lines[0].step.cycle == from_cycle);
    for (size_t i = 0; i < 100; ++i) CHECK(some.lines[i].step.pc == all.lines[start + i].step.pc);
  }
}

TEST_CASE("a breakpoint is met in a trace, also where the trace begins") {
  FlatMachine machine(1 << 16);
  put(machine, {addi(1, 0, 1), addi(1, 1, 1), addi(1, 1, 1), addi(1, 1, 1), kSelf});
  Hart& hart = machine.hart();
  TraceWindow window;
  window.from_pc = kBase + 4;
  Recorded trace;
  Tracer tracer(hart, window, trace);
  hart.add_breakpoint(kBase + 4);
  hart.add_breakpoint(kBase + 12);
  CHECK(tracer.run(100) == Stop::Break);
  CHECK(hart.state().pc == kBase + 4);
  CHECK(tracer.run(100) == Stop::Break);
  CHECK(tracer.step(100) == Stop::Step);
  CHECK(tracer.run(100) == Stop::Break);
  CHECK(hart.state().pc == kBase + 12);
  REQUIRE(trace.lines.size() == 2);
  CHECK(trace.lines[0].step.pc == kBase + 4);
  CHECK(trace.lines[1].step.pc == kBase + 8);
}

TEST_CASE("a profile's sum is what was retired and executed, whatever interrupts the blocks") {
  const unsigned seed = GENERATE(1u, 2u, 3u);
  CAPTURE(seed);
  std::mt19937 random(seed);
  auto program = random_program(random, 300);
  // Too many in a row for any branch to pass by: illegal, and fence.i.
  for (unsigned i = 0; i < 10; ++i) program[100 + i] = 0, program[150 + i] = 0x0000'100f;
  const auto plain = fresh(program), profiled = fresh(program);
  for (const auto* machine : {&plain, &profiled}) {
    // mepc += 4 unless it is an interrupt
    put(**machine,
        {addi(31, 31, 1), 0x3420'27f3 /* csrr a5, mcause */, branch(4, 15, 0, 16),
         0x3410'27f3 /* csrr a5, mepc */, addi(15, 15, 4), 0x3417'9073 /* csrw mepc, a5 */, kMret},
        kHandler);
  }
  const auto expected =
      observe(*plain, kQuanta, [&](uint64_t until) { (void)plain->hart().run(until); });
  Hart& hart = profiled->hart();
  Profile profile;
  hart.set_profile(&profile);
  const bool stepped = GENERATE(false, true);
  CHECK(expected == observe(*profiled, kQuanta, [&](uint64_t until) {
          for (;;) {
            const uint64_t place = kBase + 4 * (random() % program.size());
            if (stepped) hart.add_breakpoint(place);
            Stop stop = stepped && random() % 2 ? hart.step(until) : hart.run(until);
            if (stop == Stop::Break) stop = hart.step(until);
            if (stepped) hart.remove_breakpoint(place);
            if (stop == Stop::Limit) return;
          }
        }));
  hart.collect_profile();
  CHECK(hart.traps() > hart.interrupts());
  CHECK(profile.total().instructions == hart.instret());
  CHECK(profile.total().cycles == hart.cycles());
  CHECK(sum(profile, kBase + 400, kBase + 440) == 0);
  CHECK(sum(profile, kHandler, kHandler + 4) == hart.state().x[31]);

  hart.set_profile(nullptr);
  const uint64_t before = hart.instret();
  (void)hart.run(hart.cycles() + 1000);
  CHECK(hart.instret() > before);
  CHECK(profile.total().instructions == before);
}

TEST_CASE("a profile counts what another machine's trace shows, instruction by instruction") {
  const unsigned seed = 9;
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto program = random_program(random, 200);
  const auto traced = fresh(program), profiled = fresh(program);
  Recorded trace;
  Tracer tracer(traced->hart(), {}, trace);
  (void)observe(*traced, kQuanta, [&](uint64_t until) { (void)tracer.run(until); });
  Profile profile;
  profiled->hart().set_profile(&profile);
  (void)observe(*profiled, kQuanta, [&](uint64_t until) { (void)profiled->hart().run(until); });
  profiled->hart().collect_profile();
  std::unordered_map<uint64_t, uint64_t> counts;
  for (const auto& line : trace.lines) ++counts[line.step.pc];
  for (const auto& [pc, count] : counts) CHECK(profile.counts().at(pc).instructions == count);
}

TEST_CASE("a lost program knows the trap that led nowhere") {
  FlatMachine machine(1 << 16);
  Hart& hart = machine.hart();
  SECTION("an illegal instruction, and no handler") {
    put(machine, {kNop, 0});
    CHECK(hart.run(100) == Stop::Lockup);
    CHECK(hart.lost_by().cause == kIllegal);
    CHECK(hart.lost_by().pc == kBase + 4);
    CHECK(hart.last_trap().cause == kFetchAccess);
    CHECK(hart.last_trap().handler == 0);
  }
  SECTION("a jump to where the handler is not either") {
    put(machine, {0x0000'0067});
    CHECK(hart.run(100) == Stop::Lockup);
    CHECK(hart.lost_by().cause == kFetchAccess);
    CHECK(hart.lost_by().pc == 0);
  }
  SECTION("long after a trap that went well") {
    put(machine, {0x0000'0073 /* ecall */, 0x3050'1073 /* csrw mtvec, zero */, kNop, 0});
    put(machine, {0x3410'27f3, addi(15, 15, 4), 0x3417'9073, kMret}, kHandler);
    hart.state().mtvec = kHandler;
    CHECK(hart.run(100) == Stop::Lockup);
    CHECK(hart.lost_by().pc == kBase + 12);
    CHECK(hart.traps() == 3);
  }
}
