// Lets simulated time pass until a program on the RISC-V host CPU has ended, and the outside world
// in: keys, a debugger, Ctrl-C.
// Upstream: the run of a program. Downstream: Soc, ConsolePort, RiscvDebugger.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "platform/app/console_port.h"
#include "platform/app/firmware_memory.h"
#include "platform/soc/soc.h"
#include "tlm/cpu/riscv_debugger.h"

namespace systole {

class FirmwareLoop {
 public:
  /// Who is let in; null: nobody.
  struct Outside {
    ConsolePort* console = nullptr;
    RiscvDebugger* debugger = nullptr;
  };

  FirmwareLoop(Soc& soc, const ElfFile& program, const Outside& outside, Report& report);

  /// Until the program has ended, `max_time_ps` of simulated time is reached, somebody ends the run
  /// or nothing is left that could happen: then the report says why. `milestones` looks now and
  /// then.
  void run(std::optional<uint64_t> max_time_ps, Milestones& milestones);

  /// As ToHost.
  uint64_t to_host() const { return to_host_.value(); }

 private:
  bool ended() const;
  /// The user, a limit or the exit key end the run.
  bool stopped(std::optional<uint64_t> max_time_ps);
  void let_in();
  bool idle(bool one_look);
  void stop(const char* reason);

  Soc& soc_;
  const ElfFile& program_;
  Outside outside_;
  Report& report_;
  ToHost to_host_;
  std::chrono::steady_clock::time_point next_look_;
};

/// "pc 0x80001234 (main+0x10)".
std::string program_counter(Soc& soc, const ElfFile& program);

}  // namespace systole
