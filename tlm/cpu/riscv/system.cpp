// SYSTEM and MISC-MEM instructions: CSRs, environment calls, returns, fences.
#include "tlm/cpu/riscv/hart.h"
#include "tlm/cpu/riscv/trap.h"

namespace systole::riscv {

bool Hart::csr_instruction(const Op* op) {
  const auto i = static_cast<uint32_t>(op->imm);
  const unsigned number = i >> 20, funct3 = i >> 12 & 7, rs1 = i >> 15 & 31;
  const bool writes = (funct3 & 3) == 1 || rs1 != 0;
  if (!csr_.accessible(number, writes)) return false;
  const uint64_t operand = funct3 & 4 ? rs1 : s_.x[rs1];
  s_.fflags |= float_.leave();
  const uint64_t retired = instret_ - 1;  // this one is counted already
  const uint64_t old = csr_.read(number, retired);
  if (writes) {
    const uint64_t stored = csr_.stored(number, old);
    const uint64_t value = (funct3 & 3) == 1   ? operand
                           : (funct3 & 3) == 2 ? stored | operand
                                               : stored & ~operand;
    if (number >= 1 && number <= 3) s_.mstatus |= mstatus::kFs;
    csr_.write(number, value, retired);
  }
  float_.enter(s_.frm);
  s_.x[op->rd] = old;
  if (writes) {
    const bool pmp = number >= 0x3a0 && number <= 0x3bf;
    if (pmp) {
      drop_pending_ = true;  // what was fetched may not be allowed now
      update_window();
    }
    if (pmp || number == 0x180) flush_tlb();
    if (pmp || number == 0x180 || number == 0x100 || number == 0x300) update_context();
    update_float();
    if (next_interrupt(s_)) attend();
  }
  return true;
}

bool Hart::privileged(uint32_t i) {
  const bool user = s_.privilege == kUser, supervisor = s_.privilege == kSupervisor;
  if ((i & 0xfe007fff) == 0x12000073) {  // sfence.vma
    if (user || (supervisor && (s_.mstatus & mstatus::kTvm))) return false;
    flush_tlb();
    update_context();
    return true;
  }
  switch (i) {
    case 0x00000073:
      trap_cause_ = user ? kEcallUser : supervisor ? kEcallSupervisor : kEcallMachine;
      return false;
    case 0x00100073:
      trap_cause_ = kBreakpoint;
      return false;
    case 0x10200073:
      if (user || (supervisor && (s_.mstatus & mstatus::kTsr))) return false;
      return_from_supervisor(s_);
      break;
    case 0x30200073:
      if (s_.privilege != kMachine) return false;
      return_from_machine(s_);
      break;
    case 0x10500073:
      if (user || (supervisor && (s_.mstatus & mstatus::kTw))) return false;
      waiting_ = !(s_.mip() & s_.mie);
      if (waiting_) attend();
      return true;
    default:
      return false;
  }
  s_.reservation = ~uint64_t{0};
  update_context();
  if (next_interrupt(s_)) attend();
  return true;
}

bool Hart::system(const Op* op) {
  const auto i = static_cast<uint32_t>(op->imm);
  trap_cause_ = kIllegal;
  if ((i & 0x7f) == 0x0f) {  // fence.i
    drop_pending_ = true;
    return true;
  }
  const unsigned funct3 = i >> 12 & 7;
  if (funct3 == 0) return privileged(i);
  return funct3 != 4 && csr_instruction(op);
}

}  // namespace systole::riscv
