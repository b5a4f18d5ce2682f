// Architectural state of one RV64GC hart and the names of its bits.
// Source: RISC-V Unprivileged ISA 20191213, Privileged Architecture 20211203.
#pragma once
#include <cstdint>

namespace systole::riscv {

enum Privilege : uint8_t { kUser = 0, kSupervisor = 1, kMachine = 3 };

enum Cause : uint64_t {
  kFetchMisaligned = 0,
  kFetchAccess = 1,
  kIllegal = 2,
  kBreakpoint = 3,
  kLoadMisaligned = 4,
  kLoadAccess = 5,
  kStoreMisaligned = 6,
  kStoreAccess = 7,
  kEcallUser = 8,
  kEcallSupervisor = 9,
  kEcallMachine = 11,
  kFetchPage = 12,
  kLoadPage = 13,
  kStorePage = 15,
};
inline constexpr uint64_t kInterruptFlag = uint64_t{1} << 63;

/// Bits of mip, mie, mideleg; their numbers are the interrupts' cause codes.
enum InterruptBit : uint64_t {
  kSsi = 1u << 1,
  kMsi = 1u << 3,
  kSti = 1u << 5,
  kMti = 1u << 7,
  kSei = 1u << 9,
  kMei = 1u << 11,
};
inline constexpr uint64_t kSupervisorInterrupts = kSsi | kSti | kSei;
inline constexpr uint64_t kAllInterrupts = kSupervisorInterrupts | kMsi | kMti | kMei;

namespace mstatus {
inline constexpr uint64_t kSie = 1u << 1, kMie = 1u << 3, kSpie = 1u << 5, kMpie = 1u << 7,
                          kSpp = 1u << 8, kMpp = 3u << 11, kFs = 3u << 13, kMprv = 1u << 17,
                          kSum = 1u << 18, kMxr = 1u << 19, kTvm = 1u << 20, kTw = 1u << 21,
                          kTsr = 1u << 22, kUxl = uint64_t{3} << 32, kSxl = uint64_t{3} << 34,
                          kSd = uint64_t{1} << 63;
inline constexpr unsigned kMppShift = 11, kFsShift = 13;
inline constexpr uint64_t kXl64 = uint64_t{0xa} << 32;  ///< UXL = SXL = 64 bit, fixed
inline constexpr uint64_t kSstatus = kSie | kSpie | kSpp | kFs | kSum | kMxr | kUxl | kSd;
}  // namespace mstatus

/// RV64 with A, C, D, F, I, M, S, U.
inline constexpr uint64_t kMisa = (uint64_t{2} << 62) | 0x14112d;
inline constexpr unsigned kPmpEntries = 16;
/// x[kDummy] takes the writes to x0.
inline constexpr unsigned kDummy = 32;

struct State {
  uint64_t x[33] = {};
  uint64_t f[32] = {};  ///< single precision is NaN-boxed
  uint64_t pc = 0;
  Privilege privilege = kMachine;

  uint64_t mstatus = mstatus::kXl64;
  uint64_t mie = 0, mip_lines = 0, mip_software = 0;  ///< mip = lines | software
  uint64_t medeleg = 0, mideleg = 0;
  uint64_t mtvec = 0, mscratch = 0, mepc = 0, mcause = 0, mtval = 0;
  uint64_t stvec = 0, sscratch = 0, sepc = 0, scause = 0, stval = 0;
  uint64_t satp = 0;
  uint32_t mcounteren = 0, scounteren = 0, mcountinhibit = 0;
  uint64_t mcycle_offset = 0, minstret_offset = 0;  ///< what the guest added by writing them
  uint8_t pmpcfg[kPmpEntries] = {};
  uint64_t pmpaddr[kPmpEntries] = {};

  uint32_t frm = 0, fflags = 0;  ///< fflags without what the host's flags still hold
  uint64_t reservation = ~uint64_t{0}, reserved_value = 0;  ///< physical address of LR

  uint64_t mip() const { return mip_lines | mip_software; }
  unsigned fs() const { return (mstatus >> mstatus::kFsShift) & 3; }
  Privilege mpp() const { return static_cast<Privilege>((mstatus >> mstatus::kMppShift) & 3); }
  /// The privilege of loads and stores.
  Privilege data_privilege() const {
    return (mstatus & mstatus::kMprv) && privilege == kMachine ? mpp() : privilege;
  }
  bool paged(Privilege as) const { return as != kMachine && (satp >> 60) == 8; }
};

}  // namespace systole::riscv
