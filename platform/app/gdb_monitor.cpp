#include "platform/app/gdb_monitor.h"

#include <cstring>
#include <optional>
#include <sstream>
#include <vector>

#include "platform/app/options.h"
#include "sw_driver/include/engine.h"
#include "tlm/core/text_format.h"
#include "tlm/gen/dma_reg_table.h"
#include "tlm/gen/engine_regs.h"
#include "tlm/gen/gemm_reg_table.h"
#include "tlm/gen/vpu_reg_table.h"

namespace systole {
namespace {

constexpr char kHelp[] =
    "help             this text\n"
    "time             simulated time, cycles, instructions\n"
    "engines          state of every engine: ring, error, descriptors done\n"
    "regs ENGINE      its registers by name, with fields: regs gemm[0]\n"
    "ring ENGINE      descriptors that it has not finished yet\n"
    "where            the function the program is in, and the privilege mode\n"
    "reset            the CPU as after power-on, the program loaded again;\n"
    "                 devices, engines and time stay as they are\n"
    "Nothing but reset changes anything; simulated time stands still.\n";

constexpr uint32_t kMostDescriptors = 16;  // that `ring` shows

using ull = unsigned long long;

std::string name_of(const Soc::EngineInfo& engine) {
  return engine.kind + "[" + std::to_string(engine.instance) + "]";
}

const hw::RegisterTable& table_of(const std::string& kind) {
  return kind == "gemm" ? hw::GEMM_TABLE : kind == "vpu" ? hw::VPU_TABLE : hw::DMA_TABLE;
}

// "gemm[0]", "gemm0" or "gemm".
const Soc::EngineInfo* find_engine(const Soc& soc, const std::string& name) {
  for (const Soc::EngineInfo& engine : soc.engines()) {
    const std::string number = std::to_string(engine.instance);
    if (name == name_of(engine) || name == engine.kind + number) return &engine;
    if (engine.instance == 0 && name == engine.kind) return &engine;
  }
  return nullptr;
}

std::string no_engine(const Soc& soc, const std::string& name) {
  std::string text = "'" + name + "' is no engine; legal:";
  for (const Soc::EngineInfo& engine : soc.engines()) text += " " + name_of(engine);
  return text + "\n";
}

// An engine's registers, as the debug transport shows them.
class Registers {
 public:
  Registers(RiscvCpu& cpu, const Soc::EngineInfo& engine) : cpu_(cpu), base_(engine.base) {}
  uint32_t word(uint32_t offset) const {
    uint32_t value = 0;
    return cpu_.peek(base_ + offset, 4, &value) ? value : 0;
  }
  std::optional<uint32_t> try_word(uint32_t offset) const {
    uint32_t value = 0;
    if (!cpu_.peek(base_ + offset, 4, &value)) return std::nullopt;
    return value;
  }
  uint64_t ring_base() const {
    return word(hw::ENGINE_RING_BASE_LO_OFFSET) | uint64_t{word(hw::ENGINE_RING_BASE_HI_OFFSET)}
                                                      << 32;
  }

 private:
  RiscvCpu& cpu_;
  uint64_t base_;
};

std::string show_time(Soc& soc) {
  const riscv::Hart& hart = soc.riscv()->hart();
  return text_format("%s, cycle %llu; the CPU is at cycle %llu, %llu instructions\n",
                     format_time_ps(static_cast<double>(Clock::now_ps())).c_str(),
                     static_cast<ull>(soc.clock().now_cycles()),
                     static_cast<ull>(hart.read_csr(0xb00) - hart.state().mcycle_offset),
                     static_cast<ull>(hart.instret()));
}

std::string show_engines(Soc& soc) {
  std::string text = "engine    model  state              head   tail  size  descriptors\n";
  for (const Soc::EngineInfo& engine : soc.engines()) {
    const Registers regs(*soc.riscv(), engine);
    const uint32_t status = regs.word(hw::ENGINE_STATUS_OFFSET);
    const uint32_t error = regs.word(hw::ENGINE_ERROR_CODE_OFFSET);
    const bool enabled = regs.word(hw::ENGINE_CTRL_OFFSET) & hw::ENGINE_CTRL_ENABLE_MASK;
    const char* state = status & hw::ENGINE_STATUS_HALTED_MASK     ? "halted"
                        : status & hw::ENGINE_STATUS_DRAINING_MASK ? "draining"
                        : status & hw::ENGINE_STATUS_WAITING_MASK  ? "waits for a word"
                        : status & hw::ENGINE_STATUS_BUSY_MASK     ? "busy"
                        : enabled                                  ? "idle"
                                                                   : "off";
    text += text_format("%-9s %-6s %-16s %6u %6u %5u %12u\n", name_of(engine).c_str(),
                        engine.fidelity.c_str(), state, regs.word(hw::ENGINE_HEAD_OFFSET),
                        regs.word(hw::ENGINE_TAIL_OFFSET), regs.word(hw::ENGINE_RING_SIZE_OFFSET),
                        regs.word(hw::ENGINE_DESCRIPTORS_OFFSET));
    if (error == 0) continue;
    const uint64_t addr = regs.word(hw::ENGINE_ERROR_ADDR_LO_OFFSET) |
                          uint64_t{regs.word(hw::ENGINE_ERROR_ADDR_HI_OFFSET)} << 32;
    text += text_format("          error %u: %s, address 0x%llx\n", error & 0xff,
                        driver::fault_text(static_cast<uint8_t>(error)), static_cast<ull>(addr));
  }
  return text;
}

std::string show_fields(const hw::RegisterInfo& reg, uint32_t value) {
  std::string text;
  for (size_t i = 0; i < reg.num_fields; ++i) {
    const hw::FieldInfo& field = reg.fields[i];
    text += text_format("  %s=%u", field.name, (value & field.mask()) >> field.lsb);
  }
  return text;
}

std::string show_registers(Soc& soc, const Soc::EngineInfo& engine) {
  const Registers regs(*soc.riscv(), engine);
  std::string text;
  for (const hw::RegisterInfo& reg : table_of(engine.kind)) {
    const auto value = regs.try_word(reg.offset);
    const std::string addr =
        text_format("0x%llx  %-20s ", static_cast<ull>(engine.base + reg.offset), reg.name);
    text +=
        addr + (value ? text_format("0x%08x", *value) + show_fields(reg, *value) : "unreadable");
    text += "\n";
  }
  return text;
}

std::string show_ring(Soc& soc, const Soc::EngineInfo& engine) {
  const Registers regs(*soc.riscv(), engine);
  const uint64_t base = regs.ring_base();
  const uint32_t size = regs.word(hw::ENGINE_RING_SIZE_OFFSET);
  const uint32_t head = regs.word(hw::ENGINE_HEAD_OFFSET), tail = regs.word(hw::ENGINE_TAIL_OFFSET);
  std::string text = text_format("ring at 0x%llx, %u units of 64 bytes, head %u, tail %u\n",
                                 static_cast<ull>(base), size, head, tail);
  if (size == 0 || (size & (size - 1)) != 0 || head >= size || tail >= size) return text;
  const uint32_t waiting = ((tail - head) & (size - 1)) / hw::DESC_UNITS;
  for (uint32_t i = 0; i < waiting; ++i) {
    if (i == kMostDescriptors)
      return text + text_format("  and %u more\n", waiting - kMostDescriptors);
    const uint32_t unit = (head + i * hw::DESC_UNITS) & (size - 1);
    hw::DescriptorHeader header;
    const uint64_t addr = base + uint64_t{unit} * 64;
    if (!soc.riscv()->peek(addr, sizeof header, &header)) break;
    text += text_format("  unit %u at 0x%llx: opcode %u, tag %u", unit, static_cast<ull>(addr),
                        header.opcode, header.tag);
    if (header.flags & hw::DESC_FLAG_WAIT)
      text += text_format(", waits until 0x%llx is %u", static_cast<ull>(header.wait_addr),
                          header.wait_value);
    if (header.flags & hw::DESC_FLAG_SIGNAL)
      text += text_format(", then writes %u to 0x%llx", header.signal_value,
                          static_cast<ull>(header.signal_addr));
    text += "\n";
  }
  return text;
}

std::string show_place(Soc& soc, const ElfFile& program) {
  const riscv::State& s = soc.riscv()->hart().state();
  const char* const mode = s.privilege == riscv::kMachine      ? "machine"
                           : s.privilege == riscv::kSupervisor ? "supervisor"
                                                               : "user";
  const std::string place = program.place(s.pc);
  return text_format("pc 0x%llx %s, %s mode\n", static_cast<ull>(s.pc),
                     place.empty() ? "(no symbol)" : place.c_str(), mode);
}

}  // namespace

std::string answer_monitor(Soc& soc, const ElfFile& program, const std::string& command) {
  std::istringstream words(command);
  std::string verb, name;
  words >> verb >> name;
  if (verb.empty() || verb == "help") return kHelp;
  if (verb == "time") return show_time(soc);
  if (verb == "engines") return show_engines(soc);
  if (verb == "where") return show_place(soc, program);
  if (verb == "reset") {
    soc.reset_cpu(program);
    return "the CPU is reset and the program is loaded again; devices, engines and time stay as "
           "they are\n";
  }
  if (verb == "regs" || verb == "ring") {
    const Soc::EngineInfo* engine = find_engine(soc, name);
    if (!engine) return no_engine(soc, name);
    return verb == "regs" ? show_registers(soc, *engine) : show_ring(soc, *engine);
  }
  return "'" + verb + "' is no monitor command; help lists them\n";
}

}  // namespace systole
