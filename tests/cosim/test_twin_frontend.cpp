// The front-end of the twins against the RTL's: waits, words, errors, aborts, resets, doorbells.
// The DMA stands for every engine.
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>

#include "tests/cosim/dma_pair.h"
#include "tlm/gen/dma_regs.h"

using namespace systole;
using rtl_test::Random;
using test::DmaPair;
using test::Side;
using test::SideConfig;

namespace {

constexpr uint64_t kSource = Side::kDram, kTarget = Side::kDram + 0x8'0000;
constexpr uint64_t kUnmapped = 0x30'0000'0000;
constexpr uint32_t kNever = 1'000'000'000;
constexpr uint64_t kLimit = 1'000'000;  ///< cycles any round takes at most

uint64_t word_addr(Random& random) { return Side::kWords + 8 * random.below(64); }

/// A descriptor that completes: a NOP or a small copy, with any of the flags.
hw::DmaDescriptor legal(Side& self, Random& random) {
  hw::DmaDescriptor d;
  d.tag = static_cast<uint32_t>(random.next());
  if (random.chance(50)) {
    d.opcode = hw::DMA_OP_COPY;
    d.rows = static_cast<uint32_t>(random.range(1, 4));
    d.row_bytes = static_cast<uint32_t>(random.range(1, 600));
    d.src = kSource + random.below(0x1'0000);
    d.dst = kTarget + random.below(0x1'0000);
    d.src_stride = random.below(1000);
    d.dst_stride = d.row_bytes + random.below(100);
  }
  if (random.chance(40)) {
    d.flags |= hw::DESC_FLAG_WAIT;
    d.wait_addr = word_addr(random);
    d.wait_timeout = static_cast<uint32_t>(random.range(1, 1000));
    uint32_t value = 0;
    std::memcpy(&value, self.host(d.wait_addr), 4);
    d.wait_value = value - static_cast<uint32_t>(random.below(100));
  }
  if (random.chance(40)) {
    d.flags |= hw::DESC_FLAG_SIGNAL;
    d.signal_addr = Side::kWords + 1024 + 4 * random.below(64);
    d.signal_value = static_cast<uint32_t>(random.next());
  }
  if (random.chance(40)) {
    d.flags |= hw::DESC_FLAG_COMPLETE;
    d.completion_addr = Side::kWords + 2048 + 8 * random.below(64);
  }
  return d;
}

/// Waits for a word that has not its value; the word is returned.
uint64_t make_blocked(Side& self, Random& random, hw::DmaDescriptor& d, uint32_t timeout) {
  d.flags |= hw::DESC_FLAG_WAIT;
  d.wait_addr = word_addr(random);
  uint32_t value = 0;
  std::memcpy(&value, self.host(d.wait_addr), 4);
  d.wait_value = value + 1 + static_cast<uint32_t>(random.below(1000));
  d.wait_timeout = timeout;
  return d.wait_addr;
}

/// A legal descriptor made to fail.
hw::DmaDescriptor failing(Side& self, Random& random) {
  hw::DmaDescriptor d = legal(self, random);
  const auto copy = [&] {
    d.opcode = hw::DMA_OP_COPY;
    d.rows = 3;
    d.row_bytes = 700;
    d.src = kSource;
    d.dst = kTarget;
    d.src_stride = d.dst_stride = 4096;
  };
  switch (random.below(18)) {
    case 0:
      d.version = 2;
      break;
    case 1:
      d.units = 1;
      break;
    case 2:
      d.flags |= 0x20;
      break;
    case 3:
      d.reserved0 = 1;
      break;
    case 4:
      make_blocked(self, random, d, 0);
      break;
    case 5:
      d.flags |= hw::DESC_FLAG_SIGNAL;
      d.signal_addr = 2;
      break;
    case 6:
      d.flags |= hw::DESC_FLAG_COMPLETE;
      d.completion_addr = Side::kWords + 4;
      break;
    case 7:
      d.opcode = 0x77;
      break;
    case 8:
      copy();
      d.rows = 0;
      break;
    case 9:
      copy();
      d.reserved2 = 1;
      break;
    case 10:
      make_blocked(self, random, d, static_cast<uint32_t>(random.range(1, 300)));
      break;
    case 11:
      d.flags |= hw::DESC_FLAG_WAIT;
      d.wait_addr = kUnmapped;
      d.wait_timeout = 9;
      break;
    case 12:
      d.flags |= hw::DESC_FLAG_SIGNAL;
      d.signal_addr = kUnmapped + 8;
      break;
    case 13:
      d.flags |= hw::DESC_FLAG_COMPLETE;
      d.completion_addr = kUnmapped + 16;
      break;
    case 14:
      copy();
      d.src = kUnmapped + random.below(64);
      break;
    case 15:  // engines do not program engines
      copy();
      d.src = Side::kRegs + 4 * random.below(64);
      break;
    case 16:
      copy();
      d.dst = Side::kRegs;
      break;
    default:
      copy();
      d.dst = kUnmapped + random.below(64);
      break;
  }
  return d;
}

void push_legal(Side& self, Random& random, uint64_t count) {
  for (; count > 0; --count) {
    const hw::DmaDescriptor d = legal(self, random);
    self.push(&d);
  }
}

/// The doorbell, the interrupt, and what the registers say then.
void finish(Side& self, uint64_t begin, bool timed = true) {
  const uint64_t end = self.wait_interrupt(kLimit);
  if (timed) self.cycles.push_back(end > begin ? end - begin : 0);
  self.seen.push_back(end != 0);
  self.seen.push_back(self.wait_idle(kLimit));
  self.see_registers(false);
  self.acknowledge();
}

void push_last(Side& self, Random& random) {
  hw::DmaDescriptor last = legal(self, random);
  last.flags |= hw::DESC_FLAG_IRQ;
  self.push(&last);
}

/// What an aborted copy left in its output is not compared.
void forget_target(Side& self) { std::memset(self.host(kTarget), 0, 0x8'0000); }

hw::DmaDescriptor long_copy() {
  hw::DmaDescriptor d;
  d.opcode = hw::DMA_OP_COPY;
  d.rows = 1;
  d.row_bytes = 0x4'0000;
  d.src = kSource + 3;
  d.dst = kTarget + 1;
  return d;
}

/// One round; true if the ring goes on afterwards.
bool round(Side& self, Random& random) {
  const uint64_t begin = Side::cycle();
  const uint64_t kind = random.below(9);
  self.seen.push_back(0x2000'0000 + kind);
  const auto finish_and_count =
      [&] {  // traffic too: what these rounds move does not depend on time
        const uint32_t read = self.get(hw::DMA_BYTES_READ_OFFSET),
                       written = self.get(hw::DMA_BYTES_WRITTEN_OFFSET);
        self.doorbell();
        finish(self, begin);
        self.seen.push_back(self.get(hw::DMA_BYTES_READ_OFFSET) - read);
        self.seen.push_back(self.get(hw::DMA_BYTES_WRITTEN_OFFSET) - written);
      };
  switch (kind) {
    case 0: {  // descriptors that complete, at once
      push_legal(self, random, random.below(6));
      push_last(self, random);
      finish_and_count();
      return true;
    }
    case 1: {  // the same, one doorbell each, at any time
      for (uint64_t count = random.below(6); count > 0; --count) {
        push_legal(self, random, 1);
        self.doorbell();
        self.cpu().sleep_cycles(random.below(300));
      }
      push_last(self, random);
      self.doorbell();
      finish(self, begin);
      return true;
    }
    case 2: {  // a wait that the CPU ends
      hw::DmaDescriptor d = legal(self, random);
      const uint64_t word = make_blocked(self, random, d, kNever);
      push_legal(self, random, random.below(3));
      self.push(&d);
      push_last(self, random);
      self.doorbell();
      self.cpu().sleep_cycles(random.below(2000));
      self.seen.push_back(self.cpu().put(word, d.wait_value));
      finish(self, begin);
      return true;
    }
    case 3:
    case 4: {  // an error
      push_legal(self, random, random.below(4));
      const hw::DmaDescriptor d = failing(self, random);
      self.push(&d);
      push_legal(self, random, random.below(3));
      self.doorbell();
      finish(self, begin);
      forget_target(self);
      return false;
    }
    case 5: {  // a ring that cannot be
      self.soft_reset();
      self.set_up_ring();
      switch (random.below(5)) {
        case 0:
          self.put(hw::DMA_TAIL_OFFSET, Side::kRingUnits);
          break;
        default:
          self.put(hw::DMA_CTRL_OFFSET, 0);
          if (random.chance(30)) {
            self.put(hw::DMA_RING_SIZE_OFFSET, 48);
          } else if (random.chance(30)) {
            self.put(hw::DMA_RING_BASE_LO_OFFSET, 32);
          } else {  // unmapped; the first unit may be the last of the DRAM
            const uint64_t end = Side::kDram + self.config().dram_bytes;
            self.put(hw::DMA_RING_BASE_LO_OFFSET,
                     static_cast<uint32_t>(end - 64 * random.below(2)));
          }
          self.put(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_ENABLE_MASK);
          self.put(hw::DMA_TAIL_OFFSET, 4);
      }
      finish(self, begin);
      return false;
    }
    case 6: {  // an abort or a reset of a wait
      hw::DmaDescriptor d = legal(self, random);
      make_blocked(self, random, d, kNever);
      push_legal(self, random, random.below(3));
      self.push(&d);
      push_legal(self, random, random.below(3));
      self.doorbell();
      self.cpu().sleep_cycles(3000 + random.below(100));
      if (random.chance(30)) return false;  // the reset that follows
      self.put(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_ENABLE_MASK | hw::DMA_CTRL_ABORT_MASK);
      finish(self, begin);
      return false;
    }
    case 7: {  // an abort or a reset of a copy
      const hw::DmaDescriptor d = long_copy();
      self.push(&d);
      push_legal(self, random, random.below(3));
      self.doorbell();
      self.cpu().sleep_cycles(200 + random.below(2000));
      if (random.chance(70)) {
        self.put(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_ABORT_MASK);
        finish(self, begin);
      } else {
        self.soft_reset();
      }
      forget_target(self);
      return false;
    }
    default: {  // the ring stops, a descriptor sooner or later, and goes on
      push_legal(self, random, 2 + random.below(4));
      push_last(self, random);
      self.doorbell();
      self.cpu().sleep_cycles(random.below(500));
      self.put(hw::DMA_CTRL_OFFSET, 0);
      self.cpu().sleep_cycles(random.below(300));
      self.put(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_ENABLE_MASK);
      finish(self, begin, false);
      return true;
    }
  }
}

}  // namespace

TEST_CASE("a twin's front-end does what the RTL's does, in the same cycles", "[twin][frontend]") {
  const uint64_t seed = test::environment("SYSTOLE_TEST_SEED", 1);
  const uint64_t rounds = test::environment("SYSTOLE_TEST_ROUNDS", 150);
  CAPTURE(seed, rounds);
  const auto program = [seed, rounds](Side& self) {
    Random random(seed + self.config().width_bits + self.config().latency_ns);
    bool goes_on = false;
    for (uint64_t i = 0; i < rounds; ++i) {
      if (!goes_on || random.chance(20)) {
        self.soft_reset();
        self.set_up_ring();
      }
      self.seen.push_back(0x1000'0000 + i);  // a difference tells its round and kind
      goes_on = round(self, random);
    }
    self.soft_reset();  // nothing waits on
  };
  std::vector<std::unique_ptr<DmaPair>> pairs;
  for (const auto& [width, latency, batch] :
       {std::array{64u, 20u, 64u}, {128u, 60u, 64u}, {256u, 200u, 16u}, {512u, 60u, 1u}}) {
    SideConfig config;
    config.width_bits = width;
    config.latency_ns = latency;
    config.batch_cycles = batch;
    pairs.push_back(std::make_unique<DmaPair>("w" + std::to_string(width), config, program));
  }
  sc_core::sc_start();
  std::printf("front-end, cycles of a round, twin against RTL\n");
  std::printf("%6s %8s %6s %8s %8s %8s  %s\n", "bits", "latency", "count", "mean %", "worst %",
              "sum %", "worst: RTL, twin (index)");
  for (const auto& pair : pairs) {
    const SideConfig& c = pair->rtl->config();
    CAPTURE(c.width_bits);
    pair->check_same();
    const test::CycleErrors e = test::compare_cycles(
        pair->rtl->cycles, pair->tlm->cycles, 0.05,
        c.latency_ns + 2 * c.batch_cycles);  // either may be a batch ahead of an access
    std::printf("%6u %5u ns %6zu %8.3f %8.3f %+8.3f  %llu, %llu (%zu)\n", c.width_bits,
                c.latency_ns, e.count, 100 * e.mean, 100 * e.worst, 100 * e.bias,
                static_cast<unsigned long long>(e.worst_rtl),
                static_cast<unsigned long long>(e.worst_tlm), e.worst_index);
    CHECK(e.mean <= 0.02);
    CHECK(e.beyond == 0);
  }
}
