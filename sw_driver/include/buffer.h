// Memory as both sides see it: the engines' SoC address and the CPU's pointer.
#pragma once
#include <cstddef>
#include <cstdint>

namespace systole::driver {

/// A piece of SPM, DRAM or a read-only image. Plain data: it owns nothing, copying it copies the
/// reference.
struct Buffer {
  uint64_t addr = 0;     ///< SoC address: what descriptors hold
  void* host = nullptr;  ///< the CPU's pointer to the same byte
  uint64_t bytes = 0;

  /// The CPU's pointer as T*. The caller sees to alignment and to no engine working on it.
  template <typename T>
  T* as() const {
    return static_cast<T*>(host);
  }

  /// [offset, offset + size) of this buffer; an empty buffer if that is not inside.
  Buffer slice(uint64_t offset, uint64_t size) const {
    if (offset > bytes || size > bytes - offset) return {};
    return {addr + offset, static_cast<uint8_t*>(host) + offset, size};
  }
};

}  // namespace systole::driver
