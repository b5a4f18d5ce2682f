// C[M,N] (+)= A[M,K] * B[K,N]: legality, blocked int8 product, output conversion.
#include "tlm/gemm/gemm_arith.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "tlm/core/fp32.h"
#include "tlm/gemm/gemm_kernel.h"
#include "tlm/gen/gemm_regs.h"

namespace systole {
namespace {

using hw::GemmDescriptor;

constexpr uint64_t kAddressMask = (uint64_t{1} << 40) - 1;
constexpr uint32_t kMaxMN = 1048575, kMaxK = 131071;
constexpr uint32_t kBurstBeats = 16;         // longest burst of the engine
constexpr uint64_t kPanelBytes = 512 << 10;  // of B that are rearranged at a time

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

/// `count` rows of `bytes` in memory, `stride` apart. Asked for in one piece if they touch each
/// other; else row by row, so that nothing between them is asked for.
class MemoryRows {
 public:
  MemoryRows(MemoryView& memory, uint64_t addr, uint64_t stride, uint32_t count, uint64_t bytes,
             bool write)
      : memory_(memory), addr_(addr), stride_(stride), bytes_(bytes), write_(write) {
    const uint64_t span = (count - 1) * stride + bytes;
    const bool dense = stride == bytes || count == 1;
    if (dense && addr + span <= kAddressMask + 1) flat_ = memory.map(addr, span, write);
    if (flat_) return;
    uint8_t* const first = row(0);
    bool in_line = there_ = first != nullptr;
    for (uint32_t i = 1; i < count && there_; ++i) {
      uint8_t* const at = row(i);
      there_ = at != nullptr;
      in_line = in_line && at == first + i * stride;
    }
    if (there_ && in_line) flat_ = first;
  }
  /// Every byte of every row is mapped.
  bool there() const { return there_; }
  uint8_t* row(uint64_t i) const {
    return flat_ ? flat_ + i * stride_
                 : memory_.map((addr_ + i * stride_) & kAddressMask, bytes_, write_);
  }

 private:
  MemoryView& memory_;
  uint64_t addr_, stride_, bytes_;
  bool write_;
  uint8_t* flat_ = nullptr;
  bool there_ = true;
};

/// B in strips int8 [K][kGemmStrip], zero beyond N.
class Weights {
 public:
  Weights(const GemmDescriptor& d, const GemmConfig& config, MemoryView& memory)
      : d_(d),
        cols_(config.cols),
        tiles_bytes_(round_up(d.k, config.rows) * config.cols),
        rows_(make_rows(memory)) {}
  bool there() const { return rows_.there(); }

  /// The strip's bytes: in place if they lie like that, else gathered into `room`.
  const int8_t* strip(uint32_t n0, uint8_t* room) const {
    const uint32_t width = std::min(kGemmStrip, d_.n - n0);
    if (d_.b_layout == hw::GEMM_B_LAYOUT_PACKED && cols_ == kGemmStrip)
      return reinterpret_cast<const int8_t*>(rows_.row(n0 / kGemmStrip));
    if (width < kGemmStrip) std::memset(room, 0, size_t{d_.k} * kGemmStrip);
    if (d_.b_layout == hw::GEMM_B_LAYOUT_ROWS) {
      for (uint32_t k = 0; k < d_.k; ++k)
        copy(room + size_t{k} * kGemmStrip, rows_.row(k) + n0, width);
    } else if (d_.b_layout == hw::GEMM_B_LAYOUT_TRANSPOSED) {
      transpose(n0, width, room);
    } else {
      for (uint32_t j = 0; j < width; j += cols_) {  // the tiles' columns, side by side
        const uint8_t* tiles = rows_.row((n0 + j) / cols_) + (n0 + j) % cols_;
        const uint32_t part = std::min(cols_, width - j);
        for (uint32_t k = 0; k < d_.k; ++k)
          copy(room + size_t{k} * kGemmStrip + j, tiles + size_t{k} * cols_, part);
      }
    }
    return reinterpret_cast<const int8_t*>(room);
  }

 private:
  MemoryRows make_rows(MemoryView& memory) const {
    if (d_.b_layout == hw::GEMM_B_LAYOUT_ROWS)
      return {memory, d_.b_addr, d_.ldb, d_.k, d_.n, false};
    if (d_.b_layout == hw::GEMM_B_LAYOUT_TRANSPOSED)
      return {memory, d_.b_addr, d_.ldb, d_.n, d_.k, false};
    return {memory, d_.b_addr, tiles_bytes_, (d_.n + cols_ - 1) / cols_, tiles_bytes_, false};
  }
  static void copy(uint8_t* to, const uint8_t* from, uint32_t bytes) {
    if (bytes == kGemmStrip)
      std::memcpy(to, from, kGemmStrip);
    else
      std::memcpy(to, from, bytes);
  }
  void transpose(uint32_t n0, uint32_t width, uint8_t* room) const {
    for (uint32_t j = 0; j < width; j += 8) {
      const uint8_t* in[8];
      const uint32_t part = std::min(8u, width - j);
      for (uint32_t i = 0; i < part; ++i) in[i] = rows_.row(n0 + j + i);
      if (part == 8) {
        gemm_transpose8(in, d_.k, room + j, kGemmStrip);
        continue;
      }
      for (uint32_t i = 0; i < part; ++i)
        for (uint32_t k = 0; k < d_.k; ++k) room[size_t{k} * kGemmStrip + j + i] = in[i][k];
    }
  }

  const GemmDescriptor& d_;
  uint32_t cols_;
  uint64_t tiles_bytes_;  ///< of a column of packed tiles
  MemoryRows rows_;
};

/// The output stage.
class Results {
 public:
  Results(const GemmDescriptor& d, MemoryView& memory)
      : d_(d),
        rows_(memory, d.c_addr, d.ldc, d.m, uint64_t{d.n} * element_bytes(d), true),
        scaled_(d.out_type != hw::GEMM_OUT_TYPE_INT32),
        row_scale_(floats(memory, scaled_, d.row_scale_addr, d.m)),
        col_scale_(floats(memory, scaled_, d.col_scale_addr, d.n)),
        bias_(floats(memory, has_bias(d), d.bias_addr, d.n)) {}
  bool there() const {
    return rows_.there() && (!scaled_ || (row_scale_ && col_scale_)) && (!has_bias(d_) || bias_);
  }
  /// Columns n0 to n0 + kGemmStrip of row m, as far as they exist.
  void store(uint32_t m, uint32_t n0, const uint32_t* acc) const {
    const uint32_t width = std::min(kGemmStrip, d_.n - n0);
    uint8_t* c = rows_.row(m) + size_t{n0} * element_bytes(d_);
    if (!scaled_) {
      uint32_t sum[kGemmStrip] = {};
      if (accumulates(d_)) std::memcpy(sum, c, size_t{width} * 4);
      for (uint32_t j = 0; j < kGemmStrip; ++j) sum[j] += acc[j];
      std::memcpy(c, sum, size_t{width} * 4);
      return;
    }
    float f[kGemmStrip], scale[kGemmStrip] = {}, rs;
    std::memcpy(&rs, row_scale_ + size_t{m} * 4, 4);
    std::memcpy(scale, col_scale_ + size_t{n0} * 4, size_t{width} * 4);
    for (uint32_t j = 0; j < kGemmStrip; ++j)
      f[j] = fp32::mul(fp32::mul(fp32::from_i32(static_cast<int32_t>(acc[j])), rs), scale[j]);
    if (has_bias(d_)) {
      std::memcpy(scale, bias_ + size_t{n0} * 4, size_t{width} * 4);
      for (uint32_t j = 0; j < kGemmStrip; ++j) f[j] = fp32::add(f[j], scale[j]);
    }
    if (d_.out_type == hw::GEMM_OUT_TYPE_INT8)
      for (uint32_t j = 0; j < width; ++j) c[j] = static_cast<uint8_t>(fp32::to_i8(f[j]));
    else
      std::memcpy(c, f, size_t{width} * 4);
  }

 private:
  static const uint8_t* floats(MemoryView& memory, bool used, uint64_t addr, uint32_t count) {
    return used ? memory.map(addr, uint64_t{count} * 4, false) : nullptr;
  }
  const GemmDescriptor& d_;
  MemoryRows rows_;
  bool scaled_;
  const uint8_t *row_scale_, *col_scale_, *bias_;
};

/// Rows m0 to m0 + `rows` of A, widened, as gemm_multiply() wants them: [K][group], zero beyond.
void widen(const MemoryRows& a, uint32_t m0, uint32_t rows, uint32_t group, uint32_t k,
           int32_t* out) {
  if (rows < group) std::fill_n(out, size_t{k} * group, 0);
  for (uint32_t r = 0; r < rows; ++r) {
    const auto* row = reinterpret_cast<const int8_t*>(a.row(m0 + r));
    for (uint32_t i = 0; i < k; ++i) out[size_t{i} * group + r] = row[i];
  }
}

void multiply(const GemmDescriptor& d, const MemoryRows& a, const Weights& b, const Results& c) {
  const uint64_t strip_bytes = uint64_t{d.k} * kGemmStrip;
  const uint32_t all = (d.n + kGemmStrip - 1) / kGemmStrip;
  const uint32_t panel = static_cast<uint32_t>(
      std::min<uint64_t>(std::max<uint64_t>(kPanelBytes / strip_bytes, 1), all));
  // not cleared: that would take as long as a small product
  const std::unique_ptr<uint8_t[]> room(new uint8_t[panel * strip_bytes]);
  const std::unique_ptr<int32_t[]> rows_of_a(new int32_t[size_t{d.k} * kGemmGroup]);
  std::vector<const int8_t*> strips(panel);
  for (uint32_t first = 0; first < all; first += panel) {
    const uint32_t count = std::min(panel, all - first);
    for (uint32_t i = 0; i < count; ++i)
      strips[i] = b.strip((first + i) * kGemmStrip, room.get() + i * strip_bytes);
    for (uint32_t m = 0; m < d.m;) {
      const uint32_t left = d.m - m, group = left == 1 ? 1 : left <= 4 ? 4 : kGemmGroup;
      const uint32_t rows = std::min(left, group);
      widen(a, m, rows, group, d.k, rows_of_a.get());
      for (uint32_t i = 0; i < count; ++i) {
        uint32_t acc[kGemmGroup][kGemmStrip];
        gemm_multiply(rows_of_a.get(), strips[i], d.k, group, acc);
        for (uint32_t r = 0; r < rows; ++r) c.store(m + r, (first + i) * kGemmStrip, acc[r]);
      }
      m += rows;
    }
  }
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
  const MemoryRows a(memory, d.a_addr, d.lda, d.m, d.k, false);
  const Weights b(d, config, memory);
  const Results c(d, memory);
  if (!a.there() || !b.there() || !c.there()) return FaultFinder(d, config, memory).find();
  multiply(d, a, b, c);
  result.work = uint64_t{d.m} * d.n * d.k;
  return result;
}

}  // namespace systole
