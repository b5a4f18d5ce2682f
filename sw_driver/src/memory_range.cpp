// Overlap and cover of strided ranges.
#include "sw_driver/include/memory_range.h"

namespace systole::driver {
namespace {

bool is_contiguous(const MemoryRange& r) { return r.rows == 1 || r.stride == r.row_bytes; }

}  // namespace

MemoryRange MemoryRange::matrix(uint64_t addr, uint64_t row_bytes, uint64_t rows, uint64_t stride) {
  if (rows == 1 || stride == row_bytes) return bytes(addr, rows * row_bytes);
  if (stride == 0) return bytes(addr, row_bytes);
  return {addr, row_bytes, rows, stride};
}

bool overlaps(const MemoryRange& a, const MemoryRange& b) {
  if (a.end() <= b.addr || b.end() <= a.addr) return false;
  if (is_contiguous(a) && is_contiguous(b)) return true;
  // One strided range and another of the same stride, or one short enough to lie between two rows:
  // compare the places within a row.
  const MemoryRange& s = is_contiguous(a) ? b : a;
  const MemoryRange& o = is_contiguous(a) ? a : b;
  const bool narrow = o.rows == 1 ? o.row_bytes <= s.stride : o.stride == s.stride;
  if (!narrow || s.row_bytes > s.stride || o.row_bytes > s.stride) return true;
  const uint64_t shift = o.addr >= s.addr ? (o.addr - s.addr) % s.stride
                                          : (s.stride - (s.addr - o.addr) % s.stride) % s.stride;
  return shift < s.row_bytes || shift + o.row_bytes > s.stride;
}

bool covers(const MemoryRange& outer, const MemoryRange& inner) {
  if (is_contiguous(outer)) return outer.addr <= inner.addr && inner.end() <= outer.end();
  if (outer.addr != inner.addr || outer.row_bytes < inner.row_bytes) return false;
  return inner.rows == 1 || (outer.stride == inner.stride && outer.rows >= inner.rows);
}

}  // namespace systole::driver
