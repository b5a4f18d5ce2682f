// Format: int32 longest token; then per token float32 score, int32 length, bytes.
#include "sw_driver/llm/tokenizer.h"

#include <cstring>

namespace systole::driver::llm {
namespace {

constexpr int64_t kLongestToken = 65535;

template <typename T>
T load_as(const uint8_t* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

uint32_t hash(uint32_t h, Piece p) {  // FNV-1a
  for (uint32_t i = 0; i < p.length; ++i) h = (h ^ static_cast<uint8_t>(p.bytes[i])) * 16777619u;
  return h;
}
constexpr uint32_t kHashStart = 2166136261u;

/// All 256 one-byte strings.
struct ByteTable {
  char bytes[256];
  constexpr ByteTable() : bytes() {
    for (int i = 0; i < 256; ++i) bytes[i] = static_cast<char>(i);
  }
};
constexpr ByteTable kBytes;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// The byte that "<0xNN>" stands for, -1 if `p` is not of this form.
int raw_byte(Piece p) {
  if (p.length != 6 || std::memcmp(p.bytes, "<0x", 3) != 0 || p.bytes[5] != '>') return -1;
  const int high = hex_digit(p.bytes[3]), low = hex_digit(p.bytes[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Bytes of the UTF-8 character at text[0], as llama2.c cuts: a byte and up to three continuations.
uint32_t character_length(const char* text, uint64_t left) {
  uint32_t n = 1;
  while (n < 4 && n < left && (static_cast<uint8_t>(text[n]) & 0xc0) == 0x80) ++n;
  return n;
}

}  // namespace

Status Tokenizer::load(const void* image, uint64_t bytes, uint32_t vocab_size, Arena& arena,
                       ModelError* error) {
  const auto* const file = static_cast<const uint8_t*>(image);
  if (file == nullptr || bytes < 4) {
    error->set("file size", static_cast<int64_t>(bytes)) << "at least 4 bytes";
    return Status::BadModel;
  }
  const int64_t longest = load_as<int32_t>(file);
  if (longest < 1 || longest > kLongestToken) {
    error->set("longest token", longest) << "1 to " << kLongestToken;
    return Status::BadModel;
  }
  // First pass: every entry inside the file, as many as the checkpoint has.
  uint64_t at = 4, count = 0;
  for (; at != bytes; ++count) {
    if (bytes - at < 8) {
      error->set("file size", static_cast<int64_t>(bytes))
          << "whole entries; token " << count << " is cut off";
      return Status::BadModel;
    }
    const int64_t length = load_as<int32_t>(file + at + 4);
    at += 8;
    if (length < 0 || length > longest) {
      error->set("token length", length)
          << "0 to the longest token's " << longest << " (token " << count << ")";
      return Status::BadModel;
    }
    if (static_cast<uint64_t>(length) > bytes - at) {
      error->set("file size", static_cast<int64_t>(bytes))
          << "whole entries; token " << count << " is cut off";
      return Status::BadModel;
    }
    at += static_cast<uint64_t>(length);
  }
  if (count != vocab_size) {
    error->set("number of tokens", static_cast<int64_t>(count))
        << "the checkpoint's vocab_size " << vocab_size;
    return Status::BadModel;
  }

  uint32_t slots = 4;
  while (slots < 2 * static_cast<uint64_t>(vocab_size)) slots *= 2;
  Buffer entries, table;
  if (arena.allocate(uint64_t{vocab_size} * 8, 64, &entries) != Status::Ok ||
      arena.allocate(uint64_t{slots} * 4, 64, &table) != Status::Ok) {
    error->set("vocab_size", vocab_size)
        << "what memory has room for (" << arena.free_bytes() << " bytes free)";
    return Status::NoMemory;
  }
  image_ = file;
  vocab_size_ = vocab_size;
  entry_ = entries.as<uint64_t>();
  table_ = table.as<uint32_t>();
  mask_ = slots - 1;
  std::memset(table_, 0, uint64_t{slots} * 4);
  at = 4;
  for (uint32_t id = 0; id < vocab_size; ++id) {
    entry_[id] = at;
    const Piece p = piece(id);
    at += 8 + p.length;
    if (find(p, {}) >= 0) continue;
    uint32_t slot = hash(kHashStart, p) & mask_;
    while (table_[slot] != 0) slot = (slot + 1) & mask_;
    table_[slot] = id + 1;
  }
  return Status::Ok;
}

Piece Tokenizer::piece(uint32_t id) const {
  const uint8_t* const entry = image_ + entry_[id];
  return {reinterpret_cast<const char*>(entry + 8), load_as<uint32_t>(entry + 4)};
}

float Tokenizer::score(int32_t id) const {
  return load_as<float>(image_ + entry_[static_cast<uint32_t>(id)]);
}

int32_t Tokenizer::find(Piece a, Piece b) const {
  for (uint32_t slot = hash(hash(kHashStart, a), b) & mask_; table_[slot] != 0;
       slot = (slot + 1) & mask_) {
    const Piece p = piece(table_[slot] - 1);
    if (p.length == a.length + b.length && std::memcmp(p.bytes, a.bytes, a.length) == 0 &&
        (b.length == 0 || std::memcmp(p.bytes + a.length, b.bytes, b.length) == 0)) {
      return static_cast<int32_t>(table_[slot] - 1);
    }
  }
  return -1;
}

Status Tokenizer::encode(const char* text, uint64_t text_bytes, int32_t* ids, int32_t* scratch,
                         uint64_t capacity, uint64_t* count) const {
  if (capacity < tokens_needed(text_bytes) || text_bytes > UINT32_MAX) return Status::BadArgument;
  uint64_t n = 0;
  ids[n++] = kBeginToken;
  const auto push = [&](int64_t id) {
    ids[n++] = id < int64_t{vocab_size_} ? static_cast<int32_t>(id) : kUnknownToken;
  };
  if (text_bytes > 0) {
    const int32_t space = find({" ", 1}, {});
    push(space >= 0 ? space : kFirstByteToken + ' ');
  }
  for (uint64_t i = 0; i < text_bytes;) {
    const uint32_t length = character_length(text + i, text_bytes - i);
    const int32_t id = find({text + i, length}, {});
    if (id >= 0) {
      push(id);
    } else {
      for (uint32_t j = 0; j < length; ++j)
        push(kFirstByteToken + int64_t{static_cast<uint8_t>(text[i + j])});
    }
    i += length;
  }

  // scratch[i]: what ids[i] and ids[i + 1] merge into, or -1.
  for (uint64_t i = 0; i + 1 < n; ++i) scratch[i] = mergeable(ids[i], ids[i + 1]);
  for (;;) {
    float best_score = -1e10f;
    uint64_t best = n;
    for (uint64_t i = 0; i + 1 < n; ++i) {
      if (scratch[i] >= 0 && score(scratch[i]) > best_score) {
        best_score = score(scratch[i]);
        best = i;
      }
    }
    if (best == n) break;
    ids[best] = scratch[best];
    --n;
    for (uint64_t i = best + 1; i < n; ++i) {
      ids[i] = ids[i + 1];
      if (i + 1 < n) scratch[i] = scratch[i + 1];
    }
    if (best > 0) scratch[best - 1] = mergeable(ids[best - 1], ids[best]);
    if (best + 1 < n) scratch[best] = mergeable(ids[best], ids[best + 1]);
  }
  *count = n;
  return Status::Ok;
}

Piece Tokenizer::decode(int32_t previous, int32_t token) const {
  if (token < 0 || static_cast<uint32_t>(token) >= vocab_size_) return {};
  Piece p = piece(static_cast<uint32_t>(token));
  if (previous == kBeginToken && p.length > 0 && p.bytes[0] == ' ') {
    ++p.bytes;
    --p.length;
  }
  if (const int byte = raw_byte(p); byte >= 0) return {&kBytes.bytes[byte], 1};
  return p;
}

}  // namespace systole::driver::llm
