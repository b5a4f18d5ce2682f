// The VPU's RTL against its arithmetic: random operations, special values, edges, errors, timing.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/rtl/support/illegal_descriptors.h"
#include "tests/rtl/support/rtl_bench.h"
#include "tests/support/vpu_descriptors.h"
#include "tlm/core/fp32.h"
#include "tlm/gen/vpu_regs.h"
#include "tlm/vpu/vpu_arith.h"

using namespace systole;
using namespace systole::rtl_test;
using hw::VpuDescriptor;
using test::takes_y;

namespace {

constexpr uint64_t kRing = 0x40000000, kRingUnits = 16;
constexpr uint64_t kX = 0x80000000, kY = 0x81000000, kD = 0x82000000, kS = 0x83000000;
constexpr uint32_t kAreaBytes = 0x8000, kScaleBytes = 0x200;

struct Variant {
  const char* path;
  uint32_t lanes, data_bytes;
};
const Variant kDefault{VARIANT_VPU_L8_W128, 8, 16};

VpuConfig config_of(const Variant& variant) {
  VpuConfig config;
  config.lanes = variant.lanes;
  config.data_bytes = variant.data_bytes;
  return config;
}

/// What a fill of memory looks like: one in eight is all special values.
uint32_t random_float(Random& random, unsigned style) {
  static const uint32_t special[] = {0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff,
                                     0x00800000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000,
                                     0x7fc00000, 0x7f800001, 0xffffffff, 0x3f800000, 0xbf800000,
                                     0x42b17218, 0xc2b17218, 0x3f1fffff, 0x3f200000, 0xc3000000};
  const uint32_t bits = static_cast<uint32_t>(random.next());
  const auto uniform = [&](float scale) {
    return fp32::to_bits((static_cast<float>(bits >> 8) / 8388608.0f - 1.0f) * scale);
  };
  switch (style) {
    case 0:
    case 1:
    case 2:
      return uniform(4.0f);
    case 3:
      return uniform(100.0f);
    case 4:  // one special value in a while
      return random.chance(3) ? special[random.below(20)] : uniform(1.0f);
    case 5:
      return bits;
    case 6:  // tiny: scales underflow
      return (bits & 0x80ffffffu) + (static_cast<uint32_t>(random.below(7)) << 23);
    default:
      return random.chance(50) ? special[random.below(20)] : uniform(2.0f);
  }
}

void fill(Random& random, std::vector<uint8_t>& bytes) {
  const unsigned style = static_cast<unsigned>(random.below(8));
  for (size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    const uint32_t value = random_float(random, style);
    std::memcpy(&bytes[i], &value, 4);
  }
}

uint32_t u32(uint64_t x) { return static_cast<uint32_t>(x); }

/// A legal operation inside the areas; edge sizes around multiples of the lanes preferred.
VpuDescriptor random_operation(Random& random, const VpuConfig& config) {
  VpuDescriptor d;
  d.opcode = static_cast<uint8_t>(random.range(hw::VPU_OP_SOFTMAX, hw::VPU_OP_DEQUANTIZE));
  const bool softmax = d.opcode == hw::VPU_OP_SOFTMAX;
  const bool int8_in = d.opcode == hw::VPU_OP_DEQUANTIZE;
  bool quantise = d.opcode == hw::VPU_OP_QUANTIZE || (!int8_in && random.chance(40));
  switch (random.below(5)) {
    case 0:
      d.cols = u32(random.range(1, 3));
      break;
    case 1:
      d.cols = u32(config.lanes * random.range(1, 6) + random.range(0, 2) - 1);
      break;
    case 2:
      d.cols = u32(random.range(1, 140));
      break;
    case 3:
      d.cols = u32(random.chance(20) ? random.range(1, 600) : random.range(1, 40));
      break;
    default:
      d.cols = u32(random.range(1, 16) * 4);
  }
  if (d.opcode == hw::VPU_OP_ROTARY) {
    d.cols = (d.cols + 1) & ~1u;
    std::vector<uint32_t> periods;
    for (uint32_t p = 2; p <= d.cols; p += 2)
      if (d.cols % p == 0) periods.push_back(p);
    d.period = periods[random.below(periods.size())];
  }
  d.rows = u32(random.chance(40) ? 1 : random.range(1, std::min<uint64_t>(24, 1 + 1200 / d.cols)));
  if (quantise) d.vpu_flags |= hw::VPU_FLAGS_QUANT_OUT_MASK;
  if (d.opcode == hw::VPU_OP_ACT) {
    d.act = static_cast<uint8_t>(random.range(hw::VPU_ACT_RELU, hw::VPU_ACT_CLIP));
    if (d.act == hw::VPU_ACT_CLIP) {
      d.alpha = fp32::from_bits(random_float(random, 4));
      d.beta = fp32::from_bits(random_float(random, 4));
    }
  }
  if (d.opcode == hw::VPU_OP_RMSNORM || d.opcode == hw::VPU_OP_LAYERNORM)
    d.beta = random.chance(80) ? 1e-5f : fp32::from_bits(random_float(random, 4));
  if (softmax) {
    if (random.chance(40)) d.vpu_flags |= hw::VPU_FLAGS_MUL_Y_MASK;
    d.valid = u32(random.range(1, d.cols));
    if (random.chance(50)) {
      d.vpu_flags |= hw::VPU_FLAGS_CAUSAL_MASK;
      d.period = u32(random.range(1, std::min(d.rows, d.cols)));
      if (d.period == d.rows && random.chance(50)) d.period += u32(random.below(1000000));
      d.valid = u32(random.range(1, d.cols + 1 - std::min(d.period, d.rows)));
    }
    d.alpha = random.chance(80) ? 0.35f : fp32::from_bits(random_float(random, 4));
  }

  const auto place = [&](uint64_t base, uint32_t area, uint32_t row_bytes, uint32_t unit,
                         uint32_t* stride, bool apart) {
    uint32_t slack = d.rows > 1 ? (area / 2 - std::min(area / 2, d.rows * row_bytes)) / d.rows : 0;
    slack = std::min(slack, 80u);
    *stride = row_bytes + u32(random.below(slack / unit + 1)) * unit;
    if (!apart && random.chance(20)) *stride = u32(random.below(row_bytes / unit + 1)) * unit;
    const uint64_t span = uint64_t{d.rows - 1} * *stride + row_bytes;
    uint64_t offset = random.below((area - span) / unit + 1) * unit;
    if (random.chance(40)) {  // across a 4 KiB boundary
      const uint64_t near = 4096 * random.range(1, 3) - random.below(span / unit + 1) * unit;
      if (near < area && near + span <= area) offset = near;
    }
    if (random.chance(25)) offset &= ~uint64_t{config.data_bytes - 1};
    return base + offset;
  };
  const uint32_t y_cols = d.opcode == hw::VPU_OP_ROTARY      ? d.period
                          : d.opcode == hw::VPU_OP_LAYERNORM ? 2 * d.cols
                                                             : d.cols;
  d.x_addr =
      place(kX, kAreaBytes, int8_in ? d.cols : 4 * d.cols, int8_in ? 1 : 4, &d.x_stride, false);
  if (takes_y(d)) {
    d.y_addr = place(kY, kAreaBytes, 4 * y_cols, 4, &d.y_stride, false);
    if (random.chance(50)) d.y_stride = 0;
  }
  d.d_addr =
      place(kD, kAreaBytes, quantise ? d.cols : 4 * d.cols, quantise ? 1 : 4, &d.d_stride, true);
  if (quantise || int8_in) d.s_addr = kS + 4 * random.below(kScaleBytes / 4 - d.rows + 1);
  return d;
}

std::string describe(const VpuDescriptor& d) {
  char text[300];
  std::snprintf(text, sizeof text,
                "op %d act %d flags %d rows %u cols %u period %u valid %u x %llx+%u y %llx+%u d "
                "%llx+%u s %llx",
                d.opcode, d.act, d.vpu_flags, d.rows, d.cols, d.period, d.valid,
                static_cast<unsigned long long>(d.x_addr), d.x_stride,
                static_cast<unsigned long long>(d.y_addr), d.y_stride,
                static_cast<unsigned long long>(d.d_addr), d.d_stride,
                static_cast<unsigned long long>(d.s_addr));
  return text;
}

void add_memory(AxiMemory& memory) {
  memory.add(kRing, 0x1000);
  for (uint64_t base : {kX, kY, kD}) memory.add(base, kAreaBytes);
  memory.add(kS, kScaleBytes);
}

void random_operations(const Variant& variant, unsigned count, uint64_t seed, bool stalls) {
  CAPTURE(variant.path, count, seed);
  Random random(seed);
  BenchOptions options;
  options.seed = seed;
  RtlBench bench(std::make_shared<RtlLibrary>(variant.path), options);
  AxiMemory expected;
  add_memory(bench.memory());
  add_memory(expected);
  const VpuConfig config = config_of(variant);
  uint64_t work = 0;
  bench.setup_ring(kRing, kRingUnits);
  for (unsigned done = 0; done < count;) {
    for (uint64_t base : {kX, kY, kS}) {
      const uint32_t bytes = base == kS ? kScaleBytes : kAreaBytes;
      std::vector<uint8_t> values(bytes);
      fill(random, values);
      std::memcpy(bench.memory().at(base), values.data(), bytes);
      std::memcpy(expected.at(base), values.data(), bytes);
    }
    for (unsigned batch = 0; batch < 6; ++batch) {
      bench.options().stall_percent =
          stalls && random.chance(50) ? static_cast<unsigned>(random.below(60)) : 0;
      bench.options().read_latency = static_cast<unsigned>(random.below(stalls ? 60 : 12));
      bench.options().write_latency = static_cast<unsigned>(random.below(stalls ? 60 : 12));
      const unsigned operations = static_cast<unsigned>(random.range(1, 4));
      std::string log;
      for (unsigned i = 0; i < operations; ++i) {
        const VpuDescriptor d = random_operation(random, config);
        log += describe(d) + "\n";
        const OpResult result = vpu_execute(reinterpret_cast<const uint8_t*>(&d), config, expected);
        INFO(describe(d));
        REQUIRE(result.error_code == 0);
        work += result.work;
        bench.push(&d);
      }
      bench.doorbell();
      INFO("operations " << done << " to " << done + operations - 1 << ":\n" << log);
      REQUIRE(bench.run_until_idle(1000000));
      done += operations;
      REQUIRE(bench.read32(hw::VPU_ERROR_CODE_OFFSET) == 0);
      for (uint64_t base : {kD, kS}) {
        const uint32_t bytes = base == kS ? kScaleBytes : kAreaBytes;
        const uint8_t* got = bench.memory().at(base);
        const uint8_t* want = expected.at(base);
        if (std::memcmp(got, want, bytes) != 0) {
          const auto at = static_cast<uint64_t>(std::mismatch(got, got + bytes, want).first - got);
          uint32_t g, w;
          std::memcpy(&g, got + (at & ~3ull), 4);
          std::memcpy(&w, want + (at & ~3ull), 4);
          INFO("first difference at " << std::hex << base + at << ": " << g << ", expected " << w);
          FAIL("results differ");
        }
      }
      REQUIRE(bench.violations() == std::vector<std::string>{});
    }
  }
  CHECK(bench.bus_idle());
  CHECK(bench.read64(hw::VPU_WORK_OFFSET) == work);
}

}  // namespace

TEST_CASE("VPU computes like its arithmetic, 8 lanes, 128 bit, first part") {
  random_operations(kDefault, 5000, 21, true);
}
TEST_CASE("VPU computes like its arithmetic, 8 lanes, 128 bit, second part") {
  random_operations(kDefault, 3000, 22, true);
}
TEST_CASE("VPU computes like its arithmetic, 8 lanes, 128 bit, without stalls") {
  random_operations(kDefault, 3000, 23, false);
}
TEST_CASE("VPU computes like its arithmetic, 2 lanes, 64 bit") {
  random_operations({VARIANT_VPU_L2_W64, 2, 8}, 800, 24, true);
}
TEST_CASE("VPU computes like its arithmetic, 2 lanes, 512 bit") {
  random_operations({VARIANT_VPU_L2_W512, 2, 64}, 800, 25, true);
}
TEST_CASE("VPU computes like its arithmetic, 16 lanes, 256 bit") {
  random_operations({VARIANT_VPU_L16_W256, 16, 32}, 800, 26, true);
}
TEST_CASE("VPU computes like its arithmetic, 32 lanes, 512 bit") {
  random_operations({VARIANT_VPU_L32_W512, 32, 64}, 800, 27, true);
}

namespace {

/// The base that illegal descriptors are made from.
VpuDescriptor legal(uint32_t opcode = hw::VPU_OP_ADD) {
  return test::legal_vpu(opcode, kX, kY, kS, kD);
}

/// One descriptor on a fresh bench; cycles from doorbell to idle.
uint64_t cycles_of(const Variant& variant, const VpuDescriptor& d, uint32_t latency) {
  BenchOptions options;
  options.read_latency = options.write_latency = latency;
  RtlBench bench(std::make_shared<RtlLibrary>(variant.path), options);
  add_memory(bench.memory());
  Random random(3);
  for (uint64_t base : {kX, kY}) {
    for (uint32_t i = 0; i < kAreaBytes; i += 4)
      bench.memory().store32(base + i, random_float(random, 0));
  }
  bench.setup_ring(kRing, kRingUnits);
  REQUIRE(bench.run_one(&d));
  REQUIRE(bench.read32(hw::VPU_ERROR_CODE_OFFSET) == 0);
  return bench.read64(hw::VPU_BUSY_CYCLES_OFFSET);
}

}  // namespace

TEST_CASE("VPU refuses every illegal descriptor with the arithmetic's code") {
  const auto library = std::make_shared<RtlLibrary>(kDefault.path);
  const VpuConfig config = config_of(kDefault);
  for (uint32_t opcode = hw::VPU_OP_SOFTMAX; opcode <= hw::VPU_OP_DEQUANTIZE; ++opcode) {
    const VpuDescriptor d = legal(opcode);
    CAPTURE(opcode);
    CHECK(vpu_check(reinterpret_cast<const uint8_t*>(&d), config) == 0);
  }
  RtlBench bench(library);
  add_memory(bench.memory());
  for (const IllegalVpu& illegal : illegal_vpu_descriptors()) {
    VpuDescriptor d = legal(illegal.opcode);
    illegal.spoil(d);
    INFO(illegal.what);
    const uint8_t code = vpu_check(reinterpret_cast<const uint8_t*>(&d), config);
    CHECK(code == illegal.code);
    bench.hard_reset();
    bench.setup_ring(kRing, kRingUnits);
    const uint64_t place = bench.next_descriptor_addr();
    bench.reset_traffic();
    REQUIRE(bench.run_one(&d, 10000));
    CHECK(bench.read32(hw::VPU_ERROR_CODE_OFFSET) == code);
    CHECK(bench.read32(hw::VPU_ERROR_ADDR_LO_OFFSET) == u32(place));
    CHECK(bench.traffic().write_beats == 0);
  }
}

TEST_CASE("VPU reports failing reads and writes and works again after a soft reset") {
  RtlBench bench(std::make_shared<RtlLibrary>(kDefault.path));
  add_memory(bench.memory());
  const VpuConfig config = config_of(kDefault);
  const auto run = [&](const VpuDescriptor& d) {
    bench.setup_ring(kRing, kRingUnits);
    REQUIRE(bench.run_one(&d, 100000));
    const OpResult expected =
        vpu_execute(reinterpret_cast<const uint8_t*>(&d), config, bench.memory());
    CHECK((bench.read32(hw::VPU_ERROR_CODE_OFFSET) & 0xff) == expected.error_code);
    CHECK(bench.read32(hw::VPU_ERROR_ADDR_LO_OFFSET) == u32(expected.error_addr));
    bench.write(hw::VPU_CTRL_OFFSET, hw::VPU_CTRL_SOFT_RESET_MASK);
    REQUIRE(bench.run_until_idle(100000));
  };
  for (uint32_t opcode = hw::VPU_OP_SOFTMAX; opcode <= hw::VPU_OP_DEQUANTIZE; ++opcode) {
    CAPTURE(opcode);
    VpuDescriptor d = legal(opcode);
    d.rows = 1;
    run(d);
    d.x_addr = kX + kAreaBytes - 12;  // the row's end is not there
    run(d);
    d = legal(opcode);
    d.rows = 1;
    d.d_addr = kD + kAreaBytes - 12;
    run(d);
    d = legal(opcode);
    d.rows = 1;
    if (takes_y(d)) {
      d.y_addr = 0x70000000;
      run(d);
    }
    if (d.s_addr != 0) {
      d.s_addr = 0x70000000;
      run(d);
    }
    run(legal(opcode));
  }
}

TEST_CASE("VPU is brought back by abort at any moment") {
  BenchOptions options;
  options.read_latency = 15;
  RtlBench bench(std::make_shared<RtlLibrary>(kDefault.path), options);
  add_memory(bench.memory());
  Random random(9);
  for (uint32_t i = 0; i < kAreaBytes; i += 4)
    bench.memory().store32(kX + i, random_float(random, 0));
  const VpuConfig config = config_of(kDefault);
  for (unsigned delay = 1; delay < 420; delay += 7) {
    CAPTURE(delay);
    VpuDescriptor d = legal(delay % 2 ? hw::VPU_OP_SOFTMAX : hw::VPU_OP_ACT);
    if (d.opcode == hw::VPU_OP_ACT) d.act = hw::VPU_ACT_SILU;
    d.rows = 6;
    d.cols = 70;
    d.x_stride = d.d_stride = 288;
    d.vpu_flags = hw::VPU_FLAGS_QUANT_OUT_MASK;
    d.s_addr = kS;
    bench.setup_ring(kRing, kRingUnits);
    bench.push(&d);
    bench.doorbell();
    for (unsigned i = 0; i < delay; ++i) bench.tick();
    bench.write(hw::VPU_CTRL_OFFSET, hw::VPU_CTRL_ABORT_MASK);
    REQUIRE(bench.run_until_idle(100000));
    REQUIRE(bench.bus_idle());
    bench.write(hw::VPU_CTRL_OFFSET, hw::VPU_CTRL_SOFT_RESET_MASK);
    REQUIRE(bench.run_until_idle(100000));
    AxiMemory expected;
    add_memory(expected);
    std::memcpy(expected.at(kX), bench.memory().at(kX), kAreaBytes);
    vpu_execute(reinterpret_cast<const uint8_t*>(&d), config, expected);
    bench.setup_ring(kRing, kRingUnits);
    REQUIRE(bench.run_one(&d, 100000));
    REQUIRE(std::memcmp(bench.memory().at(kD), expected.at(kD), 2048) == 0);
    REQUIRE(std::memcmp(bench.memory().at(kS), expected.at(kS), 24) == 0);
  }
  CHECK(bench.violations() == std::vector<std::string>{});
}

TEST_CASE("VPU takes longest rows") {
  for (uint32_t opcode : {hw::VPU_OP_SOFTMAX, hw::VPU_OP_LAYERNORM, hw::VPU_OP_SWIGLU}) {
    CAPTURE(opcode);
    RtlBench bench(std::make_shared<RtlLibrary>(kDefault.path));
    AxiMemory expected;
    Random random(13);
    VpuDescriptor d = legal(opcode);
    d.cols = opcode == hw::VPU_OP_LAYERNORM ? 8192 : 16384;
    d.x_stride = d.d_stride = 65536;
    if (takes_y(d)) d.y_stride = 0;
    if (d.valid) d.valid = 16001;
    d.vpu_flags = hw::VPU_FLAGS_QUANT_OUT_MASK;
    d.s_addr = kS;
    for (AxiMemory* memory : {&bench.memory(), &expected}) {
      memory->add(kRing, 0x1000);
      memory->add(kS, 64);
      for (uint64_t base : {kX, kY, kD}) memory->add(base, 0x20000);
    }
    for (uint64_t base : {kX, kY}) {
      for (uint32_t i = 0; i < 0x20000; i += 4) {
        const uint32_t value = random_float(random, 0);
        bench.memory().store32(base + i, value);
        expected.store32(base + i, value);
      }
    }
    bench.setup_ring(kRing, kRingUnits);
    REQUIRE(bench.run_one(&d));
    REQUIRE(vpu_execute(reinterpret_cast<const uint8_t*>(&d), config_of(kDefault), expected)
                .error_code == 0);
    CHECK(std::memcmp(bench.memory().at(kD), expected.at(kD), 0x20000) == 0);
    CHECK(std::memcmp(bench.memory().at(kS), expected.at(kS), 64) == 0);
  }
}

TEST_CASE("VPU time depends on the shape, not on the values") {
  const auto cycles = [](unsigned style) {
    RtlBench bench(std::make_shared<RtlLibrary>(kDefault.path));
    add_memory(bench.memory());
    Random random(7);
    for (uint64_t base : {kX, kY, kS}) {
      for (uint32_t i = 0; i < (base == kS ? kScaleBytes : kAreaBytes); i += 4)
        bench.memory().store32(base + i, random_float(random, style));
    }
    bench.setup_ring(kRing, kRingUnits);
    for (uint32_t opcode = hw::VPU_OP_SOFTMAX; opcode <= hw::VPU_OP_DEQUANTIZE; ++opcode) {
      const VpuDescriptor d = legal(opcode);
      REQUIRE(bench.run_one(&d));
    }
    return bench.read64(hw::VPU_BUSY_CYCLES_OFFSET);
  };
  const uint64_t ordinary = cycles(0);
  for (unsigned style : {3u, 5u, 6u, 7u}) CHECK(cycles(style) == ordinary);
}

TEST_CASE("VPU latencies of a decoder's rows") {
  struct Case {
    const char* what;
    uint32_t opcode, rows, cols;
    bool quantise;
    uint64_t limit;
  };
  for (const Case& c : {Case{"RMSNORM+QUANT 1x64", hw::VPU_OP_RMSNORM, 1, 64, true, 190},
                        Case{"RMSNORM 1x64", hw::VPU_OP_RMSNORM, 1, 64, false, 160},
                        Case{"ADD 1x64", hw::VPU_OP_ADD, 1, 64, false, 110},
                        Case{"SOFTMAX 8x100", hw::VPU_OP_SOFTMAX, 8, 100, false, 820},
                        Case{"SOFTMAX+QUANT 8x100", hw::VPU_OP_SOFTMAX, 8, 100, true, 1200},
                        Case{"SWIGLU+QUANT 1x172", hw::VPU_OP_SWIGLU, 1, 172, true, 260},
                        Case{"QUANTIZE 1x64", hw::VPU_OP_QUANTIZE, 1, 64, true, 140},
                        Case{"ROTARY 1x64", hw::VPU_OP_ROTARY, 1, 64, false, 130},
                        Case{"ADD 64x64", hw::VPU_OP_ADD, 64, 64, false, 2300}}) {
    VpuDescriptor d = legal(c.opcode);
    d.rows = c.rows;
    d.cols = c.cols;
    d.x_stride = 4 * c.cols;
    d.d_stride = c.quantise ? c.cols : 4 * c.cols;
    if (d.y_addr) d.y_stride = c.rows > 1 ? 4 * c.cols : 0;
    if (d.valid) d.valid = c.cols;
    if (c.quantise) {
      d.vpu_flags |= hw::VPU_FLAGS_QUANT_OUT_MASK;
      d.s_addr = kS;
    }
    const uint64_t cycles = cycles_of(kDefault, d, 10);
    WARN(c.what << ": " << cycles << " cycles from doorbell to idle");
    CHECK(cycles <= c.limit);
  }
}

namespace {

/// Pairs of operands that exercise fp32_pkg: special and subnormal values, few significant bits,
/// cancellation, products next to a power of two at the subnormal end.
void float_pair(Random& random, uint32_t* a, uint32_t* b) {
  const auto one = [&] {
    const uint32_t u = u32(random.next());
    switch (random.below(8)) {
      case 0:
        return random_float(random, 7);
      case 1:
        return u & 0x80ffffffu;  // subnormal or just normal
      case 2:
        return (u & 0x80000000u) | 0x7e000000u | (u & 0x1ffffffu);  // huge
      case 3:
        return u & (0xff800000u | (0x7fffffu << random.below(23)));  // few bits
      case 4:
        return (u & 0x80000000u) | (0x3f000000u + (u & 0x1ffffffu));  // near one
      default:
        return u;
    }
  };
  *a = one();
  *b = one();
  switch (random.below(12)) {
    case 0:
      *b = (*a ^ 0x80000000u) + u32(random.below(7)) - 3;
      break;
    case 1:
      *b = (*a ^ 0x80000000u) + ((u32(random.below(30)) - 15) << 23);
      break;
    case 2: {
      const uint64_t p = (1u << 23) | random.below(1u << 23);
      const uint64_t q = ((uint64_t{1} << 47) + p - 1) / p;
      const uint32_t e = u32(random.range(1, 100));
      *a = e << 23 | u32(p & 0x7fffff);
      *b = (103 - e) << 23 | u32(q & 0x7fffff);
      break;
    }
    default:
      break;
  }
}

}  // namespace

TEST_CASE("VPU adds and multiplies half a million pairs as the host does") {
  constexpr uint32_t cols = 8192, rows = 16, batches = 4;
  constexpr uint64_t seed = 31;
  CAPTURE(seed);
  Random random(seed);
  RtlBench bench(std::make_shared<RtlLibrary>(kDefault.path));
  bench.memory().add(kRing, 0x1000);
  for (uint64_t base : {kX, kY, kD}) bench.memory().add(base, rows * cols * 4);
  bench.setup_ring(kRing, kRingUnits);
  for (uint32_t batch = 0; batch < batches; ++batch) {
    for (uint32_t i = 0; i < rows * cols; ++i) {
      uint32_t a, b;
      float_pair(random, &a, &b);
      bench.memory().store32(kX + 4 * i, a);
      bench.memory().store32(kY + 4 * i, b);
    }
    for (uint32_t opcode : {hw::VPU_OP_ADD, hw::VPU_OP_MUL}) {
      VpuDescriptor d = legal(opcode);
      d.rows = rows;
      d.cols = cols;
      d.x_stride = d.y_stride = d.d_stride = 4 * cols;
      REQUIRE(bench.run_one(&d));
      REQUIRE(bench.read32(hw::VPU_ERROR_CODE_OFFSET) == 0);
      uint32_t wrong = 0;
      for (uint32_t i = 0; i < rows * cols; ++i) {
        const float a = fp32::from_bits(bench.memory().load32(kX + 4 * i));
        const float b = fp32::from_bits(bench.memory().load32(kY + 4 * i));
        const float exact = opcode == hw::VPU_OP_ADD ? a + b : a * b;
        const uint32_t want = exact == exact ? fp32::to_bits(exact) : fp32::kNan;
        const uint32_t got = bench.memory().load32(kD + 4 * i);
        if (got != want && wrong++ == 0) {
          UNSCOPED_INFO("opcode " << opcode << std::hex << ": " << fp32::to_bits(a) << ", "
                                  << fp32::to_bits(b) << " gave " << got << ", expected " << want);
        }
      }
      CHECK(wrong == 0);
    }
  }
}
