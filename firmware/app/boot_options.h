// What the firmware is asked to do: the boot arguments (/chosen/bootargs), or a line typed at the
// monitor.
#pragma once
#include <cstdint>

namespace systole::firmware {

enum class Task : uint8_t { Monitor, Run, SelfTest, Provoke, Unknown };

/// Words apart by spaces. The first names the task: "run", "selftest", "provoke", "monitor" (also
/// if there are none). Then
///   quiet               nothing on the console but the generated text
///   max_tokens=N seed=N run: as in GenerateRequest
///   temperature_bits=N  run: its float32 bits
///   fault=NAME          provoke: which trap (tests of the panic message)
///   prompt=TEXT         run: all that follows, spaces and all; the last one
struct BootOptions {
  Task task = Task::Monitor;
  bool quiet = false;
  uint32_t max_tokens = 64;
  uint64_t seed = 1;
  float temperature = 0;
  const char* prompt = "";
  const char* fault = "";     ///< ends at a space or NUL
  const char* bad = nullptr;  ///< the word that means nothing; null: all is well
};

/// `text` must stay where it is.
BootOptions parse_boot_options(const char* text);

/// True if `text` starts with `word` and the word ends there. *rest (may be null) is what follows,
/// without spaces.
bool starts_with_word(const char* text, const char* word, const char** rest);

/// A decimal or 0x-hexadecimal number at the start of `text`; *rest behind it. False: none.
bool parse_number(const char* text, uint64_t* value, const char** rest);

uint64_t length_of(const char* text);

}  // namespace systole::firmware
