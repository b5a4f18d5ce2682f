// The GEMM's RTL against its arithmetic: random operations, edges, legality, errors, throughput.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <string>

#include "tests/rtl/support/rtl_bench.h"
#include "tlm/gemm/gemm_arith.h"
#include "tlm/gen/gemm_regs.h"

using namespace systole;
using namespace systole::rtl_test;

namespace {

constexpr uint64_t kRing = 0x40000000, kRingUnits = 16;
constexpr uint64_t kWords = 0x40010000;  // sync words
constexpr uint64_t kA = 0x80000000, kB = 0x81000000, kC = 0x82000000, kScales = 0x83000000;
constexpr uint64_t kAreaBytes = 0x10000;

struct Variant {
  const char* path;
  uint32_t rows, cols, data_bytes;
};
const Variant k16x16w128{VARIANT_GEMM_16X16_W128, 16, 16, 16};
const Variant k4x4w64{VARIANT_GEMM_4X4_W64, 4, 4, 8};
const Variant k8x16w256{VARIANT_GEMM_8X16_W256, 8, 16, 32};
const Variant k16x16w512{VARIANT_GEMM_16X16_W512, 16, 16, 64};
const Variant k32x32w512{VARIANT_GEMM_32X32_W512, 32, 32, 64};
const Variant k64x8w128{VARIANT_GEMM_64X8_W128, 64, 8, 16};
const Variant k4x4w512{VARIANT_GEMM_4X4_W512, 4, 4, 64};

std::shared_ptr<RtlLibrary> library(const Variant& v) {
  return std::make_shared<RtlLibrary>(v.path);
}

GemmConfig config_of(const Variant& v, const BenchOptions& options) {
  GemmConfig c;
  c.rows = v.rows;
  c.cols = v.cols;
  c.data_bytes = v.data_bytes;
  c.a_buffer_bytes = options.strap[hw::GEMM_STRAP_A_BUFFER_BYTES];
  c.b_buffer_bytes = options.strap[hw::GEMM_STRAP_B_BUFFER_BYTES];
  c.acc_buffer_bytes = options.strap[hw::GEMM_STRAP_ACC_BUFFER_BYTES];
  return c;
}

BenchOptions default_buffers() {
  BenchOptions options;
  options.strap[0] = 32768;
  options.strap[1] = 16384;
  options.strap[2] = 131072;
  return options;
}

uint32_t random_float(Random& random) {
  static const uint32_t special[] = {0x7FC00000, 0x7F800001, 0xFFC12345, 0x7F800000, 0xFF800000,
                                     0x00000000, 0x80000000, 0x00000001, 0x807FFFFF, 0x00800000,
                                     0x7F7FFFFF, 0x3F800000, 0xBF800000, 0x3F000000, 0x4B000001};
  if (random.chance(15)) return special[random.below(sizeof special / sizeof *special)];
  if (random.chance(15)) return static_cast<uint32_t>(random.next());
  // around 1/100, so that int8 results neither vanish nor all saturate
  return static_cast<uint32_t>(random.next() & 0x807FFFFF) |
         static_cast<uint32_t>(random.range(115, 128)) << 23;
}

void add_memory(AxiMemory& memory, Random& random) {
  memory.add(kRing, 0x20000);
  for (uint64_t base : {kA, kB, kC})
    for (auto& byte : memory.add(base, kAreaBytes)) byte = static_cast<uint8_t>(random.next());
  auto& scales = memory.add(kScales, kAreaBytes);
  for (size_t i = 0; i < scales.size(); i += 4) {
    const uint32_t f = random_float(random);
    std::memcpy(&scales[i], &f, 4);
  }
}

/// A size near the multiples of `edge`, mostly small.
uint32_t random_size(Random& random, uint32_t edge, uint32_t most) {
  uint64_t size = 1;
  switch (random.below(4)) {
    case 0:
      size = random.range(1, 3);
      break;
    case 1:
      size = edge * random.range(1, 3) + random.range(0, 2) - 1;
      break;
    case 2:
      size = random.range(1, edge + 1);
      break;
    default:
      size = random.range(1, random.chance(8) ? most : 2 * edge);
  }
  return static_cast<uint32_t>(std::max<uint64_t>(1, std::min<uint64_t>(size, most)));
}

GemmTile random_tile(Random& random, const GemmConfig& config, const hw::GemmDescriptor& d) {
  GemmTile tile;
  do {
    tile.m = static_cast<uint32_t>(random.chance(40) ? random.range(1, kGemmMaxTileM)
                                                     : random.range(1, d.m + 1));
    tile.n = static_cast<uint32_t>(
        random.range(1, random.chance(20) ? kGemmMaxTileN / config.cols : d.n / config.cols + 2));
    tile.k = static_cast<uint32_t>(random.range(1, random.chance(10) ? 20 : d.k / config.rows + 2));
  } while (!gemm_tile_legal(config, tile));
  return tile;
}

/// A legal operation inside the areas.
hw::GemmDescriptor random_operation(Random& random, const GemmConfig& config) {
  hw::GemmDescriptor d;
  d.opcode = hw::GEMM_OP_MATMUL;
  d.m = random_size(random, 16, 70);
  d.n = random_size(random, config.cols, 150);
  d.k = random_size(random, config.rows, 300);
  d.b_layout = static_cast<uint8_t>(random.below(3));
  d.out_type = static_cast<uint8_t>(random.below(3));
  const bool int32 = d.out_type == hw::GEMM_OUT_TYPE_INT32;
  if (random.chance(40))
    d.gemm_flags = int32 ? hw::GEMM_FLAGS_ACCUMULATE_MASK : hw::GEMM_FLAGS_BIAS_MASK;
  const uint32_t element = d.out_type == hw::GEMM_OUT_TYPE_INT8 ? 1 : 4;

  const auto stride = [&](uint64_t row, uint64_t rows, uint64_t unit) {
    const uint64_t room = rows > 1 ? (kAreaBytes - row) / (rows - 1) : row;
    const uint64_t slack = room > row ? std::min<uint64_t>(room - row, 90) : 0;
    return static_cast<uint32_t>((row + random.below(slack + 1)) / unit * unit);
  };
  const auto place = [&](uint64_t base, uint64_t span, uint64_t unit) {
    uint64_t offset = random.below(kAreaBytes - span + 1);
    if (random.chance(30)) {  // across a 4 KiB boundary
      const uint64_t at =
          4096 * random.range(1, 8) - random.below(std::min<uint64_t>(span, 99) + 1);
      if (at + span <= kAreaBytes) offset = at;
    }
    return base + offset / unit * unit;
  };
  d.lda = random.chance(5) ? 0 : stride(d.k, d.m, 1);
  d.a_addr = place(kA, uint64_t{d.m - 1} * d.lda + d.k, 1);
  if (d.b_layout == hw::GEMM_B_LAYOUT_PACKED) {
    const uint64_t tiles =
        uint64_t{(d.n + config.cols - 1) / config.cols} * ((d.k + config.rows - 1) / config.rows);
    d.b_addr = place(kB, std::min(tiles * config.rows * config.cols, kAreaBytes), 1);
  } else {
    const bool rows = d.b_layout == hw::GEMM_B_LAYOUT_ROWS;
    const uint32_t count = rows ? d.k : d.n, bytes = rows ? d.n : d.k;
    d.ldb = random.chance(5) ? 0 : stride(bytes, count, 1);
    d.b_addr = place(kB, uint64_t{count - 1} * d.ldb + bytes, 1);
  }
  d.ldc = stride(uint64_t{d.n} * element, d.m, element);
  if (d.m == 1 && random.chance(30)) d.ldc = 0;
  d.c_addr = place(kC, uint64_t{d.m - 1} * d.ldc + uint64_t{d.n} * element, element);
  if (!int32) {
    d.row_scale_addr = place(kScales, d.m * 4, 4);
    d.col_scale_addr = place(kScales, d.n * 4, 4);
    if (d.gemm_flags) d.bias_addr = place(kScales, d.n * 4, 4);
  }
  d.tile = gemm_tile_word(random_tile(random, config, d));
  return d;
}

std::string describe(const hw::GemmDescriptor& d) {
  const GemmTile tile = gemm_tile_of_word(d.tile);
  char text[400];
  std::snprintf(text, sizeof text,
                "m %u n %u k %u layout %u out %u flags %u a %llx/%u b %llx/%u c %llx/%u rs %llx cs "
                "%llx bias %llx tile %u,%u,%u",
                d.m, d.n, d.k, d.b_layout, d.out_type, d.gemm_flags,
                static_cast<unsigned long long>(d.a_addr), d.lda,
                static_cast<unsigned long long>(d.b_addr), d.ldb,
                static_cast<unsigned long long>(d.c_addr), d.ldc,
                static_cast<unsigned long long>(d.row_scale_addr),
                static_cast<unsigned long long>(d.col_scale_addr),
                static_cast<unsigned long long>(d.bias_addr), tile.m, tile.n, tile.k);
  return text;
}

const uint8_t* bytes_of(const hw::GemmDescriptor& d) {
  return reinterpret_cast<const uint8_t*>(&d);
}

/// Where the operand and result areas differ; empty if they do not.
std::string first_difference(AxiMemory& is, AxiMemory& expected) {
  for (uint64_t base : {kA, kB, kC, kScales}) {
    const uint8_t *a = is.at(base), *b = expected.at(base);
    if (std::memcmp(a, b, kAreaBytes) == 0) continue;
    const auto at = std::mismatch(a, a + kAreaBytes, b);
    unsigned count = 0;
    for (uint64_t i = 0; i < kAreaBytes; ++i) count += a[i] != b[i];
    char text[120];
    std::snprintf(text, sizeof text, "%llx is %02x, expected %02x; %u bytes differ",
                  static_cast<unsigned long long>(base + static_cast<uint64_t>(at.first - a)),
                  *at.first, *at.second, count);
    return text;
  }
  return "";
}

/// `count` operations on one instance, several per doorbell; all of memory is compared.
void random_session(const Variant& v, unsigned count, uint64_t seed) {
  CAPTURE(v.rows, v.cols, v.data_bytes, seed);
  Random random(seed);
  BenchOptions options = default_buffers();
  options.seed = seed;
  if (random.chance(50)) {  // small buffers: many slabs and blocks
    options.strap[0] = static_cast<uint32_t>(random.range(256, 2048));
    options.strap[1] = static_cast<uint32_t>(
        2 * std::max(v.rows, v.data_bytes) * std::max(v.cols, v.data_bytes) + random.below(2048));
    options.strap[2] = static_cast<uint32_t>(random.range(1024, 8192));
  }
  RtlBench bench(library(v), options);
  add_memory(bench.memory(), random);
  AxiMemory expected;
  expected.add(kRing, 0x20000);
  for (uint64_t base : {kA, kB, kC, kScales})
    std::memcpy(expected.add(base, kAreaBytes).data(), bench.memory().at(base), kAreaBytes);
  const GemmConfig config = config_of(v, options);
  uint64_t work = 0;
  bench.setup_ring(kRing, kRingUnits);
  for (unsigned done = 0; done < count;) {
    const unsigned batch = static_cast<unsigned>(random.range(1, 7));
    bench.options().stall_percent = random.chance(50) ? static_cast<unsigned>(random.below(60)) : 0;
    bench.options().read_latency = static_cast<unsigned>(random.below(80));
    bench.options().write_latency = static_cast<unsigned>(random.below(60));
    std::string operations;
    for (unsigned i = 0; i < batch; ++i) {
      const hw::GemmDescriptor d = random_operation(random, config);
      operations += "\n  " + describe(d);
      bench.push(&d);
      const OpResult result = gemm_execute(bytes_of(d), config, expected);
      INFO(describe(d));
      REQUIRE(result.error_code == 0);
      work += result.work;
    }
    INFO("operations " << done << " to " << done + batch - 1 << operations);
    bench.doorbell();
    REQUIRE(bench.run_until_idle(3000000));
    done += batch;
    REQUIRE(first_difference(bench.memory(), expected) == "");
    REQUIRE(bench.violations() == std::vector<std::string>{});
    REQUIRE(bench.read32(hw::GEMM_ERROR_CODE_OFFSET) == 0);
    REQUIRE(bench.read64(hw::GEMM_WORK_OFFSET) == work);
  }
  CHECK(bench.bus_idle());
}

void random_operations(const Variant& v, unsigned sessions, unsigned count, uint64_t seed) {
  for (unsigned i = 0; i < sessions; ++i) random_session(v, count, seed + i);
}

}  // namespace

TEST_CASE("GEMM computes like its arithmetic, 16x16 on 128 bit, first part") {
  random_operations(k16x16w128, 10, 250, 1000);
}
TEST_CASE("GEMM computes like its arithmetic, 16x16 on 128 bit, second part") {
  random_operations(k16x16w128, 10, 250, 2000);
}
TEST_CASE("GEMM computes like its arithmetic, 16x16 on 128 bit, third part") {
  random_operations(k16x16w128, 10, 250, 3000);
}
TEST_CASE("GEMM computes like its arithmetic, 16x16 on 128 bit, fourth part") {
  random_operations(k16x16w128, 10, 250, 4000);
}
TEST_CASE("GEMM computes like its arithmetic, 4x4 on 64 bit") {
  random_operations(k4x4w64, 6, 100, 5000);
}
TEST_CASE("GEMM computes like its arithmetic, 8x16 on 256 bit") {
  random_operations(k8x16w256, 6, 100, 6000);
}
TEST_CASE("GEMM computes like its arithmetic, 16x16 on 512 bit") {
  random_operations(k16x16w512, 6, 100, 7000);
}
TEST_CASE("GEMM computes like its arithmetic, 32x32 on 512 bit") {
  random_operations(k32x32w512, 6, 100, 8000);
}
TEST_CASE("GEMM computes like its arithmetic, 64x8 on 128 bit") {
  random_operations(k64x8w128, 6, 100, 9000);
}
TEST_CASE("GEMM computes like its arithmetic, 4x4 on 512 bit") {
  random_operations(k4x4w512, 6, 100, 10000);
}

namespace {

/// One operation from doorbell to completion word, in a memory with `latency` cycles; checks the
/// result.
struct Run {
  uint64_t cycles;
  double macs_share;   // of rows * cols MAC per cycle
  double b_bus_share;  // bytes of B per cycle, of the bus width
};
Run timed_run(const Variant& v, hw::GemmDescriptor d, unsigned latency) {
  BenchOptions options = default_buffers();
  options.read_latency = options.write_latency = latency;
  RtlBench bench(library(v), options);
  Random random(7);
  constexpr uint64_t kBytes = 0x110000;
  AxiMemory expected;
  bench.memory().add(kRing, 0x20000);
  for (uint64_t base : {kA, kB, kC}) {
    auto& bytes = bench.memory().add(base, kBytes);
    for (auto& byte : bytes) byte = static_cast<uint8_t>(random.next());
    expected.add(base, kBytes) = bytes;
  }
  auto& scales = bench.memory().add(kScales, kAreaBytes);
  for (size_t i = 0; i < scales.size(); i += 4) {
    const uint32_t f = random_float(random);
    std::memcpy(&scales[i], &f, 4);
  }
  expected.add(kScales, kAreaBytes) = scales;
  d.opcode = hw::GEMM_OP_MATMUL;
  d.a_addr = kA;
  d.b_addr = kB;
  d.c_addr = kC;
  d.lda = d.k;
  d.ldb = d.b_layout == hw::GEMM_B_LAYOUT_PACKED ? 0
          : d.b_layout == hw::GEMM_B_LAYOUT_ROWS ? d.n
                                                 : d.k;
  d.ldc = 4 * d.n;
  if (d.out_type != hw::GEMM_OUT_TYPE_INT32) {
    d.row_scale_addr = kScales;
    d.col_scale_addr = kScales + 0x1000;
  }
  d.flags = hw::DESC_FLAG_COMPLETE;
  d.tag = 77;
  d.completion_addr = kWords;
  REQUIRE(gemm_execute(bytes_of(d), config_of(v, options), expected).error_code == 0);
  bench.setup_ring(kRing, kRingUnits);
  bench.push(&d);
  const uint64_t begin = bench.cycles();
  bench.doorbell();
  REQUIRE(bench.run_until([&] { return bench.memory().load32(kWords) == 77; }, 2000000));
  const uint64_t cycles = bench.cycles() - begin;
  REQUIRE(bench.run_until_idle());
  REQUIRE(std::memcmp(bench.memory().at(kC), expected.at(kC), kBytes) == 0);
  CHECK(bench.violations() == std::vector<std::string>{});
  const double macs = double(d.m) * d.n * d.k, c = static_cast<double>(cycles);
  return {cycles, macs / c / (v.rows * v.cols), double(d.n) * d.k / c / v.data_bytes};
}

hw::GemmDescriptor product(uint32_t m, uint32_t n, uint32_t k, uint8_t layout, GemmTile tile) {
  hw::GemmDescriptor d;
  d.m = m;
  d.n = n;
  d.k = k;
  d.b_layout = layout;
  d.out_type = hw::GEMM_OUT_TYPE_FLOAT32;
  d.tile = gemm_tile_word(tile);
  return d;
}

}  // namespace

TEST_CASE("GEMM of 256 x 256 x 512 keeps 90 percent of the array busy") {
  for (uint8_t layout : {0, 1, 2}) {
    const Run run = timed_run(k16x16w128, product(256, 256, 512, layout, {256, 4, 4}), 75);
    WARN("layout " << int(layout) << ": " << run.cycles << " cycles, " << 100 * run.macs_share
                   << " % of the array");
    CHECK(run.macs_share >= 0.9);
  }
}

TEST_CASE("GEMM with one row streams weights at 90 percent of the bus") {
  const struct {
    const Variant& variant;
    uint8_t layout;
    GemmTile tile;
  } cases[] = {{k16x16w128, 0, {1, 16, 2}},
               {k16x16w128, 1, {1, 8, 4}},
               {k16x16w128, 2, {1, 8, 4}},
               {k16x16w512, 2, {1, 8, 4}}};
  for (const auto& c : cases) {
    const Run run = timed_run(c.variant, product(1, 1024, 1024, c.layout, c.tile), 75);
    WARN(c.variant.data_bytes * 8 << " bit, layout " << int(c.layout) << ": " << run.cycles
                                  << " cycles, " << 100 * run.b_bus_share << " % of the bus");
    CHECK(run.b_bus_share >= 0.9);
  }
}

TEST_CASE("GEMM latency of small products") {
  const struct {
    uint32_t m, n, k;
    GemmTile tile;
  } cases[] = {{1, 16, 16, {1, 1, 1}},  {1, 64, 64, {1, 4, 4}},   {8, 64, 64, {8, 1, 4}},
               {1, 512, 64, {1, 8, 4}}, {1, 172, 64, {1, 11, 2}}, {4, 64, 172, {4, 2, 11}}};
  for (const auto& c : cases) {
    const Run run = timed_run(k16x16w128, product(c.m, c.n, c.k, 2, c.tile), 75);
    WARN(c.m << " x " << c.n << " x " << c.k << ": " << run.cycles << " cycles");
    // descriptor, operands and completion one after the other, and the array
    CHECK(run.cycles <= 4 * 75 + 150 + (c.n + 16) * (c.k + 16) / 16);
  }
}

TEST_CASE("GEMM shows what it was built with, limited by the straps") {
  for (bool all : {true, false}) {
    BenchOptions options;
    if (!all) options = default_buffers();
    RtlBench bench(library(k8x16w256), options);
    CHECK(bench.read32(hw::GEMM_ID_OFFSET) == hw::GEMM_ID_VALUE);
    CHECK(bench.read32(hw::GEMM_CONFIG_OFFSET(0)) == (16u << 16 | 8u));
    CHECK(bench.read32(hw::GEMM_CONFIG_OFFSET(1)) == 32);
    CHECK(bench.read32(hw::GEMM_CONFIG_OFFSET(2)) == (all ? 131072u : 32768u));
    CHECK(bench.read32(hw::GEMM_CONFIG_OFFSET(3)) == (all ? 131072u : 16384u));
    CHECK(bench.read32(hw::GEMM_CONFIG_OFFSET(4)) == (all ? 524288u : 131072u));
    CHECK(bench.read32(hw::GEMM_CONFIG_OFFSET(5)) == (kGemmMaxTileN << 16 | kGemmMaxTileM));
  }
}

TEST_CASE("GEMM refuses what its arithmetic refuses") {
  for (uint64_t seed : {1u, 2u}) {
    CAPTURE(seed);
    const Variant& v = seed == 1 ? k16x16w128 : k4x4w64;
    BenchOptions options = default_buffers();
    RtlBench bench(library(v), options);
    Random random(seed);
    add_memory(bench.memory(), random);
    const GemmConfig config = config_of(v, options);
    unsigned seen[9] = {};
    for (unsigned i = 0; i < 600; ++i) {
      hw::GemmDescriptor d = random_operation(random, config);
      GemmTile tile = gemm_tile_of_word(d.tile);
      const uint64_t high = uint64_t{1} << random.range(40, 63);
      switch (random.below(22)) {
        case 0:
          d.opcode = static_cast<uint8_t>(random.range(2, 255));
          break;
        case 1:
          d.b_layout = static_cast<uint8_t>(random.range(3, 255));
          break;
        case 2:
          d.out_type = static_cast<uint8_t>(random.range(3, 255));
          break;
        case 3:
          d.gemm_flags = static_cast<uint8_t>(random.below(256));
          break;
        case 4:
          d.reserved1 = static_cast<uint8_t>(1u << random.below(8));
          break;
        case 5:
          d.a_addr |= high;
          break;
        case 6:
          d.b_addr |= high;
          break;
        case 7:
          d.c_addr |= high;
          break;
        case 8:
          d.row_scale_addr += random.chance(50) ? high : random.range(1, 4);
          break;
        case 9:
          d.col_scale_addr += random.chance(50) ? high : random.range(1, 4);
          break;
        case 10:
          d.bias_addr += random.chance(50) ? high : random.range(1, 4);
          break;
        case 11:
          d.c_addr += random.range(1, 3);
          break;
        case 12:
          d.ldb = static_cast<uint32_t>(random.range(1, 99));
          break;
        case 13:
          d.ldc = static_cast<uint32_t>(random.below(uint64_t{d.n} * 4));
          break;
        case 14:
          d.m = random.chance(50) ? 0 : static_cast<uint32_t>(1u << random.range(20, 31));
          break;
        case 15:
          d.n = random.chance(50) ? 0 : static_cast<uint32_t>(1u << random.range(20, 31));
          break;
        case 16:
          d.k = random.chance(50) ? 0 : static_cast<uint32_t>(1u << random.range(17, 31));
          break;
        case 17:
          tile.m = static_cast<uint32_t>(random.chance(30) ? 0 : random.range(1, 2047));
          break;
        case 18:
          tile.n = static_cast<uint32_t>(random.chance(30) ? 0 : random.range(1, 127));
          break;
        case 19:
          tile.k = static_cast<uint32_t>(random.chance(30) ? 0 : random.range(1, 16383));
          break;
        case 20:
          tile.k = static_cast<uint32_t>(random.range(1, 2048 / v.rows));
          break;
        default:
          d.out_type = static_cast<uint8_t>(random.below(3));
          d.gemm_flags = static_cast<uint8_t>(random.below(4));
      }
      d.tile = gemm_tile_word(tile);
      const uint8_t code = gemm_check(bytes_of(d), config);
      if (code == 0) continue;  // what is legal is run elsewhere
      ++seen[code];
      INFO("operation " << i << ": " << describe(d));
      bench.write(hw::GEMM_CTRL_OFFSET, hw::GEMM_CTRL_SOFT_RESET_MASK);
      REQUIRE(bench.run_until_idle());
      bench.setup_ring(kRing, kRingUnits);
      bench.reset_traffic();
      REQUIRE(bench.run_one(&d));
      REQUIRE(bench.read32(hw::GEMM_ERROR_CODE_OFFSET) == code);
      REQUIRE(bench.traffic().read_bursts * v.data_bytes <= 2 * 64 * 16);
      REQUIRE(bench.traffic().read_beats * v.data_bytes == 128);  // the descriptor itself
      REQUIRE(bench.traffic().write_bursts == 0);
    }
    CHECK(seen[hw::ENGINE_ERR_ILLEGAL_DESC] > 50);
    CHECK(seen[hw::ENGINE_ERR_ILLEGAL_SIZE] > 50);
  }
}

TEST_CASE("GEMM accepts the largest tile of each buffer and refuses one step more") {
  BenchOptions options = default_buffers();
  RtlBench bench(library(k16x16w128), options);
  Random random(3);
  add_memory(bench.memory(), random);
  const GemmConfig config = config_of(k16x16w128, options);
  const GemmTile cases[][2] = {{{256, 1, 4}, {257, 1, 4}}, {{1, 2, 16}, {1, 2, 17}},
                               {{512, 2, 2}, {513, 2, 2}}, {{64, 16, 1}, {65, 16, 1}},
                               {{1, 32, 1}, {1, 33, 1}},   {{8, 1, 32}, {8, 1, 33}}};
  for (const auto& pair : cases) {
    for (bool over : {false, true}) {
      const GemmTile tile = pair[over ? 1 : 0];
      CAPTURE(tile.m, tile.n, tile.k);
      hw::GemmDescriptor d = product(3, 5, 7, hw::GEMM_B_LAYOUT_ROWS, tile);
      d.out_type = hw::GEMM_OUT_TYPE_INT32;
      d.opcode = hw::GEMM_OP_MATMUL;
      d.a_addr = kA;
      d.b_addr = kB;
      d.c_addr = kC;
      d.lda = d.ldb = 7;
      d.ldc = 20;
      bench.write(hw::GEMM_CTRL_OFFSET, hw::GEMM_CTRL_SOFT_RESET_MASK);
      REQUIRE(bench.run_until_idle());
      bench.setup_ring(kRing, kRingUnits);
      REQUIRE(bench.run_one(&d));
      CHECK(gemm_tile_legal(config, tile) == !over);
      CHECK(bench.read32(hw::GEMM_ERROR_CODE_OFFSET) ==
            (over ? hw::ENGINE_ERR_ILLEGAL_SIZE : hw::ENGINE_ERR_NONE));
    }
  }
}

TEST_CASE("GEMM comes back from bus errors and aborts") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    BenchOptions options = default_buffers();
    options.seed = seed;
    options.stall_percent = random.chance(50) ? 30 : 0;
    RtlBench bench(library(k16x16w128), options);
    add_memory(bench.memory(), random);
    const GemmConfig config = config_of(k16x16w128, options);
    hw::GemmDescriptor d = random_operation(random, config);
    d.c_addr = kC;  // so that a second run is not fed with the first one's partial result
    d.gemm_flags &= static_cast<uint8_t>(~hw::GEMM_FLAGS_ACCUMULATE_MASK);
    INFO(describe(d));
    bench.setup_ring(kRing, kRingUnits);
    const std::vector<uint8_t> before(bench.memory().at(kC), bench.memory().at(kC) + kAreaBytes);
    switch (random.below(3)) {
      case 0:
        bench.memory().fail_reads(d.a_addr + d.k / 2);
        REQUIRE(bench.run_one(&d));
        CHECK((bench.read32(hw::GEMM_ERROR_CODE_OFFSET) & 0xff) == hw::ENGINE_ERR_READ_BUS);
        CHECK(bench.read32(hw::GEMM_ERROR_ADDR_LO_OFFSET) <= d.a_addr + d.k / 2);
        CHECK(bench.read32(hw::GEMM_ERROR_ADDR_LO_OFFSET) + 256 > d.a_addr + d.k / 2);
        break;
      case 1:
        bench.memory().fail_writes(d.c_addr);
        REQUIRE(bench.run_one(&d));
        CHECK((bench.read32(hw::GEMM_ERROR_CODE_OFFSET) & 0xff) == hw::ENGINE_ERR_WRITE_BUS);
        CHECK(bench.read32(hw::GEMM_ERROR_ADDR_LO_OFFSET) == d.c_addr);
        break;
      default:
        bench.push(&d);
        bench.doorbell();
        for (uint64_t i = random.below(400); i > 0; --i) bench.tick();
        bench.write(hw::GEMM_CTRL_OFFSET, hw::GEMM_CTRL_ENABLE_MASK | hw::GEMM_CTRL_ABORT_MASK);
        REQUIRE(bench.run_until_idle());
    }
    CHECK(bench.bus_idle());
    bench.memory().clear_failures();
    bench.write(hw::GEMM_CTRL_OFFSET, hw::GEMM_CTRL_SOFT_RESET_MASK);
    REQUIRE(bench.run_until_idle());
    AxiMemory expected;
    for (uint64_t base : {kA, kB, kScales})
      std::memcpy(expected.add(base, kAreaBytes).data(), bench.memory().at(base), kAreaBytes);
    expected.add(kC, kAreaBytes) = before;
    REQUIRE(gemm_execute(bytes_of(d), config, expected).error_code == 0);
    bench.setup_ring(kRing, kRingUnits);
    REQUIRE(bench.run_one(&d));
    CHECK(bench.read32(hw::GEMM_ERROR_CODE_OFFSET) == 0);
    CHECK(first_difference(bench.memory(), expected) == "");
    CHECK(bench.violations() == std::vector<std::string>{});
  }
}
