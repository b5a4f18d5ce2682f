#include "platform/app/trace_file.h"

#include <cstring>

#include "platform/app/options.h"
#include "platform/app/report.h"
#include "tlm/core/text_format.h"

namespace systole {
namespace {

using riscv::Disassembly;
using ull = unsigned long long;

char letter(riscv::Privilege privilege) { return "US?M"[privilege & 3]; }

// A single-precision number without the ones of its box.
uint64_t unboxed(uint64_t f) { return f >> 32 == 0xffff'ffff ? f & 0xffff'ffff : f; }

}  // namespace

void TraceFile::Close::operator()(FILE* file) const {
  if (file != stdout) std::fclose(file);
}

TraceFile::TraceFile(const std::string& file, const ElfFile& program)
    : name_(file), program_(program), out_(file == "-" ? stdout : std::fopen(file.c_str(), "w")) {
  if (!out_)
    throw RequestError("--trace: '" + file +
                       "' cannot be written; legal: a file in an existing "
                       "directory, or - for standard output");
  std::fprintf(out_.get(), "#%11s m %-10s  %-8s  %-34s %-34s %s\n", "cycle", "pc", "code",
               "instruction", "result", "function");
}

void TraceFile::close() {
  const bool flushed = std::fflush(out_.get()) == 0 && std::ferror(out_.get()) == 0;
  out_.reset();
  if (!flushed) throw RequestError("--trace: '" + name_ + "' could not be written");
}

const TraceFile::Known& TraceFile::known(uint64_t pc, uint32_t encoding) {
  Known& known = known_[pc];
  if (!known.text.empty() && known.encoding == encoding) return known;
  known.encoding = encoding;
  known.instruction = riscv::disassemble(encoding, pc);
  const Disassembly& i = known.instruction;
  known.text =
      text_format("%-8s  %-9s %-24s", text_format("%0*x", int(2 * i.length), encoding).c_str(),
                  i.mnemonic.c_str(), i.operands.c_str());
  known.place = program_.place(pc);
  return known;
}

void TraceFile::begin(const riscv::TraceStep& step, const riscv::State& before) {
  step_ = step;
  if (!step.encoding) return;
  const Disassembly& i = known(step.pc, *step.encoding).instruction;
  if (!i.memory) return;
  accessed_ = before.x[i.base] + static_cast<uint64_t>(int64_t{i.offset});
  stored_ = i.stores == Disassembly::Bank::Float ? before.f[i.rs2] : before.x[i.rs2];
  if (i.bytes < 8) stored_ &= (uint64_t{1} << 8 * i.bytes) - 1;
}

std::string TraceFile::result(const Disassembly& i, const riscv::State& after) const {
  std::string text;
  if (i.writes == Disassembly::Bank::Integer)
    text = riscv::register_name(i.rd) + ("=" + hex(after.x[i.rd]));
  if (i.writes == Disassembly::Bank::Float)
    text = riscv::float_register_name(i.rd) + ("=" + hex(unboxed(after.f[i.rd])));
  if (!i.memory) return text;
  text += (text.empty() ? "[" : " [") + hex(accessed_) + "]";
  return i.stores == Disassembly::Bank::None ? text : text + "=" + hex(stored_);
}

void TraceFile::retired(const riscv::State& after) {
  const Known& line = known(step_.pc, step_.encoding.value_or(0));
  const std::string effect = result(line.instruction, after);
  std::string text = text_format("%12llu %c 0x%08llx  %s %-34s %s", static_cast<ull>(step_.cycle),
                                 letter(step_.privilege), static_cast<ull>(step_.pc),
                                 line.text.c_str(), effect.c_str(), line.place.c_str());
  text.erase(text.find_last_not_of(' ') + 1);
  std::fprintf(out_.get(), "%s\n", text.c_str());
}

std::string TraceFile::named(uint64_t addr) const {
  const std::string place = program_.place(addr);
  return hex(addr) + (place.empty() ? "" : " (" + place + ")");
}

void TraceFile::trapped(const riscv::Trap& trap) {
  const std::string place = program_.place(trap.pc);
  std::fprintf(out_.get(), "%12llu %c 0x%08llx  -- %s%s; to %s, mode %c\n",
               static_cast<ull>(step_.cycle), letter(trap.from), static_cast<ull>(trap.pc),
               riscv::describe(trap).c_str(), place.empty() ? "" : (" in " + place).c_str(),
               named(trap.handler).c_str(), letter(trap.to));
}

void TraceFile::complete(uint64_t cycle) {
  completed_ = true;
  std::fprintf(out_.get(), "# the limit of --trace-limit is reached at cycle %s\n",
               grouped(cycle).c_str());
}

}  // namespace systole
