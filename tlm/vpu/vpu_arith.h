// What the VPU computes and which descriptors it accepts: the C++ side of rtl/vpu.
// Upstream: descriptors (rtl/regs/vpu.yaml). Downstream: twin, mock hardware, tests.
// Results are the RTL's, to the bit; timing is not modelled. docs/blocks/vpu.md has the formulas.
#pragma once
#include <cstdint>

#include "tlm/core/op.h"

namespace systole {

/// What decides legality and bursts: CONFIG of the instance. Results do not depend on `lanes`.
struct VpuConfig {
  uint32_t lanes = 8;         ///< float32 lanes, a power of two, 2 to 32
  uint32_t data_bytes = 16;   ///< AXI data width in bytes: 8, 16, 32 or 64
  uint32_t max_cols = 16384;  ///< longest row in elements
};

/// Checks opcode and operands of a descriptor (128 little-endian bytes; the common header is the
/// front-end's). 0, ILLEGAL_DESC (looked for first) or ILLEGAL_SIZE.
uint8_t vpu_check(const uint8_t* desc, const VpuConfig& config);

/// Checks, then computes row by row. Addresses wrap at 2^40. READ_BUS or WRITE_BUS if a byte is
/// unmapped, with the start of the first failing burst in row order; earlier rows are written then
/// (the RTL may have read, and met an error, further ahead). d may be x, or y if y_stride is not 0,
/// at the same addresses; the result of any other overlap of d or s with an operand is unspecified.
OpResult vpu_execute(const uint8_t* desc, const VpuConfig& config, MemoryView& memory);

/// What a legal descriptor adds to WORK: elements.
uint64_t vpu_work(const uint8_t* desc);

/// A legal descriptor reads y.
bool vpu_uses_y(const uint8_t* desc);

/// Sum of n float32 as the hardware adds: element i joins partial sum i mod 32 in index order, each
/// starting at +0, then partial[i] += partial[i + h] for h = 16, 8, 4, 2, 1.
float vpu_sum(const float* x, uint32_t n);

}  // namespace systole
