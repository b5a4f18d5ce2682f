// What the self-checking programs share: checks, hashes over sweeps of operands, traps on purpose,
// other privilege modes.
#pragma once
#include "runtime.h"

/// "name=value", and "FAIL, not expected" behind it if they differ.
void check(const char* name, uint64_t value, uint64_t expected);
/// Where QEMU 7.2 differs, within the specification or as a known fault of it (docs/firmware.md):
/// "name as documented" if `value` is that of the machine the program runs on.
void check_known(const char* name, uint64_t value, uint64_t here, uint64_t qemu);
/// "name ok" if `truth`; for what no two machines have alike, such as times.
void check_that(const char* name, bool truth);
/// "N checks, M failed"; main()'s result.
int checks_done();

/// One number for many results.
struct Hash {
  uint64_t value = 0x9e3779b97f4a7c15;
  void add(uint64_t next) { value = ((value << 5 | value >> 59) ^ next) * 0x9e3779b97f4a7c15; }
};

/// The last trap that on_trap() saw, and how many it has seen since clear().
struct Trap {
  uint64_t cause, epc, tval, mpp, a0, count;
  void clear() volatile {
    cause = ~uint64_t{0};
    epc = ~uint64_t{0};
    tval = ~uint64_t{0};
    count = 0;
  }
};
extern volatile Trap trap;
/// That exactly this trap happened, and forgets it: "name: cause", "  tval".
void check_trap(const char* name, uint64_t cause, uint64_t tval);
void check_no_trap(const char* name);

/// An interrupt in machine mode: weak, prints and fails.
extern "C" void on_interrupt(uint64_t cause);

enum Mode : uint64_t { kUserMode = 0, kSupervisorMode = 1, kMachineMode = 3 };
extern "C" {
/// Runs `function` in `mode` up to its first trap into machine mode, which `trap` then shows (also
/// a0). Interrupts are off behind it.
void enter_mode(uint64_t mode, uint64_t function, uint64_t argument0, uint64_t argument1);
[[noreturn]] void leave_mode();
}
template <typename Function>
uint64_t address_of(Function* function) {
  return reinterpret_cast<uint64_t>(function);
}
/// Physical memory protection: everything is allowed in every mode, by entry 15.
void open_memory();

inline constexpr uint64_t kNowhere = 0x40'0000'0000;  // no memory, no device

#define SET_CSR(name, value) asm volatile("csrs " #name ", %0" ::"r"(uint64_t(value)) : "memory")
#define CLEAR_CSR(name, value) asm volatile("csrc " #name ", %0" ::"r"(uint64_t(value)) : "memory")
