#include "sw_driver/llm/placement.h"

namespace systole::driver::llm {
namespace {

constexpr uint64_t kAlignment = 64;
constexpr uint32_t kF32 = 4;
constexpr uint32_t kNearChunks[] = {64, 32, 16, 8};
constexpr uint32_t kSmallChunks[] = {4, 2, 1};
constexpr uint32_t kFarChunks[] = {256, 128, 64, 32, 16, 8, 4, 2, 1};

uint64_t padded(uint64_t bytes) { return (bytes + kAlignment - 1) & ~(kAlignment - 1); }

uint32_t at_most(uint32_t a, uint32_t b) { return a < b ? a : b; }

uint64_t activation_bytes(const ModelShape& s, uint32_t context, uint64_t t, uint64_t rows) {
  const uint64_t stride = score_stride(context);
  const auto int8_rows = [](uint64_t n, uint64_t k) { return padded(n * k) + padded(n * kF32); };
  return 3 * padded(t * s.dim * kF32) + padded(t * s.qkv_dim() * kF32) +
         padded(t * s.up_dim() * kF32) + padded(rows * stride * kF32) + int8_rows(rows, stride) +
         int8_rows(t, s.dim) + int8_rows(t * s.n_heads, s.head_dim()) + int8_rows(t, s.hidden_dim) +
         kAlignment;
}

uint64_t chunk_bytes(const ModelShape& s, uint32_t context, uint32_t chunk) {
  return activation_bytes(s, context, chunk, score_rows(s, chunk));
}

uint64_t kv_cache_bytes(const ModelShape& s, uint32_t context) {
  const uint64_t tokens = uint64_t{s.n_layers} * context;
  return 2 * (padded(tokens * s.kv_dim()) + padded(tokens * kF32)) + kAlignment;
}

uint64_t table_bytes(const ModelShape& s, uint32_t context) {
  const bool rotary = s.architecture.positions == Positions::Rotary;
  return (rotary ? padded(uint64_t{context} * s.head_dim() * kF32) : 0) +
         padded(s.head_dim() * kF32) + padded(s.kv_dim() * kF32) +
         padded(uint64_t{s.n_layers} * s.kv_dim() * kF32) + kAlignment;
}

/// What generate() and evaluate() need beside: tokens of a text as long as the context, twice.
uint64_t scratch_bytes(uint32_t context) { return 65536 + uint64_t{context} * 16; }

uint64_t logit_bytes(const ModelShape& s, uint32_t chunk) {
  return padded(uint64_t{chunk} * s.vocab_size * kF32);
}

/// Of the placement, what is in DRAM.
uint64_t dram_bytes(const ModelShape& s, const EngineConfig& gemm, const Placement& p) {
  const ModelBytes model = Model::bytes_needed(s, gemm);
  return model.weights + logit_bytes(s, p.chunk) + scratch_bytes(p.context) +
         (p.constants_in_spm ? 0 : model.constants + table_bytes(s, p.context)) +
         (p.kv_cache_in_spm ? 0 : kv_cache_bytes(s, p.context)) +
         (p.has_far() ? chunk_bytes(s, p.context, p.chunk) : 0);
}

/// Most of what is wanted in SPM, beside the activations of at least 8 tokens. False: they do not
/// fit.
bool place_long_passes(const ModelShape& s, uint64_t free, uint64_t kv, uint64_t constants,
                       Placement* p) {
  constexpr bool kChoices[][2] = {{true, true}, {true, false}, {false, true}, {false, false}};
  for (const auto& choice : kChoices) {
    for (const uint32_t chunk : kNearChunks) {
      const uint32_t t = at_most(chunk, p->context);
      const uint64_t beside = (choice[0] ? kv : 0) + (choice[1] ? constants : 0);
      if (chunk_bytes(s, p->context, t) + beside > free) continue;
      p->near_tokens = t;
      p->near_score_rows = score_rows(s, t);
      p->kv_cache_in_spm = choice[0];
      p->constants_in_spm = choice[1];
      return true;
    }
  }
  return false;
}

/// The activations of a few tokens in SPM, with two key/value heads' scores if all do not fit; then
/// the constants. Nothing, if one token is too much.
void place_short_passes(const ModelShape& s, uint64_t free, uint64_t constants, Placement* p) {
  for (const uint32_t t : kSmallChunks) {
    const uint32_t choices[] = {score_rows(s, t), at_most(2 * s.group(), s.n_heads) * t};
    for (const uint32_t rows : choices) {
      const uint64_t bytes = activation_bytes(s, p->context, t, rows);
      if (t > p->context || bytes > free) continue;
      p->near_tokens = t;
      p->near_score_rows = rows;
      p->constants_in_spm = constants <= free - bytes;
      return;
    }
  }
}

/// Longer passes, in DRAM, if that at least halves what a token moves through it: each pass reads
/// all weights, and in DRAM writes and reads its activations. As long as DRAM has room for.
void place_far_passes(const ModelShape& s, const Room& room, Placement* p) {
  p->chunk = p->near_tokens;
  const uint32_t longest = at_most(kFarChunks[0], p->context);
  const uint64_t weights = Model::bytes_needed(s, room.gemm).weights;
  const uint64_t far_bytes = (weights + 2 * chunk_bytes(s, p->context, longest)) / longest;
  if (p->near_tokens != 0 && 2 * far_bytes > weights / p->near_tokens) return;
  for (const uint32_t chunk : kFarChunks) {
    Placement far = *p;
    far.chunk = at_most(chunk, p->context);
    const bool needed = p->near_tokens == 0 && chunk == 1;
    if (!needed && (!far.has_far() || dram_bytes(s, room.gemm, far) > room.dram_free_bytes))
      continue;
    *p = far;
    return;
  }
}

}  // namespace

uint32_t score_stride(uint32_t context) { return (context + 63) & ~63u; }

uint32_t score_rows(const ModelShape& s, uint32_t chunk) {
  const uint64_t two = 2 * uint64_t{s.group()} * chunk, all = uint64_t{s.n_heads} * chunk;
  const uint64_t prefill = two < all ? two : all;
  return static_cast<uint32_t>(prefill > s.n_heads ? prefill : s.n_heads);
}

Status plan_placement(const ModelShape& s, const Room& room, Placement* placement,
                      ModelError* error) {
  const auto too_wide = [&](const char* field, uint32_t value, uint32_t longest) {
    if (value <= longest) return false;
    error->set(field, value) << "up to " << longest << ", what this VPU's longest row allows";
    return true;
  };
  const uint32_t longest = room.vpu.max_cols;
  const bool layer_norm = s.architecture.norm == NormKind::Layer;
  if (too_wide("dim", s.dim, layer_norm ? longest / 2 : longest) ||
      too_wide("hidden_dim", s.hidden_dim, longest))
    return Status::BadModel;

  Placement p;
  p.context = at_most(s.seq_len, longest);
  const uint64_t constants =
      Model::bytes_needed(s, room.gemm).constants + table_bytes(s, p.context);
  const uint64_t free = room.spm_free_bytes;
  if (!place_long_passes(s, free, kv_cache_bytes(s, p.context), constants, &p))
    place_short_passes(s, free, constants, &p);
  place_far_passes(s, room, &p);
  *placement = p;
  const uint64_t dram = dram_bytes(s, room.gemm, p);
  if (dram <= room.dram_free_bytes) return Status::Ok;
  error->set("DRAM needed by the model", static_cast<int64_t>(dram))
      << "up to " << room.dram_free_bytes << " bytes, what is free of " << room.dram_bytes;
  return Status::BadModel;
}

uint64_t dram_bytes_needed(const ModelShape& shape, const EngineConfig& gemm,
                           const EngineConfig& vpu, bool least) {
  Placement p;
  p.context = at_most(shape.seq_len, vpu.max_cols);
  p.chunk = least ? 1 : at_most(kFarChunks[0], p.context);
  return dram_bytes(shape, gemm, p) + (least ? logit_bytes(shape, kNearChunks[0]) : 0);
}

}  // namespace systole::driver::llm
