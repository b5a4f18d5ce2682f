// Console and memory functions of the bare-metal test programs.
#pragma once
#include <stddef.h>
#include <stdint.h>

extern "C" {
uint64_t on_trap(uint64_t cause, uint64_t epc, uint64_t tval, uint64_t a0);
void trap_entry();
[[noreturn]] void finish(uint64_t code);
void* memset(void* to, int value, size_t bytes);
void* memcpy(void* to, const void* from, size_t bytes);
}
void print(const char* text);
void print_hex(uint64_t value);
/// "name=hex\n"
void show(const char* name, uint64_t value);
/// Length of the instruction at `pc`.
inline uint64_t length_at(uint64_t pc) {
  return (*reinterpret_cast<uint16_t*>(pc) & 3) == 3 ? 4 : 2;
}

#define READ_CSR(name)                                 \
  ({                                                   \
    uint64_t csr_value;                                \
    asm volatile("csrr %0, " #name : "=r"(csr_value)); \
    csr_value;                                         \
  })
#define WRITE_CSR(name, value) asm volatile("csrw " #name ", %0" ::"r"(uint64_t(value)) : "memory")
