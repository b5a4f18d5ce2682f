#include "sw_driver/llm/sampler.h"

#include "sw_driver/llm/elementary.h"

namespace systole::driver::llm {

uint32_t argmax(const float* values, uint32_t n) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < n; ++i) {
    if (values[i] > values[best] || (values[best] != values[best] && values[i] == values[i]))
      best = i;
  }
  return best;
}

double negative_log_likelihood(const float* logits, uint32_t n, uint32_t target) {
  const double max = logits[argmax(logits, n)];
  double sum = 0;
  for (uint32_t i = 0; i < n; ++i) sum += exp_of(logits[i] - max);
  return log_of(sum) - (logits[target] - max);
}

Sampler::Sampler(float temperature, uint64_t seed) : temperature_(temperature), state_(seed) {}

double Sampler::uniform() {  // SplitMix64
  state_ += 0x9e3779b97f4a7c15;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * (1.0 / 9007199254740992.0);
}

uint32_t Sampler::sample(const float* logits, uint32_t n) {
  const uint32_t best = argmax(logits, n);
  if (!(temperature_ > 0)) return best;
  const double max = logits[best], scale = 1.0 / static_cast<double>(temperature_);
  const auto weight = [&](uint32_t i) {
    const double w = exp_of((logits[i] - max) * scale);
    return w == w ? w : 0.0;
  };
  double sum = 0;
  for (uint32_t i = 0; i < n; ++i) sum += weight(i);
  const double aim = uniform() * sum;
  double reached = 0;
  for (uint32_t i = 0; i < n; ++i) {
    reached += weight(i);
    if (aim < reached) return i;
  }
  return best;  // rounding only
}

}  // namespace systole::driver::llm
