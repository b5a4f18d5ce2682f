// Where the RISC-V CPU's instructions and cycles went, by function.
// Upstream: the run of a program. Downstream: report and summary.
#pragma once
#include <nlohmann/json.hpp>
#include <ostream>

#include "platform/boot/elf_file.h"
#include "tlm/cpu/riscv/profile.h"

namespace systole {

/// Totals and `functions`, the one with the most cycles first. What no symbol covers is
/// "(boot ROM)" or "(no symbol)".
nlohmann::ordered_json profile_json(const riscv::Profile& profile, const ElfFile& program);

/// The top of the same as a table.
void print_profile(const nlohmann::ordered_json& profile, std::ostream& out);

}  // namespace systole
