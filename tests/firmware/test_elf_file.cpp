// ELF files for the RISC-V CPU: what is read, what is refused, and random damage.
#include <elf.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>
#include <random>

#include "platform/boot/elf_file.h"

using Catch::Contains;
using systole::ElfError;
using systole::ElfFile;
using systole::MemoryWindow;

namespace {

using Bytes = std::vector<uint8_t>;

const std::vector<MemoryWindow> kWindows = {{"SPM", 0x40000000, 0x80000},
                                            {"DRAM", 0x80000000, 0x100000}};

// Header, one PT_LOAD of 16 bytes in the file and 32 in memory at 0x80000000, symbols start
// (function, 8 bytes) and tohost.
struct Program {
  Elf64_Ehdr header = {};
  Elf64_Phdr segment = {};
  uint8_t content[16] = {0x13};
  Elf64_Shdr sections[3] = {};
  Elf64_Sym symbols[3] = {};
  char names[16] = "\0start\0tohost";

  Program() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_EXEC;
    header.e_machine = EM_RISCV;
    header.e_entry = 0x80000000;
    header.e_phoff = offsetof(Program, segment);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    header.e_shoff = offsetof(Program, sections);
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = 3;
    segment.p_type = PT_LOAD;
    segment.p_offset = offsetof(Program, content);
    segment.p_vaddr = segment.p_paddr = 0x80000000;
    segment.p_filesz = sizeof content;
    segment.p_memsz = 32;
    sections[1].sh_type = SHT_SYMTAB;
    sections[1].sh_offset = offsetof(Program, symbols);
    sections[1].sh_size = sizeof symbols;
    sections[1].sh_link = 2;
    sections[2].sh_type = SHT_STRTAB;
    sections[2].sh_offset = offsetof(Program, names);
    sections[2].sh_size = sizeof names;
    symbols[1] = {1, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, 0x80000000, 8};
    symbols[2] = {7, ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), 0, 1, 0x80000018, 8};
  }
  Bytes bytes() const {
    const auto* at = reinterpret_cast<const uint8_t*>(this);
    return {at, at + sizeof *this};
  }
};

// The message, or "accepted".
std::string refusal(const Program& program) {
  try {
    ElfFile::parse(program.bytes()).check_fits(kWindows);
  } catch (const ElfError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("ELF: a program's entry, segments and symbols") {
  const ElfFile elf = ElfFile::parse(Program().bytes());
  CHECK(elf.entry() == 0x80000000);
  REQUIRE(elf.segments().size() == 1);
  CHECK(elf.segments()[0].memory_bytes == 32);
  CHECK(elf.segments()[0].content.size() == 16);
  CHECK(elf.symbol("tohost") == 0x80000018u);
  CHECK_FALSE(elf.symbol("nothing"));
  CHECK(elf.place(0x80000000) == "start");
  CHECK(elf.place(0x80000004) == "start+0x4");
  CHECK(elf.place(0x80000008).empty());
  CHECK_NOTHROW(elf.check_fits(kWindows));
}

TEST_CASE("ELF: what cannot run is refused, with what was found and what is legal") {
  Program p;
  p.header.e_ident[0] = 'M';
  CHECK_THAT(refusal(p), Contains("not an ELF file"));
  p = {};
  p.header.e_ident[EI_CLASS] = ELFCLASS32;
  CHECK_THAT(refusal(p), Contains("ELF class is 1; legal: 2 (64 bit)"));
  p = {};
  p.header.e_ident[EI_DATA] = ELFDATA2MSB;
  CHECK_THAT(refusal(p), Contains("byte order is 2; legal: 1"));
  p = {};
  p.header.e_machine = EM_X86_64;
  CHECK_THAT(refusal(p), Contains("machine is 62; legal: 243 (RISC-V)"));
  p = {};
  p.header.e_type = ET_REL;
  CHECK_THAT(refusal(p), Contains("type is 1; legal: 2"));
  p = {};
  p.segment.p_type = PT_NOTE;
  CHECK_THAT(refusal(p), Contains("nothing to load"));
  p = {};
  p.segment.p_filesz = p.segment.p_memsz = 1 << 20;
  CHECK_THAT(refusal(p), Contains("truncated: a segment needs 1048576 bytes"));
  p = {};
  p.segment.p_memsz = 8;
  CHECK_THAT(refusal(p), Contains("at least as much memory as file"));
  p = {};
  p.segment.p_paddr = 0x800ffff0;
  CHECK_THAT(refusal(p), Contains("a segment at 0x800ffff0, 32 bytes, is outside memory; legal:") &&
                             Contains("DRAM 0x80000000 to 0x800fffff"));
  p = {};
  p.segment.p_paddr = ~uint64_t{0} - 3;
  CHECK_THAT(refusal(p), Contains("is outside memory"));
  p = {};
  p.header.e_entry = 0x1000;
  CHECK_THAT(refusal(p), Contains("the entry at 0x1000"));
  p = {};
  p.header.e_entry = 0x80000001;
  CHECK_THAT(refusal(p), Contains("is odd"));
}

TEST_CASE("ELF: a file cut anywhere is refused or read, and damage is survived") {
  const Bytes whole = Program().bytes();
  for (size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    if (length < offsetof(Program, sections))
      CHECK_THROWS_AS(ElfFile::parse(cut), ElfError);
    else
      CHECK_NOTHROW(ElfFile::parse(cut));
  }
  const unsigned seed = 4;
  CAPTURE(seed);
  std::mt19937 random(seed);
  unsigned accepted = 0;
  for (int round = 0; round < 100000; ++round) {
    Bytes damaged = whole;
    for (unsigned n = random() % 6 + 1; n > 0; --n)
      damaged[random() % damaged.size()] = static_cast<uint8_t>(random());
    if (random() % 4 == 0) damaged.resize(random() % damaged.size());
    try {
      const ElfFile elf = ElfFile::parse(damaged);
      elf.check_fits(kWindows);
      static_cast<void>(elf.place(elf.entry()));
      ++accepted;
    } catch (const ElfError&) {
    }
  }
  CHECK(accepted > 1000);
  CHECK(accepted < 99000);
}
