// The int8 product's inner loops on the host's vector unit, in plain loops that compilers
// vectorise. Upstream: gemm_arith.
#pragma once
#include <cstddef>
#include <cstdint>

namespace systole {

constexpr uint32_t kGemmStrip = 16;  ///< columns computed at a time
constexpr uint32_t kGemmGroup = 8;   ///< rows computed at a time, at most

/// acc[r][j] = sum over k of a[k][r] * b[k][j], modulo 2^32, for `rows` rows (1, 4 or kGemmGroup)
/// and kGemmStrip columns. a: int32 [k][rows]; b: int8 [k][kGemmStrip].
void gemm_multiply(const int32_t* a, const int8_t* b, uint32_t k, uint32_t rows,
                   uint32_t (*acc)[kGemmStrip]);

/// out[j][i * out_step] = in[i][j] for i < 8, j < count: 8 rows, in_step bytes apart, become
/// columns. `out` has `count` rows of out_step bytes.
void gemm_transpose8(const uint8_t* const in[8], uint32_t count, uint8_t* out, size_t out_step);

}  // namespace systole
