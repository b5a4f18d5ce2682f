#include "tlm/cpu/riscv/regions.h"

#include <algorithm>

namespace systole::riscv {

Region* Regions::find(uint64_t addr, uint64_t bytes) {
  for (const auto& region : regions_)
    if (addr - region->base < region->size)
      return region->holds(addr, bytes) ? region.get() : nullptr;
  DirectRegion direct;
  if (!bus_.direct(addr, &direct) || direct.size == 0) return nullptr;
  regions_.push_back(std::make_unique<Region>());
  Region& region = *regions_.back();
  static_cast<DirectRegion&>(region) = direct;
  region.code_lines.assign((direct.size >> kLineShift) + 1, 0);
  return region.holds(addr, bytes) ? &region : nullptr;
}

void Regions::mark_code(Region& region, uint64_t addr, uint64_t bytes) {
  const uint64_t offset = addr - region.base;
  const uint64_t first = (offset - std::min<uint64_t>(offset, 7)) >> kLineShift;
  const uint64_t last = (addr + bytes - 1 - region.base) >> kLineShift;
  std::fill(region.code_lines.begin() + static_cast<int64_t>(first),
            region.code_lines.begin() + static_cast<int64_t>(last) + 1, uint8_t{1});
}

bool Regions::has_code(const Region& region, uint64_t addr, uint64_t bytes) const {
  const uint64_t first = (addr - region.base) >> kLineShift;
  const uint64_t last = (addr + bytes - 1 - region.base) >> kLineShift;
  for (uint64_t line = first; line <= last; ++line)
    if (region.code_lines[line]) return true;
  return false;
}

bool Regions::has_code(uint64_t addr, uint64_t bytes) const {
  for (const auto& region : regions_) {
    const uint64_t first = std::max(addr, region->base);
    const uint64_t end = std::min(addr + bytes, region->base + region->size);
    if (first < end && has_code(*region, first, end - first)) return true;
  }
  return false;
}

void Regions::clear_code() {
  for (const auto& region : regions_)
    std::fill(region->code_lines.begin(), region->code_lines.end(), uint8_t{0});
}

}  // namespace systole::riscv
