// The stream against a sequential model: random programs on engines that run in random order.
#include <cstring>
#include <vector>

#include "sw_driver/kernels/activation.h"
#include "sw_driver/kernels/copy.h"
#include "sw_driver/kernels/elementwise.h"
#include "sw_driver/kernels/gemm.h"
#include "sw_driver/kernels/quantize.h"
#include "tests/driver/mock/system.h"

using namespace systole::driver;

namespace {

constexpr uint32_t kRows = 4, kCols = 16;
constexpr uint32_t kMatrixBytes = kRows * kCols * 4;

/// A random program on a small pool of matrices, so that hazards of every kind are frequent:
/// products, element-wise operations, copies of parts, strided columns.
class Program {
 public:
  Program(System& system, uint32_t seed, uint32_t pool)
      : system_(system), random_(seed), pool_(pool) {
    memory_ = system.spm(uint64_t{pool} * kMatrixBytes);
    scales_ = system.spm(256);
    for (uint32_t i = 0; i < memory_.bytes / 4; ++i) memory_.as<float>()[i] = small();
    for (uint32_t i = 0; i < 64; ++i) scales_.as<float>()[i] = 0.001f;
  }

  Status append() {
    const uint64_t a = matrix(), b = matrix(), d = matrix();
    CommandStream& s = system_.stream();
    switch (random_() % 6) {
      case 0: {  // int8 bytes of one matrix times int8 bytes of another
        GemmArgs g;
        g.m = kRows;
        g.n = kCols;
        g.k = kCols;
        g.a = a;
        g.lda = kCols;
        g.b = b;
        g.ldb = kCols;
        g.layout = GemmLayout::Transposed;
        g.c = other(d, a, b);
        g.ldc = kCols * 4;
        g.row_scale = g.col_scale = scales_.addr;
        return gemm(s, g);
      }
      case 1:
        return add(s, {kRows,
                       kCols,
                       {a, kCols * 4},
                       {b, kCols * 4},
                       VpuDest::f32(other(d, a, b), kCols * 4)});
      case 2: {
        ActivationArgs f;
        f.kind = ActivationKind::Tanh;
        f.rows = kRows;
        f.cols = kCols / 2;  // half of the columns, in place
        f.x = {a, kCols * 4};
        f.d = VpuDest::f32(a, kCols * 4);
        return activation(s, f);
      }
      case 3: {
        CopyArgs c;
        c.src = a + (random_() % 2) * kCols * 2;
        c.dst = other(d, a, a) + (random_() % 2) * kCols * 2;
        c.rows = kRows;
        c.row_bytes = kCols * 2;
        c.src_stride = c.dst_stride = kCols * 4;
        return copy(s, c);
      }
      case 4: {
        FillArgs f;
        f.dst = d + random_() % 64;
        f.row_bytes = 1 + random_() % 100;
        f.pattern = static_cast<uint32_t>(random_());
        return fill(s, f);
      }
      default: {
        BinaryArgs m = {
            kRows, kCols, {a, kCols * 4}, {b, kCols * 4}, VpuDest::f32(other(d, a, b), kCols * 4)};
        return mul(s, m);
      }
    }
  }

  std::vector<uint8_t> content() const {
    const uint8_t* p = memory_.as<uint8_t>();
    return {p, p + memory_.bytes};
  }

 private:
  float small() {
    return static_cast<float>(static_cast<int32_t>(random_() % 2001) - 1000) / 500.0f;
  }
  uint64_t matrix() { return memory_.addr + random_() % pool_ * kMatrixBytes; }
  /// A matrix that is neither of the two.
  uint64_t other(uint64_t d, uint64_t a, uint64_t b) {
    while (d == a || d == b) d = matrix();
    return d;
  }

  System& system_;
  std::mt19937 random_;
  uint32_t pool_;
  Buffer memory_, scales_;
};

struct Outcome {
  std::vector<uint8_t> content;
  StreamStatistics statistics;
  uint64_t races = 0;
  std::string first_race;
};

/// Runs the program of `seed`; `batch` operations are recorded before anything is waited for.
Outcome run(uint32_t seed, uint32_t operations, uint32_t batch, MockOptions mock,
            DeviceOptions options, uint32_t pool = 6) {
  System system(mock, options);
  Program program(system, seed, pool);
  for (uint32_t i = 0; i < operations; ++i) {
    REQUIRE(program.append() == Status::Ok);
    if ((i + 1) % batch == 0) REQUIRE(system.stream().finish() == Status::Ok);
  }
  REQUIRE(system.stream().finish() == Status::Ok);
  Outcome outcome;
  outcome.content = program.content();
  outcome.statistics = system.stream().statistics();
  if (const OrderCheck* order = system.hal.order()) {
    REQUIRE(order->accesses() > 0);
    outcome.races = order->races();
    outcome.first_race = order->first_race();
  }
  return outcome;
}

}  // namespace

TEST_CASE("random programs on racing engines give the sequential result", "[stream]") {
  const uint32_t seed = test_seed(2600);
  for (uint32_t round = 0; round < 60; ++round) {
    CAPTURE(seed, round);
    MockOptions mock;
    mock.seed = seed + round;
    mock.gemm_count = 1 + round % 2;
    mock.vpu_count = 1 + round / 2 % 3;
    mock.dma_count = 1 + round / 4 % 2;
    MockOptions single;
    const Outcome expected = run(seed + round, 120, 1, single, {});
    const Outcome got = run(seed + round, 120, 1000, mock, {});
    REQUIRE(got.content == expected.content);
    REQUIRE(got.statistics.operations == 120);
  }
}

TEST_CASE("waits and ring order alone keep every conflict in order", "[stream]") {
  const uint32_t seed = test_seed(0);
  for (uint32_t round = 0; round < 600; ++round) {
    MockOptions mock;
    mock.check_order = true;
    mock.spm_kib = 128;
    mock.dram_mib = 1;
    mock.seed = seed + round;
    mock.gemm_count = 1 + round % 3;
    mock.vpu_count = 1 + round / 3 % 3;
    mock.dma_count = 1 + round / 9 % 2;
    DeviceOptions options;  // small rings: recording stalls between an operation and its NOPs
    options.ring_descriptors = 4u << round % 4;
    const Outcome got = run(seed + round, 200, 10000, mock, options, 6 + round % 20);
    CAPTURE(seed, round, got.first_race);
    REQUIRE(got.races == 0);
  }
}

TEST_CASE("without waits the check of the order finds races", "[stream]") {
  const uint32_t seed = test_seed(4100);
  CAPTURE(seed);
  MockOptions mock;
  mock.seed = seed;
  mock.check_order = true;
  DeviceOptions careless;
  careless.stream.track_dependencies = false;
  REQUIRE(run(seed, 120, 1000, mock, careless).races > 0);
}

TEST_CASE("the same programs without waits go wrong", "[stream]") {
  const uint32_t seed = test_seed(2600);
  DeviceOptions careless;
  careless.stream.track_dependencies = false;
  uint32_t wrong = 0;
  for (uint32_t round = 0; round < 20; ++round) {
    MockOptions mock;
    mock.seed = seed + round;
    wrong += run(seed + round, 120, 1000, mock, careless).content !=
             run(seed + round, 120, 1, {}, {}).content;
  }
  CAPTURE(seed);
  REQUIRE(wrong == 20);
}

TEST_CASE("small rings, many operations and sequence numbers that wrap", "[stream]") {
  const uint32_t seed = test_seed(77);
  for (uint32_t round = 0; round < 20; ++round) {
    CAPTURE(seed, round);
    MockOptions mock;
    mock.seed = seed + round;
    mock.vpu_count = 2;
    DeviceOptions options;
    options.ring_descriptors = 4u << round % 4;
    options.stream.first_sequence = 0xffffffe0u + round;
    const Outcome expected = run(seed + round, 300, 1, {}, {});
    const Outcome got = run(seed + round, 300, 10000, mock, options);
    REQUIRE(got.content == expected.content);
    REQUIRE(got.statistics.stalls > 0);
  }
}

TEST_CASE("more live ranges than the table holds", "[stream]") {
  const uint32_t seed = test_seed(5);
  MockOptions mock;
  mock.seed = seed;
  mock.gemm_count = mock.vpu_count = mock.dma_count = 2;
  DeviceOptions options;
  options.ring_descriptors = 256;
  const Outcome expected = run(seed, 900, 1, {}, {}, 200);
  const Outcome got = run(seed, 900, 10000, mock, options, 200);
  REQUIRE(got.content == expected.content);
}

TEST_CASE("nothing is waited for twice, and not at all on one engine", "[stream]") {
  System system;
  CommandStream& s = system.stream();
  const Buffer x = system.spm(64), y = system.spm(64), z = system.spm(64);
  // DMA writes x and y; the VPU reads both in three operations: one wait, on the later write.
  REQUIRE(fill(s, {x.addr, 1, 64, 64, 0}) == Status::Ok);
  REQUIRE(fill(s, {y.addr, 1, 64, 64, 0}) == Status::Ok);
  const BinaryArgs sum = {1, 16, {x.addr, 64}, {y.addr, 64}, VpuDest::f32(z.addr, 64)};
  REQUIRE(add(s, sum) == Status::Ok);
  REQUIRE(s.statistics().waits == 1);
  REQUIRE(add(s, sum) == Status::Ok);
  REQUIRE(mul(s, sum) == Status::Ok);
  REQUIRE(s.statistics().waits == 1);
  REQUIRE(s.statistics().nops == 0);
  REQUIRE(s.finish() == Status::Ok);
  // Completed operations are no reason to wait.
  REQUIRE(add(s, sum) == Status::Ok);
  REQUIRE(s.statistics().waits == 1);
  REQUIRE(s.finish() == Status::Ok);
}

TEST_CASE("a wait that another wait implies is left out; two independent ones need a NOP",
          "[stream]") {
  MockOptions mock;
  mock.gemm_count = 1;
  System system(mock);
  CommandStream& s = system.stream();
  const Buffer x = system.spm(1024), y = system.spm(1024), z = system.spm(1024),
               one = system.spm(64);
  GemmArgs g;
  g.m = 1;
  g.n = 16;
  g.k = 16;
  g.a = x.addr;
  g.lda = 16;
  g.b = y.addr;
  g.ldb = 16;
  g.layout = GemmLayout::Transposed;
  g.c = z.addr;
  g.ldc = 64;
  g.row_scale = g.col_scale = one.addr;
  // DMA -> VPU -> GEMM, and the GEMM also reads what the DMA wrote.
  REQUIRE(fill(s, {y.addr, 1, 256, 256, 0x01010101}) == Status::Ok);
  REQUIRE(add(s, {1, 16, {y.addr, 64}, {y.addr, 64}, VpuDest::f32(x.addr, 64)}) == Status::Ok);
  REQUIRE(gemm(s, g) == Status::Ok);
  REQUIRE(s.statistics().waits == 2);
  REQUIRE(s.statistics().nops == 0);
  REQUIRE(s.finish() == Status::Ok);
  // Now both write independently.
  REQUIRE(fill(s, {y.addr, 1, 256, 256, 0x02020202}) == Status::Ok);
  REQUIRE(add(s, {1, 16, {z.addr, 64}, {z.addr, 64}, VpuDest::f32(x.addr, 64)}) == Status::Ok);
  REQUIRE(gemm(s, g) == Status::Ok);
  REQUIRE(s.statistics().waits == 4);
  REQUIRE(s.statistics().nops == 1);
  REQUIRE(s.finish() == Status::Ok);
}

TEST_CASE("a batch costs one doorbell per engine and one interrupt", "[stream]") {
  MockOptions mock;
  System system(mock);
  system.hal.run_on_doorbell = false;
  CommandStream& s = system.stream();
  const Buffer x = system.spm(1024), y = system.spm(1024);
  const uint64_t writes = system.hal.register_writes;
  for (int i = 0; i < 20; ++i) {
    REQUIRE(fill(s, {x.addr, 1, 1024, 1024, 0x3f800000}) == Status::Ok);
    REQUIRE(add(s, {4, 64, {x.addr, 256}, {x.addr, 256}, VpuDest::f32(y.addr, 256)}) == Status::Ok);
  }
  REQUIRE(system.hal.register_writes == writes);
  REQUIRE(s.flush() == Status::Ok);
  REQUIRE(system.hal.register_writes == writes + 2);
  REQUIRE(s.finish() == Status::Ok);
  REQUIRE(s.statistics().interrupts == 1);
  REQUIRE(y.as<float>()[255] == 2.0f);
}

TEST_CASE("wait and wait_for look at what they are asked for only", "[stream]") {
  System system;
  CommandStream& s = system.stream();
  const Buffer x = system.spm(64), y = system.spm(64);
  Ticket first, second;
  REQUIRE(fill(s, {x.addr, 1, 64, 64, 0x11111111}, &first) == Status::Ok);
  REQUIRE(add(s, {1, 16, {x.addr, 64}, {x.addr, 64}, VpuDest::f32(y.addr, 64)}, &second) ==
          Status::Ok);
  REQUIRE_FALSE(s.done(first));
  REQUIRE(s.wait(first) == Status::Ok);
  REQUIRE(s.done(first));
  REQUIRE(x.as<uint32_t>()[15] == 0x11111111);
  REQUIRE(s.wait_for(Access::read_of(MemoryRange::bytes(y.addr, 4))) == Status::Ok);
  REQUIRE(s.done(second));
  REQUIRE(s.wait({0, 12345}) == Status::BadArgument);
  REQUIRE(s.wait({99, 0}) == Status::BadArgument);
}

TEST_CASE("an engine's error stops the stream, says what and where, and can be recovered from",
          "[stream]") {
  System system;
  CommandStream& s = system.stream();
  const Buffer x = system.spm(64), y = system.spm(64);
  REQUIRE(fill(s, {x.addr, 1, 64, 64, 0}) == Status::Ok);
  Ticket bad;
  CopyArgs unmapped;
  unmapped.src = 0x7000000040;
  unmapped.dst = y.addr;
  unmapped.row_bytes = 64;
  REQUIRE(copy(s, unmapped, &bad) == Status::Ok);
  REQUIRE(add(s, {1, 16, {y.addr, 64}, {x.addr, 64}, VpuDest::f32(x.addr, 64)}) == Status::Ok);
  const uint64_t start = system.hal.now_cycles();
  REQUIRE(s.finish() == Status::EngineError);
  REQUIRE(system.hal.now_cycles() - start < 100000);
  REQUIRE(s.faulty_engine() == 2);
  REQUIRE(s.fault().code == 1);
  REQUIRE(s.fault().address == 0x7000000040);
  REQUIRE(s.fault().sequence == bad.sequence);
  // Refused until recovery.
  REQUIRE(fill(s, {x.addr, 1, 64, 64, 0}) == Status::EngineError);
  REQUIRE(s.flush() == Status::EngineError);
  REQUIRE(s.finish() == Status::EngineError);
  REQUIRE(system.device->recover() == Status::Ok);
  REQUIRE(fill(s, {y.addr, 1, 64, 64, 0x40000000}) == Status::Ok);
  REQUIRE(add(s, {1, 16, {y.addr, 64}, {y.addr, 64}, VpuDest::f32(x.addr, 64)}) == Status::Ok);
  REQUIRE(s.finish() == Status::Ok);
  REQUIRE(x.as<float>()[3] == 4.0f);
}

TEST_CASE("a producer that never comes: the waiting engine times out by itself", "[stream]") {
  DeviceOptions options;
  options.stream.wait_timeout_cycles = 5000;
  System system({}, options);
  CommandStream& s = system.stream();
  const Buffer x = system.spm(64), y = system.spm(64);
  system.hal.engine(2).frozen = true;
  REQUIRE(fill(s, {x.addr, 1, 64, 64, 0}) == Status::Ok);
  REQUIRE(add(s, {1, 16, {x.addr, 64}, {x.addr, 64}, VpuDest::f32(y.addr, 64)}) == Status::Ok);
  REQUIRE(s.finish() == Status::EngineError);
  REQUIRE(s.faulty_engine() == 1);
  REQUIRE(s.fault().code == 7);
  REQUIRE(s.fault().address == system.device->engine(EngineKind::Dma).word_addr());
}

TEST_CASE("a lost interrupt or a frozen engine is a time-out, not a hang", "[stream]") {
  const bool lose = GENERATE(true, false);
  CAPTURE(lose);
  System system;
  system.hal.run_on_doorbell = false;
  CommandStream& s = system.stream();
  const Buffer x = system.spm(64);
  system.hal.lose_interrupts = lose;
  system.hal.engine(2).frozen = !lose;
  REQUIRE(fill(s, {x.addr, 1, 64, 64, 0}) == Status::Ok);
  const uint64_t start = system.hal.now_cycles();
  REQUIRE(s.finish(10000) == Status::Timeout);
  REQUIRE(system.hal.now_cycles() - start < 12000);
  REQUIRE(s.state() == Status::Timeout);
  system.hal.lose_interrupts = false;
  system.hal.engine(2).frozen = false;
  REQUIRE(system.device->recover() == Status::Ok);
  REQUIRE(fill(s, {x.addr, 1, 64, 64, 0x55555555}) == Status::Ok);
  REQUIRE(s.finish() == Status::Ok);
  REQUIRE(x.as<uint32_t>()[0] == 0x55555555);
}

TEST_CASE("a refused doorbell is reported with its engine", "[stream]") {
  System system;
  CommandStream& s = system.stream();
  const Buffer x = system.spm(64);
  system.hal.refused.insert(system.device->engine(EngineKind::Dma).base() + 0x38);
  REQUIRE(fill(s, {x.addr, 1, 64, 64, 0}) == Status::Ok);
  REQUIRE(s.flush() == Status::BusError);
  REQUIRE(s.faulty_engine() == 2);
}

TEST_CASE("an engine that does not exist is refused", "[stream]") {
  MockOptions mock;
  mock.dma_count = 0;
  System system(mock);
  const Buffer x = system.spm(64);
  REQUIRE(fill(system.stream(), {x.addr, 1, 64, 64, 0}) == Status::BadArgument);
  BinaryArgs sum = {1, 16, {x.addr, 64}, {x.addr, 64}, VpuDest::f32(x.addr, 64)};
  sum.instance = 1;
  REQUIRE(add(system.stream(), sum) == Status::BadArgument);
}
