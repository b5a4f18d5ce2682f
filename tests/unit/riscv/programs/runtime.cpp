#include "runtime.h"

void* memset(void* to, int value, size_t bytes) {
  auto* p = static_cast<volatile uint8_t*>(to);
  for (size_t i = 0; i < bytes; ++i) p[i] = static_cast<uint8_t>(value);
  return to;
}

void* memcpy(void* to, const void* from, size_t bytes) {
  auto* p = static_cast<volatile uint8_t*>(to);
  const auto* q = static_cast<const uint8_t*>(from);
  for (size_t i = 0; i < bytes; ++i) p[i] = q[i];
  return to;
}

void print(const char* text) {
  for (; *text; ++text) *reinterpret_cast<volatile uint8_t*>(0x10000000) = *text;
}

void print_hex(uint64_t value) {
  char text[17] = {};
  for (int i = 0; i < 16; ++i) text[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
  print(text);
}

void show(const char* name, uint64_t value) {
  print(name);
  print("=");
  print_hex(value);
  print("\n");
}

extern "C" __attribute__((weak)) uint64_t on_trap(uint64_t cause, uint64_t epc, uint64_t tval,
                                                  uint64_t) {
  show("unexpected trap", cause);
  show("epc", epc);
  show("tval", tval);
  finish(99);
}
