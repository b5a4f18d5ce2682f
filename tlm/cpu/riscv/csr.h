// Control and status registers: numbers, access rules, WARL fields.
#pragma once
#include <cstdint>

#include "tlm/cpu/riscv/bus.h"
#include "tlm/cpu/riscv/state.h"

namespace systole::riscv {

class CsrFile {
 public:
  CsrFile(State& state, Bus& bus) : s_(state), bus_(bus) {}

  /// False: there is no such register, or not in this privilege mode, or it is read only.
  bool accessible(unsigned number, bool write) const;

  /// `instret`: instructions retired before the one that accesses the register.
  /// No access check; unknown registers read as 0 and ignore writes.
  uint64_t read(unsigned number, uint64_t instret) const;
  void write(unsigned number, uint64_t value, uint64_t instret);
  /// What CSRRS and CSRRC set and clear bits of, given what they read: of mip only what software
  /// has written, not the lines.
  uint64_t stored(unsigned number, uint64_t read) const;

 private:
  void write_mstatus(uint64_t value, uint64_t mask);
  void write_pmpcfg(unsigned first, uint64_t value);
  void write_pmpaddr(unsigned entry, uint64_t value);
  bool counter_enabled(unsigned counter) const;

  State& s_;
  Bus& bus_;
};

}  // namespace systole::riscv
