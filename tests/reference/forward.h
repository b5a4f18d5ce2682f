// A plain float32 Llama-2 forward pass and byte-pair tokenizer, llama2.c's semantics: what the
// product's results are compared with. Own code from end to end: it shares nothing with sw_driver.
// Tests only.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace systole::reference {

/// Throws std::runtime_error on a file that is not a legacy llama2.c checkpoint.
class Llama {
 public:
  explicit Llama(const std::vector<uint8_t>& checkpoint);

  /// Logits [vocab] after `token` at `position`; positions must come in order from 0.
  std::vector<float> forward(int token, int position);

  int dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, seq_len;

 private:
  const float* take(size_t n);

  std::vector<float> data_;
  size_t used_ = 0;
  const float *embedding_, *attention_norm_, *wq_, *wk_, *wv_, *wo_, *ffn_norm_, *w1_, *w2_, *w3_,
      *final_norm_, *classifier_;
  std::vector<float> key_cache_, value_cache_;  ///< [layer][position][kv_dim]
};

/// The tokenizer file's pieces and scores.
struct Vocabulary {
  std::vector<std::string> pieces;
  std::vector<float> scores;

  Vocabulary(const std::vector<uint8_t>& file, int vocab_size);
  /// BOS, space, text; merged. O(n^2), for short texts.
  std::vector<int> encode(const std::string& text) const;
  std::string decode(int previous, int token) const;
};

/// Tokens of the greedy continuation of `prompt`, prompt included, until BOS, EOS or `max_new`
/// tokens.
std::vector<int> greedy(Llama& model, std::vector<int> prompt, int max_new);

/// -log softmax(logits)[target].
double nll(const std::vector<float>& logits, int target);
int argmax(const std::vector<float>& logits);

std::vector<uint8_t> read_file(const std::string& path);  ///< empty if it cannot be read

}  // namespace systole::reference
