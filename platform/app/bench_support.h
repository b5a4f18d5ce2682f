// What the benchmarked kernels share: seeded data, buffers in DRAM, timing one flush.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <string>

#include "platform/app/bench_kernels.h"
#include "platform/app/reference_memory.h"

namespace systole {

/// splitmix64: small, and the same everywhere.
class BenchRandom {
 public:
  explicit BenchRandom(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  /// Uniform in [low, high).
  float uniform(float low, float high) {
    return low + (high - low) * (static_cast<float>(next() >> 40) * 0x1p-24f);
  }
  void fill_bytes(const driver::Buffer& buffer) {
    auto* bytes = buffer.as<uint8_t>();
    for (uint64_t i = 0; i < buffer.bytes; ++i) bytes[i] = static_cast<uint8_t>(next() >> 56);
  }
  void fill_floats(const driver::Buffer& buffer, float low, float high) {
    auto* values = buffer.as<float>();
    for (uint64_t i = 0; i < buffer.bytes / 4; ++i) values[i] = uniform(low, high);
  }

 private:
  uint64_t state_;
};

/// Buffers of one kernel in DRAM, 64-byte aligned. After a failure ok() is false.
class BenchBuffers {
 public:
  explicit BenchBuffers(Host& host) : arena_(host.device.dram()) {}
  driver::Buffer take(uint64_t bytes) {
    driver::Buffer buffer;
    if (arena_.allocate(bytes, 64, &buffer) != driver::Status::Ok) ok_ = false;
    return buffer;
  }
  bool ok() const { return ok_; }

 private:
  driver::Arena& arena_;
  bool ok_ = true;
};

/// Starts everything recorded and waits for its end. The cycles are those between the first
/// doorbell's write and the driver's seeing the last completion.
inline driver::Status run_recorded(Host& host, BenchResult& result) {
  const std::clock_t start = std::clock();
  const uint64_t begin = host.hal.now_cycles();
  driver::Status status = host.device.stream().flush();
  if (status == driver::Status::Ok) status = host.device.stream().finish();
  result.cycles = host.report.cycles_total = host.hal.now_cycles() - begin;
  result.seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  return status;
}

std::string bench_gemm(const BenchRequest& request, Host& host, BenchResult& result);
std::string bench_dma(const BenchRequest& request, Host& host, BenchResult& result);
std::string bench_vpu(const BenchRequest& request, Host& host, BenchResult& result);

/// "0x…" or decimal. Throws RequestError.
uint64_t parse_address(const std::string& option, const std::string& text);

}  // namespace systole
