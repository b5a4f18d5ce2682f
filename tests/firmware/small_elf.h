// The smallest program that has all parts of an ELF file that the platform reads.
#pragma once
#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace systole::test {

/// Header, one PT_LOAD of 16 bytes in the file and 32 in memory at 0x80000000, symbols start
/// (function, 8 bytes) and tohost.
struct SmallElf {
  Elf64_Ehdr header = {};
  Elf64_Phdr segment = {};
  uint8_t content[16] = {0x13};
  Elf64_Shdr sections[4] = {};
  Elf64_Sym symbols[3] = {};
  char names[16] = "\0start\0tohost";

  SmallElf() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_EXEC;
    header.e_machine = EM_RISCV;
    header.e_entry = 0x80000000;
    header.e_phoff = offsetof(SmallElf, segment);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    header.e_shoff = offsetof(SmallElf, sections);
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = 4;
    segment.p_type = PT_LOAD;
    segment.p_offset = offsetof(SmallElf, content);
    segment.p_vaddr = segment.p_paddr = 0x80000000;
    segment.p_filesz = sizeof content;
    segment.p_memsz = 32;
    sections[1].sh_type = SHT_SYMTAB;
    sections[1].sh_offset = offsetof(SmallElf, symbols);
    sections[1].sh_size = sizeof symbols;
    sections[1].sh_link = 2;
    sections[2].sh_type = SHT_STRTAB;
    sections[2].sh_offset = offsetof(SmallElf, names);
    sections[2].sh_size = sizeof names;
    symbols[1] = {1, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, 0x80000000, 8};
    symbols[2] = {7, ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), 0, 1, 0x80000018, 8};
  }
  std::vector<uint8_t> bytes() const {
    const auto* at = reinterpret_cast<const uint8_t*>(this);
    return {at, at + sizeof *this};
  }
};

}  // namespace systole::test
