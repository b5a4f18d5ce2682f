// What the language model's tests share: random checkpoints and tokenizers as files in memory, host
// memory as an arena, and the model files that may be beside the source tree.
#pragma once
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "sw_driver/include/arena.h"
#include "tests/reference/forward.h"

namespace systole::test {

/// Header of a checkpoint as the file has it.
struct FileShape {
  int32_t dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size,
      seq_len;  ///< vocab negative: own classifier
};

/// A checkpoint with normal weights of the size trained ones have, so that logits are of order 1.
inline std::vector<uint8_t> random_checkpoint(const FileShape& s, uint32_t seed) {
  std::vector<uint8_t> file(reinterpret_cast<const uint8_t*>(&s),
                            reinterpret_cast<const uint8_t*>(&s + 1));
  std::mt19937 random(seed);
  const auto tensor = [&](int64_t n, double mean, double deviation) {
    const size_t at = file.size();
    file.resize(at + n * 4);
    for (int64_t i = 0; i < n; ++i) {
      // A sum of uniforms: the standard library's distributions differ between implementations.
      double sum = -2;
      for (int j = 0; j < 4; ++j) sum += random() / 4294967296.0;
      const float value = static_cast<float>(mean + sum * 1.732 * deviation);
      std::memcpy(&file[at + i * 4], &value, 4);
    }
  };
  const int64_t d = s.dim, h = s.hidden_dim, l = s.n_layers, head = d / s.n_heads,
                kv = head * s.n_kv_heads;
  const int64_t v = s.vocab_size < 0 ? -s.vocab_size : s.vocab_size;
  const double by_dim = 1 / std::sqrt(double(d)), by_hidden = 1 / std::sqrt(double(h));
  tensor(v * d, 0, 1);
  tensor(l * d, 1, 0.1);
  tensor(l * d * d, 0, by_dim);
  tensor(l * kv * d, 0, by_dim);
  tensor(l * kv * d, 0, by_dim);
  tensor(l * d * d, 0, by_dim);
  tensor(l * d, 1, 0.1);
  tensor(l * h * d, 0, by_dim);
  tensor(l * d * h, 0, by_hidden);
  tensor(l * h * d, 0, by_dim);
  tensor(d, 1, 0.1);
  tensor(int64_t{s.seq_len} * head, 0, 0);
  if (s.vocab_size < 0) tensor(v * d, 0, by_dim);
  return file;
}

/// "<unk>", "<s>", "</s>", the raw bytes, then two-letter tokens; scores fall with the id.
inline std::vector<uint8_t> simple_tokenizer(int vocab_size) {
  std::vector<uint8_t> file;
  const auto word = [&](const void* p) {
    file.insert(file.end(), (const uint8_t*)p, (const uint8_t*)p + 4);
  };
  const int32_t longest = 6;
  word(&longest);
  for (int i = 0; i < vocab_size; ++i) {
    char text[16];
    if (i < 3) {
      std::strcpy(text, i == 0 ? "<unk>" : i == 1 ? "\n<s>\n" : "</s>");
    } else if (i < 259) {
      std::snprintf(text, sizeof text, "<0x%02X>", i - 3);
    } else if (i < 259 + 27) {
      std::snprintf(text, sizeof text, "%c", i == 259 ? ' ' : 'a' + i - 260);
    } else {
      const int n = i - 286;
      text[0] = static_cast<char>('a' + n % 26), text[1] = static_cast<char>('a' + n / 26 % 26);
      std::snprintf(text + 2, sizeof text - 2, "%.*s", n >= 676 ? 3 : 0,
                    std::to_string(1000 + n / 676).c_str() + 1);
    }
    const float score = -static_cast<float>(i);
    const int32_t length = static_cast<int32_t>(std::strlen(text));
    word(&score);
    word(&length);
    file.insert(file.end(), text, text + length);
  }
  return file;
}

/// An arena over host memory; its SoC addresses mean nothing.
class HostArena : public driver::Arena {
 public:
  explicit HostArena(size_t bytes) : memory_(bytes / 8) {
    init({0x80000000, memory_.data(), bytes});
  }

 private:
  std::vector<uint64_t> memory_;
};

/// A file of ../shared/models relative to the source tree, or of the directory in SYSTOLE_MODELS;
/// empty if absent.
inline std::vector<uint8_t> model_file(const std::string& name) {
  const char* const directory = std::getenv("SYSTOLE_MODELS");
  return reference::read_file(
      (directory ? std::string(directory) : SYSTOLE_SOURCE_DIR "/../shared/models") + "/" + name);
}

}  // namespace systole::test
