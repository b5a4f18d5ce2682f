// One simulated run of a program on the RISC-V host CPU, from the boot ROM to its end.
// Upstream: `boot`, and `run` with cpu.model riscv. Downstream: Soc.
#pragma once
#include <functional>
#include <string>

#include "platform/app/inspect_options.h"
#include "platform/app/options.h"
#include "platform/app/report.h"
#include "platform/boot/elf_file.h"
#include "platform/soc/soc.h"

namespace systole {

struct FirmwareRequest {
  const ElfFile* program = nullptr;   ///< checked against program_windows()
  std::string bootargs;               ///< /chosen/bootargs of the device tree
  std::string uart;                   ///< as open_console(); empty: nowhere
  std::function<void(char)> console;  ///< takes the UART's output as well
  bool interactive = false;           ///< standard input goes to the UART
  InspectOptions inspect;             ///< checked
};

/// Reads an ELF file and checks that the configured SoC can hold it. Throws RequestError naming
/// `option` and the file.
ElfFile read_program(const std::string& option, const std::string& file, const Config& config);

/// Simulates until the program writes the finisher or its `tohost` symbol (public RISC-V tests: 1
/// passes, another odd value is failure number value >> 1), locks up, is interrupted or reaches
/// --max-sim-time, or a debugger ends it. Fills the report; if the program is Systole's firmware,
/// also from what that left in memory (firmware/app/run_result.h). Once per process. Throws
/// VariantError and RequestError before anything is simulated; RequestError behind it if the trace
/// could not be written. Returns kExitDone or kExitSimulationFailed.
int simulate_firmware(const CommonOptions& common, const SocImages& images,
                      const FirmwareRequest& request, Report& report);

}  // namespace systole
