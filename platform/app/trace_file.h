// An instruction trace as text: one line for each instruction and each trap.
// Upstream: riscv::Tracer. Downstream: a file.
#pragma once
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <unordered_map>

#include "platform/boot/elf_file.h"
#include "tlm/cpu/riscv/disassemble.h"
#include "tlm/cpu/riscv/tracer.h"

namespace systole {

/// Columns: cycle; privilege (M, S, U); pc; encoding; instruction; what it wrote to a register,
/// read or wrote in memory; function.
class TraceFile : public riscv::TraceSink {
 public:
  /// "-" is standard output. `program` must stay. Throws RequestError naming --trace.
  TraceFile(const std::string& file, const ElfFile& program);
  /// Throws RequestError if not everything could be written.
  void close();
  /// The limit was reached.
  bool completed() const { return completed_; }

  void begin(const riscv::TraceStep& step, const riscv::State& before) override;
  void retired(const riscv::State& after) override;
  void trapped(const riscv::Trap& trap) override;
  void complete(uint64_t cycle) override;

 private:
  /// What is the same whenever the instruction is executed.
  struct Known {
    uint32_t encoding = 0;
    riscv::Disassembly instruction;
    std::string text;   ///< encoding and instruction, in columns
    std::string place;  ///< function
  };
  const Known& known(uint64_t pc, uint32_t encoding);
  std::string result(const riscv::Disassembly& instruction, const riscv::State& after) const;
  std::string named(uint64_t addr) const;

  struct Close {
    void operator()(FILE* file) const;
  };

  std::string name_;
  const ElfFile& program_;
  std::unique_ptr<FILE, Close> out_;
  std::unordered_map<uint64_t, Known> known_;  ///< by pc
  riscv::TraceStep step_;
  uint64_t accessed_ = 0, stored_ = 0;  ///< address and value, of a load or store
  bool completed_ = false;
};

}  // namespace systole
