// Copy and clear without the C library: the driver also builds freestanding.
#pragma once
#include <cstddef>
#include <cstdint>

namespace systole::driver {

/// memcpy and memset; the compiler makes calls of them that every platform provides.
inline void copy_bytes(void* to, const void* from, size_t bytes) {
  __builtin_memcpy(to, from, bytes);
}
inline void clear_bytes(void* to, size_t bytes) { __builtin_memset(to, 0, bytes); }

}  // namespace systole::driver
