#include "sw_driver/llm/model_error.h"

namespace systole::driver::llm {

void Text::put(char c) {
  if (length_ + 1 >= kCapacity) return;
  chars_[length_++] = c;
  chars_[length_] = 0;
}

Text& Text::operator<<(const char* s) {
  for (; *s; ++s) put(*s);
  return *this;
}

Text& Text::operator<<(uint64_t value) {
  char digits[20];
  int n = 0;
  do digits[n++] = static_cast<char>('0' + value % 10);
  while (value /= 10);
  while (n > 0) put(digits[--n]);
  return *this;
}

Text& Text::operator<<(int64_t value) {
  if (value < 0) put('-');
  const auto bits = static_cast<uint64_t>(value);
  return *this << (value < 0 ? 0 - bits : bits);
}

Text& ModelError::set(const char* field_name, int64_t field_value) {
  field = field_name;
  value = field_value;
  text.clear();
  return text << field_name << " is " << field_value << "; legal: ";
}

}  // namespace systole::driver::llm
