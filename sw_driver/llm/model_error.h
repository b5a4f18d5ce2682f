// What is wrong with a checkpoint, a tokenizer or a request: the field, its value, what is legal.
#pragma once
#include <cstdint>

namespace systole::driver::llm {

/// Builds a short text in a fixed array; what does not fit is cut off. No heap, no printf.
class Text {
 public:
  Text() { chars_[0] = 0; }
  Text& operator<<(const char* s);
  Text& operator<<(int64_t value);
  Text& operator<<(uint64_t value);
  Text& operator<<(int32_t value) { return *this << static_cast<int64_t>(value); }
  Text& operator<<(uint32_t value) { return *this << static_cast<uint64_t>(value); }
  const char* c_str() const { return chars_; }
  void clear() { chars_[length_ = 0] = 0; }

 private:
  void put(char c);
  static constexpr uint32_t kCapacity = 240;
  char chars_[kCapacity];
  uint32_t length_ = 0;
};

/// Filled whenever a function of this folder returns BadModel or BadArgument.
struct ModelError {
  const char* field =
      "";  ///< name in the file format ("n_heads", "file size") or of the request ("prompt")
  int64_t value = 0;  ///< what it is
  Text text;  ///< for the user, without the file's name: "n_heads is 7; legal: a divisor of dim 64"

  /// Starts the text with "<field> is <value>; legal: "; append what is legal.
  Text& set(const char* field_name, int64_t field_value);
};

}  // namespace systole::driver::llm
