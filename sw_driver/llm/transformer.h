// The Llama-2 forward pass on the engines. Upstream: generator.h. Downstream: the kernels.
// The CPU looks up embeddings and records descriptors; every number in between is the engines'.
#pragma once
#include "sw_driver/include/device.h"
#include "sw_driver/llm/model.h"

namespace systole::driver::llm {

/// Where the passes' memory lies and how many tokens are taken at a time; chosen once per model.
struct Placement {
  uint32_t context = 0;  ///< tokens the KV cache has room for
  uint32_t chunk = 0;    ///< tokens of a prefill step
  bool activations_in_spm = false;
  bool kv_cache_in_spm = false;
  bool constants_in_spm = false;  ///< norms, channel scales, rotary tables
};

/// Which rows of a chunk the classifier is run for.
enum class Logits : uint8_t { Last, All };

/// KV cache: int8 [layer][context][kv_dim] for keys and values, a scale per token. The values'
/// scales are multiplied into P, so that one row of factors serves every head. Keys are centred:
/// trained models' keys carry a large constant in the pairs that the rotary embedding hardly turns,
/// which would cost all other channels their resolution. Softmax does not see a vector that is
/// taken from every key alike, so the key of position 0 is (slow pairs only). Halves the error of
/// the scores.
class Transformer {
 public:
  /// Decides the placement: SPM holds, in this order of importance, the activations, the KV cache,
  /// the constants. Context: the model's, or the VPU's longest row if that is less. Touches
  /// nothing. BadModel: a width the VPU cannot take, or DRAM too small; *error says so.
  static Status plan(const ModelShape& shape, Device& device, Placement* placement,
                     ModelError* error);

  /// Loads the weights and lays out buffers as planned; without content, addresses only. BadModel,
  /// NoMemory.
  Status load(const Checkpoint& checkpoint, Device& device, const Placement& placement,
              ModelError* error);

  /// One pass over tokens [T], T = 1 to chunk, at positions position.. (position + T <= context);
  /// positions before must have been passed. Sleeps until the logits are there. `tokens` null: the
  /// same operations on whatever is in memory. BadArgument: a size or a token id, or tokens for a
  /// model without content; else the stream's status.
  Status forward(const int32_t* tokens, uint32_t count, uint32_t position, Logits which);

  /// float32 [vocab]: of the last pass's row `row` (Logits::Last: row 0). Valid until the next
  /// pass.
  const float* logits(uint32_t row) const {
    return logits_.as<float>() + uint64_t{row} * model_.shape().vocab_size;
  }

  const ModelShape& shape() const { return model_.shape(); }
  bool has_content() const { return model_.has_content(); }
  const Placement& placement() const { return placement_; }

 private:
  /// A float32 matrix in memory and an int8 one with its row scales.
  struct Int8Rows {
    uint64_t values = 0, scales = 0;
  };

  Status allocate(Device& device, ModelError* error);
  void make_rotary_tables(float* table, float* slow_pairs) const;
  void embed(const int32_t* tokens, uint32_t count);

  Status normalise(uint32_t rows, uint32_t first, uint64_t weight);
  Status quantise_attention(uint32_t rows);
  Status gate(uint32_t rows);
  Status linear(const Int8Rows& x, uint32_t rows, const Linear& w, uint64_t y, uint64_t bias);
  Status add_to_residual(const Int8Rows& x, uint32_t rows, const Linear& w);
  Status cache_keys_and_values(uint32_t layer, uint32_t rows, uint32_t position);
  Status rotate_queries(uint32_t rows, uint32_t position);
  Status attend(uint32_t layer, uint32_t rows, uint32_t position);
  Status scores_of(uint32_t layer, uint32_t head, uint32_t rows, uint32_t length);
  Status probabilities(uint32_t layer, uint32_t head, uint32_t rows, uint32_t position);
  Status mix_values(uint32_t layer, uint32_t head, uint32_t rows, uint32_t length);

  Int8Rows cached(const Int8Rows& cache, uint32_t layer, uint32_t position) const;
  uint32_t slot(uint32_t head, uint32_t rows) const;

  CommandStream* stream_ = nullptr;
  Placement placement_;
  Model model_;
  // T: chunk, S: score_stride_ elements
  Buffer x_;             ///< f32 [T, dim] the residual stream
  Buffer qkv_;           ///< f32 [T, dim + 2 kv_dim]
  Buffer scores_;        ///< f32 [score_rows_, S], used as slots of group * T rows
  Buffer attention_;     ///< f32 [T, dim]
  Buffer hidden_;        ///< f32 [T, 2 hidden]
  Buffer projected_;     ///< f32 [T, dim] what is added to x; T > 1 only
  Int8Rows xq_;          ///< [T, dim] normalised x, or attention
  Int8Rows q_;           ///< [heads, T, head_dim]
  Int8Rows p_;           ///< [score_rows_, S]
  Int8Rows gated_;       ///< [T, hidden]
  Buffer logits_;        ///< f32 [T, vocab]
  Buffer rotary_table_;  ///< f32 [context, head_dim]: cos, sin per pair
  Buffer ones_;          ///< f32 [head_dim]: the values' scales are in P already
  Buffer slow_pairs_;    ///< f32 [kv_dim]: -1 where keys are centred, else 0
  Buffer centres_;       ///< f32 [layers, kv_dim]: what is added to the keys
  Int8Rows keys_;        ///< [layers, context, kv_dim]
  Int8Rows values_;      ///< [layers, context, kv_dim]
  uint32_t score_rows_ = 0, score_stride_ = 0;
};

}  // namespace systole::driver::llm
