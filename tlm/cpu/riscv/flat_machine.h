// A hart with flat memory, a console and a finisher, where QEMU's `virt` has them: runs bare-metal
// programs without SystemC. For tests and benchmarks.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tlm/cpu/riscv/hart.h"

namespace systole::riscv {

/// RAM at 0x8000'0000; UART transmitter at 0x1000'0000 (its line status reads 0x60); finisher at
/// 0x0010'0000; CLINT with mtime = cycles / 100. Nothing else answers.
class FlatMachine : public Bus {
 public:
  explicit FlatMachine(uint64_t ram_bytes = 16u << 20, const HartConfig& config = {});

  /// Puts an ELF file's segments into RAM and pc at its entry. Throws std::runtime_error.
  void load_elf(const std::string& path);
  void load(uint64_t addr, const void* data, uint64_t bytes);

  /// Runs to the finisher, a lockup, a wait without end or `max_cycles`; the finisher's code, or
  /// nothing.
  std::optional<int> run(uint64_t max_cycles);

  /// Cycles so far, waits included.
  uint64_t now() const { return hart_.cycles() + idle_; }
  Hart& hart() { return hart_; }
  const std::string& output() const { return output_; }
  uint8_t* ram() { return ram_.data(); }

 private:
  bool read(uint64_t addr, unsigned bytes, void* data) override;
  bool write(uint64_t addr, unsigned bytes, const void* data) override;
  bool peek(uint64_t addr, uint64_t bytes, void* data) override;
  bool direct(uint64_t addr, DirectRegion* region) override;
  uint64_t cycle_count() override { return now(); }
  uint64_t time_count() override { return now() / 100; }
  void update_timer();

  std::vector<uint8_t> ram_;
  Hart hart_;
  std::string output_;
  std::optional<int> exit_;
  uint64_t mtimecmp_ = ~uint64_t{0}, idle_ = 0;
};

}  // namespace systole::riscv
