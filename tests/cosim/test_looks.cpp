// An engine that waits for a word, with its own looks and with those that the bus does in its name.
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>

#include "tests/cosim/dma_pair.h"
#include "tlm/bus/looks.h"
#include "tlm/gen/dma_regs.h"

using namespace systole;
using rtl_test::Random;
using test::Side;
using test::SideConfig;

namespace {

constexpr uint64_t kWord = Side::kWords, kSource = Side::kDram, kTarget = Side::kSpm + 0x4000;
constexpr uint32_t kLongTimeout = 1'000'000;
constexpr uint64_t kLookPeriod = 20;  ///< cycles at most from one to the next

/// A copy to the scratchpad that waits until the word is `value`.
void push_wait(Side& self, uint32_t value, uint32_t timeout) {
  hw::DmaDescriptor d;
  d.opcode = hw::DMA_OP_COPY;
  d.flags = hw::DESC_FLAG_WAIT | hw::DESC_FLAG_IRQ;
  d.rows = 1;
  d.row_bytes = 600;
  d.src = kSource;
  d.dst = kTarget;
  d.wait_addr = kWord;
  d.wait_value = value;
  d.wait_timeout = timeout;
  self.push(&d);
  self.doorbell();
}

/// What software does beside the engine's looks. `freely`: also with its registers.
void disturb(Side& self, Random& random, bool freely) {
  for (uint64_t i = random.below(12); i > 0; --i) {
    self.cpu().sleep_cycles(random.range(1, 90));
    switch (random.below(freely ? 3 : 2)) {
      case 0:
        self.cpu().read(kWord, 64u << random.below(4), random.below(40));
        break;
      case 1:
        self.cpu().write(Side::kSpm + 0x8000, 16, random.below(40));
        break;
      default:
        (void)self.get(hw::DMA_BYTES_READ_OFFSET);
    }
  }
}

/// Over the bus, or `freely` also through a pointer.
void write_word(Side& self, Random& random, uint32_t value, bool freely) {
  if (!freely || random.chance(50)) {
    self.cpu().put(kWord, value);
    return;
  }
  self.cpu().sleep_cycles(random.range(1, 40));
  std::memcpy(self.host(kWord), &value, sizeof value);
}

void round(Side& self, Random& random, uint32_t value, bool freely) {
  const uint64_t begin = self.cycle();
  const bool expires = freely && random.chance(10);
  push_wait(self, value, expires ? static_cast<uint32_t>(random.range(50, 900)) : kLongTimeout);
  disturb(self, random, freely);
  if (!expires) write_word(self, random, value, freely);
  self.cycles.push_back(self.wait_interrupt(10'000) - begin);
  self.acknowledge();
  if (!expires) return;
  self.see_registers(false);
  self.soft_reset();
  self.set_up_ring();
  self.cpu().put(kWord, value);
}

/// The same program with an engine that looks for itself, twin or RTL, and then with one whose
/// looks the bus does: one after the other, since either would see what is due in the simulation
/// for the other.
struct Sides {
  Sides(uint64_t seed, uint64_t rounds, bool freely) {
    const auto program = [this, seed, rounds, freely](Side& self) {
      if (self.config().does_looks)
        while (!own->finished()) self.cpu().sleep_cycles(1'000'000);
      if (freely) self.cpu().on_pass = [&self] { self.bus().pass_by(); };
      Random random(seed);
      self.set_up_ring();
      for (uint32_t i = 1; i <= rounds; ++i) round(self, random, i, freely);
    };
    SideConfig config;
    config.connected = true;
    std::unique_ptr<EngineModule> other;
    RtlEngineConfig rtl;
    rtl.batch_cycles = 1;  // registers answer at once
    if (freely)
      other = std::make_unique<RtlEngine>("own_dma", test::dma_library(128), rtl);
    else
      other = make_dma_twin("own_dma", {});
    own = std::make_unique<Side>("own", config, std::move(other), program);
    config.does_looks = true;
    bus = std::make_unique<Side>("bus", config, make_dma_twin("bus_dma", {}), program);
    sc_core::sc_start();
    CHECK(own->finished());
    CHECK(bus->finished());
    UNSCOPED_INFO(test::first_difference(own->seen, bus->seen));
    CHECK((own->seen == bus->seen));
  }
  static uint64_t wakes(Side& side) { return side.engine().report().batches; }

  std::unique_ptr<Side> own, bus;
};

/// Looks every `period`, the last not after `last`.
struct Sleeper : Looker {
  Sleeper(std::vector<uint64_t>* log, uint64_t first, uint64_t every, uint64_t until)
      : done(log), due(first), period(every), last(until) {}
  uint64_t look() override {
    done->push_back(due);
    due += period;
    return due <= last ? due : kNoLook;
  }
  bool sees() const override { return false; }
  void wake() override { woken = true; }

  std::vector<uint64_t>* done;
  uint64_t due, period, last;
  bool woken = false;
};

}  // namespace

TEST_CASE("looks are done in the order of their times, and those of now if they go first",
          "[looks]") {
  std::vector<uint64_t> done;
  Sleeper slow(&done, 10, 20, 1000), fast(&done, 5, 7, 26);
  Looks looks;
  looks.begin(1, 0x100, slow.due, slow);
  looks.begin(2, 0x200, fast.due, fast);
  CHECK(looks.next_ps() == 5);
  looks.run(30, [](unsigned initiator) { return initiator == 2; });
  CHECK(done == std::vector<uint64_t>{5, 10, 12, 19, 26});
  CHECK(looks.next_ps() == 30);
  looks.run(30, [](unsigned) { return true; });
  CHECK(done.back() == 30);
  looks.written(0x1fc, 4, 0);
  CHECK_FALSE(fast.woken);
  looks.written(0x1fc, 5, 2);  // its own
  CHECK_FALSE(fast.woken);
  looks.written(0x1fc, 5, 0);
  CHECK(fast.woken);
  CHECK_FALSE(slow.woken);
  looks.end(1);
  CHECK(looks.next_ps() == Looker::kNoLook);
}

TEST_CASE("an engine waits the same whoever does its looks", "[looks][twin]") {
  const uint64_t seed = test::environment("SYSTOLE_TEST_SEED", 1);
  const uint64_t rounds = test::environment("SYSTOLE_TEST_ROUNDS", 400);
  CAPTURE(seed, rounds);
  const Sides sides(seed, rounds, false);
  CHECK((sides.own->cycles == sides.bus->cycles));
  CHECK(sides.own->engine().report().bytes_read == sides.bus->engine().report().bytes_read);
  const uint64_t own = Sides::wakes(*sides.own), bus = Sides::wakes(*sides.bus);
  std::printf("its thread wakes %llu times instead of %llu\n", static_cast<unsigned long long>(bus),
              static_cast<unsigned long long>(own));
  CHECK(2 * own > 3 * bus);
}

TEST_CASE(
    "an engine that software disturbs waits about as long as in RTL, though the bus does its looks",
    "[looks][twin]") {
  const uint64_t seed = test::environment("SYSTOLE_TEST_SEED", 1);
  const uint64_t rounds = test::environment("SYSTOLE_TEST_ROUNDS", 400);
  CAPTURE(seed, rounds);
  const Sides sides(seed, rounds, true);
  const test::CycleErrors e =
      test::compare_cycles(sides.own->cycles, sides.bus->cycles, 0, 3 * kLookPeriod);
  std::printf("%zu waits, all in all %+.3f %%, mean of the amounts %.3f %%, worst %llu and %llu\n",
              e.count, 100 * e.bias, 100 * e.mean, static_cast<unsigned long long>(e.worst_rtl),
              static_cast<unsigned long long>(e.worst_tlm));
  CHECK(e.count == rounds);
  CHECK(e.beyond == 0);
  CHECK(std::abs(e.bias) <= 0.01);
}
