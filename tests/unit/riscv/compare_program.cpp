// Runs a bare-metal program on the simulator and compares its console output:
//   riscv_compare ELF [EXPECTED_FILE]
// with the expected file, and with QEMU where it is installed. Exit status 1 if they differ; 77 if
// there was nothing to compare with.
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/unit/riscv/qemu.h"
#include "tlm/cpu/riscv/flat_machine.h"

using namespace systole::riscv;

namespace {

bool same(const std::string& here, const std::string& there, const char* who) {
  if (here == there) return true;
  std::printf("differs from %s\nhere:\n%s\nthere:\n%s\n", who, here.c_str(), there.c_str());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: riscv_compare ELF [EXPECTED_FILE]\n");
    return 2;
  }
  try {
    FlatMachine machine(128u << 20);
    machine.load_elf(argv[1]);
    if (!machine.run(uint64_t{1} << 32)) std::printf("the program does not end\n");
    bool ok = true;
    if (argc > 2) {
      std::ifstream file(argv[2]);
      const std::string expected{std::istreambuf_iterator<char>(file), {}};
      ok = same(machine.output(), expected, argv[2]);
    }
    if (have_qemu()) ok = same(machine.output(), run_on_qemu(argv[1]), "QEMU") && ok;
    if (!have_qemu()) std::printf("skipped: qemu-system-riscv64 is not installed\n");
    if (!have_qemu() && argc < 3) return 77;
    return ok ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "riscv_compare: %s\n", error.what());
    return 2;
  }
}
