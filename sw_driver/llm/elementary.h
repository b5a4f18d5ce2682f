// Elementary functions from plain IEEE double operations: the same bits on every host CPU.
// Users: rotary tables, sampling, scoring. No libm; compile with -ffp-contract=off.
#pragma once

namespace systole::driver::llm {

/// Relative error below 4e-16 in the normal range. Below -708: 0; above 709: infinity; NaN stays
/// NaN.
double exp_of(double x);

/// Natural logarithm of x > 0, relative error below 1e-15. x = 0: -infinity; x < 0 or NaN: NaN.
double log_of(double x);

/// |x| at most 2^20: absolute error below 1e-15. Beyond, or NaN: NaN.
double sin_of(double x);
double cos_of(double x);

/// Square root of x >= 0, at most 1 ulp off; x < 0 or NaN: NaN.
double sqrt_of(double x);

}  // namespace systole::driver::llm
