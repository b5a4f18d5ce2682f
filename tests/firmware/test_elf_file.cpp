// ELF files for the RISC-V CPU: what is read, what is refused, and random damage.
#include <catch2/catch.hpp>

#include "platform/boot/demangle.h"
#include "platform/boot/elf_file.h"
#include "tests/firmware/small_elf.h"

using Catch::Contains;
using systole::ElfError;
using systole::ElfFile;
using systole::MemoryWindow;
using Program = systole::test::SmallElf;

namespace {

using Bytes = std::vector<uint8_t>;

const std::vector<MemoryWindow> kWindows = {{"SPM", 0x40000000, 0x80000},
                                            {"DRAM", 0x80000000, 0x100000}};

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

TEST_CASE("ELF: functions have the names that people know them by") {
  CHECK(systole::function_name("main") == "main");
  CHECK(systole::function_name("_Z") == "_Z");
  CHECK(systole::function_name("_ZN7systole8firmware7provokeEPKc") == "systole::firmware::provoke");
  CHECK(systole::function_name("_ZNK7systole6driver6Engine4idleEv") ==
        "systole::driver::Engine::idle");
  CHECK(systole::function_name("_ZN1aclEi") == "a::operator()");
  CHECK(systole::function_name("_ZN1a1fIiEEjPFvvE") == "a::f<int>");
  CHECK(systole::function_name("_ZN12_GLOBAL__N_14lookEPv.constprop.0") ==
        "(anonymous namespace)::look [clone .constprop.0]");
  CHECK(systole::function_name("_Znwm") == "operator new");
  CHECK(systole::function_name("_ZlsR1aS0_") == "operator<<");
  CHECK(systole::function_name("_ZN1alsEi") == "a::operator<<");
  // void a::walk<a::a_type_with_a_long_name_of_its_own>(a::b<int>)::{lambda(int)#1}::operator()
  CHECK(systole::function_name("_ZN1a4walkINS_34a_type_with_a_long_name_of_its_ownEEEvNS_1bIiEE") ==
        "a::walk<...>");
}

TEST_CASE("ELF: a label reaches to the next code, a function to its end") {
  Program p;
  p.symbols[1] = {1, ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE), 0, 3, 0x80000000, 0};
  p.symbols[2] = {7, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 3, 0x80000008, 8};
  p.sections[3].sh_addr = 0x80000000;
  p.sections[3].sh_size = 32;
  p.sections[3].sh_flags = SHF_EXECINSTR;
  const ElfFile elf = ElfFile::parse(p.bytes());
  CHECK(elf.place(0x80000006) == "start+0x6");
  CHECK(elf.place(0x8000000f) == "tohost+0x7");
  CHECK(elf.place(0x80000010).empty());
  REQUIRE(elf.code_named("start"));
  CHECK(elf.code_named("start")->end == 0x80000008);
  CHECK_FALSE(elf.code_named("nothing"));
  p.sections[3].sh_flags = 0;
  CHECK(ElfFile::parse(p.bytes()).place(0x80000006).empty());
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

TEST_CASE("ELF: a file cut anywhere is refused or read") {
  const Bytes whole = Program().bytes();
  for (size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    if (length < offsetof(Program, sections))
      CHECK_THROWS_AS(ElfFile::parse(cut), ElfError);
    else
      CHECK_NOTHROW(ElfFile::parse(cut));
  }
}

TEST_CASE("ELF: many segments of one piece of the file are refused, not copied") {
  Program p;
  // Each program header is the same one, as if the table had no end.
  p.header.e_phnum = 200;
  p.header.e_phentsize = sizeof(Elf64_Phdr);
  Bytes file = p.bytes();
  p.header.e_phoff = file.size();
  p.segment.p_filesz = p.segment.p_memsz = file.size();
  p.segment.p_offset = 0;
  std::memcpy(file.data(), &p.header, sizeof p.header);
  for (int i = 0; i < 200; ++i) {
    const auto* at = reinterpret_cast<const uint8_t*>(&p.segment);
    file.insert(file.end(), at, at + sizeof p.segment);
  }
  CHECK_THROWS_WITH(ElfFile::parse(file), Contains("segments hold more than the file"));
}
