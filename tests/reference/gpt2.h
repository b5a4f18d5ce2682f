// A plain float32 GPT-2 forward pass: LayerNorm, biases, learned positions, GELU without a gate.
// Own code from end to end: it shares nothing with sw_driver. Tests only.
#pragma once
#include <cstdint>
#include <vector>

namespace systole::reference {

/// Tensors by name and shape; all linear layers are [outputs][inputs].
struct Gpt2 {
  int dim, hidden_dim, n_layers, n_heads, vocab_size, seq_len;
  std::vector<float> embedding;       ///< [vocab, dim], the classifier too
  std::vector<float> positions;       ///< [seq_len, dim]
  std::vector<float> attention_norm;  ///< [layers, 2 dim]: gains, then biases
  std::vector<float> wq, wk, wv, wo;  ///< [layers, dim, dim]
  std::vector<float> qkv_bias;        ///< [layers, 3 dim]
  std::vector<float> wo_bias;         ///< [layers, dim]
  std::vector<float> ffn_norm;        ///< [layers, 2 dim]
  std::vector<float> w1, w1_bias;     ///< [layers, hidden, dim], [layers, hidden]
  std::vector<float> w2, w2_bias;     ///< [layers, dim, hidden], [layers, dim]
  std::vector<float> final_norm;      ///< [2 dim]

  /// Normal weights of the size trained ones have.
  static Gpt2 random(int dim, int hidden_dim, int n_layers, int n_heads, int vocab_size,
                     int seq_len, uint32_t seed);

  /// Logits [vocab] of the last of `tokens`, which stand at positions 0 and up.
  std::vector<float> forward(const std::vector<int>& tokens) const;
};

}  // namespace systole::reference
