// What a program leaves in the SoC's memory for whoever runs it.
// Upstream: the run of a program. Downstream: Soc's memory, firmware/app/run_result.h.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>

#include "firmware/app/run_result.h"
#include "platform/app/report.h"
#include "platform/boot/elf_file.h"
#include "platform/soc/soc.h"

namespace systole {

/// The word that public RISC-V test programs end with.
class ToHost {
 public:
  ToHost(const Soc& soc, const ElfFile& program);
  /// 0 while the program runs; 1 passes, another odd value is failure number value >> 1.
  uint64_t value() const;

 private:
  const uint8_t* word_ = nullptr;
};

/// What Systole's firmware left; null of any other program.
std::unique_ptr<firmware::RunResult> read_run_result(const Soc& soc, const ElfFile& program);
/// Puts tokens, cycles and counters into the report.
void collect_result(const Soc& soc, const firmware::RunResult& result, Report& report);

/// How long after the reset things happened, in simulated and in wall time: into the report.
class Milestones {
 public:
  Milestones(const Soc& soc, const ElfFile& program, Report& report);
  /// A byte has come out of the UART.
  void see_output(char c);
  /// Looks into the memory of Systole's firmware.
  void look();

 private:
  void reach(const char* name, uint64_t cycle);

  const Soc& soc_;
  Report& report_;
  std::chrono::steady_clock::time_point start_;
  const uint8_t* result_;
  bool line_ = false, token_ = false;
};

}  // namespace systole
