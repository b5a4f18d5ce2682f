// Whole rows at a time: the loops of the VPU's arithmetic for the host's vector unit.
// Upstream: vpu_arith.cpp. Every function gives the bits of the scalar ones in tlm/core/fp32.h and
// tlm/vpu/vpu_math.h (tests/rtl/vpu_kernel_test.cpp compares them).
#pragma once
#include <cstdint>

namespace systole::vpu {

/// Maximum of n numbers as fp32::max2 finds it, from -inf on.
float row_max(const float* x, uint32_t n);
/// Largest magnitude, from +0 on.
float row_absmax(const float* x, uint32_t n);
/// The sum in the hardware's order; see vpu_sum().
float row_sum(const float* x, uint32_t n);
/// row_sum of the squares.
float row_sum_of_squares(const float* x, uint32_t n);

/// x = x * a, x + a, x * y, x + y.
void row_scale(float* x, uint32_t n, float a);
void row_offset(float* x, uint32_t n, float a);
void row_mul(float* x, const float* y, uint32_t n);
void row_add(float* x, const float* y, uint32_t n);

/// x = min(max(x, low), high); relu: max(x, +0).
void row_clip(float* x, uint32_t n, float low, float high);
void row_relu(float* x, uint32_t n);

/// x = f(x).
void row_exp(float* x, uint32_t n);
void row_sigmoid(float* x, uint32_t n);
void row_silu(float* x, uint32_t n);
void row_tanh(float* x, uint32_t n);
void row_gelu(float* x, uint32_t n);

/// Pairs (x0, x1) turned by (c, s) of y: (x0*c + x1*(-s), x1*c + x0*s). n is even.
void row_rotate(float* x, const float* y, uint32_t n);

/// q = int8(x * inverse).
void row_to_i8(const float* x, uint32_t n, float inverse, int8_t* q);

}  // namespace systole::vpu
