#include "tlm/cpu/riscv/csr.h"

namespace systole::riscv {
namespace {

enum Number : unsigned {
  kFflags = 0x001,
  kFrm = 0x002,
  kFcsr = 0x003,
  kSstatus = 0x100,
  kSie = 0x104,
  kStvec = 0x105,
  kScounteren = 0x106,
  kSenvcfg = 0x10a,
  kSscratch = 0x140,
  kSepc = 0x141,
  kScause = 0x142,
  kStval = 0x143,
  kSip = 0x144,
  kSatp = 0x180,
  kMstatus = 0x300,
  kMisaCsr = 0x301,
  kMedeleg = 0x302,
  kMideleg = 0x303,
  kMie = 0x304,
  kMtvec = 0x305,
  kMcounteren = 0x306,
  kMenvcfg = 0x30a,
  kMcountinhibit = 0x320,
  kMhpmevent3 = 0x323,
  kMhpmevent31 = 0x33f,
  kMscratch = 0x340,
  kMepc = 0x341,
  kMcause = 0x342,
  kMtval = 0x343,
  kMip = 0x344,
  kPmpcfg0 = 0x3a0,
  kPmpcfg2 = 0x3a2,
  kPmpaddr0 = 0x3b0,
  kPmpaddr15 = 0x3bf,
  kMcycle = 0xb00,
  kMinstret = 0xb02,
  kMhpmcounter3 = 0xb03,
  kMhpmcounter31 = 0xb1f,
  kCycle = 0xc00,
  kTime = 0xc01,
  kInstret = 0xc02,
  kHpmcounter31 = 0xc1f,
  kMvendorid = 0xf11,
  kMconfigptr = 0xf15,
};

constexpr uint64_t kDelegable = 0xb3ff;
constexpr uint64_t kMstatusWritable = mstatus::kSie | mstatus::kMie | mstatus::kSpie |
                                      mstatus::kMpie | mstatus::kSpp | mstatus::kMpp |
                                      mstatus::kFs | mstatus::kMprv | mstatus::kSum |
                                      mstatus::kMxr | mstatus::kTvm | mstatus::kTw | mstatus::kTsr;
constexpr uint64_t kPmpaddrMask = (uint64_t{1} << 54) - 1;

bool between(unsigned number, unsigned first, unsigned last) {
  return number >= first && number <= last;
}

uint64_t masked(uint64_t old, uint64_t value, uint64_t mask) {
  return (old & ~mask) | (value & mask);
}

bool exists(unsigned n) {
  switch (n) {
    case kFflags:
    case kFrm:
    case kFcsr:
    case kSstatus:
    case kSie:
    case kStvec:
    case kScounteren:
    case kSenvcfg:
    case kSscratch:
    case kSepc:
    case kScause:
    case kStval:
    case kSip:
    case kSatp:
    case kMcountinhibit:
    case kPmpcfg0:
    case kPmpcfg2:
    case kMenvcfg:
    case kMcycle:
      return true;
    default:
      return between(n, kMstatus, kMcounteren) || between(n, kMhpmevent3, kMhpmevent31) ||
             between(n, kMscratch, kMip) || between(n, kPmpaddr0, kPmpaddr15) ||
             between(n, kMinstret, kMhpmcounter31) || between(n, kCycle, kHpmcounter31) ||
             between(n, kMvendorid, kMconfigptr);
  }
}

}  // namespace

bool CsrFile::counter_enabled(unsigned counter) const {
  if (s_.privilege < kMachine && !(s_.mcounteren >> counter & 1)) return false;
  return s_.privilege != kUser || (s_.scounteren >> counter & 1);
}

bool CsrFile::accessible(unsigned n, bool write) const {
  if (!exists(n) || (n >> 8 & 3) > s_.privilege || (write && n >> 10 == 3)) return false;
  if (between(n, kFflags, kFcsr)) return s_.fs() != 0;
  if (between(n, kCycle, kHpmcounter31)) return counter_enabled(n - kCycle);
  if (n == kSatp) return s_.privilege == kMachine || !(s_.mstatus & mstatus::kTvm);
  return true;
}

uint64_t CsrFile::read(unsigned n, uint64_t instret) const {
  const uint64_t dirty = s_.fs() == 3 ? mstatus::kSd : 0;
  switch (n) {
    case kFflags:
      return s_.fflags;
    case kFrm:
      return s_.frm;
    case kFcsr:
      return s_.frm << 5 | s_.fflags;
    case kSstatus:
      return (s_.mstatus | dirty) & mstatus::kSstatus;
    case kSie:
      return s_.mie & s_.mideleg;
    case kStvec:
      return s_.stvec;
    case kScounteren:
      return s_.scounteren;
    case kSscratch:
      return s_.sscratch;
    case kSepc:
      return s_.sepc;
    case kScause:
      return s_.scause;
    case kStval:
      return s_.stval;
    case kSip:
      return s_.mip() & s_.mideleg;
    case kSatp:
      return s_.satp;
    case kMstatus:
      return s_.mstatus | dirty;
    case kMisaCsr:
      return kMisa;
    case kMedeleg:
      return s_.medeleg;
    case kMideleg:
      return s_.mideleg;
    case kMie:
      return s_.mie;
    case kMtvec:
      return s_.mtvec;
    case kMcounteren:
      return s_.mcounteren;
    case kMcountinhibit:
      return s_.mcountinhibit;
    case kMscratch:
      return s_.mscratch;
    case kMepc:
      return s_.mepc;
    case kMcause:
      return s_.mcause;
    case kMtval:
      return s_.mtval;
    case kMip:
      return s_.mip();
    case kMcycle:
    case kCycle:
      return s_.mcycle_offset + (s_.mcountinhibit & 1 ? 0 : bus_.cycle_count());
    case kTime:
      return bus_.time_count();
    case kMinstret:
    case kInstret:
      return s_.minstret_offset + (s_.mcountinhibit & 4 ? 0 : instret);
    default:
      break;
  }
  if (n == kPmpcfg0 || n == kPmpcfg2) {
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i)
      value |= uint64_t{s_.pmpcfg[(n - kPmpcfg0) * 4 + i]} << (8 * i);
    return value;
  }
  if (between(n, kPmpaddr0, kPmpaddr15)) return s_.pmpaddr[n - kPmpaddr0];
  return 0;
}

uint64_t CsrFile::stored(unsigned number, uint64_t read) const {
  return number == kMip ? s_.mip_software : read;
}

void CsrFile::write_mstatus(uint64_t value, uint64_t mask) {
  if (((value & mstatus::kMpp) >> mstatus::kMppShift) == 2) mask &= ~mstatus::kMpp;
  s_.mstatus = masked(s_.mstatus, value, mask);
}

void CsrFile::write_pmpcfg(unsigned first, uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) {
    uint8_t& config = s_.pmpcfg[first + i];
    if (!(config & 0x80)) config = static_cast<uint8_t>(value >> (8 * i)) & 0x9f;
  }
}

void CsrFile::write_pmpaddr(unsigned entry, uint64_t value) {
  const bool locked = s_.pmpcfg[entry] & 0x80;
  // A locked top-of-range entry locks the address below it as well.
  const bool next_locks = entry + 1 < kPmpEntries && (s_.pmpcfg[entry + 1] & 0x98) == 0x88;
  if (!locked && !next_locks) s_.pmpaddr[entry] = value & kPmpaddrMask;
}

void CsrFile::write(unsigned n, uint64_t value, uint64_t instret) {
  switch (n) {
    case kFflags:
      s_.fflags = value & 31;
      break;
    case kFrm:
      s_.frm = value & 7;
      break;
    case kFcsr:
      s_.fflags = value & 31;
      s_.frm = value >> 5 & 7;
      break;
    case kSstatus:
      write_mstatus(value, mstatus::kSstatus & kMstatusWritable);
      break;
    case kSie:
      s_.mie = masked(s_.mie, value, s_.mideleg);
      break;
    case kStvec:
      if ((value & 3) < 2) s_.stvec = value;
      break;
    case kScounteren:
      s_.scounteren = static_cast<uint32_t>(value);
      break;
    case kSscratch:
      s_.sscratch = value;
      break;
    case kSepc:
      s_.sepc = value & ~uint64_t{1};
      break;
    case kScause:
      s_.scause = value;
      break;
    case kStval:
      s_.stval = value;
      break;
    case kSip:
      s_.mip_software = masked(s_.mip_software, value, kSsi & s_.mideleg);
      break;
    case kSatp:
      if (value >> 60 == 0 || value >> 60 == 8) s_.satp = value;
      break;
    case kMstatus:
      write_mstatus(value, kMstatusWritable);
      break;
    case kMedeleg:
      s_.medeleg = value & kDelegable;
      break;
    case kMideleg:
      s_.mideleg = value & kSupervisorInterrupts;
      break;
    case kMie:
      s_.mie = value & kAllInterrupts;
      break;
    case kMtvec:
      if ((value & 3) < 2) s_.mtvec = value;
      break;
    case kMcounteren:
      s_.mcounteren = static_cast<uint32_t>(value);
      break;
    case kMcountinhibit: {
      const uint64_t cycle = read(kMcycle, instret), retired = read(kMinstret, instret);
      s_.mcountinhibit = value & 5;
      s_.mcycle_offset = cycle - (value & 1 ? 0 : bus_.cycle_count());
      s_.minstret_offset = retired - (value & 4 ? 0 : instret);
      break;
    }
    case kMscratch:
      s_.mscratch = value;
      break;
    case kMepc:
      s_.mepc = value & ~uint64_t{1};
      break;
    case kMcause:
      s_.mcause = value;
      break;
    case kMtval:
      s_.mtval = value;
      break;
    case kMip:
      s_.mip_software = masked(s_.mip_software, value, kSupervisorInterrupts);
      break;
    case kMcycle:
      s_.mcycle_offset = value - (s_.mcountinhibit & 1 ? 0 : bus_.cycle_count());
      break;
    case kMinstret:
      // The writing instruction itself is not counted.
      s_.minstret_offset = value - (s_.mcountinhibit & 4 ? 0 : instret + 1);
      break;
    case kPmpcfg0:
    case kPmpcfg2:
      write_pmpcfg((n - kPmpcfg0) * 4, value);
      break;
    default:
      if (between(n, kPmpaddr0, kPmpaddr15)) write_pmpaddr(n - kPmpaddr0, value);
      break;
  }
}

}  // namespace systole::riscv
