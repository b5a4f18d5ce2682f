// Compares random instruction streams with QEMU:
//   riscv_campaign STREAM_ELF FIRST_SEED COUNT [--rounds N] [--verbose 1|2] [--every]
// Prints instructions, and each seed that differs; exit status 1 if any does, 77 without QEMU.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

#include "tests/unit/riscv/qemu.h"
#include "tests/unit/riscv/stream_generator.h"
#include "tlm/cpu/riscv/flat_machine.h"

using namespace systole::riscv;

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: riscv_campaign STREAM_ELF FIRST_SEED COUNT [options]\n");
    return 2;
  }
  if (!have_qemu()) {
    std::printf("skipped: qemu-system-riscv64 is not installed\n");
    return 77;
  }
  StreamOptions options;
  for (int i = 4; i < argc; ++i) {
    if (!std::strcmp(argv[i], "--every")) options.break_everywhere = true;
    if (i + 1 == argc) break;
    if (!std::strcmp(argv[i], "--rounds")) options.rounds = std::atoi(argv[i + 1]);
    if (!std::strcmp(argv[i], "--verbose")) options.verbose = std::atoi(argv[i + 1]);
  }
  const uint64_t first = std::stoull(argv[2]), count = std::stoull(argv[3]);
  uint64_t instructions = 0, different = 0;
  try {
    for (uint64_t seed = first; seed < first + count; ++seed) {
      const StreamResult here = run_stream_here(argv[1], make_stream(seed, options));
      const std::string there = run_stream_on_qemu(argv[1], make_stream(seed, options));
      instructions += here.instructions;
      if (here.output == there) continue;
      ++different;
      std::printf("seed %llu differs\n", static_cast<unsigned long long>(seed));
      if (options.verbose)
        std::printf("here:\n%s\nqemu:\n%s\n", here.output.c_str(), there.c_str());
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "riscv_campaign: %s\n", error.what());
    return 2;
  }
  std::printf("seeds %llu to %llu: %llu instructions, %llu of %llu streams differ\n",
              static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(first + count - 1),
              static_cast<unsigned long long>(instructions),
              static_cast<unsigned long long>(different), static_cast<unsigned long long>(count));
  return different ? 1 : 0;
}
