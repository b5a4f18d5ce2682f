// The DMA's RTL against its arithmetic: random operations, edges, errors, throughput.
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <string>

#include "tests/rtl/support/illegal_descriptors.h"
#include "tests/rtl/support/rtl_bench.h"
#include "tlm/dma/dma_arith.h"
#include "tlm/gen/dma_regs.h"

using namespace systole;
using namespace systole::rtl_test;

namespace {

constexpr uint64_t kRing = 0x40000000, kRingUnits = 16;
constexpr uint64_t kWords = 0x40010000;  // sync words
constexpr uint64_t kSrc = 0x80000000, kDst = 0x90000000, kAreaBytes = 0x8000;

std::shared_ptr<RtlLibrary> library(unsigned data_width) {
  const char* path = data_width == 64    ? VARIANT_DMA_W64
                     : data_width == 128 ? VARIANT_DMA_W128
                     : data_width == 256 ? VARIANT_DMA_W256
                                         : VARIANT_DMA_W512;
  return std::make_shared<RtlLibrary>(path);
}

void add_memory(AxiMemory& memory, Random& random) {
  memory.add(kRing, 0x20000);
  for (auto& byte : memory.add(kSrc, kAreaBytes)) byte = static_cast<uint8_t>(random.next());
  for (auto& byte : memory.add(kDst, kAreaBytes)) byte = static_cast<uint8_t>(random.next());
}

hw::DmaDescriptor copy(uint64_t src, uint64_t dst, uint32_t bytes) {
  hw::DmaDescriptor desc;
  desc.opcode = hw::DMA_OP_COPY;
  desc.rows = 1;
  desc.row_bytes = bytes;
  desc.src = src;
  desc.dst = dst;
  return desc;
}

/// A legal operation inside the areas, small sizes and edges preferred.
hw::DmaDescriptor random_operation(Random& random, unsigned data_bytes) {
  hw::DmaDescriptor desc;
  desc.opcode = random.chance(75) ? hw::DMA_OP_COPY : hw::DMA_OP_FILL;
  const bool fill = desc.opcode == hw::DMA_OP_FILL;
  switch (random.below(4)) {
    case 0:
      desc.row_bytes = static_cast<uint32_t>(random.range(1, 2 * data_bytes + 1));
      break;
    case 1:
      desc.row_bytes =
          static_cast<uint32_t>(data_bytes * random.range(1, 20) + random.range(0, 2) - 1);
      break;
    case 2:
      desc.row_bytes = static_cast<uint32_t>(random.range(1, 600));
      break;
    default:
      desc.row_bytes =
          static_cast<uint32_t>(random.chance(10) ? random.range(1, 9000) : random.range(1, 80));
  }
  const uint64_t room = kAreaBytes / 2;
  desc.rows = static_cast<uint32_t>(random.chance(40) ? 1 : random.range(1, 12));
  while (desc.rows > 1 && uint64_t{desc.rows} * desc.row_bytes > room) --desc.rows;
  const uint64_t slack =
      desc.rows > 1 ? (room - uint64_t{desc.rows} * desc.row_bytes) / (desc.rows - 1) : 0;
  desc.dst_stride = desc.row_bytes + random.below(std::min<uint64_t>(slack, 100) + 1);
  // Source rows may overlap each other; one in eight repeats a single row.
  desc.src_stride =
      random.chance(12) ? 0 : random.below(desc.row_bytes + std::min<uint64_t>(slack, 100) + 1);
  const auto place = [&](uint64_t base, uint64_t stride) {
    const uint64_t span = (desc.rows - 1) * stride + desc.row_bytes;
    // Near a 4 KiB boundary half of the time.
    uint64_t offset = random.below(kAreaBytes - span + 1);
    if (random.chance(50)) {
      const uint64_t near =
          4096 * random.range(1, 3) - random.below(std::min<uint64_t>(span, 200) + 1);
      if (near + span <= kAreaBytes) offset = near;
    }
    if (random.chance(25)) offset &= ~uint64_t{data_bytes - 1};
    return base + offset;
  };
  if (fill) {
    desc.pattern = static_cast<uint32_t>(random.next());
    desc.src_stride = 0;
  } else {
    desc.src = place(kSrc, desc.src_stride);
  }
  desc.dst = place(kDst, desc.dst_stride);
  return desc;
}

void random_operations(unsigned data_width, unsigned count, uint64_t seed,
                       std::shared_ptr<RtlLibrary> variant = nullptr) {
  CAPTURE(data_width, count, seed);
  Random random(seed);
  BenchOptions options;
  options.seed = seed;
  RtlBench bench(variant ? variant : library(data_width), options);
  AxiMemory expected;
  add_memory(bench.memory(), random);
  Random same(seed);
  add_memory(expected, same);
  DmaConfig config;
  config.data_bytes = data_width / 8;
  uint64_t work = 0;
  bench.setup_ring(kRing, kRingUnits);
  unsigned done = 0;
  while (done < count) {
    // Several descriptors at once, so that each is fetched while its predecessor runs.
    const unsigned batch = static_cast<unsigned>(random.range(1, 7));
    bench.options().stall_percent = random.chance(50) ? static_cast<unsigned>(random.below(60)) : 0;
    bench.options().read_latency = static_cast<unsigned>(random.below(80));
    bench.options().write_latency = static_cast<unsigned>(random.below(60));
    for (unsigned i = 0; i < batch; ++i) {
      hw::DmaDescriptor desc = random_operation(random, config.data_bytes);
      INFO("operation " << done + i << ": opcode " << int(desc.opcode) << " rows " << desc.rows
                        << " bytes " << desc.row_bytes << " src " << std::hex << desc.src << " dst "
                        << desc.dst << " strides " << desc.src_stride << " " << desc.dst_stride);
      bench.push(&desc);
      const OpResult result =
          dma_execute(reinterpret_cast<const uint8_t*>(&desc), config, expected);
      REQUIRE(result.error_code == 0);
      work += result.work;
    }
    bench.doorbell();
    INFO("operations " << done << " to " << done + batch - 1);
    REQUIRE(bench.run_until_idle(3000000));
    done += batch;
    for (uint64_t base : {kSrc, kDst}) {
      REQUIRE(std::memcmp(bench.memory().at(base), expected.at(base), kAreaBytes) == 0);
    }
    REQUIRE(bench.violations() == std::vector<std::string>{});
  }
  CHECK(bench.bus_idle());
  CHECK(bench.read32(hw::DMA_ERROR_CODE_OFFSET) == 0);
  CHECK(bench.read64(hw::DMA_WORK_OFFSET) == work);
  CHECK(bench.read64(hw::DMA_DESCRIPTORS_OFFSET) == done);
}

}  // namespace

TEST_CASE("DMA copies and fills like its arithmetic, 128 bit, first half") {
  random_operations(128, 5000, 11);
}
TEST_CASE("DMA copies and fills like its arithmetic, 128 bit, second half") {
  random_operations(128, 5000, 12);
}
TEST_CASE("DMA copies and fills like its arithmetic, 64 bit") { random_operations(64, 1000, 13); }
TEST_CASE("DMA copies and fills like its arithmetic, 256 bit") { random_operations(256, 1000, 14); }
TEST_CASE("DMA copies and fills like its arithmetic, 512 bit") { random_operations(512, 1000, 15); }

TEST_CASE("DMA works with odd limits built in") {
  const auto small = std::make_shared<RtlLibrary>(VARIANT_DMA_SMALL);
  RtlBench bench(small);
  CHECK(bench.read32(hw::DMA_CONFIG_OFFSET(0)) == (5u << 16 | 3u));
  random_operations(128, 500, 16, small);
}

TEST_CASE("DMA copies 64 KiB at 92 percent of the bus and more") {
  for (unsigned latency : {50u, 75u}) {
    for (uint32_t reads : {0u, 8u}) {
      BenchOptions options;
      options.read_latency = options.write_latency = latency;
      options.strap[hw::DMA_STRAP_MAX_OUTSTANDING] = reads;
      RtlBench bench(library(128), options);
      bench.memory().add(kRing, 0x20000);
      bench.memory().add(kSrc, 0x10000);
      bench.memory().add(kDst, 0x10000);
      for (unsigned i = 0; i < 0x10000; ++i)
        *bench.memory().at(kSrc + i) = static_cast<uint8_t>(i * 7 + i / 251);
      bench.setup_ring(kRing, kRingUnits);
      hw::DmaDescriptor desc = copy(kSrc, kDst, 0x10000);
      desc.flags = hw::DESC_FLAG_COMPLETE;
      desc.tag = 77;
      desc.completion_addr = kWords;
      bench.push(&desc);
      const uint64_t begin = bench.cycles();
      bench.doorbell();
      REQUIRE(bench.run_until([&] { return bench.memory().load32(kWords) == 77; }, 100000));
      const uint64_t cycles = bench.cycles() - begin;
      REQUIRE(bench.run_until_idle());
      REQUIRE(std::memcmp(bench.memory().at(kSrc), bench.memory().at(kDst), 0x10000) == 0);
      const double share = 65536.0 / 16 / static_cast<double>(cycles);
      INFO("latency " << latency << " reads " << reads << " cycles " << cycles << " share "
                      << share);
      WARN("latency " << latency << ", reads in flight " << (reads ? reads : 32) << ": " << cycles
                      << " cycles, " << 100 * share << " % of the bus");
      CHECK(share >= 0.92);
    }
  }
}

TEST_CASE("DMA moves rows of one beat at nearly a row per cycle") {
  BenchOptions options;
  options.read_latency = options.write_latency = 20;
  const auto cycles = [&](uint32_t row_bytes, uint64_t src, uint64_t dst) {
    RtlBench bench(library(128), options);
    bench.memory().add(kRing, 0x20000);
    bench.memory().add(kSrc, 0x10000);
    bench.memory().add(kDst, 0x10000);
    bench.setup_ring(kRing, kRingUnits);
    hw::DmaDescriptor desc = copy(kSrc + src, kDst + dst, row_bytes);
    desc.rows = 1000;
    desc.src_stride = desc.dst_stride = 32;
    REQUIRE(bench.run_one(&desc));
    REQUIRE(bench.read32(hw::DMA_ERROR_CODE_OFFSET) == 0);
    return bench.read64(hw::DMA_BUSY_CYCLES_OFFSET);
  };
  CHECK(cycles(16, 0, 0) <= 1120);
  CHECK(cycles(7, 3, 8) <= 1120);   // within a beat on both sides
  CHECK(cycles(16, 5, 0) <= 2200);  // two beats to read
  CHECK(cycles(16, 0, 5) <= 2200);  // two beats to write
  CHECK(cycles(16, 9, 5) <= 2200);  // two of each
}

TEST_CASE("DMA obeys the straps") {
  for (uint32_t reads : {1u, 2u, 8u}) {
    for (uint32_t beats : {1u, 4u, 256u}) {
      CAPTURE(reads, beats);
      BenchOptions options;
      options.strap[hw::DMA_STRAP_MAX_OUTSTANDING] = reads;
      options.strap[hw::DMA_STRAP_MAX_BURST_BEATS] = beats;
      RtlBench bench(library(128), options);
      Random random(1);
      add_memory(bench.memory(), random);
      CHECK(bench.read32(hw::DMA_CONFIG_OFFSET(0)) == (beats << 16 | reads));
      CHECK(bench.read32(hw::DMA_CONFIG_OFFSET(1)) == 16);
      bench.setup_ring(kRing, kRingUnits);
      hw::DmaDescriptor desc = copy(kSrc + 3, kDst + 5, 6000);
      bench.push(&desc);
      bench.doorbell();
      bench.reset_traffic();
      REQUIRE(bench.run_until_idle());
      CHECK(std::memcmp(bench.memory().at(kSrc + 3), bench.memory().at(kDst + 5), 6000) == 0);
      const uint64_t bursts = beats == 256 ? 2 : (6003 + 16 * beats - 1) / (16 * beats);
      CHECK(bench.traffic().read_bursts >= bursts + 2);
      CHECK(bench.traffic().read_bursts <= bursts + 4);
      CHECK(bench.violations() == std::vector<std::string>{});
    }
  }
}

TEST_CASE("DMA refuses illegal operands as its arithmetic does") {
  Random random(5);
  RtlBench bench(library(128));
  add_memory(bench.memory(), random);
  for (const IllegalDma& c : illegal_dma_descriptors()) {
    INFO(c.what);
    bench.write(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_SOFT_RESET_MASK);
    REQUIRE(bench.run_until_idle());
    bench.setup_ring(kRing, kRingUnits);
    hw::DmaDescriptor desc = copy(kSrc, kDst, 64);
    c.spoil(desc);
    bench.reset_traffic();
    REQUIRE(bench.run_one(&desc));
    CHECK(dma_check(reinterpret_cast<const uint8_t*>(&desc), DmaConfig{}) == c.code);
    CHECK(bench.read32(hw::DMA_ERROR_CODE_OFFSET) == c.code);
    CHECK(bench.read32(hw::DMA_ERROR_ADDR_LO_OFFSET) == kRing);
    CHECK(bench.traffic().read_bursts == 2);  // the descriptor itself
    CHECK(bench.traffic().write_bursts == 0);
  }
}

TEST_CASE("DMA names the failing burst") {
  Random random(6);
  for (unsigned stall : {0u, 40u}) {
    for (bool write : {false, true}) {
      for (uint32_t offset : {0u, 100u, 1000u, 4095u, 4096u, 5999u}) {
        CAPTURE(stall, write, offset);
        BenchOptions options;
        options.stall_percent = stall;
        options.seed = 99 + offset;
        RtlBench bench(library(128), options);
        add_memory(bench.memory(), random);
        bench.setup_ring(kRing, kRingUnits);
        hw::DmaDescriptor desc = copy(kSrc + 7, kDst + 11, 6000);
        const uint64_t victim = (write ? desc.dst : desc.src) + offset;
        write ? bench.memory().fail_writes(victim) : bench.memory().fail_reads(victim);
        REQUIRE(bench.run_one(&desc));
        CHECK(bench.read32(hw::DMA_ERROR_CODE_OFFSET) ==
              (2u << 8 | (write ? hw::ENGINE_ERR_WRITE_BUS : hw::ENGINE_ERR_READ_BUS)));
        // Bursts of 16 beats from the first beat on, cut at 4 KiB.
        const uint64_t page = victim & ~uint64_t{4095};
        const uint64_t base = (write ? kDst : kSrc);
        const uint64_t from = page == base ? base : page;
        CHECK(bench.read32(hw::DMA_ERROR_ADDR_LO_OFFSET) ==
              from + ((victim - from) & ~uint64_t{255}));
        CHECK(bench.read32(hw::DMA_STATUS_OFFSET) == hw::DMA_STATUS_HALTED_MASK);
        CHECK(bench.bus_idle());
        // And comes back.
        bench.memory().clear_failures();
        bench.write(hw::DMA_CTRL_OFFSET, hw::DMA_CTRL_SOFT_RESET_MASK);
        REQUIRE(bench.run_until_idle());
        bench.setup_ring(kRing, kRingUnits);
        REQUIRE(bench.run_one(&desc));
        CHECK(bench.read32(hw::DMA_ERROR_CODE_OFFSET) == 0);
        CHECK(std::memcmp(bench.memory().at(desc.src), bench.memory().at(desc.dst), 6000) == 0);
        CHECK(bench.violations() == std::vector<std::string>{});
      }
    }
  }
}
