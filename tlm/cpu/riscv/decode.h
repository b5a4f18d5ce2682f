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

}  // namespace systole::riscv
