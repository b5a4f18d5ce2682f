// llama2.c's tokenizer: byte-pair merges by score, in the format of its tok*.bin files.
#pragma once
#include <cstdint>

#include "sw_driver/include/arena.h"
#include "sw_driver/include/status.h"
#include "sw_driver/llm/model_error.h"

namespace systole::driver::llm {

constexpr int32_t kUnknownToken = 0;
constexpr int32_t kBeginToken = 1;
constexpr int32_t kEndToken = 2;
constexpr int32_t kFirstByteToken = 3;  ///< 3 to 258 stand for the bytes 0 to 255

/// Some bytes of text; not terminated. Points into the tokenizer's image or a static table.
struct Piece {
  const char* bytes = nullptr;
  uint32_t length = 0;
};

/// The image must outlive the tokenizer. Any file content is safe.
class Tokenizer {
 public:
  /// Reads exactly `vocab_size` tokens (the checkpoint's). Index tables come from `arena`: at most
  /// 20 bytes a token. BadModel: *error says what does not match. NoMemory.
  Status load(const void* image, uint64_t bytes, uint32_t vocab_size, Arena& arena,
              ModelError* error);

  uint32_t vocab_size() const { return vocab_size_; }

  /// Room that encode() needs for a text of `text_bytes`, in tokens.
  static uint64_t tokens_needed(uint64_t text_bytes) { return text_bytes + 2; }

  /// BOS, then the text with a space in front (llama2.c's dummy prefix), merged greedily: the
  /// best-scoring pair first, the leftmost among equals. Characters that are no token become byte
  /// tokens. `ids` and `scratch` have room for `capacity` tokens; *count is how many were made.
  /// BadArgument: capacity below tokens_needed(text_bytes).
  Status encode(const char* text, uint64_t text_bytes, int32_t* ids, int32_t* scratch,
                uint64_t capacity, uint64_t* count) const;

  /// The text that `token` adds after `previous`: a leading space goes after BOS, <0xNN> becomes
  /// its byte. Empty for an id outside the vocabulary.
  Piece decode(int32_t previous, int32_t token) const;

 private:
  Piece piece(uint32_t id) const;
  float score(int32_t id) const;
  /// The id of the token a + b, -1 if there is none. Lowest id if several are equal.
  int32_t find(Piece a, Piece b) const;
  int32_t mergeable(int32_t a, int32_t b) const {
    return find(piece(static_cast<uint32_t>(a)), piece(static_cast<uint32_t>(b)));
  }

  const uint8_t* image_ = nullptr;
  uint32_t vocab_size_ = 0;
  uint64_t* entry_ = nullptr;  ///< [vocab] offset of each token's score in the image
  uint32_t* table_ = nullptr;  ///< open hash table of id + 1, 0 where empty
  uint32_t mask_ = 0;
};

}  // namespace systole::driver::llm
