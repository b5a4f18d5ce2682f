// Weights for the GEMM, prepared once at load time by the CPU: quantise per output channel, pack
// into tiles.
#pragma once
#include <cstdint>

#include "sw_driver/include/status.h"

namespace systole::driver {

/// Bytes of PACKED tiles for n output channels and k inputs on a rows × cols array:
/// ceil(n/cols) * ceil(k/rows) * rows * cols.
uint64_t packed_weight_bytes(uint32_t n, uint32_t k, uint32_t rows, uint32_t cols);

/// int8 weights [n][k] (row i is output channel first + i, contiguous) into the tiles
/// [ceil(n_total/cols)][ceil(k/rows)][rows][cols] at `packed`, packed_weight_bytes(n_total, ...)
/// bytes that the caller has cleared: only the given channels are written, so that several matrices
/// (q, k and v) can be packed side by side. BadArgument: null, a zero size, or first + n > n_total.
Status pack_weights(const int8_t* weights, uint32_t n, uint32_t k, uint32_t rows, uint32_t cols,
                    uint32_t first, uint32_t n_total, int8_t* packed);

/// One row of k floats to int8: scale = absmax/127, q = nearest even of w * (127/absmax) within
/// ±127. A row of zeros has scale 0 and zeros. NaN counts as 0, infinity is BadArgument.
Status quantize_row(const float* weights, uint32_t k, int8_t* out, float* scale);

/// quantize_row() for n rows, contiguous: scales[n].
Status quantize_rows(const float* weights, uint32_t n, uint32_t k, int8_t* out, float* scales);

/// Both steps without an intermediate matrix: float [n][k] into channels [first, first + n) of
/// `packed`, scales[i] of row i. `row_buffer` holds k int8.
Status quantize_and_pack(const float* weights, uint32_t n, uint32_t k, uint32_t rows, uint32_t cols,
                         uint32_t first, uint32_t n_total, int8_t* packed, float* scales,
                         int8_t* row_buffer);

}  // namespace systole::driver
