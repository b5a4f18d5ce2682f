// Options of random legal VPU operations.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "tests/rtl/support/random.h"
#include "tests/support/vpu_descriptors.h"
#include "tlm/gen/vpu_regs.h"

namespace systole::test {

inline uint32_t log_uniform(rtl_test::Random& random, uint32_t low, uint32_t high) {
  const double share = static_cast<double>(random.below(1 << 20)) / (1 << 20);
  const double value = low * std::pow((high + 1.0) / low, share);
  return std::min(high, static_cast<uint32_t>(value));
}

/// Fills in what depends on rows and cols: period, valid length, options.
inline void choose_options(rtl_test::Random& random, hw::VpuDescriptor& d) {
  if (d.opcode == hw::VPU_OP_QUANTIZE || (d.opcode != hw::VPU_OP_DEQUANTIZE && random.chance(35)))
    d.vpu_flags |= hw::VPU_FLAGS_QUANT_OUT_MASK;
  if (d.opcode == hw::VPU_OP_ACT)
    d.act = static_cast<uint8_t>(random.range(hw::VPU_ACT_RELU, hw::VPU_ACT_CLIP));
  if (d.opcode == hw::VPU_OP_RMSNORM || d.opcode == hw::VPU_OP_LAYERNORM) d.beta = 1e-5f;
  if (d.opcode == hw::VPU_OP_ROTARY) {
    d.cols = (d.cols + 1) & ~1u;
    do d.period = 2 * log_uniform(random, 1, d.cols / 2);
    while (d.cols % d.period != 0);
  }
  if (d.opcode != hw::VPU_OP_SOFTMAX) return;
  d.alpha = 0.125f;
  d.valid = random.chance(50) ? d.cols : static_cast<uint32_t>(random.range(1, d.cols));
  if (random.chance(40)) d.vpu_flags |= hw::VPU_FLAGS_MUL_Y_MASK;
  const uint32_t period = static_cast<uint32_t>(random.range(1, d.rows + 2));
  const uint32_t more = std::min(period, d.rows) - 1;
  if (random.chance(40) && more < d.cols) {
    d.vpu_flags |= hw::VPU_FLAGS_CAUSAL_MASK;
    d.period = period;
    d.valid = std::min(d.valid, d.cols - more);
  }
}

}  // namespace systole::test
