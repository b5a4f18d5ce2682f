// Where a model's buffers lie and how many tokens are taken at a time. Pure arithmetic.
// Upstream: transformer.h. Downstream: the arenas.
#pragma once
#include "sw_driver/llm/model.h"

namespace systole::driver::llm {

/// Chosen once per model.
struct Placement {
  uint32_t context = 0;      ///< tokens the KV cache has room for
  uint32_t chunk = 0;        ///< tokens of the longest pass
  uint32_t near_tokens = 0;  ///< passes of up to so many have their activations in SPM; 0: none
  uint32_t near_score_rows = 0;
  bool kv_cache_in_spm = false;
  bool constants_in_spm = false;  ///< norms, channel scales, rotary tables

  /// Longer passes have activations of their own, in DRAM.
  bool has_far() const { return chunk > near_tokens; }
  /// Tokens of the passes that take a prompt of so many.
  uint32_t prompt_chunk(uint32_t tokens) const {
    return tokens <= near_tokens ? near_tokens : chunk;
  }
};

/// What the choice depends on.
struct Room {
  EngineConfig gemm, vpu;
  uint64_t spm_free_bytes = 0, dram_free_bytes = 0, dram_bytes = 0;
};

/// SPM holds, in this order of importance, the activations of a pass (64 down to 8 tokens, as long
/// as the rest leaves room; fewer if no 8 fit), the KV cache and the constants. Every pass reads
/// all weights; where longer ones, of up to 256 tokens, at least halve what a token moves through
/// DRAM, although their activations lie there, too, there are such passes. Context: the model's, or
/// the VPU's longest row if that is less. BadModel: a width the VPU cannot take, or DRAM too small;
/// *error says so.
Status plan_placement(const ModelShape& shape, const Room& room, Placement* placement,
                      ModelError* error);

/// DRAM that a model takes at most, whatever is in SPM: with the largest chunk, or if `least` with
/// the smallest. Without a tokenizer's tables.
uint64_t dram_bytes_needed(const ModelShape& shape, const EngineConfig& gemm,
                           const EngineConfig& vpu, bool least);

/// Elements from row to row of scores and probabilities.
uint32_t score_stride(uint32_t context);

/// Rows of the score buffers for up to `chunk` tokens: all heads of one token, or two key/value
/// heads of a chunk, so that one is computed while the other is normalised.
uint32_t score_rows(const ModelShape& shape, uint32_t chunk);

}  // namespace systole::driver::llm
