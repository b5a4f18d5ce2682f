// 32-bit instructions to operations.
#pragma once
#include <cstdint>

#include "tlm/cpu/riscv/op.h"

namespace systole::riscv {

/// The operation of `instruction` at `pc`; anything unknown is OpCode::Illegal. handler, length and
/// offset2 are left to the caller. imm of Li is the value, of Jal and branches the target's
/// distance from `pc`.
Op decode(uint32_t instruction, uint64_t pc);

/// True for what must be the last operation of a block.
bool ends_block(OpCode code);

/// The place in SYSTOLE_RISCV_PAIRS of two neighbours; -1: there is none.
int pair_of(OpCode first, OpCode second);

}  // namespace systole::riscv
