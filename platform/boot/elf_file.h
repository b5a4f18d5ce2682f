// Programs for the RISC-V host CPU: ELF files, checked before anything is simulated.
// Source: Tool Interface Standard ELF specification; RISC-V ELF psABI specification.
#pragma once
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace systole {

/// What is wrong with a file; what() says what was found and what is legal, without its name.
class ElfError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One piece to be loaded: `content`, then zeros up to `memory_bytes`.
struct ElfSegment {
  uint64_t addr = 0;  ///< physical
  uint64_t memory_bytes = 0;
  std::vector<uint8_t> content;
};

/// A piece of code with a name: a function, or a label up to the next one.
struct CodeSymbol {
  std::string symbol;  ///< as in the symbol table
  uint64_t addr = 0, end = 0;
};

/// A memory that may hold segments.
struct MemoryWindow {
  std::string name;
  uint64_t base = 0, bytes = 0;

  bool holds(uint64_t addr, uint64_t size) const {
    return addr >= base && addr - base <= bytes && size <= bytes - (addr - base);
  }
};

/// An executable for RV64, statically linked. Plain data of its own; the bytes parsed are not kept.
class ElfFile {
 public:
  /// Throws ElfError: not an ELF, another class, byte order, machine or type, truncated, or nothing
  /// to load. Any input is safe.
  static ElfFile parse(const std::vector<uint8_t>& file);
  /// The same from a regular file. Throws ElfError too if it cannot be read.
  static ElfFile read(const std::string& path);

  uint64_t entry() const { return entry_; }
  const std::vector<ElfSegment>& segments() const { return segments_; }

  /// Address of the symbol with this name.
  std::optional<uint64_t> symbol(const std::string& name) const;
  /// The code that holds `addr`; null if no symbol says.
  const CodeSymbol* code_at(uint64_t addr) const;
  /// The code of this name, as in the symbol table or as place() writes it; null: there is none.
  const CodeSymbol* code_named(const std::string& name) const;
  /// "main+0x12": the code that holds `addr`, demangled; "" if no symbol says.
  std::string place(uint64_t addr) const;

  /// Every segment and the entry must lie in one of the windows. Throws ElfError.
  void check_fits(const std::vector<MemoryWindow>& windows) const;

 private:
  struct Symbol {
    std::string name;
    uint64_t addr;
  };
  class CodeTable;

  uint64_t entry_ = 0;
  std::vector<ElfSegment> segments_;
  std::vector<Symbol> symbols_;
  std::vector<CodeSymbol> code_;  ///< by address, none inside another
};

}  // namespace systole
