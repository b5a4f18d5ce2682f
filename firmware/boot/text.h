// Numbers and words as characters, for the console and for messages. No heap, no printf.
#pragma once
#include <cstdint>

namespace systole::firmware {

/// A number to be written in hexadecimal: out << Hex{value}.
struct Hex {
  uint64_t value;
};

/// Formatting over a sink that takes one character.
template <typename Sink>
class Formatter {
 public:
  Sink& operator<<(char c) {
    sink().take(c);
    return sink();
  }
  Sink& operator<<(const char* text) {
    while (*text) sink().take(*text++);
    return sink();
  }
  Sink& operator<<(uint64_t value) {
    char digits[20];
    int n = 0;
    do digits[n++] = static_cast<char>('0' + value % 10);
    while ((value /= 10) != 0);
    while (n > 0) sink().take(digits[--n]);
    return sink();
  }
  Sink& operator<<(uint32_t value) { return *this << uint64_t{value}; }
  Sink& operator<<(Hex number) {
    *this << "0x";
    int shift = 60;
    while (shift > 0 && (number.value >> shift) == 0) shift -= 4;
    for (; shift >= 0; shift -= 4) sink().take("0123456789abcdef"[number.value >> shift & 15]);
    return sink();
  }

 private:
  Sink& sink() { return static_cast<Sink&>(*this); }
};

/// A short text in a fixed array; what does not fit is cut off.
class Message : public Formatter<Message> {
 public:
  void take(char c) {
    if (length_ + 1 < sizeof chars_) chars_[length_++] = c, chars_[length_] = 0;
  }
  const char* c_str() const { return chars_; }

 private:
  char chars_[240] = {};
  uint32_t length_ = 0;
};

}  // namespace systole::firmware
