#include "sw_driver/llm/model.h"

#include <cstring>

#include "sw_driver/kernels/weights.h"

namespace systole::driver::llm {
namespace {

constexpr uint64_t kAlignment = 64;

uint64_t padded(uint64_t bytes) { return (bytes + kAlignment - 1) & ~(kAlignment - 1); }

/// Allocates, quantises and packs; the first failure stays and makes the rest do nothing. Without
/// `content` it only allocates.
class Loader {
 public:
  Loader(const EngineConfig& gemm, Arena& weights, Arena& constants, bool content,
         ModelError* error)
      : gemm_(gemm), weights_(weights), constants_(constants), content_(content), error_(error) {}

  Status status() const { return status_; }
  bool ok() const { return status_ == Status::Ok; }

  Buffer allocate(Arena& arena, uint64_t bytes) {
    Buffer buffer;
    if (ok() && arena.allocate(bytes, kAlignment, &buffer) != Status::Ok) {
      error_->set("bytes needed", static_cast<int64_t>(bytes))
          << "up to the " << arena.free_bytes() << " bytes free";
      status_ = Status::NoMemory;
    }
    return buffer;
  }

  void begin(uint32_t longest_row) { row_ = allocate(weights_, longest_row); }

  /// Cleared tiles for W [n, k]; fill them with add_rows().
  Linear matrix(uint32_t n, uint32_t k) {
    const Buffer packed = allocate(weights_, packed_weight_bytes(n, k, gemm_.rows, gemm_.cols));
    const Buffer scales = allocate(constants_, uint64_t{n} * 4);
    if (!ok()) return {};
    if (content_) std::memset(packed.host, 0, packed.bytes);
    packed_ = packed.as<int8_t>();
    scales_ = scales.as<float>();
    filled_ = 0;
    return {packed.addr, scales.addr, 0, n, k};
  }

  /// The next `rows` rows of the matrix begun last: rows of `tensor` from `first` on.
  void add_rows(const Linear& matrix, const float* tensor, uint64_t first, uint32_t rows,
                const char* field) {
    if (!ok() || !content_) return;
    const float* const values = tensor + first * matrix.k;
    check_finite(values, uint64_t{rows} * matrix.k, field);
    if (ok()) {
      status_ = quantize_and_pack(values, rows, matrix.k, gemm_.rows, gemm_.cols, filled_, matrix.n,
                                  packed_, scales_ + filled_, row_.as<int8_t>());
    }
    filled_ += rows;
  }

  /// `n` elements of `tensor` from `first` on.
  uint64_t vector(const float* tensor, uint64_t first, uint64_t n, const char* field) {
    return vector(constants_, tensor, first, n, field);
  }
  uint64_t vector(Arena& arena, const float* tensor, uint64_t first, uint64_t n,
                  const char* field) {
    const Buffer buffer = allocate(arena, n * 4);
    if (content_) check_finite(tensor + first, n, field);
    if (!ok()) return 0;
    if (content_) std::memcpy(buffer.host, tensor + first, n * 4);
    return buffer.addr;
  }

 private:
  void check_finite(const float* values, uint64_t n, const char* field) {
    if (!ok()) return;
    for (uint64_t i = 0; i < n; ++i) {
      uint32_t bits;
      std::memcpy(&bits, values + i, 4);
      if ((bits & 0x7f800000) != 0x7f800000) continue;
      error_->set(field, static_cast<int64_t>(i));
      error_->text.clear();
      error_->text << field << " element " << i << " is not finite; legal: finite numbers";
      status_ = Status::BadModel;
      return;
    }
  }

  const EngineConfig& gemm_;
  Arena& weights_;
  Arena& constants_;
  bool content_;
  ModelError* error_;
  Status status_ = Status::Ok;
  Buffer row_;
  int8_t* packed_ = nullptr;
  float* scales_ = nullptr;
  uint32_t filled_ = 0;
};

}  // namespace

ModelBytes Model::bytes_needed(const ModelShape& s, const EngineConfig& gemm) {
  ModelBytes total;
  const bool biases = s.architecture.biases;
  const auto vector = [&](uint64_t count, uint64_t n) { total.constants += count * padded(n * 4); };
  const auto matrix = [&](uint64_t count, uint32_t n, uint32_t k, bool bias) {
    total.weights += count * padded(packed_weight_bytes(n, k, gemm.rows, gemm.cols));
    vector(bias ? 2 * count : count, n);
  };
  matrix(s.n_layers, s.qkv_dim(), s.dim, biases);
  matrix(s.n_layers, s.dim, s.dim, biases);
  matrix(s.n_layers, s.up_dim(), s.dim, biases);
  matrix(s.n_layers, s.dim, s.hidden_dim, biases);
  matrix(1, s.vocab_size, s.dim, false);
  vector(2 * uint64_t{s.n_layers} + 1, s.norm_dim());
  if (s.architecture.positions == Positions::Learned)
    total.weights += padded(uint64_t{s.seq_len} * s.dim * 4);
  total.constants += kAlignment;
  total.weights += padded(s.n_layers * sizeof(Layer)) +
                   padded(s.hidden_dim > s.dim ? s.hidden_dim : s.dim) + kAlignment;
  return total;
}

Status Model::load(const Checkpoint& c, const EngineConfig& gemm, Arena& weights, Arena& constants,
                   ModelError* error) {
  const ModelShape& s = shape_ = c.shape;
  const uint64_t dim = s.dim, kv = s.kv_dim(), hidden = s.hidden_dim;
  const bool gated = s.architecture.feed_forward == FeedForward::SwiGlu;
  embedding_ = c.embedding;

  Loader loader(gemm, weights, constants, c.has_content(), error);
  loader.begin(s.hidden_dim > s.dim ? s.hidden_dim : s.dim);
  const Buffer layers = loader.allocate(weights, s.n_layers * sizeof(Layer));
  if (!loader.ok()) return loader.status();
  layers_ = layers.as<Layer>();
  const auto bias = [&](Linear* linear, const float* values, uint64_t layer, const char* field) {
    if (!s.architecture.biases) return;
    linear->bias = loader.vector(values, layer * linear->n, linear->n, field);
  };
  for (uint64_t l = 0; l < s.n_layers && loader.ok(); ++l) {
    const uint64_t norm = l * s.norm_dim();
    Layer layer;
    layer.attention_norm = loader.vector(c.attention_norm, norm, s.norm_dim(), "attention norm");
    layer.qkv = loader.matrix(s.qkv_dim(), s.dim);
    loader.add_rows(layer.qkv, c.wq, l * dim, s.dim, "wq");
    loader.add_rows(layer.qkv, c.wk, l * kv, s.kv_dim(), "wk");
    loader.add_rows(layer.qkv, c.wv, l * kv, s.kv_dim(), "wv");
    bias(&layer.qkv, c.qkv_bias, l, "bias of wq, wk, wv");
    layer.wo = loader.matrix(s.dim, s.dim);
    loader.add_rows(layer.wo, c.wo, l * dim, s.dim, "wo");
    bias(&layer.wo, c.wo_bias, l, "bias of wo");
    layer.ffn_norm = loader.vector(c.ffn_norm, norm, s.norm_dim(), "feed-forward norm");
    layer.up = loader.matrix(s.up_dim(), s.dim);
    loader.add_rows(layer.up, c.w1, l * hidden, s.hidden_dim, "w1");
    if (gated) loader.add_rows(layer.up, c.w3, l * hidden, s.hidden_dim, "w3");
    bias(&layer.up, c.w1_bias, l, "bias of w1");
    layer.w2 = loader.matrix(s.dim, s.hidden_dim);
    loader.add_rows(layer.w2, c.w2, l * dim, s.dim, "w2");
    bias(&layer.w2, c.w2_bias, l, "bias of w2");
    layers_[l] = layer;
  }
  final_norm_ = loader.vector(c.final_norm, 0, s.norm_dim(), "final norm");
  classifier_ = loader.matrix(s.vocab_size, s.dim);
  loader.add_rows(classifier_, c.classifier, 0, s.vocab_size,
                  s.shared_classifier ? "embedding" : "classifier");
  positions_ = 0;
  if (s.architecture.positions == Positions::Learned)
    positions_ = loader.vector(weights, c.positions, 0, s.seq_len * dim, "positions");
  return loader.status();
}

}  // namespace systole::driver::llm
