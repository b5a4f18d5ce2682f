// Traps: what the firmware expects, and the message for what it does not.
#pragma once
#include <cstdint>

namespace systole::firmware {

/// Registers of the interrupted program; x[0]'s place holds its program counter.
struct TrapFrame {
  uint64_t pc;
  uint64_t x[31];  ///< x1 to x31
};

/// What a trap that was expected said.
struct TrapRecord {
  bool taken = false;
  uint64_t cause = 0, value = 0, pc = 0;
};

/// The next trap is recorded instead of ending the program: an exception resumes behind its
/// instruction (an instruction fetch at the caller), an interrupt is switched off in mie. Ends with
/// end_expect().
void expect_trap();
/// The trap since expect_trap(), if one was taken.
TrapRecord end_expect();

/// Where panics go beside the console; null: nowhere. The text stays valid.
using PanicHook = void (*)(const char* text);
void on_panic(PanicHook hook);

/// Prints the text and ends the simulated run with exit code 1.
[[noreturn]] void panic(const char* text);

/// Ends the run through the finisher: code 0 passes.
[[noreturn]] void finish(uint32_t code);
/// Where the finisher is; until then the place of the address map.
void set_finisher(uint64_t base);

}  // namespace systole::firmware
