#include "tlm/cpu/riscv/mmu.h"

#include <algorithm>
#include <cstring>

namespace systole::riscv {
namespace {

enum Pte : uint64_t { kV = 1, kR = 2, kW = 4, kX = 8, kU = 16, kG = 32, kA = 64, kD = 128 };
constexpr uint64_t kReserved = ~uint64_t{0} << 54;
constexpr uint64_t kPpnMask = (uint64_t{1} << 44) - 1;

constexpr uint8_t kLocked = 0x80;
unsigned mode(uint8_t config) { return config >> 3 & 3; }

}  // namespace

bool Mmu::pmp_range(unsigned entry, uint64_t* first, uint64_t* last) const {
  const uint64_t addr = s_.pmpaddr[entry];
  switch (mode(s_.pmpcfg[entry])) {
    case 0:
      return false;
    case 1:
      *first = entry ? s_.pmpaddr[entry - 1] << 2 : 0;
      *last = (addr << 2) - 1;
      return addr != 0 && *first <= *last;
    case 2:
      *first = addr << 2;
      *last = *first + 3;
      return true;
    default: {
      const uint64_t mask = addr ^ (addr + 1);  // trailing ones and the zero above them
      *first = (addr & ~mask) << 2;
      *last = *first + (mask << 2 | 3);
      return true;
    }
  }
}

bool Mmu::pmp_allows(uint64_t addr, unsigned bytes, Access access, Privilege as) const {
  const uint8_t need = access == Access::Load ? 1 : access == Access::Store ? 2 : 4;
  const uint64_t end = addr + bytes - 1;
  for (unsigned i = 0; i < kPmpEntries; ++i) {
    uint64_t first, last;
    if (!pmp_range(i, &first, &last) || end < first || addr > last) continue;
    if (addr < first || end > last) return false;
    if (as == kMachine && !(s_.pmpcfg[i] & kLocked)) return true;
    return s_.pmpcfg[i] & need;
  }
  return as == kMachine;
}

bool Mmu::pmp_uniform(uint64_t page) const {
  const uint64_t end = page + 0xfff;
  for (unsigned i = 0; i < kPmpEntries; ++i) {
    uint64_t first, last;
    if (!pmp_range(i, &first, &last) || end < first || page > last) continue;
    return page >= first && end <= last;
  }
  return true;
}

bool Mmu::flat(Privilege as) const {
  if (as == kMachine) return true;
  if (s_.paged(as)) return false;
  for (unsigned i = 0; i < kPmpEntries; ++i) {
    uint64_t first, last;
    if (!pmp_range(i, &first, &last)) continue;
    return first == 0 && last >= (uint64_t{1} << 56) - 1 && (s_.pmpcfg[i] & 7) == 7;
  }
  return false;
}

void Mmu::largest_unlocked(uint64_t* first, uint64_t* end) const {
  // Every piece begins at *first or behind a locked entry.
  const uint64_t from = *first, to = *end;
  *first = *end = from;
  for (unsigned start = 0; start <= kPmpEntries; ++start) {
    uint64_t begin = from, stop = to, low, high;
    if (start > 0) {
      if (!(s_.pmpcfg[start - 1] & kLocked) || !pmp_range(start - 1, &low, &high)) continue;
      if (high < from || high >= to) continue;
      begin = high + 1;
    }
    for (unsigned i = 0; i < kPmpEntries; ++i) {
      if (!(s_.pmpcfg[i] & kLocked) || !pmp_range(i, &low, &high) || high < begin) continue;
      stop = std::min(stop, std::max(low, begin));
    }
    if (stop - begin <= *end - *first) continue;
    *first = begin;
    *end = stop;
  }
}

bool Mmu::read_entry(uint64_t addr, uint64_t* entry) {
  const Region* region = regions_.find(addr, sizeof *entry);
  if (!region) return bus_.read(addr, sizeof *entry, entry);
  std::memcpy(entry, region->at(addr), sizeof *entry);
  return true;
}

bool Mmu::write_entry(uint64_t addr, uint64_t entry) {
  const Region* region = regions_.find(addr, sizeof entry);
  if (!region || !region->writable) return bus_.write(addr, sizeof entry, &entry);
  std::memcpy(region->at(addr), &entry, sizeof entry);
  return true;
}

bool Mmu::walk(uint64_t addr, Access access, Privilege as, Translation* result) {
  result->cause = page_fault(access);
  if (static_cast<int64_t>(addr << 25) >> 25 != static_cast<int64_t>(addr)) return false;
  uint64_t table = (s_.satp & kPpnMask) << 12;
  for (int level = 2; level >= 0; --level) {
    const unsigned shift = 12 + 9 * static_cast<unsigned>(level);
    const uint64_t where = table + (addr >> shift & 0x1ff) * 8;
    uint64_t pte;
    if (!pmp_allows(where, 8, Access::Load, kSupervisor) || !read_entry(where, &pte)) {
      result->cause = access_fault(access);
      return false;
    }
    if (!(pte & kV) || (pte & (kR | kW)) == kW || (pte & kReserved)) return false;
    const uint64_t ppn = pte >> 10 & kPpnMask;
    if (!(pte & (kR | kX))) {
      if (pte & (kU | kA | kD)) return false;
      table = ppn << 12;
      continue;
    }
    if ((pte & kU) ? as == kSupervisor && (access == Access::Fetch || !(s_.mstatus & mstatus::kSum))
                   : as == kUser)
      return false;
    const bool readable = (pte & kR) || ((s_.mstatus & mstatus::kMxr) && (pte & kX));
    if (access == Access::Fetch ? !(pte & kX) : access == Access::Load ? !readable : !(pte & kW))
      return false;
    const uint64_t inside = (uint64_t{1} << shift) - 1;
    if (ppn << 12 & inside) return false;  // misaligned superpage
    const uint64_t updated = pte | kA | (access == Access::Store ? uint64_t{kD} : 0);
    if (updated != pte &&
        (!pmp_allows(where, 8, Access::Store, kSupervisor) || !write_entry(where, updated))) {
      result->cause = access_fault(access);
      return false;
    }
    result->addr = (ppn << 12) | (addr & inside);
    return true;
  }
  return false;
}

bool Mmu::peek(uint64_t addr, Privilege as, uint64_t* physical) const {
  *physical = addr;
  if (!s_.paged(as)) return true;
  if (static_cast<int64_t>(addr << 25) >> 25 != static_cast<int64_t>(addr)) return false;
  uint64_t table = (s_.satp & kPpnMask) << 12;
  for (int level = 2; level >= 0; --level) {
    const unsigned shift = 12 + 9 * static_cast<unsigned>(level);
    uint64_t pte;
    if (!bus_.peek(table + (addr >> shift & 0x1ff) * 8, 8, &pte) || !(pte & kV)) return false;
    table = (pte >> 10 & kPpnMask) << 12;
    if (!(pte & (kR | kX))) continue;
    const uint64_t inside = (uint64_t{1} << shift) - 1;
    *physical = (table & ~inside) | (addr & inside);
    return true;
  }
  return false;
}

Translation Mmu::translate(uint64_t addr, unsigned bytes, Access access, Privilege as) {
  Translation result;
  result.addr = addr;
  if (s_.paged(as) && !walk(addr, access, as, &result)) return result;
  if (!pmp_allows(result.addr, bytes, access, as)) {
    result.cause = access_fault(access);
    return result;
  }
  result.ok = true;
  result.uniform = pmp_uniform(result.addr & ~uint64_t{0xfff});
  return result;
}

}  // namespace systole::riscv
