// Compressed instructions (C extension of RV64 with F and D) as their 32-bit forms.
#pragma once
#include <cstdint>

namespace systole::riscv {

/// The equivalent 32-bit instruction; 0, which is illegal, for reserved encodings.
uint32_t expand_compressed(uint16_t half);

}  // namespace systole::riscv
