#include "firmware/app/boot_options.h"

#include <cstring>

namespace systole::firmware {
namespace {

// If `text` starts with `key`, what follows it; else null.
const char* behind(const char* text, const char* key) {
  while (*key) {
    if (*text++ != *key++) return nullptr;
  }
  return text;
}

const char* skip_spaces(const char* text) {
  while (*text == ' ') ++text;
  return text;
}

const char* skip_word(const char* text) {
  while (*text && *text != ' ') ++text;
  return text;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

bool number_option(const char* word, const char* key, uint64_t* value) {
  const char* text = behind(word, key);
  const char* rest = nullptr;
  return text && parse_number(text, value, &rest) && (*rest == 0 || *rest == ' ');
}

Task task_of(const char* text, const char** rest) {
  if (starts_with_word(text, "run", rest)) return Task::Run;
  if (starts_with_word(text, "selftest", rest)) return Task::SelfTest;
  if (starts_with_word(text, "provoke", rest)) return Task::Provoke;
  if (*text == 0 || starts_with_word(text, "monitor", rest)) return Task::Monitor;
  return Task::Unknown;
}

}  // namespace

bool starts_with_word(const char* text, const char* word, const char** rest) {
  const char* end = behind(text, word);
  if (end == nullptr || (*end != 0 && *end != ' ')) return false;
  if (rest) *rest = skip_spaces(end);
  return true;
}

bool parse_number(const char* text, uint64_t* value, const char** rest) {
  const char* hex = behind(text, "0x");
  const int base = hex ? 16 : 10;
  const char* at = hex ? hex : text;
  if (digit(*at) >= base) return false;
  for (*value = 0; digit(*at) < base; ++at)
    *value = *value * base + static_cast<unsigned>(digit(*at));
  if (rest) *rest = at;
  return true;
}

uint64_t length_of(const char* text) {
  uint64_t length = 0;
  while (text[length]) ++length;
  return length;
}

BootOptions parse_boot_options(const char* text) {
  BootOptions options;
  text = skip_spaces(text);
  const char* rest = text;
  options.task = task_of(text, &rest);
  if (options.task == Task::Unknown) {
    options.bad = text;
    return options;
  }
  for (text = rest; *text; text = skip_spaces(skip_word(text))) {
    uint64_t number = 0;
    if (const char* prompt = behind(text, "prompt=")) {
      options.prompt = prompt;
      return options;
    }
    if (starts_with_word(text, "quiet", nullptr)) {
      options.quiet = true;
    } else if (number_option(text, "max_tokens=", &number)) {
      options.max_tokens = static_cast<uint32_t>(number);
    } else if (number_option(text, "seed=", &number)) {
      options.seed = number;
    } else if (number_option(text, "temperature_bits=", &number)) {
      const auto bits = static_cast<uint32_t>(number);
      std::memcpy(&options.temperature, &bits, sizeof bits);
    } else if (const char* fault = behind(text, "fault=")) {
      options.fault = fault;
    } else if (options.bad == nullptr) {
      options.bad = text;
    }
  }
  return options;
}

}  // namespace systole::firmware
