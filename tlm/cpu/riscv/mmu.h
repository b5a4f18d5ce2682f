// Address translation (Sv39) and physical memory protection.
#pragma once
#include <cstdint>

#include "tlm/cpu/riscv/bus.h"
#include "tlm/cpu/riscv/regions.h"
#include "tlm/cpu/riscv/state.h"

namespace systole::riscv {

enum class Access : uint8_t { Fetch, Load, Store };

/// Access and page fault causes of each kind of access.
inline uint64_t access_fault(Access access) {
  return access == Access::Fetch  ? kFetchAccess
         : access == Access::Load ? kLoadAccess
                                  : kStoreAccess;
}
inline uint64_t page_fault(Access access) {
  return access == Access::Fetch ? kFetchPage : access == Access::Load ? kLoadPage : kStorePage;
}

struct Translation {
  bool ok = false;
  uint64_t cause = 0;    ///< of the trap, if not ok
  uint64_t addr = 0;     ///< physical
  bool uniform = false;  ///< the same answer for the whole 4 KiB page
};

/// 16 PMP entries of 4-byte grain. The accessed and dirty bits of page tables are set by hardware.
/// Page tables are read in no time through host pointers; elsewhere by the bus.
/// ASIDs are kept in satp and otherwise unused.
class Mmu {
 public:
  Mmu(State& state, Bus& bus, Regions& regions) : s_(state), bus_(bus), regions_(regions) {}

  /// The access must lie in one page.
  Translation translate(uint64_t addr, unsigned bytes, Access access, Privilege as);

  /// Where `addr` lies for `as`, for a debugger: permissions do not count, nothing is marked as
  /// accessed, no time passes. False: not mapped.
  bool peek(uint64_t addr, Privilege as, uint64_t* physical) const;

  /// True if addresses are physical and `as` may do everything everywhere; but machine mode not in
  /// the ranges of locked PMP entries.
  bool flat(Privilege as) const;
  /// Shrinks [first, end) to its largest piece without locked PMP entries.
  void largest_unlocked(uint64_t* first, uint64_t* end) const;

 private:
  bool walk(uint64_t addr, Access access, Privilege as, Translation* result);
  bool pmp_allows(uint64_t addr, unsigned bytes, Access access, Privilege as) const;
  bool pmp_uniform(uint64_t page) const;
  /// [first, last] of an entry; false if it is off.
  bool pmp_range(unsigned entry, uint64_t* first, uint64_t* last) const;

  bool read_entry(uint64_t addr, uint64_t* entry);
  bool write_entry(uint64_t addr, uint64_t entry);

  State& s_;
  Bus& bus_;
  Regions& regions_;
};

}  // namespace systole::riscv
