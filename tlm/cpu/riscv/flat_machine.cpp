#include "tlm/cpu/riscv/flat_machine.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace systole::riscv {
namespace {

constexpr uint64_t kRam = 0x8000'0000, kUart = 0x1000'0000, kFinisher = 0x0010'0000;
constexpr uint64_t kMsip = 0x0200'0000, kMtimecmp = 0x0200'4000, kMtime = 0x0200'bff8;
constexpr uint64_t kSlice = 10'000;

HartConfig with_reset(HartConfig config) {
  config.reset_pc = kRam;
  config.ram_base = kRam;
  return config;
}

}  // namespace

FlatMachine::FlatMachine(uint64_t ram_bytes, const HartConfig& config)
    : ram_(ram_bytes), hart_(*this, with_reset(config)) {}

void FlatMachine::load(uint64_t addr, const void* data, uint64_t bytes) {
  if (addr < kRam || addr - kRam > ram_.size() || bytes > ram_.size() - (addr - kRam))
    throw std::runtime_error("a segment lies outside memory");
  if (bytes) std::memcpy(ram_.data() + (addr - kRam), data, bytes);
  hart_.code_written(addr, bytes);
}

void FlatMachine::load_elf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> image{std::istreambuf_iterator<char>(file), {}};
  Elf64_Ehdr header;
  if (image.size() < sizeof header) throw std::runtime_error(path + ": not an ELF file");
  std::memcpy(&header, image.data(), sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine != EM_RISCV ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr))
    throw std::runtime_error(path + ": not a 64-bit RISC-V ELF file");
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    const uint64_t at = header.e_phoff + i * sizeof segment;
    if (at > image.size() || sizeof segment > image.size() - at)
      throw std::runtime_error(path + ": truncated");
    std::memcpy(&segment, image.data() + at, sizeof segment);
    if (segment.p_type != PT_LOAD) continue;
    if (segment.p_offset > image.size() || segment.p_filesz > image.size() - segment.p_offset)
      throw std::runtime_error(path + ": truncated");
    load(segment.p_paddr, image.data() + segment.p_offset, segment.p_filesz);
  }
  hart_.state().pc = header.e_entry;
}

void FlatMachine::update_timer() { hart_.set_interrupt(kMti, now() / 100 >= mtimecmp_); }

std::optional<int> FlatMachine::run(uint64_t max_cycles) {
  hart_.clear_stop();
  exit_.reset();
  while (!exit_ && now() < max_cycles) {
    update_timer();
    const uint64_t step = std::min(kSlice, max_cycles - now());
    const Stop stop = hart_.run(hart_.cycles() + step);
    if (stop == Stop::Lockup) break;
    if (stop == Stop::Wait) {
      if (mtimecmp_ == ~uint64_t{0}) break;
      idle_ += std::max<uint64_t>(
          100, std::min(step, (mtimecmp_ * 100) - std::min(now(), mtimecmp_ * 100)));
    }
  }
  return exit_;
}

bool FlatMachine::read(uint64_t addr, unsigned bytes, void* data) {
  if (addr - kRam < ram_.size() && bytes <= ram_.size() - (addr - kRam)) {
    std::memcpy(data, ram_.data() + (addr - kRam), bytes);
    return true;
  }
  std::memset(data, 0, bytes);
  if (addr == kUart + 5 && bytes == 1) *static_cast<uint8_t*>(data) = 0x60;
  if (addr >= kUart && addr + bytes <= kUart + 8) return true;
  const uint64_t time = time_count();
  const uint32_t software = hart_.state().mip_lines & kMsi ? 1 : 0;
  if (addr == kMsip && bytes == 4) return std::memcpy(data, &software, 4) != nullptr;
  if (addr == kMtime && bytes == 8) return std::memcpy(data, &time, 8) != nullptr;
  if (addr == kMtimecmp && bytes == 8) return std::memcpy(data, &mtimecmp_, 8) != nullptr;
  return false;
}

bool FlatMachine::write(uint64_t addr, unsigned bytes, const void* data) {
  uint64_t value = 0;
  std::memcpy(&value, data, bytes);
  if (addr - kRam < ram_.size() && bytes <= ram_.size() - (addr - kRam)) {
    std::memcpy(ram_.data() + (addr - kRam), data, bytes);
    return true;
  }
  if (addr == kUart) output_ += static_cast<char>(value);
  if (addr >= kUart && addr + bytes <= kUart + 8) return true;
  if (addr == kMsip && bytes == 4) {
    hart_.set_interrupt(kMsi, value & 1);
    return true;
  }
  if (addr == kMtimecmp && bytes == 8) {
    mtimecmp_ = value;
    update_timer();
    return true;
  }
  if (addr != kFinisher || bytes != 4) return false;
  if ((value & 0xffff) == 0x5555) exit_ = 0;
  if ((value & 0xffff) == 0x3333) exit_ = (value >> 16) ? static_cast<int>(value >> 16) : 1;
  if (exit_) hart_.request_stop();
  return true;
}

bool FlatMachine::peek(uint64_t addr, uint64_t bytes, void* data) {
  if (addr - kRam >= ram_.size() || bytes > ram_.size() - (addr - kRam)) return false;
  std::memcpy(data, ram_.data() + (addr - kRam), bytes);
  return true;
}

bool FlatMachine::direct(uint64_t addr, DirectRegion* region) {
  if (addr - kRam >= ram_.size()) return false;
  *region = {kRam, ram_.size(), ram_.data(), true};
  return true;
}

}  // namespace systole::riscv
