// Every row-wise kernel and the DMA's against plain loops in double, over edge sizes; arguments
// that must be refused; the record of what was offloaded.
#include <cmath>
#include <cstring>
#include <vector>

#include "sw_driver/kernels/activation.h"
#include "sw_driver/kernels/copy.h"
#include "sw_driver/kernels/elementwise.h"
#include "sw_driver/kernels/norm.h"
#include "sw_driver/kernels/quantize.h"
#include "sw_driver/kernels/rotary.h"
#include "sw_driver/kernels/softmax.h"
#include "tests/driver/mock/system.h"

using namespace systole::driver;

namespace {

const uint32_t kRowCounts[] = {1, 2, 7};
const uint32_t kColCounts[] = {1, 2, 7, 8, 31, 32, 33, 100, 172};

/// A float32 matrix in DRAM with a few bytes of slack between rows, filled with random values.
struct Matrix {
  Matrix(System& system, uint32_t r, uint32_t c, std::mt19937* random = nullptr)
      : rows(r), cols(c), stride((c + 3) * 4), buffer(system.dram(uint64_t{r} * stride)) {
    std::memset(buffer.host, 0x7f, buffer.bytes);
    for (uint32_t i = 0; random != nullptr && i < r; ++i) {
      for (uint32_t j = 0; j < c; ++j)
        at(i, j) = static_cast<float>(static_cast<int32_t>((*random)() % 8001) - 4000) / 1000;
    }
  }
  float& at(uint32_t r, uint32_t c) { return buffer.as<float>()[r * (stride / 4) + c]; }
  VpuSource source() const { return {buffer.addr, stride}; }
  VpuDest dest() const { return VpuDest::f32(buffer.addr, stride); }

  uint32_t rows, cols, stride;
  Buffer buffer;
};

void check_close(double got, double expected, double tolerance) {
  CAPTURE(got, expected);
  REQUIRE(std::abs(got - expected) <= tolerance * std::max(1.0, std::abs(expected)));
}

/// Calls body(system, random, rows, cols) for every size.
template <typename Body>
void for_sizes(uint32_t seed, Body body) {
  std::mt19937 random(seed);
  for (uint32_t rows : kRowCounts) {
    for (uint32_t cols : kColCounts) {
      CAPTURE(seed, rows, cols);
      System system;
      body(system, random, rows, cols);
    }
  }
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double reference(ActivationKind kind, double x, double low, double high) {
  switch (kind) {
    case ActivationKind::Relu:
      return std::max(x, 0.0);
    case ActivationKind::Gelu:
      return x * sigmoid(1.5957691216 * (x + 0.044715 * x * x * x));
    case ActivationKind::Silu:
      return x * sigmoid(x);
    case ActivationKind::Sigmoid:
      return sigmoid(x);
    case ActivationKind::Tanh:
      return std::tanh(x);
    case ActivationKind::Clip:
      return std::min(std::max(x, low), high);
  }
  return 0;
}

}  // namespace

TEST_CASE("softmax", "[kernel]") {
  for_sizes(test_seed(1), [](System& s, std::mt19937& random, uint32_t rows, uint32_t cols) {
    Matrix x(s, rows, cols, &random), factor(s, 1, cols, &random), d(s, rows, cols);
    SoftmaxArgs args;
    args.rows = rows;
    args.cols = cols;
    args.x = x.source();
    args.d = d.dest();
    args.scale = 0.5f;
    const bool causal = random() % 2 != 0, scaled = random() % 2 != 0;
    args.causal_period = causal ? 1 + random() % cols % rows : 0;
    args.valid = 1 + random() % (cols - (causal ? std::min(args.causal_period, rows) - 1 : 0));
    if (scaled) args.factor = {factor.buffer.addr, 0};
    REQUIRE(softmax(s.stream(), args) == Status::Ok);
    REQUIRE(s.stream().finish() == Status::Ok);
    for (uint32_t r = 0; r < rows; ++r) {
      const uint32_t length = args.valid + (causal ? r % args.causal_period : 0);
      double peak = -1e9, sum = 0;
      for (uint32_t c = 0; c < length; ++c) peak = std::max(peak, 0.5 * x.at(r, c));
      for (uint32_t c = 0; c < length; ++c) sum += std::exp(0.5 * x.at(r, c) - peak);
      for (uint32_t c = 0; c < cols; ++c) {
        const double p = c < length ? std::exp(0.5 * x.at(r, c) - peak) / sum : 0;
        check_close(d.at(r, c), p * (scaled ? factor.at(0, c) : 1), 1e-6);
      }
    }
  });
}

TEST_CASE("rmsnorm and layernorm", "[kernel]") {
  for_sizes(test_seed(2), [](System& s, std::mt19937& random, uint32_t rows, uint32_t cols) {
    Matrix x(s, rows, cols, &random), weight(s, 1, 2 * cols, &random), rms(s, rows, cols),
        layer(s, rows, cols);
    NormArgs args;
    args.rows = rows;
    args.cols = cols;
    args.x = x.source();
    args.weight = weight.buffer.addr;
    args.d = rms.dest();
    REQUIRE(rmsnorm(s.stream(), args) == Status::Ok);
    args.d = layer.dest();
    REQUIRE(layernorm(s.stream(), args) == Status::Ok);
    REQUIRE(s.stream().finish() == Status::Ok);
    for (uint32_t r = 0; r < rows; ++r) {
      double sum = 0, squares = 0, variance = 0;
      for (uint32_t c = 0; c < cols; ++c) {
        sum += x.at(r, c);
        squares += double{x.at(r, c)} * x.at(r, c);
      }
      const double mean = sum / cols;
      for (uint32_t c = 0; c < cols; ++c)
        variance += (x.at(r, c) - mean) * (x.at(r, c) - mean) / cols;
      for (uint32_t c = 0; c < cols; ++c) {
        check_close(rms.at(r, c), x.at(r, c) / std::sqrt(squares / cols + 1e-5) * weight.at(0, c),
                    2e-6);
        const double normal = (x.at(r, c) - mean) / std::sqrt(variance + 1e-5);
        check_close(layer.at(r, c), normal * weight.at(0, c) + weight.at(0, cols + c), 2e-4);
      }
    }
  });
}

TEST_CASE("activations, in place and not", "[kernel]") {
  for (uint32_t kind = 0; kind < 6; ++kind) {
    for_sizes(test_seed(3), [kind](System& s, std::mt19937& random, uint32_t rows, uint32_t cols) {
      CAPTURE(kind);
      Matrix x(s, rows, cols, &random), d(s, rows, cols);
      std::vector<float> before(x.buffer.as<float>(), x.buffer.as<float>() + x.buffer.bytes / 4);
      const bool in_place = random() % 2 != 0;
      ActivationArgs args;
      args.kind = static_cast<ActivationKind>(kind);
      args.rows = rows;
      args.cols = cols;
      args.x = x.source();
      args.d = in_place ? x.dest() : d.dest();
      if (args.kind == ActivationKind::Clip) {
        args.low = -0.5f;
        args.high = 1.25f;
      }
      REQUIRE(activation(s.stream(), args) == Status::Ok);
      REQUIRE(s.stream().finish() == Status::Ok);
      for (uint32_t r = 0; r < rows; ++r) {
        for (uint32_t c = 0; c < cols; ++c) {
          const double expected =
              reference(args.kind, before[r * (x.stride / 4) + c], args.low, args.high);
          check_close(in_place ? x.at(r, c) : d.at(r, c), expected, 1e-6);
        }
      }
    });
  }
}

TEST_CASE("add, mul and the gated SiLU", "[kernel]") {
  for_sizes(test_seed(4), [](System& s, std::mt19937& random, uint32_t rows, uint32_t cols) {
    const bool broadcast = random() % 2 != 0;
    Matrix x(s, rows, cols, &random), y(s, rows, cols, &random), sum(s, rows, cols),
        product(s, rows, cols), gated(s, rows, cols);
    BinaryArgs args = {
        rows, cols, x.source(), {y.buffer.addr, broadcast ? 0 : y.stride}, sum.dest()};
    REQUIRE(add(s.stream(), args) == Status::Ok);
    args.d = product.dest();
    REQUIRE(mul(s.stream(), args) == Status::Ok);
    args.d = gated.dest();
    REQUIRE(swiglu(s.stream(), args) == Status::Ok);
    REQUIRE(s.stream().finish() == Status::Ok);
    for (uint32_t r = 0; r < rows; ++r) {
      for (uint32_t c = 0; c < cols; ++c) {
        const float a = x.at(r, c), b = y.at(broadcast ? 0 : r, c);
        REQUIRE(sum.at(r, c) == a + b);
        REQUIRE(product.at(r, c) == a * b);
        check_close(gated.at(r, c), a * sigmoid(a) * b, 1e-6);
      }
    }
  });
}

TEST_CASE("rotary embedding", "[kernel]") {
  for_sizes(test_seed(5), [](System& s, std::mt19937& random, uint32_t rows, uint32_t cols) {
    const uint32_t period = cols % 4 == 0 ? cols / 2 : cols + cols % 2;
    cols += cols % 2;
    Matrix x(s, rows, cols, &random), angles(s, rows, period, &random), d(s, rows, cols);
    RotaryArgs args = {rows, cols, period, x.source(), angles.source(), d.dest()};
    REQUIRE(rotary(s.stream(), args) == Status::Ok);
    REQUIRE(s.stream().finish() == Status::Ok);
    for (uint32_t r = 0; r < rows; ++r) {
      for (uint32_t c = 0; c < cols; c += 2) {
        const double co = angles.at(r, c % period), si = angles.at(r, c % period + 1);
        check_close(d.at(r, c), x.at(r, c) * co - x.at(r, c + 1) * si, 1e-5);
        check_close(d.at(r, c + 1), x.at(r, c) * si + x.at(r, c + 1) * co, 1e-5);
      }
    }
  });
}

TEST_CASE("quantise, dequantise, and quantising on the way out", "[kernel]") {
  for_sizes(test_seed(6), [](System& s, std::mt19937& random, uint32_t rows, uint32_t cols) {
    Matrix x(s, rows, cols, &random), back(s, rows, cols);
    const Buffer q = s.spm(uint64_t{rows} * (cols + 5)), scales = s.spm(rows * 4),
                 q2 = s.spm(rows * (cols + 5)), scales2 = s.spm(rows * 4);
    REQUIRE(quantize(s.stream(), {rows, cols, x.source(),
                                  VpuDest::int8(q.addr, cols + 5, scales.addr)}) == Status::Ok);
    REQUIRE(dequantize(s.stream(), {rows, cols, {q.addr, cols + 5}, scales.addr, back.dest()}) ==
            Status::Ok);
    REQUIRE(add(s.stream(), {rows, cols, x.source(), x.source(),
                             VpuDest::int8(q2.addr, cols + 5, scales2.addr)}) == Status::Ok);
    REQUIRE(s.stream().finish() == Status::Ok);
    for (uint32_t r = 0; r < rows; ++r) {
      float peak = 0;
      for (uint32_t c = 0; c < cols; ++c) peak = std::max(peak, std::abs(x.at(r, c)));
      const float scale = scales.as<float>()[r];
      check_close(scale, peak / 127, 1e-7);
      check_close(scales2.as<float>()[r], 2 * peak / 127, 1e-7);
      for (uint32_t c = 0; c < cols; ++c) {
        const int got = q.as<int8_t>()[r * (cols + 5) + c];
        check_close(got * double{scale}, x.at(r, c),
                    0.5001 * peak / 127 / std::max(1.0f, std::abs(x.at(r, c))));
        REQUIRE(back.at(r, c) == static_cast<float>(got) * scale);
        REQUIRE(q2.as<int8_t>()[r * (cols + 5) + c] == got);
      }
    }
  });
}

TEST_CASE("copy and fill touch their rows only", "[kernel]") {
  System s;
  const Buffer from = s.dram(4096), to = s.spm(4096);
  for (uint32_t i = 0; i < 4096; ++i) from.as<uint8_t>()[i] = static_cast<uint8_t>(i * 7);
  std::memset(to.host, 0xee, 4096);
  CopyArgs args;
  args.src = from.addr + 3;
  args.dst = to.addr + 5;
  args.rows = 9;
  args.row_bytes = 33;
  args.src_stride = 101;
  args.dst_stride = 40;
  REQUIRE(copy(s.stream(), args) == Status::Ok);
  REQUIRE(fill(s.stream(), {to.addr + 1001, 3, 7, 100, 0x04030201}) == Status::Ok);
  REQUIRE(s.stream().finish() == Status::Ok);
  std::vector<uint8_t> expected(4096, 0xee);
  for (uint32_t r = 0; r < 9; ++r) {
    for (uint32_t i = 0; i < 33; ++i)
      expected[5 + r * 40 + i] = static_cast<uint8_t>((3 + r * 101 + i) * 7);
  }
  for (uint32_t r = 0; r < 3; ++r) {
    for (uint32_t i = 0; i < 7; ++i) expected[1001 + r * 100 + i] = static_cast<uint8_t>(1 + i % 4);
  }
  REQUIRE(std::memcmp(to.host, expected.data(), 4096) == 0);
}

TEST_CASE("rows longer than the VPU's are cut where columns are independent, else refused",
          "[kernel]") {
  MockOptions mock;
  mock.vpu.max_cols = 64;
  System s(mock);
  std::mt19937 random(test_seed(8));
  const uint32_t cols = 200;
  Matrix x(s, 3, cols, &random), y(s, 3, cols, &random), d(s, 3, cols), angles(s, 3, 40, &random),
      turned(s, 3, cols);
  REQUIRE(add(s.stream(), {3, cols, x.source(), y.source(), d.dest()}) == Status::Ok);
  REQUIRE(rotary(s.stream(), {3, cols, 40, x.source(), angles.source(), turned.dest()}) ==
          Status::Ok);
  REQUIRE(s.stream().offload()[KernelKind::Add].accelerator == 1);
  REQUIRE(s.stream().offload()[KernelKind::Add].descriptors == 4);
  REQUIRE(s.stream().offload()[KernelKind::Rotary].descriptors == 5);
  REQUIRE(s.stream().finish() == Status::Ok);
  for (uint32_t r = 0; r < 3; ++r) {
    for (uint32_t c = 0; c < cols; ++c) REQUIRE(d.at(r, c) == x.at(r, c) + y.at(r, c));
    for (uint32_t c = 0; c < cols; c += 2) {
      check_close(turned.at(r, c),
                  double{x.at(r, c)} * angles.at(r, c % 40) -
                      double{x.at(r, c + 1)} * angles.at(r, c % 40 + 1),
                  1e-5);
    }
  }
  SoftmaxArgs wide;
  wide.rows = 1;
  wide.cols = 65;
  wide.x = x.source();
  wide.d = d.dest();
  REQUIRE(softmax(s.stream(), wide) == Status::BadArgument);
  wide.cols = 64;
  REQUIRE(softmax(s.stream(), wide) == Status::Ok);
  NormArgs norm;
  norm.rows = 1;
  norm.cols = 33;
  norm.x = x.source();
  norm.weight = y.buffer.addr;
  norm.d = d.dest();
  REQUIRE(layernorm(s.stream(), norm) == Status::BadArgument);
  REQUIRE(rmsnorm(s.stream(), norm) == Status::Ok);
  REQUIRE(s.stream().finish() == Status::Ok);
}

TEST_CASE("senseless arguments are refused before anything is recorded", "[kernel]") {
  System s;
  CommandStream& stream = s.stream();
  const Buffer b = s.dram(4096);
  const VpuSource x = {b.addr, 64};
  const VpuDest d = VpuDest::f32(b.addr + 2048, 64);
  const auto refused = [&](Status status) {
    REQUIRE(status == Status::BadArgument);
    REQUIRE(stream.statistics().operations == 0);
  };
  refused(add(stream, {0, 16, x, x, d}));
  refused(add(stream, {1048576, 16, x, x, d}));
  refused(add(stream, {1, 0, x, x, d}));
  refused(add(stream, {1, 16, {b.addr + 2, 64}, x, d}));
  refused(add(stream, {2, 16, {b.addr, 66}, x, d}));
  refused(add(stream, {1, 16, x, {0, 0}, d}));
  refused(add(stream, {1, 16, x, x, VpuDest::f32(b.addr + 1, 64)}));
  refused(add(stream, {2, 16, x, x, VpuDest::f32(b.addr, 60)}));
  refused(add(stream, {1, 16, x, x, VpuDest::int8(b.addr, 64, b.addr + 2)}));
  refused(add(stream, {1, 16, {(uint64_t{1} << 40) - 60, 64}, x, d}));
  SoftmaxArgs soft;
  soft.rows = 4;
  soft.cols = 16;
  soft.x = x;
  soft.d = d;
  soft.valid = 17;
  refused(softmax(stream, soft));
  soft.valid = 14;
  soft.causal_period = 4;
  refused(softmax(stream, soft));
  NormArgs norm = {1, 16, x, 0, d};
  refused(rmsnorm(stream, norm));
  norm.weight = b.addr;
  norm.epsilon = -1;
  refused(rmsnorm(stream, norm));
  norm.epsilon = NAN;
  refused(layernorm(stream, norm));
  ActivationArgs clip = {ActivationKind::Clip, 1, 16, x, d, 1, 0};
  refused(activation(stream, clip));
  refused(activation(stream, {ActivationKind::Relu, 1, 16, x, d, 1, 2}));
  refused(rotary(stream, {1, 16, 0, x, x, d}));
  refused(rotary(stream, {1, 16, 3, x, x, d}));
  refused(rotary(stream, {1, 16, 6, x, x, d}));
  refused(quantize(stream, {1, 16, x, d}));
  refused(dequantize(stream, {1, 16, x, 0, d}));
  refused(dequantize(stream, {1, 16, x, b.addr, VpuDest::int8(b.addr, 64, b.addr)}));
  CopyArgs c;
  c.src = b.addr;
  c.dst = b.addr + 2048;
  refused(copy(stream, c));
  c.row_bytes = 64;
  c.rows = 2;
  c.dst_stride = 63;
  refused(copy(stream, c));
  c.rows = 1;
  c.src = uint64_t{1} << 40;
  refused(copy(stream, c));
  refused(fill(stream, {b.addr, 0, 1, 1, 0}));
  REQUIRE(stream.offload()[KernelKind::Add].accelerator == 0);
}

TEST_CASE("what ran where is counted by kind", "[kernel]") {
  System s;
  const Buffer b = s.dram(4096);
  for (int i = 0; i < 3; ++i) REQUIRE(fill(s.stream(), {b.addr, 1, 64, 64, 0}) == Status::Ok);
  REQUIRE(mul(s.stream(), {1, 16, {b.addr, 64}, {b.addr, 64}, VpuDest::f32(b.addr, 64)}) ==
          Status::Ok);
  REQUIRE(s.stream().finish() == Status::Ok);
  const Offload& offload = s.stream().offload();
  REQUIRE(offload[KernelKind::Fill].accelerator == 3);
  REQUIRE(offload[KernelKind::Fill].descriptors == 3);
  REQUIRE(offload[KernelKind::Mul].accelerator == 1);
  for (const OffloadCount& count : offload.kernels) REQUIRE(count.cpu == 0);
  REQUIRE(std::string(to_string(KernelKind::Fill)) == "fill");
  REQUIRE(std::string(to_string(KernelKind::SwiGlu)) == "swiglu");
  REQUIRE(std::string(to_string(KernelKind::Gemm)) == "gemm");
}
