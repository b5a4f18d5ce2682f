#include "tests/reference/forward.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

namespace systole::reference {
namespace {

void rmsnorm(std::vector<float>& out, const std::vector<float>& x, const float* weight) {
  float sum = 0;
  for (float v : x) sum += v * v;
  const float scale = 1.0f / std::sqrt(sum / x.size() + 1e-5f);
  out.resize(x.size());
  for (size_t i = 0; i < x.size(); ++i) out[i] = weight[i] * (scale * x[i]);
}

/// y [n] = W [n, k] x [k]
std::vector<float> matmul(const float* w, const std::vector<float>& x, size_t n) {
  std::vector<float> y(n);
  for (size_t i = 0; i < n; ++i) {
    float sum = 0;
    for (size_t j = 0; j < x.size(); ++j) sum += w[i * x.size() + j] * x[j];
    y[i] = sum;
  }
  return y;
}

void rotate(float* v, int width, int head_dim, int position) {
  for (int i = 0; i < width; i += 2) {
    const float frequency =
        1.0f / std::pow(10000.0f, (i % head_dim) / static_cast<float>(head_dim));
    const float angle = position * frequency, c = std::cos(angle), s = std::sin(angle);
    const float a = v[i], b = v[i + 1];
    v[i] = a * c - b * s;
    v[i + 1] = a * s + b * c;
  }
}

void softmax(std::vector<float>& x) {
  const float max = *std::max_element(x.begin(), x.end());
  float sum = 0;
  for (float& v : x) sum += v = std::exp(v - max);
  for (float& v : x) v /= sum;
}

}  // namespace

const float* Llama::take(size_t n) {
  if (used_ + n > data_.size()) throw std::runtime_error("checkpoint too short");
  used_ += n;
  return data_.data() + used_ - n;
}

Llama::Llama(const std::vector<uint8_t>& file) {
  int32_t header[7];
  if (file.size() < sizeof header) throw std::runtime_error("checkpoint too short");
  std::memcpy(header, file.data(), sizeof header);
  dim = header[0], hidden_dim = header[1], n_layers = header[2], n_heads = header[3],
  n_kv_heads = header[4];
  vocab_size = std::abs(header[5]), seq_len = header[6];
  data_.resize((file.size() - sizeof header) / 4);
  std::memcpy(data_.data(), file.data() + sizeof header, data_.size() * 4);
  const size_t d = dim, h = hidden_dim, l = n_layers, v = vocab_size, head = d / n_heads,
               kv = head * n_kv_heads;
  embedding_ = take(v * d);
  attention_norm_ = take(l * d);
  wq_ = take(l * d * d), wk_ = take(l * kv * d), wv_ = take(l * kv * d), wo_ = take(l * d * d);
  ffn_norm_ = take(l * d);
  w1_ = take(l * h * d), w2_ = take(l * d * h), w3_ = take(l * h * d);
  final_norm_ = take(d);
  take(seq_len * head);
  classifier_ = header[5] > 0 ? embedding_ : take(v * d);
  key_cache_.resize(l * seq_len * kv);
  value_cache_.resize(l * seq_len * kv);
}

std::vector<float> Llama::forward(int token, int position) {
  const size_t d = dim, head = d / n_heads, kv = head * n_kv_heads, group = n_heads / n_kv_heads;
  std::vector<float> x(embedding_ + token * d, embedding_ + (token + 1) * d), xn;
  for (size_t l = 0; l < static_cast<size_t>(n_layers); ++l) {
    rmsnorm(xn, x, attention_norm_ + l * d);
    std::vector<float> q = matmul(wq_ + l * d * d, xn, d);
    std::vector<float> k = matmul(wk_ + l * kv * d, xn, kv);
    const std::vector<float> v = matmul(wv_ + l * kv * d, xn, kv);
    rotate(q.data(), d, head, position);
    rotate(k.data(), kv, head, position);
    float* const keys = key_cache_.data() + l * seq_len * kv;
    float* const values = value_cache_.data() + l * seq_len * kv;
    std::copy(k.begin(), k.end(), keys + position * kv);
    std::copy(v.begin(), v.end(), values + position * kv);

    std::vector<float> attention(d, 0.0f);
    for (size_t h = 0; h < static_cast<size_t>(n_heads); ++h) {
      const size_t offset = h / group * head;
      std::vector<float> p(position + 1);
      for (int t = 0; t <= position; ++t) {
        float sum = 0;
        for (size_t i = 0; i < head; ++i) sum += q[h * head + i] * keys[t * kv + offset + i];
        p[t] = sum / std::sqrt(static_cast<float>(head));
      }
      softmax(p);
      for (int t = 0; t <= position; ++t) {
        for (size_t i = 0; i < head; ++i)
          attention[h * head + i] += p[t] * values[t * kv + offset + i];
      }
    }
    const std::vector<float> projected = matmul(wo_ + l * d * d, attention, d);
    for (size_t i = 0; i < d; ++i) x[i] += projected[i];

    rmsnorm(xn, x, ffn_norm_ + l * d);
    std::vector<float> gate = matmul(w1_ + l * d * hidden_dim, xn, hidden_dim);
    const std::vector<float> up = matmul(w3_ + l * d * hidden_dim, xn, hidden_dim);
    for (int i = 0; i < hidden_dim; ++i) gate[i] = gate[i] / (1.0f + std::exp(-gate[i])) * up[i];
    const std::vector<float> down = matmul(w2_ + l * d * hidden_dim, gate, d);
    for (size_t i = 0; i < d; ++i) x[i] += down[i];
  }
  rmsnorm(xn, x, final_norm_);
  return matmul(classifier_, xn, vocab_size);
}

Vocabulary::Vocabulary(const std::vector<uint8_t>& file, int vocab_size) {
  size_t at = 4;
  for (int i = 0; i < vocab_size; ++i) {
    float score;
    int32_t length;
    if (at + 8 > file.size()) throw std::runtime_error("tokenizer too short");
    std::memcpy(&score, &file[at], 4);
    std::memcpy(&length, &file[at + 4], 4);
    at += 8;
    if (length < 0 || at + length > file.size()) throw std::runtime_error("tokenizer too short");
    pieces.emplace_back(file.begin() + at, file.begin() + at + length);
    scores.push_back(score);
    at += length;
  }
}

std::vector<int> Vocabulary::encode(const std::string& text) const {
  std::map<std::string, int> ids;
  for (size_t i = pieces.size(); i-- > 0;) ids[pieces[i]] = static_cast<int>(i);
  std::vector<int> out{1};
  if (!text.empty()) out.push_back(ids.count(" ") ? ids[" "] : 3 + ' ');
  for (size_t i = 0; i < text.size();) {
    size_t n = 1;
    while (n < 4 && i + n < text.size() && (text[i + n] & 0xc0) == 0x80) ++n;
    const std::string character = text.substr(i, n);
    if (ids.count(character)) {
      out.push_back(ids[character]);
    } else {
      for (char c : character) out.push_back(static_cast<uint8_t>(c) + 3);
    }
    i += n;
  }
  for (;;) {
    float best_score = -1e10f;
    size_t best = out.size();
    int merged = 0;
    for (size_t i = 0; i + 1 < out.size(); ++i) {
      const auto it = ids.find(pieces[out[i]] + pieces[out[i + 1]]);
      if (it != ids.end() && scores[it->second] > best_score) {
        best_score = scores[it->second];
        best = i;
        merged = it->second;
      }
    }
    if (best == out.size()) return out;
    out[best] = merged;
    out.erase(out.begin() + best + 1);
  }
}

std::string Vocabulary::decode(int previous, int token) const {
  std::string piece = pieces[token];
  if (previous == 1 && !piece.empty() && piece[0] == ' ') piece.erase(0, 1);
  unsigned byte;
  if (piece.size() == 6 && std::sscanf(piece.c_str(), "<0x%02X>", &byte) == 1)
    return std::string(1, static_cast<char>(byte));
  return piece;
}

std::vector<int> greedy(Llama& model, std::vector<int> tokens, int max_new) {
  std::vector<float> logits;
  const int prompt = static_cast<int>(tokens.size());
  for (int i = 0; i < prompt; ++i) logits = model.forward(tokens[i], i);
  for (int i = 0; i < max_new; ++i) {
    const int next = argmax(logits);
    if (next == 1 || next == 2) break;
    tokens.push_back(next);
    if (prompt + i >= model.seq_len) break;
    logits = model.forward(next, prompt + i);
  }
  return tokens;
}

double nll(const std::vector<float>& logits, int target) {
  const double max = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float v : logits) sum += std::exp(v - max);
  return std::log(sum) - (logits[target] - max);
}

int argmax(const std::vector<float>& logits) {
  return static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

std::vector<uint8_t> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace systole::reference
