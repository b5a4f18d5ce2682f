// Entry into and return from traps; which interrupt is next.
#pragma once
#include <cstdint>

#include "tlm/cpu/riscv/state.h"

namespace systole::riscv {

/// Enters the handler of exception or interrupt `cause` (kInterruptFlag set) with epc = s.pc,
/// honouring delegation and vectored mode.
void take_trap(State& s, uint64_t cause, uint64_t tval);

/// mret and sret; the caller has checked that they are legal.
void return_from_machine(State& s);
void return_from_supervisor(State& s);

/// Cause of the interrupt to be taken now, or 0.
uint64_t next_interrupt(const State& s);

}  // namespace systole::riscv
