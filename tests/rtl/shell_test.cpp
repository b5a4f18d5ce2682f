// The engine shell (rtl/common), through the DMA: registers, ring, waits, signals, errors, abort,
// reset.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/rtl/support/rtl_bench.h"
#include "tests/support/register_checks.h"
#include "tlm/gen/dma_reg_table.h"
#include "tlm/gen/dma_regs.h"

using namespace systole;
using namespace systole::rtl_test;

namespace {

constexpr uint64_t kRing = 0x40000000;
constexpr uint32_t kUnits = 16;  // eight descriptors, of which seven may be pending
constexpr uint64_t kWords = 0x40010000, kSrc = 0x80000000, kDst = 0x90000000;
constexpr uint64_t kAreaBytes = 0x4000;
const std::vector<std::string> kNone;

std::shared_ptr<RtlLibrary> library(unsigned data_width = 128) {
  return std::make_shared<RtlLibrary>(data_width == 64    ? VARIANT_DMA_W64
                                      : data_width == 128 ? VARIANT_DMA_W128
                                                          : VARIANT_DMA_W512);
}

/// A bench with memory and an enabled ring.
struct Engine : RtlBench {
  explicit Engine(const BenchOptions& options = {}, unsigned data_width = 128)
      : RtlBench(library(data_width), options) {
    memory().add(kRing, 0x20000);
    auto& src = memory().add(kSrc, kAreaBytes);
    for (size_t i = 0; i < src.size(); ++i) src[i] = static_cast<uint8_t>(i * 31 + i / 256 + 1);
    memory().add(kDst, kAreaBytes);
    setup_ring(kRing, kUnits);
  }

  void soft_reset() {
    write(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_SOFT_RESET_MASK);
    REQUIRE(run_until_idle());
    setup_ring(kRing, kUnits);
  }

  bool halted_with(uint32_t code, uint64_t addr, uint32_t resp = 0) {
    CHECK(read32(hw::DMA_ERROR_CODE_OFFSET) == (resp << 8 | code));
    CHECK(read64(hw::DMA_ERROR_ADDR_LO_OFFSET) == addr);
    CHECK(read32(hw::DMA_STATUS_OFFSET) == hw::DMA_STATUS_HALTED_MASK);
    CHECK((read32(hw::DMA_IRQ_STATUS_OFFSET) & hw::DMA_IRQ_STATUS_ERROR_MASK) != 0);
    CHECK(pins().out_irq);
    CHECK(bus_idle());
    return read32(hw::DMA_ERROR_CODE_OFFSET) != 0;
  }
};

hw::DmaDescriptor nop(uint8_t flags = 0, uint32_t tag = 0) {
  hw::DmaDescriptor desc;
  desc.flags = flags;
  desc.tag = tag;
  desc.wait_timeout = 1000;
  desc.wait_addr = kWords;
  desc.signal_addr = kWords + 0x100;
  desc.signal_value = tag;
  desc.completion_addr = kWords + 0x200;
  return desc;
}

hw::DmaDescriptor copy(uint32_t bytes, uint8_t flags = 0, uint32_t tag = 0) {
  hw::DmaDescriptor desc = nop(flags, tag);
  desc.opcode = hw::DMA_OP_COPY;
  desc.rows = 1;
  desc.row_bytes = bytes;
  desc.src = kSrc + 3;
  desc.dst = kDst + 9;
  return desc;
}

constexpr uint8_t kSignal = hw::DESC_FLAG_SIGNAL, kComplete = hw::DESC_FLAG_COMPLETE,
                  kWait = hw::DESC_FLAG_WAIT, kIrq = hw::DESC_FLAG_IRQ;

}  // namespace

TEST_CASE("Registers of the RTL obey their table") {
  RtlBench bench(library());
  test::RegisterPort port;
  port.read32 = [&](uint32_t offset, uint32_t* value) {
    const RegisterAnswer answer = bench.read(offset);
    *value = answer.data;
    return answer.resp == 0;
  };
  port.write32 = [&](uint32_t offset, uint32_t value) { return bench.write(offset, value) == 0; };
  CHECK(test::check_registers(hw::DMA_TABLE, port) == kNone);
  CHECK(bench.violations() == kNone);
}

TEST_CASE("A register write with partial strobes is refused and changes nothing") {
  RtlBench bench(library());
  for (uint8_t strobes : {0x0, 0x1, 0x7, 0xe}) {
    CHECK(bench.write(hw::DMA_RING_SIZE_OFFSET, 0xffffffff, strobes) == 2);
    CHECK(bench.read32(hw::DMA_RING_SIZE_OFFSET) == 0);
  }
}

TEST_CASE("NOP chains wrap around the ring, with and without stalls") {
  for (unsigned width : {64u, 128u, 512u}) {
    for (unsigned stall : {0u, 30u, 70u}) {
      const uint64_t seed = width + stall;
      CAPTURE(width, stall, seed);
      BenchOptions options;
      options.stall_percent = stall;
      options.seed = seed;
      Engine e(options, width);
      Random random(seed);
      uint32_t tag = 0, interrupts = 0;
      for (int round = 0; round < 60; ++round) {
        const unsigned count = static_cast<unsigned>(random.range(1, kUnits / 2 - 1));
        uint32_t last_signal = 0, last_complete = 0;
        for (unsigned i = 0; i < count; ++i) {
          hw::DmaDescriptor desc = nop(static_cast<uint8_t>(random.below(16)) & ~kWait, ++tag);
          // Word lanes differ.
          desc.signal_addr += 4 * (tag % 16);
          desc.completion_addr += 8 * (tag % 8);
          if (desc.flags & kSignal) last_signal = tag;
          if (desc.flags & kComplete) last_complete = tag;
          interrupts |= desc.flags & kIrq;
          e.push(&desc);
        }
        e.doorbell();
        REQUIRE(e.run_until_idle(20000));
        if (last_signal) {
          CHECK(e.memory().load32(kWords + 0x100 + 4 * (last_signal % 16)) == last_signal);
        }
        if (last_complete) {
          CHECK(e.memory().load64(kWords + 0x200 + 8 * (last_complete % 8)) ==
                (uint64_t{1} << 32 | last_complete));
        }
        REQUIRE(e.read32(hw::DMA_HEAD_OFFSET) == e.tail());
      }
      CHECK(e.read64(hw::DMA_DESCRIPTORS_OFFSET) == tag);
      CHECK(e.read64(hw::DMA_WORK_OFFSET) == 0);
      CHECK(e.read32(hw::DMA_IRQ_STATUS_OFFSET) == (interrupts ? 1u : 0u));
      CHECK(e.violations() == kNone);
    }
  }
}

TEST_CASE("Front-end overhead in cycles") {
  // Memory that answers in the next cycle: what remains is the engine's own.
  BenchOptions options;
  options.read_latency = options.write_latency = 1;
  const auto chain = [&](uint8_t flags, bool copies) {
    Engine e(options);
    constexpr unsigned kCount = 7;
    for (unsigned i = 0; i < kCount; ++i) {
      hw::DmaDescriptor desc = copies ? copy(512, flags, i + 1) : nop(flags, i + 1);
      e.push(&desc);
    }
    e.write(hw::DMA_TAIL_OFFSET, e.tail());
    REQUIRE(e.run_until_idle());
    REQUIRE(e.read32(hw::DMA_ERROR_CODE_OFFSET) == 0);
    return e.read64(hw::DMA_BUSY_CYCLES_OFFSET);
  };
  const uint64_t bare = chain(0, true), signal = chain(kSignal, true),
                 both = chain(kSignal | kComplete, true);
  WARN("seven 512-byte copies: " << bare << " cycles, with signal " << signal
                                 << ", with completion too " << both << "; seven NOPs "
                                 << chain(0, false));
  // Write latency 1: address on the pins, data answered.
  CHECK(signal - bare <= 7 * 6);
  CHECK(both - signal <= 7 * 1);

  Engine e(options);
  hw::DmaDescriptor desc = nop();
  e.push(&desc);
  e.reset_traffic();
  e.doorbell();
  for (int i = 0; i < 2; ++i) e.tick();
  CHECK(e.traffic().read_bursts == 1);  // the fetch is out two cycles after the doorbell's response
}

TEST_CASE("A wait is satisfied at once, later, or times out") {
  Engine e;
  hw::DmaDescriptor desc = nop(kWait | kSignal, 5);
  desc.wait_value = 100;

  SECTION("at once, also with a time-out shorter than the memory's latency") {
    e.memory().store32(kWords, 100);
    desc.wait_timeout = 1;
    REQUIRE(e.run_one(&desc));
    CHECK(e.memory().load32(desc.signal_addr) == 5);
    CHECK(e.read32(hw::DMA_ERROR_CODE_OFFSET) == 0);
  }
  SECTION("by a value beyond, modulo 2^32") {
    desc.wait_value = 0xfffffff0;
    e.memory().store32(kWords, 3);
    REQUIRE(e.run_one(&desc));
    CHECK(e.memory().load32(desc.signal_addr) == 5);
  }
  SECTION("later") {
    e.memory().store32(kWords, 99);
    e.push(&desc);
    e.doorbell();
    for (int i = 0; i < 400; ++i) e.tick();
    CHECK(e.memory().load32(desc.signal_addr) == 0);
    CHECK(e.read32(hw::DMA_STATUS_OFFSET) ==
          (hw::DMA_STATUS_BUSY_MASK | hw::DMA_STATUS_WAITING_MASK));
    e.memory().store32(kWords, 100);
    REQUIRE(e.run_until_idle(200));
    CHECK(e.memory().load32(desc.signal_addr) == 5);
    CHECK(e.read32(hw::DMA_STATUS_OFFSET) == 0);
  }
  SECTION("not in time, in every lane") {
    for (uint32_t lane = 0; lane < 16; ++lane) {
      CAPTURE(lane);
      desc.wait_addr = kWords + 4 * lane;
      desc.wait_timeout = 500;
      desc.wait_value = 0x80000000;  // 0 is beyond only by 2^31: not reached
      desc.wait_value = 1;
      const uint64_t before = e.read64(hw::DMA_WAIT_CYCLES_OFFSET);
      REQUIRE(e.run_one(&desc, 2000));
      e.halted_with(hw::ENGINE_ERR_WAIT_TIMEOUT, desc.wait_addr);
      const uint64_t waited = e.read64(hw::DMA_WAIT_CYCLES_OFFSET) - before;
      CHECK(waited >= 500);
      CHECK(waited <= 530);  // a poll that was under way
      CHECK(e.memory().load32(desc.signal_addr) == 0);
      e.soft_reset();
    }
  }
  CHECK(e.violations() == kNone);
}

TEST_CASE("A wait's first poll overlaps the retirement of the descriptor before") {
  BenchOptions options;
  options.read_latency = 30;
  options.write_latency = 40;
  const auto cycles = [&](uint8_t flags) {
    Engine e(options);
    hw::DmaDescriptor first = copy(4096, kSignal, 1), second = copy(16, flags, 2);
    e.push(&first);
    e.push(&second);
    e.doorbell();
    REQUIRE(e.run_until_idle());
    REQUIRE(e.read32(hw::DMA_ERROR_CODE_OFFSET) == 0);
    return e.read64(hw::DMA_BUSY_CYCLES_OFFSET);
  };
  CHECK(cycles(kWait) == cycles(0));  // the word is 0 and so is the value
}

TEST_CASE("Every descriptor of a chain waits for its own word") {
  // NOPs and copies, each with a word of its own; the words are reached one after the other, at
  // random times. What a descriptor does must never be seen before its word was reached.
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    BenchOptions options;
    options.seed = seed;
    options.read_latency = static_cast<unsigned>(random.range(1, 30));
    options.write_latency = static_cast<unsigned>(random.range(1, 30));
    options.stall_percent = seed % 2 ? 0 : 40;
    Engine e(options);
    constexpr uint32_t kCount = kUnits / 2 - 1;
    for (uint32_t i = 0; i < kCount; ++i) {
      const uint8_t flags = kWait | (random.chance(50) ? kSignal : 0);
      hw::DmaDescriptor desc = random.chance(60) ? nop(flags, i + 1) : copy(16, flags, i + 1);
      desc.wait_addr = kWords + 4 * i;
      desc.wait_value = 1;
      desc.wait_timeout = 100000;
      e.push(&desc);
    }
    e.doorbell();
    for (uint32_t i = 0; i < kCount; ++i) {
      CAPTURE(i);
      for (uint64_t left = random.range(0, 300); left > 0; --left) {
        e.tick();
        REQUIRE(e.read64(hw::DMA_DESCRIPTORS_OFFSET) <= i);
      }
      e.memory().store32(kWords + 4 * i, 1);
    }
    REQUIRE(e.run_until_idle(20000));
    CHECK(e.read64(hw::DMA_DESCRIPTORS_OFFSET) == kCount);
    CHECK(e.read32(hw::DMA_ERROR_CODE_OFFSET) == 0);
    CHECK(e.violations() == kNone);
  }
}

TEST_CASE("A NOP's satisfied wait does not count for the descriptor after it") {
  const uint8_t more = GENERATE(uint8_t{0}, kSignal, kComplete);
  CAPTURE(more);
  Engine e;
  hw::DmaDescriptor first = nop(kWait | more, 1), second = copy(64, kWait, 2);
  first.wait_value = 1;
  second.wait_addr = kWords + 4;
  second.wait_value = 1;
  second.wait_timeout = 100000;
  e.push(&first);
  e.push(&second);
  e.doorbell();
  for (int i = 0; i < 300; ++i) e.tick();  // the second is fetched
  e.memory().store32(kWords, 1);
  for (int i = 0; i < 500; ++i) e.tick();
  CHECK(e.read64(hw::DMA_DESCRIPTORS_OFFSET) == 1);
  CHECK(e.memory().load64(kDst + 16) == 0);
  CHECK((e.read32(hw::DMA_STATUS_OFFSET) & hw::DMA_STATUS_WAITING_MASK) != 0);
  e.memory().store32(kWords + 4, 1);
  REQUIRE(e.run_until_idle(2000));
  CHECK(e.read64(hw::DMA_DESCRIPTORS_OFFSET) == 2);
}

TEST_CASE("Engines hand work to each other through a word in memory") {
  // The second descriptor waits for the first's own signal: a chain through memory.
  Engine e;
  for (uint32_t i = 1; i <= 40; ++i) {
    hw::DmaDescriptor desc = copy(64, kWait | kSignal, i);
    desc.wait_addr = desc.signal_addr;
    desc.wait_value = i - 1;
    REQUIRE(e.run_one(&desc));
    REQUIRE(e.memory().load32(desc.signal_addr) == i);
  }
}

TEST_CASE("Data, signal, completion and interrupt become visible in this order") {
  for (unsigned stall : {0u, 50u}) {
    BenchOptions options;
    options.stall_percent = stall;
    options.write_latency = 40;
    Engine e(options);
    hw::DmaDescriptor desc = copy(1000, kSignal | kComplete | kIrq, 9);
    e.push(&desc);
    e.doorbell();
    bool signalled = false, completed = false, answered_at_irq = false;
    uint64_t data_answered = 0;
    for (int i = 0; i < 20000 && !e.pins().out_irq; ++i) {
      e.tick();
      const bool data = e.memory().at(desc.dst)[999] == e.memory().at(desc.src)[999];
      const bool signal = e.memory().load32(desc.signal_addr) == 9;
      const bool complete = e.memory().load32(desc.completion_addr) == 9;
      if (data && !data_answered) data_answered = e.cycles() + options.write_latency;
      if (signal && !signalled) CHECK((data_answered && e.cycles() >= data_answered));
      if (complete && !completed) CHECK(signal);
      signalled |= signal;
      completed |= complete;
      answered_at_irq = e.bus_idle();
    }
    REQUIRE(e.pins().out_irq);
    CHECK(signalled);
    CHECK(completed);
    CHECK(answered_at_irq);
    e.write(hw::DMA_IRQ_STATUS_OFFSET, hw::DMA_IRQ_STATUS_DONE_MASK);
    CHECK(!e.pins().out_irq);
  }
}

TEST_CASE("Illegal headers stop the ring at their descriptor") {
  using Change = void (*)(hw::DmaDescriptor&);
  const std::vector<std::pair<const char*, Change>> cases = {
      {"version 0", [](hw::DmaDescriptor& d) { d.version = 0; }},
      {"version 2", [](hw::DmaDescriptor& d) { d.version = 2; }},
      {"units 1", [](hw::DmaDescriptor& d) { d.units = 1; }},
      {"unknown flag", [](hw::DmaDescriptor& d) { d.flags |= 0x10; }},
      {"reserved field", [](hw::DmaDescriptor& d) { d.reserved0 = 1; }},
      {"wait alignment",
       [](hw::DmaDescriptor& d) {
         d.flags = kWait;
         d.wait_addr += 2;
       }},
      {"wait address",
       [](hw::DmaDescriptor& d) {
         d.flags = kWait;
         d.wait_addr |= uint64_t{1} << 40;
       }},
      {"wait time-out",
       [](hw::DmaDescriptor& d) {
         d.flags = kWait;
         d.wait_timeout = 0;
       }},
      {"signal alignment",
       [](hw::DmaDescriptor& d) {
         d.flags = kSignal;
         d.signal_addr += 1;
       }},
      {"signal address",
       [](hw::DmaDescriptor& d) {
         d.flags = kSignal;
         d.signal_addr |= uint64_t{1} << 63;
       }},
      {"completion alignment",
       [](hw::DmaDescriptor& d) {
         d.flags = kComplete;
         d.completion_addr += 4;
       }},
      {"completion address",
       [](hw::DmaDescriptor& d) {
         d.flags = kComplete;
         d.completion_addr |= uint64_t{1} << 45;
       }},
      {"opcode", [](hw::DmaDescriptor& d) { d.opcode = 0xff; }},
      {"NOP with operands", [](hw::DmaDescriptor& d) { d.opcode = 0; }},
  };
  Engine e;
  for (const auto& [what, change] : cases) {
    INFO(what);
    hw::DmaDescriptor good = nop(kSignal, 1), bad = copy(64), after = nop(kSignal, 2);
    change(bad);
    e.memory().store32(good.signal_addr, 0);
    e.push(&good);
    e.push(&bad);
    e.push(&after);
    e.doorbell();
    e.reset_traffic();
    REQUIRE(e.run_until_idle());
    e.halted_with(hw::ENGINE_ERR_ILLEGAL_DESC, kRing + 128);
    CHECK(e.read32(hw::DMA_HEAD_OFFSET) == 2);
    CHECK(e.memory().load32(good.signal_addr) == 1);
    CHECK(e.traffic().write_bursts == 1);
    // A halted engine ignores the doorbell.
    e.doorbell();
    CHECK(e.run_until_idle(100));
    CHECK(e.read32(hw::DMA_HEAD_OFFSET) == 2);
    e.soft_reset();
    CHECK(e.read32(hw::DMA_HEAD_OFFSET) == 0);
  }
  // Fields of flags that are not set do not matter.
  hw::DmaDescriptor odd = nop();
  odd.wait_addr = 3;
  odd.wait_timeout = 0;
  odd.signal_addr = ~uint64_t{0};
  odd.completion_addr = 1;
  REQUIRE(e.run_one(&odd));
  CHECK(e.read32(hw::DMA_ERROR_CODE_OFFSET) == 0);
}

TEST_CASE("Bus errors on own accesses name the place") {
  Engine e;
  hw::DmaDescriptor desc = nop(kWait | kSignal | kComplete, 3);
  SECTION("first unit of a descriptor") {
    e.memory().fail_reads(kRing + 8);
    REQUIRE(e.run_one(&desc));
    e.halted_with(hw::ENGINE_ERR_FETCH_BUS, kRing, 2);
  }
  SECTION("second unit of a descriptor that is fetched ahead") {
    hw::DmaDescriptor first = copy(2000, kSignal, 1);
    e.push(&first);
    e.memory().fail_reads(kRing + 128 + 64 + 60);
    REQUIRE(e.run_one(&desc));
    e.halted_with(hw::ENGINE_ERR_FETCH_BUS, kRing + 192, 2);
    CHECK(e.read32(hw::DMA_HEAD_OFFSET) == 2);
    CHECK(e.memory().load32(first.signal_addr) == 1);
  }
  SECTION("ring outside memory") {
    e.write(hw::DMA_CTRL_OFFSET, 0);
    e.write(hw::DMA_RING_BASE_HI_OFFSET, 0xab);
    e.write(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_ENABLE_MASK);
    e.write(hw::DMA_TAIL_OFFSET, 2);
    REQUIRE(e.run_until_idle());
    e.halted_with(hw::ENGINE_ERR_FETCH_BUS, kRing | 0xab00000000, 3);
  }
  SECTION("wait word") {
    desc.wait_addr = 0x1000;
    REQUIRE(e.run_one(&desc));
    e.halted_with(hw::ENGINE_ERR_SYNC_BUS, 0x1000, 3);
  }
  SECTION("wait word of the next descriptor, polled early") {
    hw::DmaDescriptor first = copy(200, kSignal, 1);
    e.push(&first);
    desc.wait_addr = 0x1004;
    REQUIRE(e.run_one(&desc));
    e.halted_with(hw::ENGINE_ERR_SYNC_BUS, 0x1004, 3);
    CHECK(e.read32(hw::DMA_HEAD_OFFSET) == 2);
  }
  SECTION("signal word") {
    e.memory().fail_writes(desc.signal_addr);
    REQUIRE(e.run_one(&desc));
    e.halted_with(hw::ENGINE_ERR_SYNC_BUS, desc.signal_addr, 2);
    CHECK(e.read32(hw::DMA_HEAD_OFFSET) == 0);
  }
  SECTION("completion word") {
    desc.completion_addr = 0x12345678;
    REQUIRE(e.run_one(&desc));
    e.halted_with(hw::ENGINE_ERR_SYNC_BUS, 0x12345678, 3);
    CHECK(e.read64(hw::DMA_DESCRIPTORS_OFFSET) == 0);
  }
  CHECK(e.violations() == kNone);
}

TEST_CASE("Illegal rings are found when ENABLE or TAIL is written") {
  const struct {
    uint64_t base;
    uint32_t units, tail;
  } cases[] = {
      {kRing + 32, 16, 0}, {kRing, 0, 0},   {kRing, 2, 0},    {kRing, 24, 0},
      {kRing, 131072, 0},  {kRing, 16, 16}, {kRing, 16, ~0u}, {kRing | uint64_t{1} << 40, 16, 0},
      {kRing, 16, 0x10002}};
  for (const auto& c : cases) {
    CAPTURE(c.base, c.units, c.tail);
    for (bool tail_last : {false, true}) {
      if (tail_last && !c.tail) continue;
      Engine e;
      e.write(hw::DMA_CTRL_OFFSET, 0);
      e.write(hw::DMA_RING_BASE_LO_OFFSET, static_cast<uint32_t>(c.base));
      e.write(hw::DMA_RING_BASE_HI_OFFSET, static_cast<uint32_t>(c.base >> 32));
      e.write(hw::DMA_RING_SIZE_OFFSET, c.units);
      if (!tail_last) e.write(hw::DMA_TAIL_OFFSET, c.tail);
      REQUIRE(e.run_until_idle());
      CHECK(e.read32(hw::DMA_ERROR_CODE_OFFSET) == 0);
      e.write(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_ENABLE_MASK);
      if (tail_last) {
        CHECK(e.read32(hw::DMA_ERROR_CODE_OFFSET) == 0);
        e.write(hw::DMA_TAIL_OFFSET, c.tail);
      }
      REQUIRE(e.run_until_idle(100));
      e.halted_with(hw::ENGINE_ERR_ILLEGAL_RING, c.base & ((uint64_t{1} << 40) - 1));
      CHECK(e.violations() == kNone);
    }
  }
}

TEST_CASE("The smallest and the largest ring work") {
  for (uint32_t units : {4u, 65536u}) {
    RtlBench bench(library());
    bench.memory().add(kRing, uint64_t{units} * 64);
    bench.memory().add(kWords + 0x10000000, 0x1000);
    bench.setup_ring(kRing, units);
    for (uint32_t i = 1; i < (units > 4 ? 33000u : 50u); ++i) {
      hw::DmaDescriptor desc = nop(kSignal, i);
      desc.signal_addr = kWords + 0x10000000;
      REQUIRE(bench.run_one(&desc));
      REQUIRE(bench.memory().load32(desc.signal_addr) == i);
    }
  }
}

TEST_CASE("Half a descriptor is not fetched") {
  Engine e;
  hw::DmaDescriptor desc = nop(kSignal, 4);
  e.push(&desc);
  e.reset_traffic();
  e.write(hw::DMA_TAIL_OFFSET, 1);
  for (int i = 0; i < 100; ++i) e.tick();
  CHECK(e.traffic().read_bursts == 0);
  CHECK(!e.pins().out_busy);
  e.write(hw::DMA_TAIL_OFFSET, 2);
  REQUIRE(e.run_until_idle());
  CHECK(e.memory().load32(desc.signal_addr) == 4);
}

TEST_CASE("Clearing ENABLE lets the running descriptor finish and starts no other") {
  for (int delay = 0; delay < 120; delay += 3) {
    CAPTURE(delay);
    Engine e;
    for (uint32_t i = 1; i <= 5; ++i) {
      hw::DmaDescriptor desc = copy(700, kSignal, i);
      e.push(&desc);
    }
    e.doorbell();
    for (int i = 0; i < delay; ++i) e.tick();
    e.write(hw::DMA_CTRL_OFFSET, 0);
    REQUIRE(e.run_until_idle());
    const uint32_t head = e.read32(hw::DMA_HEAD_OFFSET);
    CHECK(head <= 4);
    CHECK(e.memory().load32(kWords + 0x100) == head / 2);
    // A changed descriptor that had been fetched ahead is fetched again.
    hw::DmaDescriptor other = nop(kSignal, 77);
    std::memcpy(e.memory().at(kRing + 64 * head), &other, sizeof other);
    e.write(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_ENABLE_MASK);
    REQUIRE(e.run_until([&] { return e.memory().load32(kWords + 0x100) == 77; }, 3000));
    REQUIRE(e.run_until_idle());
    CHECK(e.read32(hw::DMA_HEAD_OFFSET) == 10);
    CHECK(e.memory().load32(kWords + 0x100) == 5);
  }
}

TEST_CASE("A ring that is set up anew forgets what was fetched from the old one") {
  for (int delay = 0; delay < 90; ++delay) {
    CAPTURE(delay);
    BenchOptions options;
    options.read_latency = 60;
    Engine e(options);
    hw::DmaDescriptor old = nop(kSignal, 1), fresh = nop(kSignal, 2);
    // The old ring's descriptor never gets past its wait.
    old.flags |= kWait;
    old.wait_value = 1;
    old.wait_timeout = 100000;
    std::memcpy(e.memory().at(kRing), &old, sizeof old);
    std::memcpy(e.memory().at(kRing + 0x1000), &fresh, sizeof fresh);
    e.write(hw::DMA_TAIL_OFFSET, 2);
    for (int i = 0; i < delay; ++i) e.tick();
    e.write(hw::DMA_CTRL_OFFSET, 0);
    e.write(hw::DMA_RING_BASE_LO_OFFSET, kRing + 0x1000);
    e.write(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_ENABLE_MASK);
    for (int i = 0; i < 600; ++i) e.tick();
    if (e.read32(hw::DMA_STATUS_OFFSET) & hw::DMA_STATUS_WAITING_MASK) {
      // It had begun before ENABLE was cleared.
      CHECK(delay >= 40);
      CHECK(e.memory().load32(old.signal_addr) == 0);
    } else {
      CHECK(e.memory().load32(old.signal_addr) == 2);
    }
    CHECK(e.read32(hw::DMA_ERROR_CODE_OFFSET) == 0);
    CHECK(e.violations() == kNone);
  }
}

TEST_CASE("Abort and soft reset at random moments bring the engine back") {
  Random random(2024);
  for (int trial = 0; trial < 1500; ++trial) {
    const bool reset = random.chance(50);
    BenchOptions options;
    options.seed = random.next();
    options.stall_percent = random.chance(50) ? static_cast<unsigned>(random.below(80)) : 0;
    options.read_latency = static_cast<unsigned>(random.below(60));
    options.write_latency = static_cast<unsigned>(random.below(60));
    const unsigned width = random.chance(70) ? 128 : random.chance(50) ? 64 : 512;
    CAPTURE(trial, reset, width, options.seed, options.stall_percent);
    Engine e(options, width);
    for (uint32_t i = 1; i <= 4; ++i) {
      hw::DmaDescriptor desc = copy(static_cast<uint32_t>(random.range(1, 1500)),
                                    static_cast<uint8_t>(random.below(16)), i);
      desc.wait_value = random.chance(30) ? 5 : 0;  // some wait for ever, or for 1000 cycles
      e.push(&desc);
    }
    if (random.chance(20)) e.memory().fail_reads(kSrc + random.below(2000));
    if (random.chance(20)) e.memory().fail_writes(kDst + random.below(2000));
    e.doorbell();
    const uint64_t delay = random.below(900);
    for (uint64_t i = 0; i < delay; ++i) e.tick();
    const bool halted_before = e.read32(hw::DMA_STATUS_OFFSET) & hw::DMA_STATUS_HALTED_MASK;
    e.write(hw::DMA_IRQ_STATUS_OFFSET, 7);
    const uint32_t ctrl =
        hw::DMA_CTRL_ENABLE_MASK | (reset ? hw::DMA_CTRL_SOFT_RESET_MASK : hw::DMA_CTRL_ABORT_MASK);
    e.write(hw::DMA_CTRL_OFFSET, ctrl);
    REQUIRE(e.run_until_idle(20000));
    REQUIRE(e.bus_idle());
    REQUIRE((e.read32(hw::DMA_CTRL_OFFSET)) == 0);
    const uint32_t irq = e.read32(hw::DMA_IRQ_STATUS_OFFSET);
    const uint32_t head = e.read32(hw::DMA_HEAD_OFFSET);
    if (reset) {
      REQUIRE(irq == 0);
      REQUIRE(head == 0);
      REQUIRE(e.read32(hw::DMA_STATUS_OFFSET) == 0);
      REQUIRE(e.read32(hw::DMA_ERROR_CODE_OFFSET) == 0);
    } else {
      REQUIRE((irq & hw::DMA_IRQ_STATUS_ABORTED_MASK) != 0);
      REQUIRE(head == 2 * e.read64(hw::DMA_DESCRIPTORS_OFFSET));
      if (halted_before)
        REQUIRE((e.read32(hw::DMA_STATUS_OFFSET) & hw::DMA_STATUS_HALTED_MASK) != 0);
    }
    // Nothing outside the destination was written.
    for (uint64_t i = 0; i < 9; ++i) REQUIRE(*e.memory().at(kDst + i) == 0);
    for (uint64_t i = 9 + 1500; i < kAreaBytes; ++i) REQUIRE(*e.memory().at(kDst + i) == 0);
    // It works again; after an abort only if no error had stopped it.
    e.memory().clear_failures();
    if (!reset && (e.read32(hw::DMA_STATUS_OFFSET) & hw::DMA_STATUS_HALTED_MASK)) {
      e.write(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_SOFT_RESET_MASK);
      REQUIRE(e.run_until_idle(20000));
    }
    e.setup_ring(kRing, kUnits);
    hw::DmaDescriptor desc = copy(1500, kComplete, 99);
    REQUIRE(e.run_one(&desc));
    REQUIRE(e.memory().load32(desc.completion_addr) == 99);
    REQUIRE(std::memcmp(e.memory().at(desc.src), e.memory().at(desc.dst), 1500) == 0);
    REQUIRE(e.violations() == kNone);
  }
}

TEST_CASE("Abort completes at once on an idle and on a halted engine") {
  Engine e;
  e.write(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_ABORT_MASK | hw::DMA_CTRL_ENABLE_MASK);
  REQUIRE(e.run_until_idle(20));
  CHECK(e.read32(hw::DMA_IRQ_STATUS_OFFSET) == hw::DMA_IRQ_STATUS_ABORTED_MASK);
  CHECK(e.read32(hw::DMA_CTRL_OFFSET) == 0);
  e.soft_reset();
  hw::DmaDescriptor bad = nop();
  bad.version = 9;
  REQUIRE(e.run_one(&bad));
  e.write(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_ABORT_MASK);
  REQUIRE(e.run_until_idle(20));
  CHECK(e.read32(hw::DMA_STATUS_OFFSET) == hw::DMA_STATUS_HALTED_MASK);
  CHECK(e.read32(hw::DMA_ERROR_CODE_OFFSET) == hw::ENGINE_ERR_ILLEGAL_DESC);
  CHECK(e.read32(hw::DMA_IRQ_STATUS_OFFSET) ==
        (hw::DMA_IRQ_STATUS_ABORTED_MASK | hw::DMA_IRQ_STATUS_ERROR_MASK));
}

TEST_CASE("Soft reset keeps the counters") {
  Engine e;
  hw::DmaDescriptor desc = copy(100);
  REQUIRE(e.run_one(&desc));
  e.soft_reset();
  CHECK(e.read64(hw::DMA_DESCRIPTORS_OFFSET) == 1);
  CHECK(e.read64(hw::DMA_WORK_OFFSET) == 100);
  CHECK(e.read64(hw::DMA_BUSY_CYCLES_OFFSET) > 0);
}

TEST_CASE("Counters count what happened on the pins") {
  Engine e;
  hw::DmaDescriptor desc = copy(1024, kWait | kSignal | kComplete);
  desc.src = kSrc;
  desc.dst = kDst;
  REQUIRE(e.run_one(&desc));
  CHECK(e.read64(hw::DMA_BYTES_READ_OFFSET) == 128 + 1024 + 4);
  CHECK(e.read64(hw::DMA_BYTES_WRITTEN_OFFSET) == 1024 + 4 + 8);
  CHECK(e.read64(hw::DMA_READ_STALL_CYCLES_OFFSET) > 0);
}

TEST_CASE("An idle engine changes nothing by itself") {
  Engine e;
  hw::DmaDescriptor desc = copy(300, kSignal | kIrq, 6);
  REQUIRE(e.run_one(&desc));
  const systole_rtl_pins before = e.pins();
  std::vector<uint32_t> registers;
  for (const auto& reg : hw::DMA_TABLE) registers.push_back(e.read32(reg.offset));
  e.reset_traffic();
  for (int i = 0; i < 500; ++i) {
    e.tick();
    REQUIRE(!e.pins().out_busy);
    REQUIRE(!e.pins().out_arvalid);
    REQUIRE(!e.pins().out_awvalid);
    REQUIRE(e.pins().out_irq == before.out_irq);
  }
  size_t i = 0;
  for (const auto& reg : hw::DMA_TABLE) {
    INFO(reg.name);
    CHECK(e.read32(reg.offset) == registers[i++]);
  }
}

TEST_CASE("No descriptor hangs the engine") {
  Random random(7);
  Engine e;
  unsigned errors = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    hw::DmaDescriptor desc = copy(static_cast<uint32_t>(random.range(1, 300)),
                                  static_cast<uint8_t>(random.below(16)), 1);
    uint8_t bytes[128];
    std::memcpy(bytes, &desc, sizeof bytes);
    for (uint64_t n = random.below(3); n > 0; --n)
      bytes[random.below(128)] = static_cast<uint8_t>(random.next());
    std::memcpy(&desc, bytes, sizeof bytes);
    // What is legal and only long is not what this test is about.
    desc.wait_timeout &= 0x3ff;
    desc.rows &= 0xff;
    desc.row_bytes &= 0xfff;
    CAPTURE(trial);
    REQUIRE(e.run_one(&desc, 300000));
    REQUIRE(e.bus_idle());
    if (e.read32(hw::DMA_STATUS_OFFSET) & hw::DMA_STATUS_HALTED_MASK) {
      ++errors;
      REQUIRE(e.read32(hw::DMA_ERROR_CODE_OFFSET) != 0);
      // A wild write may have hit the words.
      e.memory().store32(kWords, 0);
      e.soft_reset();
    }
  }
  CHECK(errors > 500);
  CHECK(e.violations() == kNone);
}
