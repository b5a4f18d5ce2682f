// Runs a bare-metal program on several machines; console output and exit codes must be the same:
//   riscv_compare ELF [--alone] [--soc SYSTOLE] [--expected FILE]
// --alone: the simulator with flat memory; --soc: `SYSTOLE boot`; --expected: a file with the
// output; always: QEMU, where it is installed. Exit status 1 if anything differs; 77 if there was
// nothing to compare.
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/riscv/qemu.h"
#include "tlm/cpu/riscv/flat_machine.h"

using namespace systole::riscv;

namespace {

struct Run {
  std::string who;
  ProgramResult result;
};

ProgramResult run_alone(const std::string& elf) {
  FlatMachine machine(128u << 20);
  machine.load_elf(elf);
  const auto code = machine.run(uint64_t{1} << 32);
  return {machine.output() + (code ? "" : "the program does not end\n"), code.value_or(1)};
}

/// The console; exit code 0 or 1.
ProgramResult run_on_soc(const std::string& systole, const std::string& elf) {
  return run_command("'" + systole + "' boot --quiet --fidelity tlm --set dram.size_mib=128" +
                     " --max-sim-time 2s --elf '" + elf + "'");
}

/// Prints the lines that are not in both, as far as lines stand side by side.
void print_difference(const Run& a, const Run& b) {
  std::istringstream left(a.result.output), right(b.result.output);
  std::printf("%s, code %d, and %s, code %d, differ\n", a.who.c_str(), a.result.code, b.who.c_str(),
              b.result.code);
  for (unsigned n = 1; left || right; ++n) {
    std::string one, other;
    std::getline(left, one);
    std::getline(right, other);
    if (one != other)
      std::printf("line %u\n  %s: %s\n  %s: %s\n", n, a.who.c_str(), one.c_str(), b.who.c_str(),
                  other.c_str());
  }
}

bool same(const Run& a, const Run& b) {
  if (a.result.output == b.result.output && !a.result.code == !b.result.code) return true;
  print_difference(a, b);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: riscv_compare ELF [--alone] [--soc SYSTOLE] [--expected FILE]\n");
    return 2;
  }
  try {
    const std::string elf = argv[1];
    std::vector<Run> runs;
    for (int i = 2; i < argc; ++i) {
      const std::string option = argv[i];
      const char* value = i + 1 < argc ? argv[i + 1] : "";
      if (option == "--alone") runs.push_back({"the simulator alone", run_alone(elf)});
      if (option == "--soc") runs.push_back({"the SoC", run_on_soc(value, elf)});
    }
    if (have_qemu())
      runs.push_back({"QEMU", run_on_qemu(elf)});
    else
      std::printf("QEMU skipped: qemu-system-riscv64 is not installed\n");
    for (int i = 2; i + 1 < argc; ++i) {
      if (std::strcmp(argv[i], "--expected") != 0) continue;
      std::ifstream file(argv[i + 1]);
      runs.push_back({argv[i + 1], {{std::istreambuf_iterator<char>(file), {}}, 0}});
      runs.back().result.code = runs.front().result.code;
    }
    bool ok = true;
    for (size_t i = 1; i < runs.size(); ++i) ok = same(runs[0], runs[i]) && ok;
    if (runs.size() < 2) return 77;
    return ok ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "riscv_compare: %s\n", error.what());
    return 2;
  }
}
