#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "tlm/cpu/riscv/decode.h"
#include "tlm/cpu/riscv/flat_machine.h"
#include "tlm/cpu/riscv/rvc.h"

using namespace systole::riscv;

namespace {

constexpr uint64_t kBase = 0x8000'0000;
constexpr uint32_t kNop = 0x13, kSelf = 0x6f;  // jal x0, 0

void load(FlatMachine& machine, const std::vector<uint32_t>& words, uint64_t at = kBase) {
  machine.load(at, words.data(), words.size() * 4);
}
uint32_t csrr(unsigned rd, uint32_t number) { return number << 20 | 2 << 12 | rd << 7 | 0x73; }
uint32_t addi(unsigned rd, unsigned rs1, uint32_t imm) {
  return imm << 20 | rs1 << 15 | rd << 7 | 0x13;
}
void step(FlatMachine& machine, unsigned count) {
  for (unsigned i = 0; i < count; ++i) (void)machine.hart().step();
}

}  // namespace

TEST_CASE("minstret counts every instruction before its reader, in blocks and in steps") {
  const std::vector<uint32_t> program = {kNop, csrr(5, 0xb02), kNop, kNop, csrr(6, 0xb02), kSelf};
  for (bool single : {false, true}) {
    FlatMachine machine(1 << 16);
    load(machine, program);
    if (single)
      step(machine, 5);
    else
      machine.run(100);
    CHECK(machine.hart().state().x[5] == 1);
    CHECK(machine.hart().state().x[6] == 4);
  }
}

TEST_CASE("each class of instructions takes its cycles") {
  HartConfig config;
  config.timing = {1, 3, 20, 2, 1, 2, 4, 15, 5, 6};
  FlatMachine machine(1 << 16, config);
  load(machine, {kNop, 0x02000033 /* mul */, 0x02004033 /* div */, 0x0001'3003 /* ld x0, 0(x2) */});
  machine.hart().state().x[2] = kBase;
  step(machine, 4);
  CHECK(machine.hart().cycles() == 1 + 3 + 20 + 2);
  CHECK(machine.hart().instret() == 4);
}

TEST_CASE("a refused access faults with its address, the rest of the block uncounted") {
  FlatMachine machine(1 << 16);
  load(machine, {kNop, 0x0081'3083 /* ld x1, 8(x2) */, kNop, kNop, kSelf});
  machine.hart().state().x[2] = 0x4000'0000;
  machine.hart().state().mtvec = kBase + 0x100;
  load(machine, {csrr(5, 0xb02), kSelf}, kBase + 0x100);
  machine.run(20);
  const State& s = machine.hart().state();
  CHECK(s.mcause == kLoadAccess);
  CHECK(s.mtval == 0x4000'0008);
  CHECK(s.mepc == kBase + 4);
  CHECK(s.x[5] == 1);
}

TEST_CASE("atomics at refused and misaligned addresses take store faults") {
  for (uint64_t addr : {uint64_t{0x4000'0000}, kBase + 0x101}) {
    FlatMachine machine(1 << 16);
    load(machine, {0x0001'302f /* amoadd.d x0, x0, (x2) */});
    machine.hart().state().x[2] = addr;
    step(machine, 1);
    CHECK(machine.hart().state().mcause == (addr % 8 ? kStoreMisaligned : kStoreAccess));
    CHECK(machine.hart().state().mtval == addr);
  }
}

TEST_CASE("a store into the running block takes effect at the next instruction") {
  FlatMachine machine(1 << 16);
  // sw x6, 8(x2) over the third instruction, which was addi x5, x5, 1 and becomes addi x5, x5, 64.
  load(machine, {kNop, 0x0061'2423, addi(5, 5, 1), kSelf});
  machine.hart().state().x[2] = kBase;
  machine.hart().state().x[6] = addi(5, 5, 64);
  machine.run(50);
  CHECK(machine.hart().state().x[5] == 64);
}

TEST_CASE("another master's write to decoded code is seen when announced") {
  FlatMachine machine(1 << 16);
  load(machine, {addi(5, 0, 1), kSelf});
  machine.run(20);
  CHECK(machine.hart().state().x[5] == 1);
  load(machine, {addi(5, 0, 2)});
  machine.hart().state().pc = kBase;
  machine.run(40);
  CHECK(machine.hart().state().x[5] == 2);
}

TEST_CASE("a trap handler that cannot be fetched stops the hart") {
  FlatMachine machine(1 << 16);
  load(machine, {0x00000000});
  CHECK(machine.hart().run(1000) == Stop::Lockup);
  CHECK(machine.hart().state().mcause == kFetchAccess);
}

TEST_CASE("interrupts are vectored by cause") {
  FlatMachine machine(1 << 16);
  load(machine, {kSelf});
  State& s = machine.hart().state();
  s.mtvec = (kBase + 0x100) | 1;
  s.mie = kMei;
  s.mstatus |= mstatus::kMie;
  load(machine, {kSelf}, kBase + 0x100 + 4 * 11);
  machine.hart().run(10);
  CHECK(s.pc == kBase);
  machine.hart().set_interrupt(kMei, true);
  machine.hart().run(20);
  CHECK(s.pc == kBase + 0x100 + 4 * 11);
  CHECK(s.mcause == (kInterruptFlag | 11));
  CHECK(s.mepc == kBase);
}

TEST_CASE("random bytes never hurt the simulator") {
  const unsigned seed = 20260;
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (unsigned round = 0; round < 300; ++round) {
    FlatMachine machine(1 << 16);
    std::vector<uint32_t> words(2000);
    for (uint32_t& word : words) word = static_cast<uint32_t>(random());
    load(machine, words);
    State& s = machine.hart().state();
    for (uint64_t& x : s.x) x = random() % 4 ? kBase + random() % 65536 : random();
    s.mtvec = kBase + random() % 4096 * 2;
    s.mstatus |= mstatus::kFs;
    machine.run(20'000);
    CHECK(machine.hart().instret() <= 30'000);
  }
}

TEST_CASE("reserved compressed encodings are illegal") {
  for (uint16_t half :
       {0x0000, 0x8000, 0x2001, 0x6001, 0x6101, 0x9c41, 0x9c61, 0x4002, 0x6002, 0x8002})
    CHECK(decode(expand_compressed(half), 0).code == OpCode::Illegal);
}
