// C[M,N] (+)= A[M,K] * B[K,N]: legality, blocked int8 product, output conversion.
#include "tlm/gemm/gemm_arith.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "tlm/core/fp32.h"
#include "tlm/gen/gemm_regs.h"

// The inner loop for the machine's vector unit, chosen when the program is loaded.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SYSTOLE_VECTOR_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define SYSTOLE_VECTOR_CLONES
#endif

namespace systole {
namespace {

using hw::GemmDescriptor;

constexpr uint64_t kAddressMask = (uint64_t{1} << 40) - 1;
constexpr uint32_t kMaxMN = 1048575, kMaxK = 131071;
constexpr uint32_t kBurstBeats = 16;  // longest burst of the engine
constexpr uint32_t kPanel = 256;      // columns computed at a time, a multiple of every COLS

GemmDescriptor load(const uint8_t* desc) {
  GemmDescriptor d;
  std::memcpy(&d, desc, sizeof d);
  return d;
}

uint64_t round_up(uint64_t x, uint64_t unit) { return (x + unit - 1) / unit * unit; }
uint32_t element_bytes(const GemmDescriptor& d) {
  return d.out_type == hw::GEMM_OUT_TYPE_INT8 ? 1 : 4;
}
bool accumulates(const GemmDescriptor& d) { return d.gemm_flags & hw::GEMM_FLAGS_ACCUMULATE_MASK; }
bool has_bias(const GemmDescriptor& d) { return d.gemm_flags & hw::GEMM_FLAGS_BIAS_MASK; }

bool illegal_desc(const GemmDescriptor& d) {
  const bool int32 = d.out_type == hw::GEMM_OUT_TYPE_INT32;
  const uint32_t align = element_bytes(d) - 1;
  if (d.opcode != hw::GEMM_OP_MATMUL || d.b_layout > hw::GEMM_B_LAYOUT_PACKED ||
      d.out_type > hw::GEMM_OUT_TYPE_INT8 || d.gemm_flags > 3 || d.reserved1 != 0)
    return true;
  if (int32 ? has_bias(d) : accumulates(d)) return true;
  for (uint64_t addr :
       {d.a_addr, d.b_addr, d.c_addr, d.row_scale_addr, d.col_scale_addr, d.bias_addr})
    if (addr > kAddressMask) return true;
  if ((d.c_addr & align) || (d.ldc & align)) return true;
  if ((d.row_scale_addr | d.col_scale_addr | d.bias_addr) & 3) return true;
  if (int32 && (d.row_scale_addr || d.col_scale_addr)) return true;
  if (!has_bias(d) && d.bias_addr) return true;
  return d.b_layout == hw::GEMM_B_LAYOUT_PACKED && d.ldb != 0;
}

bool illegal_size(const GemmDescriptor& d, const GemmConfig& config) {
  if (d.m < 1 || d.m > kMaxMN || d.n < 1 || d.n > kMaxMN || d.k < 1 || d.k > kMaxK) return true;
  if (d.m > 1 && d.ldc < uint64_t{d.n} * element_bytes(d)) return true;
  return !gemm_tile_legal(config, gemm_tile_of_word(d.tile));
}

/// acc[0..width) += sum over k of a[k] * b[k][0..width), modulo 2^32; width a multiple of 16.
SYSTOLE_VECTOR_CLONES
void multiply_row(const int8_t* a, const int16_t* b, uint32_t k, uint32_t width, uint32_t* acc) {
  for (uint32_t i = 0; i < k; ++i) {
    const int32_t x = a[i];
    const int16_t* row = b + size_t{i} * kPanel;
    for (uint32_t j = 0; j < width / 16 * 16; ++j) acc[j] += static_cast<uint32_t>(x * row[j]);
  }
}

/// The operands' places in memory, row by row.
class Operands {
 public:
  Operands(const GemmDescriptor& d, const GemmConfig& config, MemoryView& memory)
      : d_(d), config_(config), memory_(memory) {}

  uint8_t* at(uint64_t addr, uint64_t bytes, bool write = false) {
    return memory_.map(addr & kAddressMask, bytes, write);
  }
  uint8_t* a_row(uint32_t m) { return at(d_.a_addr + uint64_t{m} * d_.lda, d_.k); }
  uint8_t* c_row(uint32_t m, bool write) {
    return at(d_.c_addr + uint64_t{m} * d_.ldc, uint64_t{d_.n} * element_bytes(d_), write);
  }
  uint8_t* floats(uint64_t addr, uint32_t count) { return at(addr, uint64_t{count} * 4); }

  /// B[0..K, n0..n0+n) widened into panel[k][kPanel]; the rest of a panel's row is not touched.
  bool panel(uint32_t n0, uint32_t n, std::vector<int16_t>& out) {
    if (d_.b_layout == hw::GEMM_B_LAYOUT_ROWS) {
      for (uint32_t k = 0; k < d_.k; ++k) {
        const uint8_t* row = at(d_.b_addr + uint64_t{k} * d_.ldb + n0, n);
        if (!row) return false;
        for (uint32_t j = 0; j < n; ++j) out[size_t{k} * kPanel + j] = static_cast<int8_t>(row[j]);
      }
    } else if (d_.b_layout == hw::GEMM_B_LAYOUT_TRANSPOSED) {
      for (uint32_t j = 0; j < n; ++j) {
        const uint8_t* row = at(d_.b_addr + uint64_t{n0 + j} * d_.ldb, d_.k);
        if (!row) return false;
        for (uint32_t k = 0; k < d_.k; ++k)
          out[size_t{k} * kPanel + j] = static_cast<int8_t>(row[k]);
      }
    } else {
      const uint64_t strip = round_up(d_.k, config_.rows) * config_.cols;  // one column of tiles
      for (uint32_t j0 = 0; j0 < n; j0 += config_.cols) {
        const uint8_t* base = at(d_.b_addr + (n0 + j0) / config_.cols * strip, strip);
        if (!base) return false;
        const uint32_t w = std::min(config_.cols, n - j0);
        for (uint32_t k = 0; k < d_.k; ++k)
          for (uint32_t j = 0; j < w; ++j)
            out[size_t{k} * kPanel + j0 + j] =
                static_cast<int8_t>(base[size_t{k} * config_.cols + j]);
      }
    }
    return true;
  }

 private:
  const GemmDescriptor& d_;
  const GemmConfig& config_;
  MemoryView& memory_;
};

float load_float(const uint8_t* floats, uint32_t i) {
  float f;
  std::memcpy(&f, floats + size_t{i} * 4, 4);
  return f;
}

/// Finds the first burst that hits unmapped memory, in the order in which the loader requests.
class FaultFinder {
 public:
  FaultFinder(const GemmDescriptor& d, const GemmConfig& config, MemoryView& memory)
      : d_(d), config_(config), memory_(memory), tile_(gemm_tile_of_word(d.tile)) {}

  OpResult find() {
    const uint64_t block_n = uint64_t{tile_.n} * config_.cols;
    for (uint64_t m0 = 0; m0 < d_.m; m0 += tile_.m)
      for (uint64_t n0 = 0; n0 < d_.n; n0 += block_n)
        if (block(m0, n0, std::min<uint64_t>(tile_.m, d_.m - m0), std::min(block_n, d_.n - n0)))
          return result_;
    for (uint64_t m = 0; m < d_.m; ++m)
      if (rows(d_.c_addr + m * d_.ldc, 0, 1, uint64_t{d_.n} * element_bytes(d_), true)) break;
    return result_;
  }

 private:
  bool block(uint64_t m0, uint64_t n0, uint64_t mrows, uint64_t ncols) {
    if (d_.out_type != hw::GEMM_OUT_TYPE_INT32) {
      if (rows(d_.row_scale_addr + m0 * 4, 0, 1, mrows * 4)) return true;
      if (rows(d_.col_scale_addr + n0 * 4, 0, 1, ncols * 4)) return true;
      if (has_bias(d_) && rows(d_.bias_addr + n0 * 4, 0, 1, ncols * 4)) return true;
    }
    const uint64_t slab_k = uint64_t{tile_.k} * config_.rows;
    for (uint64_t k0 = 0; k0 < d_.k; k0 += slab_k) {
      const uint64_t krows = std::min(slab_k, d_.k - k0);
      const bool b_first = tile_.m > 2 * config_.rows;
      if (b_first && b_slab(n0, ncols, k0, krows)) return true;
      if (rows(d_.a_addr + m0 * d_.lda + k0, d_.lda, mrows, krows)) return true;
      if (!b_first && b_slab(n0, ncols, k0, krows)) return true;
    }
    return accumulates(d_) && rows(d_.c_addr + m0 * d_.ldc + n0 * 4, d_.ldc, mrows, ncols * 4);
  }

  bool b_slab(uint64_t n0, uint64_t ncols, uint64_t k0, uint64_t krows) {
    if (d_.b_layout == hw::GEMM_B_LAYOUT_ROWS)
      return rows(d_.b_addr + k0 * d_.ldb + n0, d_.ldb, krows, ncols);
    if (d_.b_layout == hw::GEMM_B_LAYOUT_TRANSPOSED)
      return rows(d_.b_addr + n0 * d_.ldb + k0, d_.ldb, ncols, krows);
    const uint64_t strip = round_up(d_.k, config_.rows) * config_.cols;
    return rows(d_.b_addr + n0 / config_.cols * strip + k0 * config_.cols, strip,
                (ncols + config_.cols - 1) / config_.cols,
                round_up(krows, config_.rows) * config_.cols);
  }

  /// `count` segments of `bytes`, `stride` apart, cut into bursts.
  bool rows(uint64_t addr, uint64_t stride, uint64_t count, uint64_t bytes, bool write = false) {
    for (uint64_t i = 0; i < count; ++i, addr += stride) {
      const uint64_t end = addr + bytes;
      for (uint64_t at = addr; at < end;) {
        const uint64_t start = at / config_.data_bytes * config_.data_bytes;
        const uint64_t stop = std::min(
            {end, start + uint64_t{kBurstBeats} * config_.data_bytes, (start / 4096 + 1) * 4096});
        if (!memory_.map(at & kAddressMask, stop - at, write)) {
          result_.error_code = write ? hw::ENGINE_ERR_WRITE_BUS : hw::ENGINE_ERR_READ_BUS;
          result_.error_addr = start & kAddressMask;
          return true;
        }
        at = stop;
      }
    }
    return false;
  }

  const GemmDescriptor& d_;
  const GemmConfig& config_;
  MemoryView& memory_;
  GemmTile tile_;
  OpResult result_;
};

}  // namespace

uint64_t gemm_a_slab_bytes(const GemmConfig& config, GemmTile tile) {
  return tile.m * round_up(uint64_t{tile.k} * config.rows, config.data_bytes);
}

uint64_t gemm_b_slab_bytes(const GemmConfig& config, GemmTile tile) {
  return round_up(uint64_t{tile.k} * config.rows, config.data_bytes) *
         round_up(uint64_t{tile.n} * config.cols, config.data_bytes);
}

uint64_t gemm_acc_block_bytes(const GemmConfig& config, GemmTile tile) {
  return uint64_t{tile.m} * tile.n * config.cols * 4;
}

bool gemm_tile_legal(const GemmConfig& config, GemmTile tile) {
  return tile.m >= 1 && tile.n >= 1 && tile.k >= 1 && tile.m <= kGemmMaxTileM &&
         uint64_t{tile.n} * config.cols <= kGemmMaxTileN &&
         gemm_a_slab_bytes(config, tile) <= config.a_buffer_bytes / 2 &&
         gemm_b_slab_bytes(config, tile) <= config.b_buffer_bytes / 2 &&
         gemm_acc_block_bytes(config, tile) <= config.acc_buffer_bytes / 2;
}

uint8_t gemm_check(const uint8_t* desc, const GemmConfig& config) {
  const GemmDescriptor d = load(desc);
  if (illegal_desc(d)) return hw::ENGINE_ERR_ILLEGAL_DESC;
  return illegal_size(d, config) ? hw::ENGINE_ERR_ILLEGAL_SIZE : 0;
}

OpResult gemm_execute(const uint8_t* desc, const GemmConfig& config, MemoryView& memory) {
  OpResult result;
  result.error_code = gemm_check(desc, config);
  if (result.error_code) return result;
  const GemmDescriptor d = load(desc);
  Operands operands(d, config, memory);
  const auto fault = [&] { return FaultFinder(d, config, memory).find(); };

  const bool int32 = d.out_type == hw::GEMM_OUT_TYPE_INT32;
  const uint8_t* row_scale = int32 ? nullptr : operands.floats(d.row_scale_addr, d.m);
  const uint8_t* col_scale = int32 ? nullptr : operands.floats(d.col_scale_addr, d.n);
  const uint8_t* bias = has_bias(d) ? operands.floats(d.bias_addr, d.n) : nullptr;
  if ((!int32 && (!row_scale || !col_scale)) || (has_bias(d) && !bias)) return fault();
  for (uint32_t m = 0; m < d.m; ++m)
    if (!operands.a_row(m) || !operands.c_row(m, true)) return fault();

  std::vector<int16_t> panel(size_t{d.k} * kPanel);
  for (uint32_t n0 = 0; n0 < d.n; n0 += kPanel)  // nothing is written before all of B is known
    if (d.n > kPanel && !operands.panel(n0, std::min(kPanel, d.n - n0), panel)) return fault();
  for (uint32_t n0 = 0; n0 < d.n; n0 += kPanel) {
    const uint32_t n = std::min(kPanel, d.n - n0);
    if (!operands.panel(n0, n, panel)) return fault();
    for (uint32_t m = 0; m < d.m; ++m) {
      uint32_t acc[kPanel] = {};
      uint8_t* c = operands.c_row(m, true) + size_t{n0} * element_bytes(d);
      if (accumulates(d)) std::memcpy(acc, c, size_t{n} * 4);
      multiply_row(reinterpret_cast<const int8_t*>(operands.a_row(m)), panel.data(), d.k,
                   static_cast<uint32_t>(round_up(n, 16)), acc);
      if (int32) {
        std::memcpy(c, acc, size_t{n} * 4);
        continue;
      }
      const float rs = load_float(row_scale, m);
      for (uint32_t j = 0; j < n; ++j) {
        float f = fp32::mul(fp32::from_i32(static_cast<int32_t>(acc[j])), rs);
        f = fp32::mul(f, load_float(col_scale, n0 + j));
        if (bias) f = fp32::add(f, load_float(bias, n0 + j));
        if (d.out_type == hw::GEMM_OUT_TYPE_INT8)
          c[j] = static_cast<uint8_t>(fp32::to_i8(f));
        else
          std::memcpy(c + size_t{j} * 4, &f, 4);
      }
    }
  }
  result.work = uint64_t{d.m} * d.n * d.k;
  return result;
}

}  // namespace systole
