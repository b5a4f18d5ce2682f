// Layout: int32 dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size (negative: own
// classifier), seq_len; then the tensors in the order of struct Checkpoint, with two unused tables
// [seq_len, head_dim / 2] before the classifier.
#include "sw_driver/llm/checkpoint.h"

#include <cstring>

namespace systole::driver::llm {
namespace {

constexpr uint64_t kHeaderBytes = 7 * 4;

struct Range {
  const char* field;
  int64_t low, high;
};
constexpr Range kRanges[7] = {{"dim", 2, 65536},        {"hidden_dim", 1, 131071},
                              {"n_layers", 1, 1024},    {"n_heads", 1, 32768},
                              {"n_kv_heads", 1, 32768}, {"vocab_size", 3, 1048575},
                              {"seq_len", 1, 131071}};

Status parse_shape(const void* image, ModelShape* shape, ModelError* error) {
  int32_t header[7];
  std::memcpy(header, image, sizeof header);
  int64_t value[7];
  for (int i = 0; i < 7; ++i) value[i] = header[i];
  shape->shared_classifier = value[5] > 0;
  if (value[5] < 0) value[5] = -value[5];
  for (int i = 0; i < 7; ++i) {
    const Range& r = kRanges[i];
    if (value[i] < r.low || value[i] > r.high) {
      error->set(r.field, header[i]) << r.low << " to " << r.high;
      return Status::BadModel;
    }
  }
  shape->dim = static_cast<uint32_t>(value[0]);
  shape->hidden_dim = static_cast<uint32_t>(value[1]);
  shape->n_layers = static_cast<uint32_t>(value[2]);
  shape->n_heads = static_cast<uint32_t>(value[3]);
  shape->n_kv_heads = static_cast<uint32_t>(value[4]);
  shape->vocab_size = static_cast<uint32_t>(value[5]);
  shape->seq_len = static_cast<uint32_t>(value[6]);
  if (shape->dim % shape->n_heads != 0 || shape->head_dim() % 2 != 0) {
    error->set("n_heads", shape->n_heads)
        << "a divisor of dim " << shape->dim << " that leaves an even head size";
    return Status::BadModel;
  }
  if (shape->n_heads % shape->n_kv_heads != 0) {
    error->set("n_kv_heads", shape->n_kv_heads) << "a divisor of n_heads " << shape->n_heads;
    return Status::BadModel;
  }
  return Status::Ok;
}

}  // namespace

Status parse_checkpoint(const void* image, uint64_t bytes, Checkpoint* out, ModelError* error) {
  if (bytes < kHeaderBytes) {
    error->set("file size", static_cast<int64_t>(bytes))
        << "at least the header's " << kHeaderBytes << " bytes";
    return Status::BadModel;
  }
  if (image == nullptr || reinterpret_cast<uintptr_t>(image) % 4 != 0) {
    error->set("image address", static_cast<int64_t>(reinterpret_cast<uintptr_t>(image)))
        << "a multiple of 4";
    return Status::BadModel;
  }
  Checkpoint c;
  if (const Status status = parse_shape(image, &c.shape, error); status != Status::Ok)
    return status;

  const ModelShape& s = c.shape;
  const float* const first =
      reinterpret_cast<const float*>(static_cast<const uint8_t*>(image) + kHeaderBytes);
  const uint64_t available = (bytes - kHeaderBytes) / 4;
  uint64_t used = 0;
  // The ranges above keep every product below 2^45, so nothing wraps; the place of a tensor that is
  // not there is never formed.
  const auto take = [&](uint64_t a, uint64_t b, uint64_t d) -> const float* {
    const float* tensor = used <= available ? first + used : nullptr;
    used += a * b * d;
    return tensor;
  };
  c.embedding = take(1, s.vocab_size, s.dim);
  c.attention_norm = take(1, s.n_layers, s.dim);
  c.wq = take(s.n_layers, s.dim, s.dim);
  c.wk = take(s.n_layers, s.kv_dim(), s.dim);
  c.wv = take(s.n_layers, s.kv_dim(), s.dim);
  c.wo = take(s.n_layers, s.dim, s.dim);
  c.ffn_norm = take(1, s.n_layers, s.dim);
  c.w1 = take(s.n_layers, s.hidden_dim, s.dim);
  c.w2 = take(s.n_layers, s.dim, s.hidden_dim);
  c.w3 = take(s.n_layers, s.hidden_dim, s.dim);
  c.final_norm = take(1, 1, s.dim);
  take(2, s.seq_len, s.head_dim() / 2);
  c.classifier = s.shared_classifier ? c.embedding : take(1, s.vocab_size, s.dim);

  const uint64_t expected = kHeaderBytes + used * 4;
  if (bytes != expected) {
    error->set("file size", static_cast<int64_t>(bytes))
        << "exactly " << expected << " bytes for its header (dim " << s.dim << ", hidden_dim "
        << s.hidden_dim << ", n_layers " << s.n_layers << ", n_heads " << s.n_heads
        << ", n_kv_heads " << s.n_kv_heads << ", vocab_size " << (s.shared_classifier ? "" : "-")
        << s.vocab_size << ", seq_len " << s.seq_len << ")"
        << (bytes < expected ? ": truncated" : "");
    return Status::BadModel;
  }
  *out = c;
  return Status::Ok;
}

}  // namespace systole::driver::llm
