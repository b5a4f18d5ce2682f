// The VPU's elementary functions, bit for bit as rtl/vpu/vpu_exp.sv and rtl/vpu/vpu_recip.sv
// compute them. Fixed-point range reduction, polynomial or Newton, one rounding to float32 at the
// end. Downstream: vpu_arith.cpp, tests. The errors below are measured by
// tests/rtl/vpu_math_test.cpp.
#pragma once
#include <cstdint>

namespace systole::vpu {

/// exp(x). Error at most 0.63 ulp. NaN gives NaN, below about -103.97 +0, above about 88.72 +inf;
/// subnormal results are rounded like any other.
float exp(float x);

/// 1 / x. Error at most 0.53 ulp. 1/±0 = ±inf, 1/±inf = ±0, NaN gives NaN; subnormal operands and
/// results follow the same formula.
float recip(float x);

/// 1 / sqrt(x). Error at most 0.53 ulp. ±0 gives +inf, +inf gives +0, negative and NaN give NaN.
float rsqrt(float x);

/// sigmoid(x) = recip(exp(-x) + 1). Error at most 2.5 ulp where the result is normal.
float sigmoid(float x);

/// tanh(x): for |x| < 0.625 T(x^2) * x, else 1 - 2 * recip(exp(2|x|) + 1) with the sign of x.
/// Error at most 1.5 ulp.
float tanh(float x);

/// silu(x) = sigmoid(x) * x. Error at most 3 ulp for x >= -87.3; further left sigmoid is subnormal
/// or 0 and the absolute error below 3e-37.
float silu(float x);

/// gelu(x) = sigmoid(v) * x, v = ((x*x) * 0.07135481 + 1.5957691) * x: the tanh form. Error at most
/// 3 ulp for x >= -1, 15 ulp for x >= -3; further left it grows like v's in exp(v). The absolute
/// error is at most 2e-7 * max(1, |x|) everywhere.
float gelu(float x);

}  // namespace systole::vpu
