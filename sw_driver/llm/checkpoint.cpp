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
  shape->shared_classifier = header[5] > 0;
  uint32_t* const fields[7] = {&shape->dim,     &shape->hidden_dim, &shape->n_layers,
                               &shape->n_heads, &shape->n_kv_heads, &shape->vocab_size,
                               &shape->seq_len};
  for (int i = 0; i < 7; ++i) {
    const int64_t value = i == 5 && header[i] < 0 ? -int64_t{header[i]} : header[i];
    const Range& r = kRanges[i];
    if (value < r.low || value > r.high) {
      error->set(r.field, header[i]) << r.low << " to " << r.high;
      return Status::BadModel;
    }
    *fields[i] = static_cast<uint32_t>(value);
  }
  return check_shape(*shape, error);
}

}  // namespace

Status check_shape(const ModelShape& s, ModelError* error) {
  const uint32_t values[7] = {s.dim,        s.hidden_dim, s.n_layers, s.n_heads,
                              s.n_kv_heads, s.vocab_size, s.seq_len};
  for (int i = 0; i < 7; ++i) {
    const Range& r = kRanges[i];
    if (values[i] >= r.low && values[i] <= r.high) continue;
    error->set(r.field, values[i]) << r.low << " to " << r.high;
    return Status::BadModel;
  }
  if (s.dim % s.n_heads != 0 || s.head_dim() % 2 != 0) {
    error->set("n_heads", s.n_heads)
        << "a divisor of dim " << s.dim << " that leaves an even head size";
    return Status::BadModel;
  }
  if (s.n_heads % s.n_kv_heads != 0) {
    error->set("n_kv_heads", s.n_kv_heads) << "a divisor of n_heads " << s.n_heads;
    return Status::BadModel;
  }
  return Status::Ok;
}

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
