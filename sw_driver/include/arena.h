// Hands out SPM or DRAM as a stack: constant time, no table, no heap.
#pragma once
#include "sw_driver/include/buffer.h"
#include "sw_driver/include/status.h"

namespace systole::driver {

/// A stack of buffers in one memory. Long-lived buffers are allocated first; a mark taken after
/// them lets everything younger go at once. It never touches the memory's content and knows nothing
/// of engines: before releasing, finish what works on the buffers (CommandStream::finish).
class Arena {
 public:
  /// All of `memory`; it must outlive the arena.
  void init(const Buffer& memory);

  /// `bytes` (at least 1) at a SoC address that is a multiple of `alignment` (a power of two).
  /// BadArgument: bytes 0, alignment no power of two, null out. NoMemory: does not fit; nothing
  /// changed.
  Status allocate(uint64_t bytes, uint64_t alignment, Buffer* out);

  /// The current top, for release().
  uint64_t mark() const { return used_; }
  /// Frees all that was allocated since `mark` was taken. BadArgument if it is above the top.
  Status release(uint64_t mark);

  uint64_t capacity_bytes() const { return memory_.bytes; }
  uint64_t used_bytes() const { return used_; }
  uint64_t free_bytes() const { return memory_.bytes - used_; }
  /// Most bytes ever in use.
  uint64_t peak_bytes() const { return peak_; }
  const Buffer& memory() const { return memory_; }

 private:
  Buffer memory_;
  uint64_t used_ = 0;
  uint64_t peak_ = 0;
};

/// Releases, at the end of a block, what was allocated within it.
class ArenaScope {
 public:
  explicit ArenaScope(Arena& arena) : arena_(arena), mark_(arena.mark()) {}
  ~ArenaScope() { static_cast<void>(arena_.release(mark_)); }
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;

 private:
  Arena& arena_;
  uint64_t mark_;
};

}  // namespace systole::driver
