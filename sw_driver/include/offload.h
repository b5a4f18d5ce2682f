// Proof of where the work ran: calls per kind of kernel.
#pragma once
#include <cstdint>

namespace systole::driver {

enum class KernelKind : uint8_t {
  Gemm,
  Softmax,
  RmsNorm,
  LayerNorm,
  Activation,
  Add,
  Mul,
  SwiGlu,
  Rotary,
  Quantize,
  Dequantize,
  Copy,
  Fill,
};
constexpr uint32_t kKernelKinds = 13;

/// The kind's name in the report: "gemm", "softmax", "rmsnorm", …
const char* to_string(KernelKind kind);

struct OffloadCount {
  uint64_t accelerator = 0;  ///< kernel calls that ran on an engine
  uint64_t cpu = 0;  ///< kernel calls computed by the CPU: no kernel of this driver ever does
  uint64_t descriptors = 0;  ///< descriptors the accelerator calls took
};

struct Offload {
  OffloadCount kernels[kKernelKinds];

  OffloadCount& operator[](KernelKind kind) { return kernels[static_cast<uint32_t>(kind)]; }
  const OffloadCount& operator[](KernelKind kind) const {
    return kernels[static_cast<uint32_t>(kind)];
  }
};

}  // namespace systole::driver
