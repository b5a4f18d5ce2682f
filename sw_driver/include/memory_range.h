// Which bytes an operation reads or writes: rows of equal length at a stride.
#pragma once
#include <cstdint>

namespace systole::driver {

/// rows × row_bytes bytes, `stride` apart. rows and row_bytes at least 1.
struct MemoryRange {
  uint64_t addr = 0;
  uint64_t row_bytes = 0;
  uint64_t rows = 1;
  uint64_t stride = 0;  ///< bytes from row to row; any value if rows is 1

  static MemoryRange bytes(uint64_t addr, uint64_t size) { return {addr, size, 1, 0}; }
  static MemoryRange matrix(uint64_t addr, uint64_t row_bytes, uint64_t rows, uint64_t stride);

  uint64_t end() const { return addr + (rows - 1) * stride + row_bytes; }
};

/// False only if the two certainly share no byte. Exact for contiguous ranges and for equal strides
/// (columns of one matrix); conservative (by the spans) otherwise.
bool overlaps(const MemoryRange& a, const MemoryRange& b);

/// True only if every byte of `inner` certainly lies in `outer`.
bool covers(const MemoryRange& outer, const MemoryRange& inner);

/// What an operation does to a range.
struct Access {
  MemoryRange range;
  bool write = false;

  static Access read_of(const MemoryRange& range) { return {range, false}; }
  static Access write_of(const MemoryRange& range) { return {range, true}; }
};

}  // namespace systole::driver
