// Instructions as text, in the notation of GNU objdump. (Debian 12's Capstone, 4.0.2, knows no
// RISC-V.)
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace systole::riscv {

struct Disassembly {
  enum class Bank : uint8_t { None, Integer, Float };  ///< of registers

  /// "addi" and "sp,sp,-16"; ".half" or ".word" and the encoding if the hart has no such
  /// instruction. Operands of jumps end with `target`.
  std::string mnemonic, operands;
  std::optional<uint64_t> target;  ///< of jal and branches
  unsigned length = 4;             ///< bytes
  Bank writes = Bank::None;        ///< to register rd
  uint8_t rd = 0;
  Bank stores = Bank::None;  ///< plain stores: of register rs2
  uint8_t rs2 = 0;
  /// Loads, stores and atomics access `bytes` at x[base] + offset.
  bool memory = false;
  uint8_t bytes = 0;
  uint8_t base = 0;
  int32_t offset = 0;
};

/// The instruction that begins with the low bits of `encoding`; the high half of a compressed one
/// is ignored. Compressed instructions have the names of their 32-bit forms.
Disassembly disassemble(uint32_t encoding, uint64_t pc);

/// "a0", "fa0".
const char* register_name(unsigned number);
const char* float_register_name(unsigned number);

}  // namespace systole::riscv
