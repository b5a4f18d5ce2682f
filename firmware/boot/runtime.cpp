// What the compiler expects of a C++ runtime: memory functions and two symbols of the ABI. No heap.
#include <cstddef>
#include <cstdint>

#include "firmware/boot/trap.h"

namespace {

constexpr size_t kWord = sizeof(uint64_t);

bool aligned(const void* a, const void* b) {
  return ((reinterpret_cast<uintptr_t>(a) | reinterpret_cast<uintptr_t>(b)) % kWord) == 0;
}

}  // namespace

extern "C" {

void* memset(void* to, int value, size_t bytes) {
  auto* out = static_cast<uint8_t*>(to);
  const uint64_t word = uint8_t(value) * uint64_t{0x0101010101010101};
  while (bytes != 0 && !aligned(out, out)) *out++ = uint8_t(value), --bytes;
  for (; bytes >= kWord; bytes -= kWord, out += kWord) *reinterpret_cast<uint64_t*>(out) = word;
  while (bytes-- != 0) *out++ = uint8_t(value);
  return to;
}

void* memcpy(void* to, const void* from, size_t bytes) {
  auto* out = static_cast<uint8_t*>(to);
  const auto* in = static_cast<const uint8_t*>(from);
  if (aligned(out, in)) {
    for (; bytes >= kWord; bytes -= kWord, out += kWord, in += kWord)
      *reinterpret_cast<uint64_t*>(out) = *reinterpret_cast<const uint64_t*>(in);
  }
  while (bytes-- != 0) *out++ = *in++;
  return to;
}

void* memmove(void* to, const void* from, size_t bytes) {
  auto* out = static_cast<uint8_t*>(to);
  const auto* in = static_cast<const uint8_t*>(from);
  if (out <= in || out >= in + bytes) return memcpy(to, from, bytes);
  while (bytes-- != 0) out[bytes] = in[bytes];
  return to;
}

int memcmp(const void* a, const void* b, size_t bytes) {
  const auto* x = static_cast<const uint8_t*>(a);
  const auto* y = static_cast<const uint8_t*>(b);
  for (size_t i = 0; i < bytes; ++i) {
    if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
  }
  return 0;
}

/// Called instead of a virtual function that has no body.
void __cxa_pure_virtual() { systole::firmware::panic("a pure virtual function was called"); }

void* __dso_handle = nullptr;

}  // extern "C"

// Virtual destructors refer to them; the firmware never deletes anything.
void operator delete(void*) noexcept { systole::firmware::panic("delete was called"); }
void operator delete(void*, size_t) noexcept { systole::firmware::panic("delete was called"); }
