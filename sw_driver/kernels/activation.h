// Activations: one function on every element.
#pragma once
#include "sw_driver/kernels/vpu.h"

namespace systole::driver {

enum class ActivationKind : uint8_t { Relu, Gelu, Silu, Sigmoid, Tanh, Clip };

struct ActivationArgs {
  ActivationKind kind = ActivationKind::Relu;
  uint32_t rows = 0, cols = 0;
  VpuSource x;              ///< float32
  VpuDest d;                ///< may be x (float32)
  float low = 0, high = 0;  ///< Clip: min(max(x, low), high), low <= high; else 0
  int instance = kAnyInstance;
};

/// Appends the operation. BadArgument before anything is touched; else as CommandStream::append.
Status activation(CommandStream& stream, const ActivationArgs& args, Ticket* ticket = nullptr);

}  // namespace systole::driver
