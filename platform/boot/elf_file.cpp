#include "platform/boot/elf_file.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "platform/boot/demangle.h"
#include "tlm/core/text_format.h"

namespace systole {
namespace {

constexpr uint64_t kMostSegmentBytes = uint64_t{1} << 40;

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

// Collects code from symbol tables.
class ElfFile::CodeTable {
 public:
  // Functions with a size are taken as they are; labels and functions without one reach as far as
  // the next code or the end of their section.
  void add(const std::string& name, const Elf64_Sym& symbol, const Elf64_Shdr* section) {
    const unsigned type = ELF64_ST_TYPE(symbol.st_info);
    const bool sized = type == STT_FUNC && symbol.st_size != 0;
    const uint64_t end = symbol.st_value + symbol.st_size;
    if (sized && end > symbol.st_value) functions_.push_back({name, symbol.st_value, end});
    const bool label =
        (type == STT_FUNC || type == STT_NOTYPE) && name[0] != '$' && name.compare(0, 2, ".L") != 0;
    if (sized || !label || !section || !(section->sh_flags & SHF_EXECINSTR)) return;
    const uint64_t section_end = section->sh_addr + section->sh_size;
    if (symbol.st_value >= section->sh_addr && symbol.st_value < section_end)
      labels_.push_back({name, symbol.st_value, section_end});
  }

  std::vector<CodeSymbol> take() {
    sort(functions_);
    sort(labels_);
    std::vector<CodeSymbol> code;
    for (CodeSymbol& function : functions_) {
      if (code.empty() || function.addr >= code.back().end) code.push_back(std::move(function));
    }
    const size_t functions = code.size();
    for (size_t i = 0; i < labels_.size(); ++i) {
      const auto next = std::upper_bound(code.begin(), code.begin() + std::ptrdiff_t(functions),
                                         labels_[i].addr, before);
      if (next != code.begin() && labels_[i].addr < std::prev(next)->end) continue;
      if (next != code.begin() + std::ptrdiff_t(functions))
        labels_[i].end = std::min(labels_[i].end, next->addr);
      if (i + 1 < labels_.size()) labels_[i].end = std::min(labels_[i].end, labels_[i + 1].addr);
      if (labels_[i].end > labels_[i].addr) code.push_back(labels_[i]);
    }
    sort(code);
    return code;
  }

  static bool before(uint64_t addr, const CodeSymbol& code) { return addr < code.addr; }

 private:
  static void sort(std::vector<CodeSymbol>& code) {
    std::stable_sort(code.begin(), code.end(),
                     [](const CodeSymbol& a, const CodeSymbol& b) { return a.addr < b.addr; });
  }
  std::vector<CodeSymbol> functions_, labels_;
};

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
  CodeTable code;
  const auto section_header = [&](unsigned number) -> std::optional<Elf64_Shdr> {
    const uint64_t at = header.e_shoff + uint64_t{number} * sizeof(Elf64_Shdr);
    if (number >= header.e_shnum || at < header.e_shoff || !in.holds(at, sizeof(Elf64_Shdr)))
      return std::nullopt;
    return in.get<Elf64_Shdr>(at, "");
  };
  for (unsigned i = 0; i < header.e_shnum && header.e_shentsize == sizeof(Elf64_Shdr); ++i) {
    const auto section = section_header(i);
    if (!section) break;
    if (section->sh_type != SHT_SYMTAB || !in.holds(section->sh_offset, section->sh_size)) continue;
    const auto names = section_header(section->sh_link);
    if (!names || !in.holds(names->sh_offset, names->sh_size)) continue;
    for (uint64_t s = 0; s + sizeof(Elf64_Sym) <= section->sh_size; s += sizeof(Elf64_Sym)) {
      const auto symbol = in.get<Elf64_Sym>(section->sh_offset + s, "");
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= names->sh_size) continue;
      const auto* begin =
          reinterpret_cast<const char*>(file.data()) + names->sh_offset + symbol.st_name;
      const std::string name(begin, strnlen(begin, names->sh_size - symbol.st_name));
      if (name.empty()) continue;
      elf.symbols_.push_back({name, symbol.st_value});
      const auto home = section_header(symbol.st_shndx);
      code.add(name, symbol, home ? &*home : nullptr);
    }
    break;  // there is at most one
  }
  elf.code_ = code.take();
  return elf;
}

ElfFile ElfFile::read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::error_code error;
  if (!in || !std::filesystem::is_regular_file(path, error)) throw ElfError("cannot be read");
  std::vector<uint8_t> file(sizeof(Elf64_Ehdr));
  in.read(reinterpret_cast<char*>(file.data()), static_cast<std::streamsize>(file.size()));
  file.resize(static_cast<size_t>(in.gcount()));
  read_header(Reader(file));  // whatever it is, it is not read to its end if it is no program
  file.insert(file.end(), std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  return parse(file);
}

std::optional<uint64_t> ElfFile::symbol(const std::string& name) const {
  for (const Symbol& symbol : symbols_) {
    if (symbol.name == name) return symbol.addr;
  }
  return std::nullopt;
}

const CodeSymbol* ElfFile::code_at(uint64_t addr) const {
  const auto next = std::upper_bound(code_.begin(), code_.end(), addr, CodeTable::before);
  return next != code_.begin() && addr < std::prev(next)->end ? &*std::prev(next) : nullptr;
}

const CodeSymbol* ElfFile::code_named(const std::string& name) const {
  for (const CodeSymbol& code : code_)
    if (code.symbol == name) return &code;
  for (const CodeSymbol& code : code_)
    if (function_name(code.symbol) == name) return &code;
  return nullptr;
}

std::string ElfFile::place(uint64_t addr) const {
  const CodeSymbol* code = code_at(addr);
  if (!code) return "";
  return function_name(code->symbol) + (addr == code->addr ? "" : "+" + hex(addr - code->addr));
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
