// The registers that a debugger sees: numbers, names, sizes, and the target description that says
// so. Source: Debugging with GDB, appendix "RISC-V Features".
#pragma once
#include <cstdint>
#include <string>

namespace systole::gdb {

/// 0 to 31: x; then pc; 32 f registers; fflags, frm, fcsr; all other CSRs; the privilege mode.
inline constexpr unsigned kPc = 32, kF0 = 33, kFirstCsr = 65;

unsigned register_count();
/// 4 or 8.
unsigned register_bytes(unsigned number);
/// CSR number of a register from kFirstCsr on; the last register, `priv`, has none: kNoCsr.
unsigned csr_of(unsigned number);
inline constexpr unsigned kNoCsr = ~0u;

/// target.xml: riscv:rv64 with the features cpu, fpu, csr and virtual.
const std::string& target_description();

}  // namespace systole::gdb
