// Quantisation per output channel, and the order of weights the GEMM streams best.
#include "sw_driver/kernels/weights.h"

#include <cstddef>

namespace systole::driver {
namespace {

/// Nearest, ties to even, of |x| <= 127: adding 1.5 * 2^23 leaves the integer in the last bits.
int8_t nearest(float x) {
  volatile float shifted = x + 12582912.0f;
  return static_cast<int8_t>(static_cast<int32_t>(shifted - 12582912.0f));
}

}  // namespace

uint64_t packed_weight_bytes(uint32_t n, uint32_t k, uint32_t rows, uint32_t cols) {
  const uint64_t tiles = (uint64_t{n} + cols - 1) / cols * ((uint64_t{k} + rows - 1) / rows);
  return tiles * rows * cols;
}

Status pack_weights(const int8_t* weights, uint32_t n, uint32_t k, uint32_t rows, uint32_t cols,
                    uint32_t first, uint32_t n_total, int8_t* packed) {
  if (weights == nullptr || packed == nullptr || n == 0 || k == 0 || rows == 0 || cols == 0 ||
      first > n_total || n > n_total - first) {
    return Status::BadArgument;
  }
  const size_t strip = (size_t{k} + rows - 1) / rows * rows * cols;  // one column of tiles
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t channel = first + i;
    const int8_t* from = weights + size_t{i} * k;
    int8_t* to = packed + channel / cols * strip + channel % cols;
    for (uint32_t j = 0; j < k; ++j) to[size_t{j} * cols] = from[j];
  }
  return Status::Ok;
}

Status quantize_row(const float* weights, uint32_t k, int8_t* out, float* scale) {
  if (weights == nullptr || out == nullptr || scale == nullptr || k == 0)
    return Status::BadArgument;
  float peak = 0;
  for (uint32_t j = 0; j < k; ++j) {
    const float magnitude = weights[j] < 0 ? -weights[j] : weights[j];
    if (magnitude > peak) peak = magnitude;
  }
  if (!(peak - peak == 0)) return Status::BadArgument;
  const float factor = 127.0f / peak;
  *scale = peak / 127.0f;
  const bool usable = factor - factor == 0;  // peak 0, or so small that 127/peak overflows
  for (uint32_t j = 0; j < k; ++j) {
    const float q = weights[j] * factor;
    out[j] = usable && q == q ? nearest(q > 127.0f ? 127.0f : q < -127.0f ? -127.0f : q) : 0;
  }
  return Status::Ok;
}

Status quantize_rows(const float* weights, uint32_t n, uint32_t k, int8_t* out, float* scales) {
  if (weights == nullptr || out == nullptr || scales == nullptr || n == 0 || k == 0)
    return Status::BadArgument;
  for (uint32_t i = 0; i < n; ++i) {
    const Status status = quantize_row(weights + size_t{i} * k, k, out + size_t{i} * k, &scales[i]);
    if (status != Status::Ok) return status;
  }
  return Status::Ok;
}

Status quantize_and_pack(const float* weights, uint32_t n, uint32_t k, uint32_t rows, uint32_t cols,
                         uint32_t first, uint32_t n_total, int8_t* packed, float* scales,
                         int8_t* row_buffer) {
  if (weights == nullptr || scales == nullptr || row_buffer == nullptr || first > n_total ||
      n > n_total - first) {
    return Status::BadArgument;
  }
  for (uint32_t i = 0; i < n; ++i) {
    Status status = quantize_row(weights + size_t{i} * k, k, row_buffer, &scales[i]);
    if (status == Status::Ok) {
      status = pack_weights(row_buffer, 1, k, rows, cols, first + i, n_total, packed);
    }
    if (status != Status::Ok) return status;
  }
  return Status::Ok;
}

}  // namespace systole::driver
