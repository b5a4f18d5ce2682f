// Text as printf writes it.
#pragma once
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <string>

namespace systole {

/// Like sprintf, into a string of any length.
__attribute__((format(printf, 1, 2))) inline std::string text_format(const char* pattern, ...) {
  va_list arguments, again;
  va_start(arguments, pattern);
  va_copy(again, arguments);
  std::string text(static_cast<size_t>(std::vsnprintf(nullptr, 0, pattern, arguments)), '\0');
  std::vsnprintf(&text[0], text.size() + 1, pattern, again);
  va_end(again);
  va_end(arguments);
  return text;
}

/// "0x80000000".
inline std::string hex(uint64_t value) {
  return text_format("0x%llx", static_cast<unsigned long long>(value));
}

}  // namespace systole
