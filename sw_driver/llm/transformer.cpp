#include "sw_driver/llm/transformer.h"

#include <cstring>

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
constexpr uint32_t kChunks[] = {64, 32, 16, 8, 4, 2, 1};
constexpr uint32_t kSmallestGoodChunk = 8;

uint64_t padded(uint64_t bytes) { return (bytes + kAlignment - 1) & ~(kAlignment - 1); }

uint32_t at_most(uint32_t a, uint32_t b) { return a < b ? a : b; }

/// Elements from row to row of scores and probabilities.
uint32_t score_stride(uint32_t context) { return (context + 63) & ~63u; }

/// Rows of the score buffers: all heads of one token, or two key/value heads of a chunk, so that
/// one is computed while the other is normalised.
uint64_t score_rows(const ModelShape& s, uint32_t chunk) {
  const uint64_t two = 2 * uint64_t{s.group()} * chunk, all = uint64_t{s.n_heads} * chunk;
  const uint64_t prefill = two < all ? two : all;
  return prefill > s.n_heads ? prefill : s.n_heads;
}

uint64_t activation_bytes(const ModelShape& s, uint32_t context, uint32_t chunk) {
  const uint64_t t = chunk, rows = score_rows(s, chunk), stride = score_stride(context);
  const auto int8_rows = [](uint64_t n, uint64_t k) { return padded(n * k) + padded(n * kF32); };
  return 3 * padded(t * s.dim * kF32) + padded(t * s.qkv_dim() * kF32) +
         padded(t * 2 * s.hidden_dim * kF32) + padded(rows * stride * kF32) +
         int8_rows(rows, stride) + int8_rows(t, s.dim) + int8_rows(t * s.n_heads, s.head_dim()) +
         int8_rows(t, s.hidden_dim) + kAlignment;
}

uint64_t kv_cache_bytes(const ModelShape& s, uint32_t context) {
  const uint64_t tokens = uint64_t{s.n_layers} * context;
  return 2 * (padded(tokens * s.kv_dim()) + padded(tokens * kF32)) + kAlignment;
}

uint64_t table_bytes(const ModelShape& s, uint32_t context) {
  return padded(uint64_t{context} * s.head_dim() * kF32) + padded(s.head_dim() * kF32) +
         padded(s.kv_dim() * kF32) + padded(uint64_t{s.n_layers} * s.kv_dim() * kF32) + kAlignment;
}

/// What generate() and evaluate() need beside: tokens of a text as long as the context, twice.
uint64_t scratch_bytes(uint32_t context) { return 65536 + uint64_t{context} * 16; }

uint64_t logit_bytes(const ModelShape& s, uint32_t chunk) {
  return padded(uint64_t{chunk} * s.vocab_size * kF32);
}

}  // namespace

Status Transformer::plan(const ModelShape& s, Device& device, Placement* placement,
                         ModelError* error) {
  const EngineConfig* const gemm = device.stream().config(EngineKind::Gemm);
  const EngineConfig* const vpu = device.stream().config(EngineKind::Vpu);
  if (gemm == nullptr || vpu == nullptr) return Status::BadHardware;
  const auto too_wide = [&](const char* field, uint32_t value) {
    if (value <= vpu->max_cols) return false;
    error->set(field, value) << "up to " << vpu->max_cols << ", the longest row of this VPU";
    return true;
  };
  if (too_wide("dim", s.dim) || too_wide("hidden_dim", s.hidden_dim)) return Status::BadModel;

  const uint32_t context = at_most(s.seq_len, vpu->max_cols);
  const ModelBytes model = Model::bytes_needed(s, *gemm);
  const uint64_t constants = model.constants + table_bytes(s, context),
                 kv = kv_cache_bytes(s, context);
  const auto fits = [&](uint64_t bytes) { return bytes <= device.spm().free_bytes(); };
  const auto choose = [&](bool kv_in_spm, bool constants_in_spm, uint32_t smallest) {
    for (const uint32_t chunk : kChunks) {
      if (chunk < smallest) return false;
      const uint32_t t = at_most(chunk, context);
      if (!fits(activation_bytes(s, context, t) + (kv_in_spm ? kv : 0) +
                (constants_in_spm ? constants : 0)))
        continue;
      *placement = {context, t, true, kv_in_spm, constants_in_spm};
      return true;
    }
    return false;
  };
  if (!choose(true, true, kSmallestGoodChunk) && !choose(true, false, kSmallestGoodChunk) &&
      !choose(false, true, kSmallestGoodChunk) && !choose(false, false, 1)) {
    *placement = {context, at_most(32, context), false, false, false};
  }

  const Placement& p = *placement;
  const uint64_t dram = model.weights + logit_bytes(s, p.chunk) + scratch_bytes(context) +
                        (p.constants_in_spm ? 0 : constants) + (p.kv_cache_in_spm ? 0 : kv) +
                        (p.activations_in_spm ? 0 : activation_bytes(s, context, p.chunk));
  if (dram > device.dram().free_bytes()) {
    error->set("DRAM needed by the model", static_cast<int64_t>(dram))
        << "up to " << device.dram().free_bytes() << " bytes, what is free of "
        << device.dram().capacity_bytes();
    return Status::BadModel;
  }
  return Status::Ok;
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
  make_rotary_tables(rotary_table_.as<float>(), slow_pairs_.as<float>());
  for (uint32_t i = 0; i < shape().head_dim(); ++i) ones_.as<float>()[i] = 1.0f;
  return Status::Ok;
}

Status Transformer::allocate(Device& device, ModelError* error) {
  const ModelShape& s = shape();
  const uint32_t t = placement_.chunk, context = placement_.context;
  const uint64_t tokens = uint64_t{s.n_layers} * context;
  Arena& activations = placement_.activations_in_spm ? device.spm() : device.dram();
  Arena& cache = placement_.kv_cache_in_spm ? device.spm() : device.dram();
  Arena& constants = placement_.constants_in_spm ? device.spm() : device.dram();
  score_rows_ = static_cast<uint32_t>(score_rows(s, t));
  score_stride_ = score_stride(context);

  Status status = Status::Ok;
  const auto buffer = [&](Arena& arena, uint64_t bytes) {
    Buffer b;
    if (status == Status::Ok) status = arena.allocate(bytes, kAlignment, &b);
    return b;
  };
  const auto int8_rows = [&](Arena& arena, uint64_t n, uint64_t k) {
    const uint64_t values = buffer(arena, n * k).addr;
    return Int8Rows{values, buffer(arena, n * kF32).addr};
  };
  x_ = buffer(activations, uint64_t{t} * s.dim * kF32);
  qkv_ = buffer(activations, uint64_t{t} * s.qkv_dim() * kF32);
  scores_ = buffer(activations, uint64_t{score_rows_} * score_stride_ * kF32);
  attention_ = buffer(activations, uint64_t{t} * s.dim * kF32);
  hidden_ = buffer(activations, uint64_t{t} * 2 * s.hidden_dim * kF32);
  projected_ = buffer(activations, uint64_t{t} * s.dim * kF32);
  xq_ = int8_rows(activations, t, s.dim);
  q_ = int8_rows(activations, uint64_t{t} * s.n_heads, s.head_dim());
  p_ = int8_rows(activations, score_rows_, score_stride_);
  gated_ = int8_rows(activations, t, s.hidden_dim);
  logits_ = buffer(device.dram(), uint64_t{t} * s.vocab_size * kF32);
  rotary_table_ = buffer(constants, uint64_t{context} * s.head_dim() * kF32);
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
  if (tokens != nullptr) embed(tokens, T);  // x [T, dim]
  for (uint32_t l = 0; l < s.n_layers; ++l) {
    const Layer& layer = model_.layer(l);
    run(normalise(T, 0, layer.attention_norm));    // xq [T, dim] int8
    run(linear(xq_, T, layer.qkv, qkv_.addr, 0));  // qkv [T, dim + 2 kv_dim]
    run(rotate_queries(T, position));              // q [heads, T, head_dim] int8
    run(cache_keys_and_values(l, T, position));    // K, V [position.., kv_dim] int8
    run(attend(l, T, position));                   // attention [T, dim]
    run(quantise_attention(T));                    // xq [T, dim] int8
    run(add_to_residual(xq_, T, layer.wo));        // x += attention wo^T

    run(normalise(T, 0, layer.ffn_norm));             // xq [T, dim] int8
    run(linear(xq_, T, layer.w13, hidden_.addr, 0));  // hidden [T, w1 x | w3 x]
    run(gate(T));                                     // gated [T, hidden] int8
    run(add_to_residual(gated_, T, layer.w2));        // x += gated w2^T
  }
  const uint32_t rows = which == Logits::All ? T : 1;
  run(normalise(rows, T - rows, model_.final_norm()));
  run(linear(xq_, rows, model_.classifier(), logits_.addr, 0));  // logits [rows, vocab]
  run(stream_->finish());
  return status;
}

void Transformer::embed(const int32_t* tokens, uint32_t count) {
  const uint32_t dim = shape().dim;
  for (uint32_t i = 0; i < count; ++i) {
    std::memcpy(x_.as<float>() + uint64_t{i} * dim,
                model_.embedding(static_cast<uint32_t>(tokens[i])), dim * kF32);
  }
}

/// xq int8 [rows, dim] = RMSNorm of the rows of x from `first` on.
Status Transformer::normalise(uint32_t rows, uint32_t first, uint64_t weight) {
  const uint32_t dim = shape().dim, stride = dim * kF32;
  NormArgs a;
  a.rows = rows, a.cols = dim;
  a.x = {x_.addr + uint64_t{first} * stride, stride};
  a.weight = weight;
  a.d = VpuDest::int8(xq_.values, dim, xq_.scales);
  a.epsilon = kNormEpsilon;
  return rmsnorm(*stream_, a);
}

/// xq int8 [T, dim] = attention
Status Transformer::quantise_attention(uint32_t T) {
  const uint32_t dim = shape().dim;
  const VpuDest d = VpuDest::int8(xq_.values, dim, xq_.scales);
  return quantize(*stream_, {T, dim, {attention_.addr, dim * kF32}, d});
}

/// gated int8 [T, hidden] = silu(w1 x) * (w3 x)
Status Transformer::gate(uint32_t T) {
  const uint32_t n = shape().hidden_dim, stride = 2 * n * kF32;
  const VpuDest d = VpuDest::int8(gated_.values, n, gated_.scales);
  return swiglu(*stream_, {T, n, {hidden_.addr, stride}, {hidden_.addr + n * kF32, stride}, d});
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

/// x += y W^T. Of one token the residual is a row of N elements, which is what a bias is.
Status Transformer::add_to_residual(const Int8Rows& y, uint32_t rows, const Linear& w) {
  if (rows == 1) return linear(y, 1, w, x_.addr, x_.addr);
  if (const Status s = linear(y, rows, w, projected_.addr, 0); s != Status::Ok) return s;
  const uint32_t row = w.n * kF32;
  return add(*stream_,
             {rows, w.n, {x_.addr, row}, {projected_.addr, row}, VpuDest::f32(x_.addr, row)});
}

/// q int8 [heads, T, head_dim] from the first dim columns of qkv.
Status Transformer::rotate_queries(uint32_t T, uint32_t position) {
  const ModelShape& s = shape();
  const uint32_t hd = s.head_dim();
  RotaryArgs a;
  a.rows = T, a.cols = a.period = hd;
  a.angles = {rotary_table_.addr + uint64_t{position} * hd * kF32, hd * kF32};
  if (T == 1) {  // the heads are the rows
    a.rows = s.n_heads, a.angles.stride = 0;
    a.x = {qkv_.addr, hd * kF32};
    a.d = VpuDest::int8(q_.values, hd, q_.scales);
    return rotary(*stream_, a);
  }
  for (uint32_t h = 0; h < s.n_heads; ++h) {
    const uint64_t first = uint64_t{h} * T;
    a.x = {qkv_.addr + uint64_t{h} * hd * kF32, s.qkv_dim() * kF32};
    a.d = VpuDest::int8(q_.values + first * hd, hd, q_.scales + first * kF32);
    if (const Status status = rotary(*stream_, a); status != Status::Ok) return status;
  }
  return Status::Ok;
}

/// The T new rows of this layer's cache from the last 2 kv_dim columns of qkv.
Status Transformer::cache_keys_and_values(uint32_t layer, uint32_t T, uint32_t position) {
  const uint32_t hd = shape().head_dim(), kv = shape().kv_dim(), table_row = hd * kF32;
  const VpuSource k = {qkv_.addr + shape().dim * kF32, shape().qkv_dim() * kF32};
  const VpuSource v = {k.addr + kv * kF32, k.stride};
  const uint64_t angles = rotary_table_.addr + uint64_t{position} * table_row;
  const uint64_t centre = centres_.addr + uint64_t{layer} * kv * kF32;
  const Int8Rows new_k = cached(keys_, layer, position), new_v = cached(values_, layer, position);

  Status s = rotary(*stream_, {T, kv, hd, k, {angles, table_row}, VpuDest::f32(k.addr, k.stride)});
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
  const uint32_t slots = score_rows_ / (shape().group() * T);
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
  g.a = q_.values + first * hd, g.lda = hd;
  g.b = keys.values + uint64_t{head} * hd, g.ldb = shape().kv_dim(),
  g.layout = GemmLayout::Transposed;
  g.c = scores_.addr + uint64_t{slot(head, rows)} * score_stride_ * kF32,
  g.ldc = score_stride_ * kF32;
  g.row_scale = q_.scales + first * kF32, g.col_scale = keys.scales;
  return gemm(*stream_, g);
}

/// p int8 [group * T, length]: row (j, t) sees position + t + 1 tokens; the values' scales are
/// multiplied in.
Status Transformer::probabilities(uint32_t layer, uint32_t head, uint32_t T, uint32_t position) {
  const uint32_t rows = shape().group() * T, first = slot(head, rows);
  SoftmaxArgs a;
  a.rows = rows, a.cols = position + T;
  a.x = {scores_.addr + uint64_t{first} * score_stride_ * kF32, score_stride_ * kF32};
  a.d = VpuDest::int8(p_.values + uint64_t{first} * score_stride_, score_stride_,
                      p_.scales + first * kF32);
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
    g.a = p_.values + uint64_t{row} * score_stride_;
    g.row_scale = p_.scales + uint64_t{row} * kF32;
    g.c = attention_.addr + (uint64_t{head} * group + j) * hd * kF32;
    if (const Status status = gemm(*stream_, g); status != Status::Ok) return status;
  }
  return Status::Ok;
}

/// First row of the score buffers that key/value head `head` uses, when every head has `rows`.
uint32_t Transformer::slot(uint32_t head, uint32_t rows) const {
  return head % (score_rows_ / rows) * rows;
}

/// Where the rows of `layer` from `position` on lie in a cache.
Transformer::Int8Rows Transformer::cached(const Int8Rows& cache, uint32_t layer,
                                          uint32_t position) const {
  const uint64_t row = uint64_t{layer} * placement_.context + position;
  return {cache.values + row * shape().kv_dim(), cache.scales + row * kF32};
}

}  // namespace systole::driver::llm
