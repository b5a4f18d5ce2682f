// What GDB's `monitor` shows of the platform: time, engines, registers by name, rings.
// Upstream: RiscvDebugger. Downstream: Soc, through its debug transport. Takes no simulated time.
#pragma once
#include <string>

#include "platform/boot/elf_file.h"
#include "platform/soc/soc.h"

namespace systole {

/// Answers one command line, in lines; `program` is what `reset` loads again.
std::string answer_monitor(Soc& soc, const ElfFile& program, const std::string& command);

}  // namespace systole
