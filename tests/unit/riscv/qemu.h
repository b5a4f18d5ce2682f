// The reference: qemu-system-riscv64 -M virt -bios none, its extensions pinned.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace systole::riscv {

struct ProgramResult {
  std::string output;
  int code = 0;
};
/// Standard output and exit status of a shell command without input. Throws std::runtime_error.
ProgramResult run_command(const std::string& command);

bool have_qemu();
/// Console output and exit code of an ELF. `extra` is added to the command line. Throws
/// std::runtime_error.
ProgramResult run_on_qemu(const std::string& elf, const std::string& extra = "");

struct StreamResult {
  std::string output;
  uint64_t instructions = 0;
};
StreamResult run_stream_here(const std::string& elf, const std::vector<uint8_t>& stream);
std::string run_stream_on_qemu(const std::string& elf, const std::vector<uint8_t>& stream);

}  // namespace systole::riscv
