#include "sw_driver/llm/transformer.h"

#include <cstring>

#include "sw_driver/kernels/activation.h"
#include "sw_driver/kernels/elementwise.h"
#include "sw_driver/kernels/gemm.h"
#include "sw_driver/kernels/norm.h"
#include "sw_driver/kernels/quantize.h"
#include "sw_driver/kernels/rotary.h"
#include "sw_driver/kernels/softmax.h"
#include "sw_driver/llm/elementary.h"

namespace systole::driver::llm {
namespace {

constexpr float kNormEpsilon = 1e-5f;
constexpr double kRotaryBase = 10000.0;
constexpr double kSlowAngle = 1.0;  // radians
constexpr uint64_t kAlignment = 64;
constexpr uint32_t kF32 = 4;

}  // namespace

Status Transformer::plan(const ModelShape& s, Device& device, Placement* placement,
                         ModelError* error) {
  const EngineConfig* const gemm = device.stream().config(EngineKind::Gemm);
  const EngineConfig* const vpu = device.stream().config(EngineKind::Vpu);
  if (gemm == nullptr || vpu == nullptr) return Status::BadHardware;
  const Room room = {*gemm, *vpu, device.spm().free_bytes(), device.dram().free_bytes(),
                     device.dram().capacity_bytes()};
  return plan_placement(s, room, placement, error);
}

Status Transformer::load(const Checkpoint& checkpoint, Device& device, const Placement& placement,
                         ModelError* error) {
  stream_ = &device.stream();
  placement_ = placement;
  Arena& constants = placement.constants_in_spm ? device.spm() : device.dram();
  const EngineConfig* const gemm = stream_->config(EngineKind::Gemm);
  if (gemm == nullptr) return Status::BadHardware;
  if (const Status s = model_.load(checkpoint, *gemm, device.dram(), constants, error);
      s != Status::Ok)
    return s;
  if (const Status s = allocate(device, error); s != Status::Ok) return s;

  if (!model_.has_content()) return Status::Ok;
  for (uint32_t i = 0; i < shape().head_dim(); ++i) ones_.as<float>()[i] = 1.0f;
  for (uint32_t i = 0; i < shape().kv_dim(); ++i) slow_pairs_.as<float>()[i] = -1.0f;
  if (rotary_positions()) make_rotary_tables(rotary_table_.as<float>(), slow_pairs_.as<float>());
  return Status::Ok;
}

Status Transformer::allocate(Arena& arena, uint32_t tokens, uint32_t score_rows, Workspace* w) {
  const ModelShape& s = shape();
  const uint64_t t = tokens;
  Status status = Status::Ok;
  const auto buffer = [&](uint64_t bytes) {
    Buffer b;
    if (status == Status::Ok) status = arena.allocate(bytes, kAlignment, &b);
    return b;
  };
  const auto int8_rows = [&](uint64_t n, uint64_t k) {
    const uint64_t values = buffer(n * k).addr;
    return Int8Rows{values, buffer(n * kF32).addr};
  };
  w->score_rows = score_rows;
  w->x = buffer(t * s.dim * kF32);
  w->qkv = buffer(t * s.qkv_dim() * kF32);
  w->scores = buffer(uint64_t{score_rows} * score_stride_ * kF32);
  w->attention = buffer(t * s.dim * kF32);
  w->hidden = buffer(t * s.up_dim() * kF32);
  w->projected = buffer(t * s.dim * kF32);
  w->xq = int8_rows(t, s.dim);
  w->q = int8_rows(t * s.n_heads, s.head_dim());
  w->p = int8_rows(score_rows, score_stride_);
  w->gated = int8_rows(t, s.hidden_dim);
  return status;
}

Status Transformer::allocate(Device& device, ModelError* error) {
  const ModelShape& s = shape();
  const Placement& p = placement_;
  const uint64_t tokens = uint64_t{s.n_layers} * p.context;
  Arena& cache = p.kv_cache_in_spm ? device.spm() : device.dram();
  Arena& constants = p.constants_in_spm ? device.spm() : device.dram();
  score_stride_ = score_stride(p.context);

  Status status = Status::Ok;
  if (p.near_tokens != 0) status = allocate(device.spm(), p.near_tokens, p.near_score_rows, &near_);
  if (status == Status::Ok && p.has_far())
    status = allocate(device.dram(), p.chunk, score_rows(s, p.chunk), &far_);
  const auto buffer = [&](Arena& arena, uint64_t bytes) {
    Buffer b;
    if (status == Status::Ok) status = arena.allocate(bytes, kAlignment, &b);
    return b;
  };
  const auto int8_rows = [&](Arena& arena, uint64_t n, uint64_t k) {
    const uint64_t values = buffer(arena, n * k).addr;
    return Int8Rows{values, buffer(arena, n * kF32).addr};
  };
  logits_ = buffer(device.dram(), uint64_t{p.chunk} * s.vocab_size * kF32);
  if (rotary_positions())
    rotary_table_ = buffer(constants, uint64_t{p.context} * s.head_dim() * kF32);
  ones_ = buffer(constants, s.head_dim() * kF32);
  slow_pairs_ = buffer(constants, s.kv_dim() * kF32);
  centres_ = buffer(constants, uint64_t{s.n_layers} * s.kv_dim() * kF32);
  keys_ = int8_rows(cache, tokens, s.kv_dim());
  values_ = int8_rows(cache, tokens, s.kv_dim());
  if (status != Status::Ok) error->set("vocab_size", s.vocab_size) << "what memory has room for";
  return status;
}

/// Angle of pair i at position p: p / base^(2i / head_dim). Slow: turned by less than kSlowAngle at
/// the end.
void Transformer::make_rotary_tables(float* table, float* slow_pairs) const {
  const uint32_t head_dim = shape().head_dim();
  for (uint32_t i = 0; i < head_dim; i += 2) {
    const double frequency = exp_of(-log_of(kRotaryBase) * i / head_dim);
    for (uint32_t p = 0; p < placement_.context; ++p) {
      float* const pair = table + uint64_t{p} * head_dim + i;
      pair[0] = static_cast<float>(cos_of(p * frequency));
      pair[1] = static_cast<float>(sin_of(p * frequency));
    }
    const bool slow = frequency * placement_.context < kSlowAngle;
    for (uint32_t h = 0; h < shape().n_kv_heads; ++h) {
      float* const pair = slow_pairs + uint64_t{h} * head_dim + i;
      pair[0] = pair[1] = slow ? -1.0f : 0.0f;
    }
  }
}

Status Transformer::forward(const int32_t* tokens, uint32_t count, uint32_t position,
                            Logits which) {
  const ModelShape& s = shape();
  const uint32_t T = count;
  if (T < 1 || T > placement_.chunk || position > placement_.context - T)
    return Status::BadArgument;
  if (tokens != nullptr && !model_.has_content()) return Status::BadArgument;
  for (uint32_t i = 0; tokens != nullptr && i < T; ++i) {
    if (tokens[i] < 0 || static_cast<uint32_t>(tokens[i]) >= s.vocab_size)
      return Status::BadArgument;
  }
  // A stream that failed refuses everything after, so the first failure is the one that is
  // returned.
  Status status = Status::Ok;
  const auto run = [&status](Status step) {
    if (status == Status::Ok) status = step;
  };
  w_ = T <= placement_.near_tokens ? &near_ : &far_;
  if (tokens != nullptr) embed(tokens, T);                   // x [T, dim]
  if (!rotary_positions()) run(add_positions(T, position));  // x += positions [position.., dim]
  for (uint32_t l = 0; l < s.n_layers; ++l) {
    const Layer& layer = model_.layer(l);
    run(normalise(T, 0, layer.attention_norm));       // xq [T, dim] int8
    run(linear(w_->xq, T, layer.qkv, w_->qkv.addr));  // qkv [T, dim + 2 kv_dim]
    run(quantise_queries(T, position));               // q [heads, T, head_dim] int8
    run(cache_keys_and_values(l, T, position));       // K, V [position.., kv_dim] int8
    run(attend(l, T, position));                      // attention [T, dim]
    run(quantise_attention(T));                       // xq [T, dim] int8
    run(add_to_residual(w_->xq, T, layer.wo));        // x += attention wo^T

    run(normalise(T, 0, layer.ffn_norm));               // xq [T, dim] int8
    run(linear(w_->xq, T, layer.up, w_->hidden.addr));  // hidden [T, w1 x | w3 x]
    run(activate(T));                                   // gated [T, hidden] int8
    run(add_to_residual(w_->gated, T, layer.w2));       // x += gated w2^T
  }
  if (which != Logits::None) {
    const uint32_t rows = which == Logits::All ? T : 1;
    run(normalise(rows, T - rows, model_.final_norm()));
    run(linear(w_->xq, rows, model_.classifier(), logits_.addr));  // logits [rows, vocab]
  }
  run(stream_->finish());
  return status;
}

void Transformer::embed(const int32_t* tokens, uint32_t count) {
  const uint32_t dim = shape().dim;
  for (uint32_t i = 0; i < count; ++i) {
    std::memcpy(w_->x.as<float>() + uint64_t{i} * dim,
                model_.embedding(static_cast<uint32_t>(tokens[i])), dim * kF32);
  }
}

/// x += the positions' rows
Status Transformer::add_positions(uint32_t T, uint32_t position) {
  const uint32_t dim = shape().dim, row = dim * kF32;
  const uint64_t learned = model_.positions() + uint64_t{position} * row;
  return add(*stream_, {T, dim, {w_->x.addr, row}, {learned, row}, VpuDest::f32(w_->x.addr, row)});
}

/// xq int8 [rows, dim] = norm of the rows of x from `first` on.
Status Transformer::normalise(uint32_t rows, uint32_t first, uint64_t weight) {
  const uint32_t dim = shape().dim, stride = dim * kF32;
  NormArgs a;
  a.rows = rows, a.cols = dim;
  a.x = {w_->x.addr + uint64_t{first} * stride, stride};
  a.weight = weight;
  a.d = VpuDest::int8(w_->xq.values, dim, w_->xq.scales);
  a.epsilon = kNormEpsilon;
  return shape().architecture.norm == NormKind::Layer ? layernorm(*stream_, a)
                                                      : rmsnorm(*stream_, a);
}

/// xq int8 [T, dim] = attention
Status Transformer::quantise_attention(uint32_t T) {
  const uint32_t dim = shape().dim;
  const VpuDest d = VpuDest::int8(w_->xq.values, dim, w_->xq.scales);
  return quantize(*stream_, {T, dim, {w_->attention.addr, dim * kF32}, d});
}

/// gated int8 [T, hidden] = silu(w1 x) * (w3 x), or gelu(w1 x)
Status Transformer::activate(uint32_t T) {
  const uint32_t n = shape().hidden_dim, stride = shape().up_dim() * kF32;
  const VpuSource x = {w_->hidden.addr, stride};
  const VpuDest d = VpuDest::int8(w_->gated.values, n, w_->gated.scales);
  if (shape().architecture.feed_forward == FeedForward::SwiGlu)
    return swiglu(*stream_, {T, n, x, {x.addr + n * kF32, stride}, d});
  return activation(*stream_, {ActivationKind::Gelu, T, n, x, d});
}

/// y [rows, n] = x [rows, k] * W^T + W's bias [n] if it has one
Status Transformer::linear(const Int8Rows& x, uint32_t rows, const Linear& w, uint64_t y) {
  return linear(x, rows, w, y, w.bias);
}

/// y [rows, n] = x [rows, k] * W^T (+ bias [n])
Status Transformer::linear(const Int8Rows& x, uint32_t rows, const Linear& w, uint64_t y,
                           uint64_t bias) {
  GemmArgs g;
  g.m = rows, g.n = w.n, g.k = w.k;
  g.a = x.values, g.lda = w.k;
  g.b = w.packed, g.layout = GemmLayout::Packed;
  g.c = y, g.ldc = w.n * kF32;
  g.row_scale = x.scales, g.col_scale = w.scales;
  g.bias = bias;
  return gemm(*stream_, g);
}

/// x += y W^T (+ bias). Of one token the residual is a row of N elements, which is what a bias is.
Status Transformer::add_to_residual(const Int8Rows& y, uint32_t rows, const Linear& w) {
  const uint64_t x = w_->x.addr;
  if (rows == 1 && w.bias == 0) return linear(y, 1, w, x, x);
  if (const Status s = linear(y, rows, w, w_->projected.addr); s != Status::Ok) return s;
  const uint32_t row = w.n * kF32;
  return add(*stream_, {rows, w.n, {x, row}, {w_->projected.addr, row}, VpuDest::f32(x, row)});
}

/// q int8 [heads, T, head_dim] from the first dim columns of qkv, turned if positions are rotary.
Status Transformer::quantise_queries(uint32_t T, uint32_t position) {
  const ModelShape& s = shape();
  const uint32_t hd = s.head_dim();
  const uint64_t angles = rotary_table_.addr + uint64_t{position} * hd * kF32;
  const auto rows_of = [&](uint32_t rows, const VpuSource& x, uint32_t angle_stride,
                           const VpuDest& d) {
    if (!rotary_positions()) return quantize(*stream_, {rows, hd, x, d});
    return rotary(*stream_, {rows, hd, hd, x, {angles, angle_stride}, d});
  };
  if (T == 1) {  // the heads are the rows
    return rows_of(s.n_heads, {w_->qkv.addr, hd * kF32}, 0,
                   VpuDest::int8(w_->q.values, hd, w_->q.scales));
  }
  for (uint32_t h = 0; h < s.n_heads; ++h) {
    const uint64_t first = uint64_t{h} * T;
    const VpuSource x = {w_->qkv.addr + uint64_t{h} * hd * kF32, s.qkv_dim() * kF32};
    const VpuDest d = VpuDest::int8(w_->q.values + first * hd, hd, w_->q.scales + first * kF32);
    if (const Status status = rows_of(T, x, hd * kF32, d); status != Status::Ok) return status;
  }
  return Status::Ok;
}

/// The T new rows of this layer's cache from the last 2 kv_dim columns of qkv.
Status Transformer::cache_keys_and_values(uint32_t layer, uint32_t T, uint32_t position) {
  const uint32_t hd = shape().head_dim(), kv = shape().kv_dim(), table_row = hd * kF32;
  const VpuSource k = {w_->qkv.addr + shape().dim * kF32, shape().qkv_dim() * kF32};
  const VpuSource v = {k.addr + kv * kF32, k.stride};
  const uint64_t angles = rotary_table_.addr + uint64_t{position} * table_row;
  const uint64_t centre = centres_.addr + uint64_t{layer} * kv * kF32;
  const Int8Rows new_k = cached(keys_, layer, position), new_v = cached(values_, layer, position);

  Status s = Status::Ok;
  if (rotary_positions()) {
    s = rotary(*stream_, {T, kv, hd, k, {angles, table_row}, VpuDest::f32(k.addr, k.stride)});
  }
  if (position == 0 && s == Status::Ok) {
    s = mul(*stream_, {1, kv, k, {slow_pairs_.addr, 0}, VpuDest::f32(centre, kv * kF32)});
  }
  if (s == Status::Ok)
    s = add(*stream_, {T, kv, k, {centre, 0}, VpuDest::int8(new_k.values, kv, new_k.scales)});
  if (s == Status::Ok)
    s = quantize(*stream_, {T, kv, v, VpuDest::int8(new_v.values, kv, new_v.scales)});
  return s;
}

/// attention [T, dim] = softmax(q K^T / sqrt(head_dim)) V, key/value head by key/value head. Heads
/// run ahead of the mixing of values as far as there are score buffers, so that GEMM and VPU work
/// side by side.
Status Transformer::attend(uint32_t layer, uint32_t T, uint32_t position) {
  const uint32_t heads = shape().n_kv_heads, length = position + T;
  const uint32_t slots = w_->score_rows / (shape().group() * T);
  const uint32_t ahead = (slots < heads ? slots : heads) - 1;
  Status status = Status::Ok;
  for (uint32_t g = 0; g < heads + ahead && status == Status::Ok; ++g) {
    if (g < heads) status = scores_of(layer, g, T, length);
    if (g < heads && status == Status::Ok) status = probabilities(layer, g, T, position);
    if (g >= ahead && status == Status::Ok) status = mix_values(layer, g - ahead, T, length);
  }
  return status;
}

/// scores [group * T, length] = q of the head's group [group * T, head_dim] * K^T
Status Transformer::scores_of(uint32_t layer, uint32_t head, uint32_t T, uint32_t length) {
  const uint32_t hd = shape().head_dim(), rows = shape().group() * T;
  const uint64_t first = uint64_t{head} * rows;
  const Int8Rows keys = cached(keys_, layer, 0);
  GemmArgs g;
  g.m = rows, g.n = length, g.k = hd;
  g.a = w_->q.values + first * hd, g.lda = hd;
  g.b = keys.values + uint64_t{head} * hd, g.ldb = shape().kv_dim(),
  g.layout = GemmLayout::Transposed;
  g.c = w_->scores.addr + uint64_t{slot(head, rows)} * score_stride_ * kF32,
  g.ldc = score_stride_ * kF32;
  g.row_scale = w_->q.scales + first * kF32, g.col_scale = keys.scales;
  return gemm(*stream_, g);
}

/// p int8 [group * T, length]: row (j, t) sees position + t + 1 tokens; the values' scales are
/// multiplied in.
Status Transformer::probabilities(uint32_t layer, uint32_t head, uint32_t T, uint32_t position) {
  const uint32_t rows = shape().group() * T, first = slot(head, rows);
  SoftmaxArgs a;
  a.rows = rows, a.cols = position + T;
  a.x = {w_->scores.addr + uint64_t{first} * score_stride_ * kF32, score_stride_ * kF32};
  a.d = VpuDest::int8(w_->p.values + uint64_t{first} * score_stride_, score_stride_,
                      w_->p.scales + first * kF32);
  a.scale = static_cast<float>(1.0 / sqrt_of(shape().head_dim()));
  a.valid = position + 1;
  a.causal_period = T > 1 ? T : 0;
  a.factor = {cached(values_, layer, 0).scales, 0};
  return softmax(*stream_, a);
}

/// attention columns of the head's group = p [group * T, length] * V [length, head_dim]
Status Transformer::mix_values(uint32_t layer, uint32_t head, uint32_t T, uint32_t length) {
  const ModelShape& s = shape();
  const uint32_t hd = s.head_dim(), group = s.group(), first = slot(head, group * T);
  GemmArgs g;
  g.m = T, g.n = hd, g.k = length;
  g.lda = score_stride_;
  g.b = cached(values_, layer, 0).values + uint64_t{head} * hd, g.ldb = s.kv_dim(),
  g.layout = GemmLayout::Rows;
  g.ldc = s.dim * kF32;
  g.col_scale = ones_.addr;
  uint32_t products = group;
  if (T == 1) {  // the group's heads lie side by side in the token's row: one product
    g.m = group, g.ldc = hd * kF32, products = 1;
  }
  for (uint32_t j = 0; j < products; ++j) {
    const uint32_t row = first + j * T;
    g.a = w_->p.values + uint64_t{row} * score_stride_;
    g.row_scale = w_->p.scales + uint64_t{row} * kF32;
    g.c = w_->attention.addr + (uint64_t{head} * group + j) * hd * kF32;
    if (const Status status = gemm(*stream_, g); status != Status::Ok) return status;
  }
  return Status::Ok;
}

/// First row of the score buffers that key/value head `head` uses, when every head has `rows`.
uint32_t Transformer::slot(uint32_t head, uint32_t rows) const {
  return head % (w_->score_rows / rows) * rows;
}

/// Where the rows of `layer` from `position` on lie in a cache.
Transformer::Int8Rows Transformer::cached(const Int8Rows& cache, uint32_t layer,
                                          uint32_t position) const {
  const uint64_t row = uint64_t{layer} * placement_.context + position;
  return {cache.values + row * shape().kv_dim(), cache.scales + row * kF32};
}

}  // namespace systole::driver::llm
