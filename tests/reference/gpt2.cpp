#include "tests/reference/gpt2.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace systole::reference {
namespace {

using Row = std::vector<float>;

Row layernorm(const Row& x, const float* weight) {
  double mean = 0, variance = 0;
  for (float v : x) mean += v / double(x.size());
  for (float v : x) variance += (v - mean) * (v - mean) / double(x.size());
  Row out(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    out[i] = static_cast<float>((x[i] - mean) / std::sqrt(variance + 1e-5)) * weight[i] +
             weight[x.size() + i];
  }
  return out;
}

/// W [n, k] x [k] + bias [n]
Row linear(const float* w, const Row& x, size_t n, const float* bias) {
  Row y(n);
  for (size_t i = 0; i < n; ++i) {
    double sum = bias ? bias[i] : 0.0f;
    for (size_t j = 0; j < x.size(); ++j) sum += w[i * x.size() + j] * x[j];
    y[i] = static_cast<float>(sum);
  }
  return y;
}

void add(Row& x, const Row& y) {
  for (size_t i = 0; i < x.size(); ++i) x[i] += y[i];
}

float gelu(float x) {
  return 0.5f * x * (1.0f + std::tanh(0.7978845608f * (x + 0.044715f * x * x * x)));
}

}  // namespace

Gpt2 Gpt2::random(int dim, int hidden_dim, int n_layers, int n_heads, int vocab_size, int seq_len,
                  uint32_t seed) {
  std::mt19937 generator(seed);
  const auto tensor = [&](size_t n, double mean, double deviation) {
    Row values(n);
    for (float& value : values) {
      double sum = -2;  // a sum of uniforms: the same on every standard library
      for (int i = 0; i < 4; ++i) sum += generator() / 4294967296.0;
      value = static_cast<float>(mean + sum * 1.732 * deviation);
    }
    return values;
  };
  const auto norm = [&](size_t layers) {
    Row all;
    for (size_t l = 0; l < layers; ++l) {
      const Row gains = tensor(size_t(dim), 1, 0.1), biases = tensor(size_t(dim), 0, 0.1);
      all.insert(all.end(), gains.begin(), gains.end());
      all.insert(all.end(), biases.begin(), biases.end());
    }
    return all;
  };
  const size_t d = size_t(dim), h = size_t(hidden_dim), l = size_t(n_layers);
  const double by_dim = 1 / std::sqrt(double(d)), by_hidden = 1 / std::sqrt(double(h));
  Gpt2 m{};
  m.dim = dim, m.hidden_dim = hidden_dim, m.n_layers = n_layers, m.n_heads = n_heads;
  m.vocab_size = vocab_size, m.seq_len = seq_len;
  m.embedding = tensor(size_t(vocab_size) * d, 0, 1);
  m.positions = tensor(size_t(seq_len) * d, 0, 0.5);
  m.attention_norm = norm(l), m.ffn_norm = norm(l), m.final_norm = norm(1);
  m.wq = tensor(l * d * d, 0, by_dim), m.wk = tensor(l * d * d, 0, by_dim);
  m.wv = tensor(l * d * d, 0, by_dim), m.wo = tensor(l * d * d, 0, by_dim);
  m.qkv_bias = tensor(l * 3 * d, 0, 0.3), m.wo_bias = tensor(l * d, 0, 0.3);
  m.w1 = tensor(l * h * d, 0, by_dim), m.w1_bias = tensor(l * h, 0, 0.3);
  m.w2 = tensor(l * d * h, 0, by_hidden), m.w2_bias = tensor(l * d, 0, 0.3);
  return m;
}

std::vector<float> Gpt2::forward(const std::vector<int>& tokens) const {
  const size_t d = size_t(dim), h = size_t(hidden_dim), head = d / size_t(n_heads),
               count = tokens.size();
  std::vector<Row> x;
  for (size_t t = 0; t < count; ++t) {
    const float* const row = embedding.data() + size_t(tokens[t]) * d;
    x.emplace_back(row, row + d);
    for (size_t i = 0; i < d; ++i) x[t][i] += positions[t * d + i];
  }
  for (size_t l = 0; l < size_t(n_layers); ++l) {
    std::vector<Row> q, k, v;
    const float* const bias = qkv_bias.data() + l * 3 * d;
    for (const Row& row : x) {
      const Row xn = layernorm(row, attention_norm.data() + l * 2 * d);
      q.push_back(linear(wq.data() + l * d * d, xn, d, bias));
      k.push_back(linear(wk.data() + l * d * d, xn, d, bias + d));
      v.push_back(linear(wv.data() + l * d * d, xn, d, bias + 2 * d));
    }
    for (size_t t = 0; t < count; ++t) {
      Row attention(d, 0.0f);
      for (size_t at = 0; at < d; at += head) {
        std::vector<double> p(t + 1);
        double most = -1e30, sum = 0;
        for (size_t s = 0; s <= t; ++s) {
          for (size_t i = 0; i < head; ++i) p[s] += double(q[t][at + i]) * k[s][at + i];
          p[s] /= std::sqrt(double(head));
          most = std::max(most, p[s]);
        }
        for (double& value : p) sum += value = std::exp(value - most);
        for (size_t s = 0; s <= t; ++s)
          for (size_t i = 0; i < head; ++i)
            attention[at + i] += static_cast<float>(p[s] / sum * v[s][at + i]);
      }
      add(x[t], linear(wo.data() + l * d * d, attention, d, wo_bias.data() + l * d));
      const Row xn = layernorm(x[t], ffn_norm.data() + l * 2 * d);
      Row up = linear(w1.data() + l * h * d, xn, h, w1_bias.data() + l * h);
      for (float& value : up) value = gelu(value);
      add(x[t], linear(w2.data() + l * d * h, up, d, w2_bias.data() + l * d));
    }
  }
  return linear(embedding.data(), layernorm(x.back(), final_norm.data()), size_t(vocab_size),
                nullptr);
}

}  // namespace systole::reference
