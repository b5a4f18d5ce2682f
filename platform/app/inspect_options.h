// --gdb, --trace, --profile: ways to look at a program on the RISC-V host CPU.
// Upstream: `boot`, and `run` with cpu.model riscv.
#pragma once
#include <cstdint>
#include <string>

#include "platform/app/gdb_options.h"
#include "platform/app/options.h"
#include "platform/boot/elf_file.h"
#include "tlm/cpu/riscv/tracer.h"

namespace systole {

struct InspectOptions {
  GdbOptions gdb;
  std::string trace_file;            ///< "": no trace; "-": standard output
  std::string trace_from;            ///< a symbol, an address, a cycle; "": the reset
  uint64_t trace_limit = 1'000'000;  ///< instructions; 0: no limit
  bool profile = false;
};

void add_inspect_options(boost::program_options::options_description& options,
                         InspectOptions& inspect);

/// Throws RequestError: a value that is not legal, or an option without the one that it belongs to.
void check_inspect(const CommandLine& line, InspectOptions& inspect);

/// Throws RequestError naming an option that was given although cpu.model is not riscv.
void check_inspected_cpu(const CommandLine& line);

/// Throws RequestError if --trace-from says nothing that the program has.
riscv::TraceWindow trace_window(const InspectOptions& inspect, const ElfFile& program);

}  // namespace systole
