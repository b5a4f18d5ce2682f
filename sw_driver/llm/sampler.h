// Chooses the next token from logits: greedy, or by temperature with an own seeded generator.
#pragma once
#include <cstdint>

namespace systole::driver::llm {

/// The index of the largest value, the first among equals; NaN never wins. n at least 1.
uint32_t argmax(const float* values, uint32_t n);

/// -log softmax(logits)[target], in double. n at least 1, target < n.
double negative_log_likelihood(const float* logits, uint32_t n, uint32_t target);

/// Deterministic: the same seed, temperature and logits give the same tokens on every machine.
class Sampler {
 public:
  /// temperature 0 (or below, or NaN): greedy. Seed 0 is as good as any other.
  Sampler(float temperature, uint64_t seed);
  uint32_t sample(const float* logits, uint32_t n);

 private:
  double uniform();  ///< in [0, 1)

  float temperature_;
  uint64_t state_;
};

}  // namespace systole::driver::llm
