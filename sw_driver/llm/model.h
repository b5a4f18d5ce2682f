// A checkpoint made ready for the engines: int8 weights packed for the array, float32 norms and
// scales. Upstream: checkpoint.h. Downstream: transformer.h. Runs once, on the CPU.
#pragma once
#include "sw_driver/include/arena.h"
#include "sw_driver/include/engine.h"
#include "sw_driver/llm/checkpoint.h"

namespace systole::driver::llm {

/// A matrix W [n, k] as the GEMM wants it: y[m, n] = x[m, k] * W^T. Addresses are the SoC's.
struct Linear {
  uint64_t packed = 0;  ///< int8 tiles, GemmLayout::Packed
  uint64_t scales = 0;  ///< float32 [n], one per output channel
  uint64_t bias = 0;    ///< float32 [n]; 0: none
  uint32_t n = 0, k = 0;
};

struct Layer {
  uint64_t attention_norm = 0;  ///< float32 [norm_dim]
  Linear qkv;                   ///< [dim + 2 kv_dim, dim]: wq, wk, wv below each other
  Linear wo;                    ///< [dim, dim]
  uint64_t ffn_norm = 0;        ///< float32 [norm_dim]
  Linear up;                    ///< [up_dim, dim]: w1, and w3 below it if there is a gate
  Linear w2;                    ///< [dim, hidden]
};

/// Bytes that Model::load() takes from each arena, at most.
struct ModelBytes {
  uint64_t weights = 0;    ///< streamed once per forward pass: DRAM
  uint64_t constants = 0;  ///< norms, channel scales: small, SPM if there is room
};

class Model {
 public:
  static ModelBytes bytes_needed(const ModelShape& shape, const EngineConfig& gemm);

  /// Quantises per output channel and packs. The checkpoint's image must outlive the model (the
  /// embedding is looked up there). BadModel: a weight is not finite. NoMemory. A checkpoint
  /// without content gets the same addresses, and no byte is written to them.
  Status load(const Checkpoint& checkpoint, const EngineConfig& gemm, Arena& weights,
              Arena& constants, ModelError* error);

  const ModelShape& shape() const { return shape_; }
  bool has_content() const { return embedding_ != nullptr; }
  /// Row `token` of the embedding, float32 [dim].
  const float* embedding(uint32_t token) const { return embedding_ + uint64_t{token} * shape_.dim; }
  const Layer& layer(uint32_t index) const { return layers_[index]; }
  uint64_t final_norm() const { return final_norm_; }
  /// float32 [seq_len, dim]; 0 unless positions are learned.
  uint64_t positions() const { return positions_; }
  const Linear& classifier() const { return classifier_; }

 private:
  ModelShape shape_;
  const float* embedding_ = nullptr;
  Layer* layers_ = nullptr;
  uint64_t final_norm_ = 0, positions_ = 0;
  Linear classifier_;
};

}  // namespace systole::driver::llm
