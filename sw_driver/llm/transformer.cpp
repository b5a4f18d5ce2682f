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
  return 2 * padded(tokens * s.kv_dim()) + padded(tokens * s.n_kv_heads * kF32) +
         padded(tokens * kF32) + kAlignment;
}

uint64_t table_bytes(const ModelShape& s, uint32_t context) {
  return padded(uint64_t{context} * s.head_dim() * kF32) + padded(s.head_dim() * kF32) + kAlignment;
}

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
  const uint64_t dram = model.weights + logit_bytes(s, p.chunk) +
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

  make_rotary_table(rotary_table_.as<float>());
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
  const auto int8_rows = [&](uint64_t n, uint64_t k) {
    const uint64_t values = buffer(activations, n * k).addr;
    return Int8Rows{values, buffer(activations, n * kF32).addr};
  };
  x_ = buffer(activations, uint64_t{t} * s.dim * kF32);
  qkv_ = buffer(activations, uint64_t{t} * s.qkv_dim() * kF32);
  scores_ = buffer(activations, uint64_t{score_rows_} * score_stride_ * kF32);
  attention_ = buffer(activations, uint64_t{t} * s.dim * kF32);
  hidden_ = buffer(activations, uint64_t{t} * 2 * s.hidden_dim * kF32);
  projected_ = buffer(activations, uint64_t{t} * s.dim * kF32);
  xq_ = int8_rows(t, s.dim);
  q_ = int8_rows(uint64_t{t} * s.n_heads, s.head_dim());
  p_ = int8_rows(score_rows_, score_stride_);
  gated_ = int8_rows(t, s.hidden_dim);
  logits_ = buffer(device.dram(), uint64_t{t} * s.vocab_size * kF32);
  rotary_table_ = buffer(constants, uint64_t{context} * s.head_dim() * kF32);
  ones_ = buffer(constants, s.head_dim() * kF32);
  keys_ = buffer(cache, tokens * s.kv_dim());
  values_ = buffer(cache, tokens * s.kv_dim());
  key_scales_ = buffer(cache, tokens * s.n_kv_heads * kF32);
  value_scales_ = buffer(cache, tokens * kF32);
  if (status != Status::Ok) error->set("vocab_size", s.vocab_size) << "what memory has room for";
  return status;
}

/// angle of pair i at position p: p / base^(2i / head_dim)
void Transformer::make_rotary_table(float* table) const {
  const uint32_t head_dim = shape().head_dim();
  for (uint32_t i = 0; i < head_dim; i += 2) {
    const double frequency = exp_of(-log_of(kRotaryBase) * i / head_dim);
    for (uint32_t p = 0; p < placement_.context; ++p) {
      float* const pair = table + uint64_t{p} * head_dim + i;
      pair[0] = static_cast<float>(cos_of(p * frequency));
      pair[1] = static_cast<float>(sin_of(p * frequency));
    }
  }
}

Status Transformer::forward(const int32_t* tokens, uint32_t count, uint32_t position,
                            Logits which) {
  const ModelShape& s = shape();
  const uint32_t T = count;
  if (T < 1 || T > placement_.chunk || position > placement_.context - T)
    return Status::BadArgument;
  for (uint32_t i = 0; i < T; ++i) {
    if (tokens[i] < 0 || static_cast<uint32_t>(tokens[i]) >= s.vocab_size)
      return Status::BadArgument;
  }
  // A stream that failed refuses everything after, so the first failure is the one that is
  // returned.
  Status status = Status::Ok;
  const auto run = [&status](Status step) {
    if (status == Status::Ok) status = step;
  };
  const uint32_t row = s.dim * kF32;
  const auto norm = [&](uint32_t rows, uint64_t x, uint64_t weight) {
    return rmsnorm(*stream_, {rows,
                              s.dim,
                              {x, row},
                              weight,
                              VpuDest::int8(xq_.values, s.dim, xq_.scales),
                              kNormEpsilon});
  };

  embed(tokens, T);  // x [T, dim]
  for (uint32_t l = 0; l < s.n_layers; ++l) {
    const Layer& layer = model_.layer(l);
    run(norm(T, x_.addr, layer.attention_norm));   // xq [T, dim] int8
    run(linear(xq_, T, layer.qkv, qkv_.addr, 0));  // qkv [T, dim + 2 kv_dim]
    run(rotate_queries(T, position));              // q [heads, T, head_dim] int8
    run(cache_keys_and_values(
        l, T, position));         // K [kv heads, position.., head_dim], V [position.., kv_dim] int8
    run(attend(l, T, position));  // attention [T, dim]
    run(quantize(*stream_,
                 {T, s.dim, {attention_.addr, row}, VpuDest::int8(xq_.values, s.dim, xq_.scales)}));
    run(add_to_residual(xq_, T, layer.wo));  // x += attention wo^T

    run(norm(T, x_.addr, layer.ffn_norm));            // xq [T, dim] int8
    run(linear(xq_, T, layer.w13, hidden_.addr, 0));  // hidden [T, w1 x | w3 x]
    const uint32_t pair = 2 * s.hidden_dim * kF32;
    run(swiglu(*stream_, {T,
                          s.hidden_dim,
                          {hidden_.addr, pair},
                          {hidden_.addr + s.hidden_dim * kF32, pair},
                          VpuDest::int8(gated_.values, s.hidden_dim,
                                        gated_.scales)}));  // gated [T, hidden] int8
    run(add_to_residual(gated_, T, layer.w2));              // x += gated w2^T
  }
  const uint32_t rows = which == Logits::All ? T : 1;
  run(norm(rows, x_.addr + uint64_t{T - rows} * row, model_.final_norm()));
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
  const uint32_t hd = s.head_dim(), table_row = hd * kF32;
  const uint64_t angles = rotary_table_.addr + uint64_t{position} * table_row;
  if (T == 1) {  // the heads are the rows
    return rotary(*stream_, {s.n_heads,
                             hd,
                             hd,
                             {qkv_.addr, hd * kF32},
                             {angles, 0},
                             VpuDest::int8(q_.values, hd, q_.scales)});
  }
  for (uint32_t h = 0; h < s.n_heads; ++h) {
    const uint64_t first = uint64_t{h} * T;
    const Status status =
        rotary(*stream_, {T,
                          hd,
                          hd,
                          {qkv_.addr + uint64_t{h} * hd * kF32, s.qkv_dim() * kF32},
                          {angles, table_row},
                          VpuDest::int8(q_.values + first * hd, hd, q_.scales + first * kF32)});
    if (status != Status::Ok) return status;
  }
  return Status::Ok;
}

/// The T new rows of this layer's cache from the last 2 kv_dim columns of qkv.
Status Transformer::cache_keys_and_values(uint32_t layer, uint32_t T, uint32_t position) {
  const ModelShape& s = shape();
  const uint32_t hd = s.head_dim(), table_row = hd * kF32, qkv_row = s.qkv_dim() * kF32;
  const uint64_t angles = rotary_table_.addr + uint64_t{position} * table_row;
  for (uint32_t g = 0; g < s.n_kv_heads; ++g) {
    const uint64_t k = qkv_.addr + (s.dim + uint64_t{g} * hd) * kF32;
    const Status status = rotary(
        *stream_, {T,
                   hd,
                   hd,
                   {k, qkv_row},
                   {angles, table_row},
                   VpuDest::int8(keys(layer, g, position), hd, key_scales(layer, g, position))});
    if (status != Status::Ok) return status;
  }
  const uint64_t v = qkv_.addr + (s.dim + uint64_t{s.kv_dim()}) * kF32;
  return quantize(*stream_, {T,
                             s.kv_dim(),
                             {v, qkv_row},
                             VpuDest::int8(values(layer, position), s.kv_dim(),
                                           value_scales(layer, position))});
}

/// attention [T, dim] = softmax(q K^T / sqrt(head_dim)) V, key/value head by key/value head. The
/// values of one head are mixed after the scores of the next, so that GEMM and VPU work side by
/// side.
Status Transformer::attend(uint32_t layer, uint32_t T, uint32_t position) {
  const uint32_t heads = shape().n_kv_heads, length = position + T;
  Status status = Status::Ok;
  for (uint32_t g = 0; g <= heads && status == Status::Ok; ++g) {
    if (g < heads) status = scores_of(layer, g, T, length);
    if (g < heads && status == Status::Ok) status = probabilities(layer, g, T, position);
    if (g > 0 && status == Status::Ok) status = mix_values(layer, g - 1, T, length);
  }
  return status;
}

/// scores [group * T, length] = q of the head's group [group * T, head_dim] * K^T
Status Transformer::scores_of(uint32_t layer, uint32_t head, uint32_t T, uint32_t length) {
  const uint32_t hd = shape().head_dim(), rows = shape().group() * T;
  const uint64_t first = uint64_t{head} * rows;
  GemmArgs g;
  g.m = rows, g.n = length, g.k = hd;
  g.a = q_.values + first * hd, g.lda = hd;
  g.b = keys(layer, head, 0), g.ldb = hd, g.layout = GemmLayout::Transposed;
  g.c = scores_.addr + uint64_t{slot(head, rows)} * score_stride_ * kF32,
  g.ldc = score_stride_ * kF32;
  g.row_scale = q_.scales + first * kF32, g.col_scale = key_scales(layer, head, 0);
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
  a.factor = {value_scales(layer, 0), 0};
  return softmax(*stream_, a);
}

/// attention columns of the head's group = p [group * T, length] * V [length, head_dim]
Status Transformer::mix_values(uint32_t layer, uint32_t head, uint32_t T, uint32_t length) {
  const ModelShape& s = shape();
  const uint32_t hd = s.head_dim(), group = s.group(), first = slot(head, group * T);
  GemmArgs g;
  g.m = T, g.n = hd, g.k = length;
  g.lda = score_stride_;
  g.b = values(layer, 0) + uint64_t{head} * hd, g.ldb = s.kv_dim(), g.layout = GemmLayout::Rows;
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

uint64_t Transformer::keys(uint32_t layer, uint32_t head, uint32_t position) const {
  const uint64_t row =
      (uint64_t{layer} * shape().n_kv_heads + head) * placement_.context + position;
  return keys_.addr + row * shape().head_dim();
}

uint64_t Transformer::key_scales(uint32_t layer, uint32_t head, uint32_t position) const {
  const uint64_t row =
      (uint64_t{layer} * shape().n_kv_heads + head) * placement_.context + position;
  return key_scales_.addr + row * kF32;
}

uint64_t Transformer::values(uint32_t layer, uint32_t position) const {
  return values_.addr + (uint64_t{layer} * placement_.context + position) * shape().kv_dim();
}

uint64_t Transformer::value_scales(uint32_t layer, uint32_t position) const {
  return value_scales_.addr + (uint64_t{layer} * placement_.context + position) * kF32;
}

}  // namespace systole::driver::llm
