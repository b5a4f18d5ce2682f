#include "tlm/gemm/gemm_plan.h"

#include <algorithm>

namespace systole {
namespace {

uint32_t round_up(uint32_t x, uint32_t unit) { return (x + unit - 1) / unit * unit; }

uint32_t log2_of(uint32_t value) {
  uint32_t shift = 0;
  while ((1u << shift) < value) ++shift;
  return shift;
}

}  // namespace

GemmPlan::GemmPlan(const hw::GemmDescriptor& desc, const GemmConfig& config)
    : d(desc), rows(config.rows), cols(config.cols), bus_bytes(config.data_bytes) {
  const GemmTile tile = gemm_tile_of_word(d.tile);
  tile_m = tile.m;
  tile_n = tile.n;
  tile_nc = tile.n * cols;
  tile_kr = tile.k * rows;
  rows_per_stage = std::min(std::max(bus_bytes / cols, 1u), rows);
  stages = rows / rows_per_stage;
  lanes = std::min(bus_bytes / 4, cols);
  is_float = d.out_type != hw::GEMM_OUT_TYPE_INT32;
  accumulate = d.gemm_flags & hw::GEMM_FLAGS_ACCUMULATE_MASK;
  bias = d.gemm_flags & hw::GEMM_FLAGS_BIAS_MASK;
  convert_cycles = !is_float ? 2 : bias ? 8 : 6;
  element = d.out_type == hw::GEMM_OUT_TYPE_INT8 ? 1 : 4;
  beat_pieces = bus_bytes / lanes / (element == 1 ? 1 : 4);
  a_word = std::max(rows, bus_bytes);
  b_word = std::max({rows_per_stage * cols, bus_bytes, rows});
  a_shift = log2_of(a_word);
  b_shift = log2_of(b_word);
  cols_shift = log2_of(cols);
  a_pitch = round_up(tile_kr, bus_bytes);
  b_first = tile_m > 2 * rows;
  single_k = d.k <= tile_kr;
  single_n = d.n <= tile_nc;
  b_stride = d.ldb;
  switch (d.b_layout) {
    case hw::GEMM_B_LAYOUT_ROWS:
      b_pitch = round_up(tile_nc, bus_bytes);
      b_words = rows;
      b_word_step = b_pitch;
      b_kt_step = b_pitch * rows;
      b_nt_step = cols;
      b_last = b_pitch * (rows - 1);
      early_swap = rows_per_stage == 1;
      break;
    case hw::GEMM_B_LAYOUT_TRANSPOSED:
      b_pitch = a_pitch;
      b_words = cols;
      b_word_step = b_pitch;
      b_kt_step = rows;
      b_nt_step = b_pitch * cols;
      b_last = b_pitch * (cols - 1);
      early_swap = false;
      break;
    default:
      b_stride = uint64_t{round_up(d.k, rows)} * cols;
      b_pitch = round_up(tile_kr * cols, bus_bytes);
      b_words = stages;
      b_word_step = rows_per_stage * cols;
      b_kt_step = rows * cols;
      b_nt_step = b_pitch;
      b_last = (rows - rows_per_stage) * cols;
      early_swap = true;
  }
}

GemmSlab GemmWalk::find() const {
  const GemmPlan& p = *plan_;
  GemmSlab s;
  s.m0 = m0_;
  s.n0 = n0_;
  s.k0 = k0_;
  s.mrows = std::min(p.tile_m, p.d.m - m0_);
  s.ncols = std::min(p.tile_nc, p.d.n - n0_);
  s.krows = std::min(p.tile_kr, p.d.k - k0_);
  s.nts = (s.ncols + p.cols - 1) / p.cols;
  s.kts = (s.krows + p.rows - 1) / p.rows;
  s.block = block_;
  s.first = k0_ == 0;
  s.last = k0_ + s.krows == p.d.k;
  const bool last_n = n0_ + s.ncols == p.d.n, last_m = m0_ + s.mrows == p.d.m;
  s.last_block = last_n && last_m;
  s.load_a = !(p.single_k && n0_ != 0);
  s.load_b = !(p.single_k && p.single_n && m0_ != 0);
  s.release_a = !p.single_k || last_n;
  s.release_b = !p.single_k || !p.single_n || last_m;
  s.a_half = (s.load_a ? a_loads_ : a_loads_ ^ 1) & 1;
  s.b_half = (s.load_b ? b_loads_ : b_loads_ ^ 1) & 1;
  return s;
}

void GemmWalk::skip(uint32_t slabs) {
  a_loads_ += slabs;
  b_loads_ += slabs;
  k0_ += slabs * plan_->tile_kr;
  slab_ = find();
}

void GemmWalk::skip_blocks(uint32_t blocks) {
  const uint64_t slabs = uint64_t{blocks} * ((plan_->d.k + plan_->tile_kr - 1) / plan_->tile_kr);
  a_loads_ += slabs;
  b_loads_ += slabs;
  n0_ += blocks * plan_->tile_nc;
  block_ += blocks;
  slab_ = find();
}

void GemmWalk::step() {
  const GemmPlan& p = *plan_;
  const GemmSlab s = slab_;
  a_loads_ += s.load_a;
  b_loads_ += s.load_b;
  k0_ += s.krows;
  if (k0_ == p.d.k) {
    k0_ = 0;
    ++block_;
    n0_ += s.ncols;
    if (n0_ == p.d.n) {
      n0_ = 0;
      m0_ += s.mrows;
    }
  }
  if (!done()) slab_ = find();
}

}  // namespace systole
