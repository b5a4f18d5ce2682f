// Random instruction streams for programs/stream.S: every extension, with traps on purpose.
#pragma once
#include <cstdint>
#include <vector>

namespace systole::riscv {

inline constexpr uint64_t kStreamBase = 0x8010'0000;

struct StreamOptions {
  unsigned instructions = 3000;  ///< of one round
  unsigned rounds = 20;
  /// 0 silent; 1 prints pc, cause, value and hash at each trap; 2 all registers as well.
  unsigned verbose = 0;
  bool break_everywhere = false;  ///< a trap after every instruction, to find a difference
};

/// The memory from kStreamBase on: header (rounds, mode, satp, verbose, registers), code, tables.
/// The privilege mode and whether Sv39 is on follow from the seed.
///
/// Covered on purpose: every rounding mode, static and dynamic, and those that do not exist; frm
/// and fflags written; operands at and hardly beside the middle between two values;
/// single-precision operands that are not boxed; compressed float loads and stores.
///
/// Left out: writes of sepc, whose bit 0 QEMU 7.2 keeps; what docs/firmware.md lists as different;
/// stores and jumps to random addresses, counters,
/// interrupts, WFI, CSRs whose legal values differ between implementations; atomics at refused or
/// misaligned addresses, for which QEMU 7.2 reports load faults instead of store faults.
std::vector<uint8_t> make_stream(uint64_t seed, const StreamOptions& options);

}  // namespace systole::riscv
