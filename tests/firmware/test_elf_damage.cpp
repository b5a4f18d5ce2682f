// Damaged ELF files: each is refused with a message, or what it holds is loaded and run. The long
// campaign: SYSTOLE_ELF_MUTATIONS=100000, under the sanitizers (target bad_input_campaign).
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include "platform/boot/elf_file.h"
#include "tests/firmware/small_elf.h"
#include "tlm/cpu/riscv/flat_machine.h"

using systole::ElfError;
using systole::ElfFile;
using systole::test::SmallElf;

namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint64_t kRamBase = 0x80000000, kRamBytes = 1 << 20;
constexpr uint64_t kCyclesEach = 3000;

class Damage {
 public:
  explicit Damage(uint64_t seed) : random_(seed) {}

  Bytes of(const Bytes& whole) {
    Bytes file = whole;
    for (uint64_t n = below(6) + 1; n > 0 && !file.empty(); --n) one(file);
    return file;
  }

 private:
  uint64_t below(uint64_t n) { return random_() % n; }

  void one(Bytes& file) {
    switch (below(8)) {
      case 0:
        file.resize(below(file.size()));
        break;
      case 1:
        file.resize(file.size() + below(300), static_cast<uint8_t>(random_()));
        break;
      case 2:
        file[below(file.size())] = static_cast<uint8_t>(random_());
        break;
      case 3:
        file[below(file.size())] ^= static_cast<uint8_t>(1u << below(8));
        break;
      case 4: {  // one piece over another
        const uint64_t bytes = below(std::min<uint64_t>(file.size(), 64)) + 1;
        const uint64_t from = below(file.size() - bytes + 1), to = below(file.size() - bytes + 1);
        std::memmove(file.data() + to, file.data() + from, bytes);
        break;
      }
      default:
        number(file);
        break;
    }
  }

  /// A field of a header, or anything, becomes a number that is at an end of something.
  void number(Bytes& file) {
    constexpr uint64_t kWidths[] = {1, 2, 4, 8, 8};
    const uint64_t bytes = kWidths[below(5)];
    if (file.size() < bytes) return;
    const uint64_t headers = std::min<uint64_t>(file.size() - bytes + 1, 64 + 3 * 56);
    const uint64_t at = below(below(3) ? headers : file.size() - bytes + 1) / bytes * bytes;
    const uint64_t ends[] = {0,        1,           ~uint64_t{0},         uint64_t{1} << 63,
                             kRamBase, file.size(), kRamBase + kRamBytes, below(file.size() + 1),
                             random_()};
    const uint64_t value = ends[below(9)] + below(3) - 1;
    std::memcpy(file.data() + at, &value, bytes);
  }

  std::mt19937_64 random_;
};

uint64_t mutations() {
  const char* asked = std::getenv("SYSTOLE_ELF_MUTATIONS");
  return asked ? std::strtoull(asked, nullptr, 10) : 4000;
}

/// Loads a program into empty memory and lets it run for a while.
void run(systole::riscv::FlatMachine& machine, const ElfFile& elf) {
  std::memset(machine.ram(), 0, kRamBytes);
  machine.hart().reset();
  for (const systole::ElfSegment& segment : elf.segments())
    machine.load(segment.addr, segment.content.data(), segment.content.size());
  machine.hart().state().pc = elf.entry();
  static_cast<void>(machine.run(machine.now() + kCyclesEach));
  static_cast<void>(elf.place(machine.hart().state().pc));
}

void survive(const Bytes& whole, uint64_t seed) {
  CAPTURE(seed, whole.size());
  Damage damage(seed);
  systole::riscv::FlatMachine machine(kRamBytes);
  uint64_t accepted = 0;
  const uint64_t rounds = mutations();
  for (uint64_t round = 0; round < rounds; ++round) {
    const Bytes file = damage.of(whole);
    try {
      const ElfFile elf = ElfFile::parse(file);
      elf.check_fits({{"DRAM", kRamBase, kRamBytes}});
      static_cast<void>(elf.symbol("tohost"));
      run(machine, elf);
      ++accepted;
    } catch (const ElfError& error) {
      if (*error.what() == 0) FAIL("refused without a word in round " << round);
    }
  }
  INFO(accepted << " of " << rounds << " accepted");
  CHECK(accepted > rounds / 50);
  CHECK(accepted < rounds - rounds / 50);
}

}  // namespace

TEST_CASE("ELF: damage to a small file is survived") { survive(SmallElf().bytes(), 20261121); }

TEST_CASE("ELF: damage to a compiled program is survived") {
  std::ifstream in(SYSTOLE_HELLO_ELF, std::ios::binary);
  if (!in) {
    WARN("skipped: riscv64-linux-gnu-g++ is not installed");
    return;
  }
  survive({std::istreambuf_iterator<char>(in), {}}, 20261122);
}
