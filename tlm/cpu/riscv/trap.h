// Entry into and return from traps; which interrupt is next.
#pragma once
#include <cstdint>
#include <string>

#include "tlm/cpu/riscv/state.h"

namespace systole::riscv {

/// An entry into a trap handler.
struct Trap {
  uint64_t cause = 0, value = 0;  ///< as mcause and mtval
  uint64_t pc = 0;                ///< of the instruction that was not done
  uint64_t handler = 0;
  Privilege from = kMachine, to = kMachine;
  uint64_t instret = 0;  ///< instructions retired before it
};

/// "illegal instruction", "machine timer interrupt"; "cause 77" if the hart has no such cause.
std::string cause_name(uint64_t cause);
/// The same with what it is about: "load access fault (address 0x0)", "illegal instruction
/// (0xffff)".
std::string describe(const Trap& trap);

/// Enters the handler of exception or interrupt `cause` (kInterruptFlag set) with epc = s.pc,
/// honouring delegation and vectored mode.
void take_trap(State& s, uint64_t cause, uint64_t tval);

/// mret and sret; the caller has checked that they are legal.
void return_from_machine(State& s);
void return_from_supervisor(State& s);

/// Cause of the interrupt to be taken now, or 0.
uint64_t next_interrupt(const State& s);

}  // namespace systole::riscv
