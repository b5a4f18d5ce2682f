// A llama2.c checkpoint ("legacy" layout, float32, little-endian) as an image in memory.
// Upstream: a file or the model window of the SoC. Downstream: weights.h quantises it.
#pragma once
#include <cstdint>

#include "sw_driver/include/status.h"
#include "sw_driver/llm/model_error.h"

namespace systole::driver::llm {

enum class NormKind : uint8_t { Rms, Layer };
enum class FeedForward : uint8_t {
  SwiGlu,  ///< w2 (silu(w1 x) * (w3 x))
  Gelu     ///< w2 gelu(w1 x): no gate, no w3
};
enum class Positions : uint8_t {
  Rotary,  ///< queries and keys are turned
  Learned  ///< a table [seq_len, dim] is added to the embedding
};

/// What a transformer is made of between its products. By default Llama's.
struct Architecture {
  NormKind norm = NormKind::Rms;
  FeedForward feed_forward = FeedForward::SwiGlu;
  Positions positions = Positions::Rotary;
  bool biases = false;  ///< of every product but the classifier's

  static Architecture gpt2() {
    return {NormKind::Layer, FeedForward::Gelu, Positions::Learned, true};
  }
};

/// The seven header fields, checked, and what follows from them.
struct ModelShape {
  uint32_t dim = 0;         ///< width of the residual stream, 2 to 65536
  uint32_t hidden_dim = 0;  ///< width of the feed-forward layer, 1 to 131071
  uint32_t n_layers = 0;    ///< 1 to 1024
  uint32_t n_heads = 0;     ///< divides dim into an even head_dim
  uint32_t n_kv_heads = 0;  ///< divides n_heads
  uint32_t vocab_size = 0;  ///< 3 to 1048575
  uint32_t seq_len = 0;     ///< longest context, 1 to 131071
  bool shared_classifier = true;
  Architecture architecture;

  uint32_t head_dim() const { return dim / n_heads; }
  uint32_t kv_dim() const { return n_kv_heads * head_dim(); }
  uint32_t qkv_dim() const { return dim + 2 * kv_dim(); }
  /// Rows of w1, and of w3 below it if there is a gate.
  uint32_t up_dim() const {
    return architecture.feed_forward == FeedForward::SwiGlu ? 2 * hidden_dim : hidden_dim;
  }
  /// Numbers of a norm: gains, and for LayerNorm biases behind them.
  uint32_t norm_dim() const { return architecture.norm == NormKind::Layer ? 2 * dim : dim; }
  /// Query heads that share a key/value head.
  uint32_t group() const { return n_heads / n_kv_heads; }
};

/// Ok, or BadModel: *error says which field is out of range or does not divide another.
Status check_shape(const ModelShape& shape, ModelError* error);

/// Shape and tensors; the pointers lie in the image, which must outlive this. All of them null: a
/// shape alone, for a model that gets addresses but no content (Generator::measure).
struct Checkpoint {
  ModelShape shape;

  static Checkpoint of_shape(const ModelShape& shape) {
    Checkpoint c;
    c.shape = shape;
    return c;
  }
  bool has_content() const { return embedding != nullptr; }

  const float* embedding = nullptr;       ///< [vocab, dim]
  const float* attention_norm = nullptr;  ///< [layers, norm_dim]
  const float* wq = nullptr;              ///< [layers, dim, dim]
  const float* wk = nullptr;              ///< [layers, kv_dim, dim]
  const float* wv = nullptr;              ///< [layers, kv_dim, dim]
  const float* wo = nullptr;              ///< [layers, dim, dim]
  const float* ffn_norm = nullptr;        ///< [layers, norm_dim]
  const float* w1 = nullptr;              ///< [layers, hidden, dim]
  const float* w2 = nullptr;              ///< [layers, dim, hidden]
  const float* w3 = nullptr;              ///< [layers, hidden, dim]; null without a gate
  const float* final_norm = nullptr;      ///< [norm_dim]
  const float* classifier = nullptr;      ///< [vocab, dim]; the embedding if shared
  // Only of architectures that have them; no checkpoint file does.
  const float* qkv_bias = nullptr;   ///< [layers, qkv_dim]: of wq, wk, wv
  const float* wo_bias = nullptr;    ///< [layers, dim]
  const float* w1_bias = nullptr;    ///< [layers, up_dim]
  const float* w2_bias = nullptr;    ///< [layers, dim]
  const float* positions = nullptr;  ///< [seq_len, dim]
};

/// Checks header and size: nothing outside [image, image + bytes) is ever read, whatever the header
/// says. `image` is 4-byte aligned. The file must have exactly the bytes its header asks for.
/// BadModel: *error says which field. Tensor values are not looked at here.
Status parse_checkpoint(const void* image, uint64_t bytes, Checkpoint* out, ModelError* error);

}  // namespace systole::driver::llm
