// Names of the control and status registers that the hart has.
#pragma once
#include <string>

namespace systole::riscv {

inline constexpr unsigned kCsrs = 4096;

/// "mstatus"; "" if the hart has no register of this number.
std::string csr_name(unsigned number);

}  // namespace systole::riscv
