// The forward pass of a transformer (Llama's, or what its Architecture says) on the engines.
// Upstream: generator.h. Downstream: the kernels. The CPU looks up embeddings and records
// descriptors; every number in between is the engines'.
#pragma once
#include "sw_driver/include/device.h"
#include "sw_driver/llm/placement.h"

namespace systole::driver::llm {

/// Which rows of a chunk the classifier is run for.
enum class Logits : uint8_t { None, Last, All };

/// KV cache: int8 [layer][context][kv_dim] for keys and values, a scale per token. The values'
/// scales are multiplied into P, so that one row of factors serves every head. Keys are centred:
/// trained models' keys carry a large constant in the pairs that the rotary embedding hardly turns,
/// which would cost all other channels their resolution. Softmax does not see a vector that is
/// taken from every key alike, so the key of position 0 is (slow pairs only; all, if nothing is
/// turned). Halves the error of the scores.
class Transformer {
 public:
  /// plan_placement() for this device. Touches nothing.
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
  /// The activations of a pass over up to T tokens. S: score_stride_ elements.
  struct Workspace {
    Buffer x;          ///< f32 [T, dim] the residual stream
    Buffer qkv;        ///< f32 [T, dim + 2 kv_dim]
    Buffer scores;     ///< f32 [score_rows, S], used as slots of group * T rows
    Buffer attention;  ///< f32 [T, dim]
    Buffer hidden;     ///< f32 [T, up_dim]
    Buffer projected;  ///< f32 [T, dim] what is added to x
    Int8Rows xq;       ///< [T, dim] normalised x, or attention
    Int8Rows q;        ///< [heads, T, head_dim]
    Int8Rows p;        ///< [score_rows, S]
    Int8Rows gated;    ///< [T, hidden]
    uint32_t score_rows = 0;
  };

  Status allocate(Device& device, ModelError* error);
  Status allocate(Arena& arena, uint32_t tokens, uint32_t score_rows, Workspace* w);
  void make_rotary_tables(float* table, float* slow_pairs) const;
  void embed(const int32_t* tokens, uint32_t count);

  Status add_positions(uint32_t rows, uint32_t position);
  Status normalise(uint32_t rows, uint32_t first, uint64_t weight);
  Status quantise_attention(uint32_t rows);
  Status activate(uint32_t rows);
  Status linear(const Int8Rows& x, uint32_t rows, const Linear& w, uint64_t y);
  Status linear(const Int8Rows& x, uint32_t rows, const Linear& w, uint64_t y, uint64_t bias);
  Status add_to_residual(const Int8Rows& x, uint32_t rows, const Linear& w);
  Status cache_keys_and_values(uint32_t layer, uint32_t rows, uint32_t position);
  Status quantise_queries(uint32_t rows, uint32_t position);
  Status attend(uint32_t layer, uint32_t rows, uint32_t position);
  Status scores_of(uint32_t layer, uint32_t head, uint32_t rows, uint32_t length);
  Status probabilities(uint32_t layer, uint32_t head, uint32_t rows, uint32_t position);
  Status mix_values(uint32_t layer, uint32_t head, uint32_t rows, uint32_t length);

  bool rotary_positions() const { return shape().architecture.positions == Positions::Rotary; }
  Int8Rows cached(const Int8Rows& cache, uint32_t layer, uint32_t position) const;
  uint32_t slot(uint32_t head, uint32_t rows) const;

  CommandStream* stream_ = nullptr;
  Placement placement_;
  Model model_;
  Workspace near_, far_;         ///< of short passes, in SPM; of longer ones, in DRAM
  const Workspace* w_ = &near_;  ///< of the pass that is being recorded
  uint32_t score_stride_ = 0;
  Buffer logits_;        ///< f32 [T, vocab]
  Buffer rotary_table_;  ///< f32 [context, head_dim]: cos, sin per pair
  Buffer ones_;          ///< f32 [head_dim]: the values' scales are in P already
  Buffer slow_pairs_;    ///< f32 [kv_dim]: -1 where keys are centred, else 0
  Buffer centres_;       ///< f32 [layers, kv_dim]: what is added to the keys
  Int8Rows keys_;        ///< [layers, context, kv_dim]
  Int8Rows values_;      ///< [layers, context, kv_dim]
};

}  // namespace systole::driver::llm
