// One engine through its registers: probe, ring, completion, errors, reset, counters.
#include <cstring>

#include "sw_driver/gen/dma_regs.h"
#include "sw_driver/gen/engine_regs.h"
#include "tests/driver/mock/system.h"

using namespace systole::driver;

namespace {

constexpr uint64_t kDmaBase = MockHal::kEngineBase + 2 * MockHal::kEngineStride;
constexpr uint64_t kRing = MockHal::kSpmBase, kWord = MockHal::kSpmBase + 0x10000;
constexpr uint64_t kData = MockHal::kDramBase;

/// The DMA of a mock SoC with a ring of `capacity` descriptors.
struct Bench {
  explicit Bench(uint32_t capacity = 8, uint32_t first = 0) {
    REQUIRE(engine.init(hal, EngineKind::Dma, kDmaBase, 34) == Status::Ok);
    REQUIRE(start(capacity, first) == Status::Ok);
    Plic plic;
    plic.init(hal, kPlicBase);
    REQUIRE(plic.enable(34) == Status::Ok);
  }
  Status start(uint32_t capacity, uint32_t first = 0) {
    return engine.start(buffer(kRing, uint64_t{capacity} * 128), buffer(kWord, 4), first, 1000);
  }
  Buffer buffer(uint64_t addr, uint64_t bytes) { return {addr, hal.map(addr, bytes), bytes}; }
  uint32_t word(uint64_t addr) { return *static_cast<uint32_t*>(hal.map(addr, 4)); }

  MockHal hal;
  Engine engine;
};

hw::DmaDescriptor fill_word(uint64_t addr, uint32_t value) {
  hw::DmaDescriptor d;
  d.opcode = hw::DMA_OP_FILL;
  d.rows = 1;
  d.row_bytes = 4;
  d.pattern = value;
  d.dst = addr;
  return d;
}

}  // namespace

TEST_CASE("probing tells the engines apart and reads what they were built with", "[engine]") {
  MockOptions options;
  options.gemm.rows = 8;
  options.gemm.cols = 32;
  options.gemm.a_buffer_bytes = 4096;
  options.vpu.lanes = 4;
  MockHal hal(options);
  Engine e;
  REQUIRE(e.init(hal, EngineKind::Gemm, MockHal::kEngineBase, 32) == Status::Ok);
  REQUIRE(e.config().rows == 8);
  REQUIRE(e.config().cols == 32);
  REQUIRE(e.config().a_buffer_bytes == 4096);
  REQUIRE(e.config().data_bytes == 16);
  REQUIRE(e.config().max_tile_n == 512);
  REQUIRE(e.init(hal, EngineKind::Vpu, MockHal::kEngineBase, 32) == Status::BadHardware);
  REQUIRE(e.init(hal, EngineKind::Vpu, MockHal::kEngineBase + MockHal::kEngineStride, 33) ==
          Status::Ok);
  REQUIRE(e.config().lanes == 4);
  REQUIRE(e.config().max_cols == 16384);
  REQUIRE(e.init(hal, EngineKind::Dma, 0x12345000, 34) == Status::BusError);
  hal.fixed[kDmaBase + hw::ENGINE_VERSION_OFFSET] = 2 << 16;
  REQUIRE(e.init(hal, EngineKind::Dma, kDmaBase, 34) == Status::BadHardware);
  hal.fixed[kDmaBase + hw::ENGINE_VERSION_OFFSET] = 1 << 16 | 9;
  REQUIRE(e.init(hal, EngineKind::Dma, kDmaBase, 34) == Status::Ok);
  hal.fixed[kDmaBase + hw::ENGINE_CONFIG_OFFSET(1)] = 0;
  REQUIRE(e.init(hal, EngineKind::Dma, kDmaBase, 34) == Status::BadHardware);
}

TEST_CASE("ring and word are checked before the hardware is touched", "[engine]") {
  Bench b;
  const uint64_t writes = b.hal.register_writes;
  REQUIRE(b.start(2) == Status::BadArgument);
  REQUIRE(b.start(12) == Status::BadArgument);
  REQUIRE(b.start(512) == Status::BadArgument);
  REQUIRE(b.engine.start(b.buffer(kRing + 32, 1024), b.buffer(kWord, 4), 0, 1000) ==
          Status::BadArgument);
  REQUIRE(b.engine.start(b.buffer(kRing, 1024), b.buffer(kWord + 2, 4), 0, 1000) ==
          Status::BadArgument);
  REQUIRE(b.engine.start({kRing, nullptr, 1024}, b.buffer(kWord, 4), 0, 1000) ==
          Status::BadArgument);
  REQUIRE(b.hal.register_writes == writes);
}

TEST_CASE("descriptors run in order and the word counts them", "[engine]") {
  Bench b;
  uint32_t sequence = 0;
  REQUIRE(b.engine.idle());
  for (uint32_t i = 1; i <= 5; ++i) {
    const hw::DmaDescriptor d = fill_word(kData + 4 * (i - 1), i);
    REQUIRE(b.engine.append(&d, &sequence) == Status::Ok);
    REQUIRE(sequence == i);
  }
  REQUIRE(b.hal.engine(2).tail_writes.empty());
  REQUIRE(b.engine.doorbell(true) == Status::Ok);
  REQUIRE(b.hal.engine(2).tail_writes == std::vector<uint32_t>{10});
  REQUIRE(b.engine.doorbell(true) == Status::Ok);  // nothing new: no register write
  REQUIRE(b.hal.engine(2).tail_writes.size() == 1);
  REQUIRE(b.hal.wait_for_interrupt(100000));
  while (!b.engine.idle()) {
    REQUIRE(b.engine.service_interrupt() == Status::Ok);
    b.hal.pause(100);
  }
  REQUIRE(b.engine.completed() == 5);
  for (uint32_t i = 0; i < 5; ++i) REQUIRE(b.word(kData + 4 * i) == i + 1);
  REQUIRE(b.hal.fences >= 2);
}

TEST_CASE("the ring wraps many times, also across 2^32", "[engine]") {
  const uint32_t first = GENERATE(0u, 0xfffffff0u);
  const uint32_t capacity = GENERATE(4u, 8u, 256u);
  CAPTURE(first, capacity);
  Bench b(capacity, first);
  for (uint32_t i = 0; i < 600; ++i) {
    const hw::DmaDescriptor d = fill_word(kData + 4 * i, ~i);
    uint32_t sequence = 0;
    REQUIRE(b.engine.submit(&d, &sequence) == Status::Ok);
    REQUIRE(sequence == first + i + 1);
    while (!sequence_reached(b.engine.completed(), sequence)) b.hal.pause(100);
  }
  for (uint32_t i = 0; i < 600; ++i) REQUIRE(b.word(kData + 4 * i) == ~i);
}

TEST_CASE("a full ring refuses and has room again after completions", "[engine]") {
  Bench b(8);
  b.hal.run_on_doorbell = false;
  const hw::DmaDescriptor d = fill_word(kData, 1);
  for (int i = 0; i < 7; ++i) REQUIRE(b.engine.append(&d, nullptr) == Status::Ok);
  REQUIRE(b.engine.room() == 0);
  REQUIRE(b.engine.append(&d, nullptr) == Status::RingFull);
  REQUIRE(b.engine.appended() == 7);
  REQUIRE(b.engine.doorbell(false) == Status::Ok);
  REQUIRE(b.engine.append(&d, nullptr) == Status::RingFull);
  // Half a ring raises an interrupt although nobody asked for one.
  REQUIRE(b.hal.wait_for_interrupt(100000));
  REQUIRE(b.engine.completed() == 4);
  REQUIRE(b.engine.room() == 4);
  REQUIRE(b.engine.append(&d, nullptr) == Status::Ok);
}

TEST_CASE("a signal is patched into the ring only while it is the driver's", "[engine]") {
  Bench b(16);
  b.hal.engine(2).frozen = true;
  const hw::DmaDescriptor d = fill_word(kData, 1);
  for (int i = 0; i < 6; ++i) REQUIRE(b.engine.append(&d, nullptr) == Status::Ok);
  uint32_t signalled = 0;
  REQUIRE(b.engine.request_signal(3, &signalled) == Status::Ok);
  REQUIRE(signalled == 3);
  REQUIRE(b.engine.doorbell(false) == Status::Ok);
  REQUIRE(b.engine.request_signal(2, &signalled) == Status::Ok);
  REQUIRE(signalled == 3);
  REQUIRE(b.engine.request_signal(4, &signalled) == Status::Ok);
  REQUIRE(signalled == 6);
  REQUIRE(b.engine.request_signal(7, &signalled) == Status::BadArgument);
  b.hal.engine(2).frozen = false;
  b.hal.pause(10000);
  REQUIRE(b.engine.completed() == 6);
  REQUIRE(b.engine.request_signal(1, &signalled) == Status::Ok);
  REQUIRE(signalled == 1);
}

TEST_CASE("an engine's fault has code, address, response and descriptor", "[engine]") {
  Bench b;
  const hw::DmaDescriptor good = fill_word(kData, 1), bad = fill_word(0x20, 1);
  uint32_t sequence = 0;
  REQUIRE(b.engine.append(&good, nullptr) == Status::Ok);
  REQUIRE(b.engine.append(&bad, &sequence) == Status::Ok);
  REQUIRE(b.engine.append(&good, nullptr) == Status::Ok);
  REQUIRE(b.engine.doorbell(true) == Status::Ok);
  REQUIRE(b.hal.wait_for_interrupt(10000));
  b.hal.pause(1000);
  REQUIRE(b.engine.service_interrupt() == Status::EngineError);
  REQUIRE(b.engine.fault().code == hw::ENGINE_ERR_WRITE_BUS);
  REQUIRE(b.engine.fault().address == 0x20);
  REQUIRE(b.engine.fault().sequence == sequence);
  REQUIRE(b.engine.fault().descriptor == kRing + 128);
  REQUIRE(std::string(fault_text(b.engine.fault().code)) == "bus error on a result write");
  // Halted: the doorbell does nothing. A new start brings it back.
  REQUIRE(b.engine.submit(&good, nullptr) == Status::Ok);
  b.hal.pause(1000);
  REQUIRE_FALSE(b.engine.idle());
  REQUIRE(b.start(8) == Status::Ok);
  REQUIRE(b.engine.fault().code == 0);
  REQUIRE(b.engine.submit(&good, nullptr) == Status::Ok);
  b.hal.pause(1000);
  REQUIRE(b.engine.idle());
}

TEST_CASE("illegal descriptors and rings stop the engine", "[engine]") {
  Bench b;
  SECTION("opcode") {
    hw::DmaDescriptor d = fill_word(kData, 1);
    d.opcode = 77;
    REQUIRE(b.engine.submit(&d, nullptr) == Status::Ok);
    b.hal.pause(1000);
    REQUIRE(b.engine.service_interrupt() == Status::EngineError);
    REQUIRE(b.engine.fault().code == hw::ENGINE_ERR_ILLEGAL_DESC);
    REQUIRE(b.engine.fault().address == kRing);
  }
  SECTION("wait that is never over") {
    hw::DmaDescriptor d = fill_word(kData, 1);
    d.flags = hw::DESC_FLAG_WAIT;
    d.wait_addr = kData + 64;
    d.wait_value = 1;
    d.wait_timeout = 3000;
    const uint64_t start = b.hal.now_cycles();
    REQUIRE(b.engine.submit(&d, nullptr) == Status::Ok);
    REQUIRE(b.hal.wait_for_interrupt(100000));
    REQUIRE(b.hal.now_cycles() - start < 4000);
    REQUIRE(b.engine.service_interrupt() == Status::EngineError);
    REQUIRE(b.engine.fault().code == hw::ENGINE_ERR_WAIT_TIMEOUT);
    REQUIRE(b.engine.fault().address == kData + 64);
  }
}

TEST_CASE("abort keeps the ring, resume goes on", "[engine]") {
  Bench b;
  hw::DmaDescriptor d = fill_word(kData, 9);
  d.flags = hw::DESC_FLAG_WAIT;
  d.wait_addr = kData + 64;
  d.wait_value = 1;
  d.wait_timeout = 1000000;
  REQUIRE(b.engine.submit(&d, nullptr) == Status::Ok);
  b.hal.pause(500);
  REQUIRE(b.engine.abort(1000) == Status::Ok);
  b.hal.pause(500);
  REQUIRE_FALSE(b.engine.idle());
  *static_cast<uint32_t*>(b.hal.map(kData + 64, 4)) = 1;
  b.hal.pause(500);
  REQUIRE_FALSE(b.engine.idle());
  REQUIRE(b.engine.resume() == Status::Ok);
  b.hal.pause(500);
  REQUIRE(b.engine.idle());
  REQUIRE(b.word(kData) == 9);
}

TEST_CASE("a reset that does not end is a time-out", "[engine]") {
  Bench b;
  b.hal.engine(2).stuck_reset = true;
  const uint64_t start = b.hal.now_cycles();
  REQUIRE(b.engine.reset(5000) == Status::Timeout);
  REQUIRE(b.hal.now_cycles() - start < 6000);
  const hw::DmaDescriptor d = fill_word(kData, 9);
  REQUIRE(b.engine.append(&d, nullptr) == Status::BadArgument);
}

TEST_CASE("refused registers are reported", "[engine]") {
  const uint32_t offset = GENERATE(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_RING_BASE_LO_OFFSET,
                                   hw::ENGINE_RING_SIZE_OFFSET, hw::ENGINE_IRQ_ENABLE_OFFSET);
  CAPTURE(offset);
  Bench b;
  b.hal.refused.insert(kDmaBase + offset);
  REQUIRE(b.start(8) == Status::BusError);
  const hw::DmaDescriptor d = fill_word(kData, 9);
  REQUIRE(b.engine.append(&d, nullptr) == Status::BadArgument);
  b.hal.refused.clear();
  REQUIRE(b.start(8) == Status::Ok);
}

TEST_CASE("counters are read low word first", "[engine]") {
  Bench b;
  const hw::DmaDescriptor d = fill_word(kData, 9);
  REQUIRE(b.engine.submit(&d, nullptr) == Status::Ok);
  b.hal.pause(1000);
  EngineCounters c;
  REQUIRE(b.engine.read_counters(&c) == Status::Ok);
  REQUIRE(c.descriptors == 1);
  REQUIRE(c.work == 4);
  REQUIRE(c.busy_cycles == 0x100000000u + hw::ENGINE_BUSY_CYCLES_OFFSET);
  REQUIRE(c.wait_cycles == 0x100000000u + hw::ENGINE_WAIT_CYCLES_OFFSET);
}
