// Runs a bare-metal ELF on the instruction-set simulator alone, as qemu-system-riscv64 would:
//   riscv_run [--speed] FILE [MAX_CYCLES]
// Standard output is the guest's; --speed adds instructions, seconds and MIPS on standard error.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include "tlm/cpu/riscv/flat_machine.h"

int main(int argc, char** argv) {
  const bool speed = argc > 1 && std::strcmp(argv[1], "--speed") == 0;
  if (argc < 2 + speed) {
    std::fprintf(stderr, "usage: riscv_run [--speed] FILE [MAX_CYCLES]\n");
    return 2;
  }
  try {
    systole::riscv::FlatMachine machine(128u << 20);
    machine.load_elf(argv[1 + speed]);
    const uint64_t limit = argc > 2 + speed ? std::stoull(argv[2 + speed]) : ~uint64_t{0};
    const auto start = std::chrono::steady_clock::now();
    const auto code = machine.run(limit);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    std::fputs(machine.output().c_str(), stdout);
    const auto instructions = static_cast<double>(machine.hart().instret());
    if (speed)
      std::fprintf(stderr, "instructions %.0f seconds %.3f mips %.0f\n", instructions, wall.count(),
                   instructions / wall.count() / 1e6);
    if (code) return *code;
    const auto& s = machine.hart().state();
    std::fprintf(stderr, "no end: pc %llx mcause %llx mepc %llx mtval %llx\n",
                 static_cast<unsigned long long>(s.pc), static_cast<unsigned long long>(s.mcause),
                 static_cast<unsigned long long>(s.mepc), static_cast<unsigned long long>(s.mtval));
    return 3;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "riscv_run: %s\n", error.what());
    return 2;
  }
}
