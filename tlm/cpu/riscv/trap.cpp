#include "tlm/cpu/riscv/trap.h"

#include <initializer_list>

#include "tlm/core/text_format.h"

namespace systole::riscv {
namespace {

uint64_t vector(uint64_t tvec, uint64_t cause) {
  const uint64_t base = tvec & ~uint64_t{3};
  return (tvec & 1) && (cause & kInterruptFlag) ? base + 4 * (cause & 63) : base;
}

void move_bit(uint64_t* status, uint64_t from, uint64_t to) {
  *status = (*status & from) ? *status | to : *status & ~to;
}

}  // namespace

std::string cause_name(uint64_t cause) {
  struct Name {
    uint64_t cause;
    const char* name;
  };
  static constexpr Name kNames[] = {{kFetchMisaligned, "instruction address misaligned"},
                                    {kFetchAccess, "instruction access fault"},
                                    {kIllegal, "illegal instruction"},
                                    {kBreakpoint, "breakpoint"},
                                    {kLoadMisaligned, "load address misaligned"},
                                    {kLoadAccess, "load access fault"},
                                    {kStoreMisaligned, "store address misaligned"},
                                    {kStoreAccess, "store access fault"},
                                    {kEcallUser, "environment call from user mode"},
                                    {kEcallSupervisor, "environment call from supervisor mode"},
                                    {kEcallMachine, "environment call from machine mode"},
                                    {kFetchPage, "instruction page fault"},
                                    {kLoadPage, "load page fault"},
                                    {kStorePage, "store page fault"},
                                    {kInterruptFlag | 1, "supervisor software interrupt"},
                                    {kInterruptFlag | 3, "machine software interrupt"},
                                    {kInterruptFlag | 5, "supervisor timer interrupt"},
                                    {kInterruptFlag | 7, "machine timer interrupt"},
                                    {kInterruptFlag | 9, "supervisor external interrupt"},
                                    {kInterruptFlag | 11, "machine external interrupt"}};
  for (const Name& entry : kNames)
    if (entry.cause == cause) return entry.name;
  return "cause " + std::to_string(cause);
}

std::string describe(const Trap& trap) {
  switch (trap.cause) {
    case kIllegal:
      return cause_name(trap.cause) + " (" + hex(trap.value) + ")";
    case kLoadMisaligned:
    case kLoadAccess:
    case kStoreMisaligned:
    case kStoreAccess:
    case kLoadPage:
    case kStorePage:
      return cause_name(trap.cause) + " (address " + hex(trap.value) + ")";
    default:
      return cause_name(trap.cause);
  }
}

void take_trap(State& s, uint64_t cause, uint64_t tval) {
  const uint64_t delegated = cause & kInterruptFlag ? s.mideleg : s.medeleg;
  s.reservation = ~uint64_t{0};
  if (s.privilege != kMachine && (delegated >> (cause & 63) & 1)) {
    s.sepc = s.pc;
    s.scause = cause;
    s.stval = tval;
    move_bit(&s.mstatus, mstatus::kSie, mstatus::kSpie);
    s.mstatus &= ~(mstatus::kSie | mstatus::kSpp);
    if (s.privilege == kSupervisor) s.mstatus |= mstatus::kSpp;
    s.privilege = kSupervisor;
    s.pc = vector(s.stvec, cause);
    return;
  }
  s.mepc = s.pc;
  s.mcause = cause;
  s.mtval = tval;
  move_bit(&s.mstatus, mstatus::kMie, mstatus::kMpie);
  s.mstatus &= ~(mstatus::kMie | mstatus::kMpp);
  s.mstatus |= uint64_t{s.privilege} << mstatus::kMppShift;
  s.privilege = kMachine;
  s.pc = vector(s.mtvec, cause);
}

void return_from_machine(State& s) {
  const Privilege to = s.mpp();
  move_bit(&s.mstatus, mstatus::kMpie, mstatus::kMie);
  s.mstatus |= mstatus::kMpie;
  s.mstatus &= ~mstatus::kMpp;
  if (to != kMachine) s.mstatus &= ~mstatus::kMprv;
  s.privilege = to;
  s.pc = s.mepc;
}

void return_from_supervisor(State& s) {
  const Privilege to = s.mstatus & mstatus::kSpp ? kSupervisor : kUser;
  move_bit(&s.mstatus, mstatus::kSpie, mstatus::kSie);
  s.mstatus |= mstatus::kSpie;
  s.mstatus &= ~(mstatus::kSpp | mstatus::kMprv);
  s.privilege = to;
  s.pc = s.sepc;
}

uint64_t next_interrupt(const State& s) {
  const uint64_t pending = s.mip() & s.mie;
  if (!pending) return 0;
  uint64_t enabled = 0;
  if (s.privilege < kMachine || (s.mstatus & mstatus::kMie)) enabled = pending & ~s.mideleg;
  if (!enabled &&
      (s.privilege < kSupervisor || (s.privilege == kSupervisor && (s.mstatus & mstatus::kSie))))
    enabled = pending & s.mideleg;
  for (unsigned number : {11u, 3u, 7u, 9u, 1u, 5u})
    if (enabled >> number & 1) return kInterruptFlag | number;
  return 0;
}

}  // namespace systole::riscv
