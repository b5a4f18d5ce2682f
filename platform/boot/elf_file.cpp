#include "platform/boot/elf_file.h"

#include <elf.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace systole {
namespace {

constexpr uint64_t kMostSegmentBytes = uint64_t{1} << 40;

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

// Bounds-checked access to the file's structures.
class Reader {
 public:
  explicit Reader(const std::vector<uint8_t>& file) : file_(file) {}

  bool holds(uint64_t offset, uint64_t bytes) const {
    return offset <= file_.size() && bytes <= file_.size() - offset;
  }
  template <typename T>
  T get(uint64_t offset, const char* what) const {
    if (!holds(offset, sizeof(T))) throw truncated(what, offset, sizeof(T));
    T value;
    std::memcpy(&value, file_.data() + offset, sizeof value);
    return value;
  }
  std::vector<uint8_t> bytes(uint64_t offset, uint64_t size, const char* what) const {
    if (!holds(offset, size)) throw truncated(what, offset, size);
    const auto begin = file_.begin() + static_cast<std::ptrdiff_t>(offset);
    return {begin, begin + static_cast<std::ptrdiff_t>(size)};
  }
  ElfError truncated(const char* what, uint64_t offset, uint64_t size) const {
    return ElfError(std::string("truncated: ") + what + " needs " + std::to_string(size) +
                    " bytes at offset " + hex(offset) + "; the file has " +
                    std::to_string(file_.size()));
  }

 private:
  const std::vector<uint8_t>& file_;
};

void check_number(const char* what, unsigned value, unsigned legal, const char* meaning) {
  if (value == legal) return;
  throw ElfError(std::string(what) + " is " + std::to_string(value) +
                 "; legal: " + std::to_string(legal) + " (" + meaning + ")");
}

Elf64_Ehdr read_header(const Reader& in) {
  if (!in.holds(0, SELFMAG) || std::memcmp(in.bytes(0, SELFMAG, "").data(), ELFMAG, SELFMAG) != 0) {
    throw ElfError("not an ELF file; legal: an ELF executable for 64-bit RISC-V");
  }
  if (in.holds(0, EI_NIDENT))
    check_number("ELF class", in.get<uint8_t>(EI_CLASS, ""), ELFCLASS64, "64 bit");
  const auto header = in.get<Elf64_Ehdr>(0, "the header");
  check_number("ELF byte order", header.e_ident[EI_DATA], ELFDATA2LSB, "little-endian");
  check_number("ELF machine", header.e_machine, EM_RISCV, "RISC-V");
  check_number("ELF type", header.e_type, ET_EXEC, "executable");
  if (header.e_phnum != 0)
    check_number("size of a program header", header.e_phentsize, sizeof(Elf64_Phdr), "bytes");
  return header;
}

}  // namespace

ElfFile ElfFile::parse(const std::vector<uint8_t>& file) {
  const Reader in(file);
  const Elf64_Ehdr header = read_header(in);
  ElfFile elf;
  elf.entry_ = header.e_entry;
  if (header.e_phnum != 0 && header.e_phoff > file.size())
    throw in.truncated("a program header", header.e_phoff, sizeof(Elf64_Phdr));
  uint64_t loaded = 0;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const auto segment =
        in.get<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr), "a program header");
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
    if (segment.p_filesz > segment.p_memsz || segment.p_memsz > kMostSegmentBytes) {
      throw ElfError("segment " + std::to_string(i) + " has " + std::to_string(segment.p_memsz) +
                     " bytes of memory and " + std::to_string(segment.p_filesz) +
                     " of the file; legal: at least as much memory as file");
    }
    elf.segments_.push_back({segment.p_paddr, segment.p_memsz,
                             in.bytes(segment.p_offset, segment.p_filesz, "a segment")});
    loaded += segment.p_filesz;
    if (loaded > 2 * file.size())
      throw ElfError("the segments hold more than the file: " + std::to_string(loaded) +
                     " bytes; legal: up to " + std::to_string(2 * file.size()));
  }
  if (elf.segments_.empty()) throw ElfError("nothing to load; legal: at least one PT_LOAD segment");

  // Symbols are a help, not a need: a damaged table is as good as none.
  for (unsigned i = 0; i < header.e_shnum && header.e_shentsize == sizeof(Elf64_Shdr); ++i) {
    const uint64_t at = header.e_shoff + i * sizeof(Elf64_Shdr);
    if (at < header.e_shoff || !in.holds(at, sizeof(Elf64_Shdr))) break;
    const auto section = in.get<Elf64_Shdr>(at, "");
    if (section.sh_type != SHT_SYMTAB || !in.holds(section.sh_offset, section.sh_size)) continue;
    const uint64_t link = header.e_shoff + uint64_t{section.sh_link} * sizeof(Elf64_Shdr);
    if (section.sh_link >= header.e_shnum || !in.holds(link, sizeof(Elf64_Shdr))) continue;
    const auto names = in.get<Elf64_Shdr>(link, "");
    if (!in.holds(names.sh_offset, names.sh_size)) continue;
    for (uint64_t s = 0; s + sizeof(Elf64_Sym) <= section.sh_size; s += sizeof(Elf64_Sym)) {
      const auto symbol = in.get<Elf64_Sym>(section.sh_offset + s, "");
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= names.sh_size) continue;
      const auto* begin =
          reinterpret_cast<const char*>(file.data()) + names.sh_offset + symbol.st_name;
      const std::string name(begin, strnlen(begin, names.sh_size - symbol.st_name));
      const bool function = ELF64_ST_TYPE(symbol.st_info) == STT_FUNC;
      if (!name.empty()) elf.symbols_.push_back({name, symbol.st_value, symbol.st_size, function});
    }
  }
  return elf;
}

ElfFile ElfFile::read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path)) throw ElfError("cannot be read");
  return parse({std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
}

std::optional<uint64_t> ElfFile::symbol(const std::string& name) const {
  for (const Symbol& symbol : symbols_) {
    if (symbol.name == name) return symbol.addr;
  }
  return std::nullopt;
}

std::string ElfFile::place(uint64_t addr) const {
  const Symbol* best = nullptr;
  for (const Symbol& symbol : symbols_) {
    const uint64_t bytes = std::max<uint64_t>(symbol.bytes, 1);
    const bool inside = addr >= symbol.addr && addr - symbol.addr < bytes;
    if (symbol.function && inside && (!best || symbol.addr > best->addr)) best = &symbol;
  }
  if (!best) return "";
  return best->name + (addr == best->addr ? "" : "+" + hex(addr - best->addr));
}

void ElfFile::check_fits(const std::vector<MemoryWindow>& windows) const {
  std::string legal;
  for (const MemoryWindow& window : windows) {
    legal += (legal.empty() ? "" : ", ") + window.name + " " + hex(window.base) + " to " +
             hex(window.base + window.bytes - 1);
  }
  auto check = [&](const char* what, uint64_t addr, uint64_t bytes) {
    for (const MemoryWindow& window : windows) {
      if (window.holds(addr, bytes)) return;
    }
    throw ElfError(std::string(what) + " at " + hex(addr) + ", " + std::to_string(bytes) +
                   " bytes, is outside memory; legal: " + legal);
  };
  for (const ElfSegment& segment : segments_)
    check("a segment", segment.addr, segment.memory_bytes);
  check("the entry", entry_, 2);
  if (entry_ % 2 != 0)
    throw ElfError("the entry " + hex(entry_) + " is odd; legal: even addresses");
}

}  // namespace systole
