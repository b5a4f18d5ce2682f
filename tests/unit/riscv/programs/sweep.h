// Sweeps of operands through one instruction, hashed: SWEEP2("add") prints "add=hash".
#pragma once
#include "check.h"

inline constexpr uint64_t kOperands[] = {0,
                                         1,
                                         2,
                                         3,
                                         ~0ull,
                                         ~1ull,
                                         31,
                                         32,
                                         63,
                                         64,
                                         0x7f,
                                         0x80,
                                         0xff,
                                         0x7fff,
                                         0x8000,
                                         0xffff,
                                         0x7fffffff,
                                         0x80000000,
                                         0xffffffff,
                                         0x100000000,
                                         0x7fffffffffffffff,
                                         0x8000000000000000,
                                         0xffffffff80000000,
                                         0xffffffff7fffffff,
                                         0x0123456789abcdef,
                                         0xfedcba9876543210,
                                         0x5555555555555555,
                                         0xaaaaaaaaaaaaaaaa,
                                         0x00000000deadbeef,
                                         0xffffffffdeadbeef};

template <typename Op>
void sweep1(const char* name, Op op) {
  Hash hash;
  for (uint64_t a : kOperands) hash.add(op(a));
  show(name, hash.value);
}

template <typename Op>
void sweep2(const char* name, Op op) {
  Hash hash;
  for (uint64_t a : kOperands)
    for (uint64_t b : kOperands) hash.add(op(a, b));
  show(name, hash.value);
}

#define SWEEP2(op)                                                  \
  sweep2(op, [](uint64_t a, uint64_t b) {                           \
    uint64_t result;                                                \
    asm volatile(op " %0, %1, %2" : "=r"(result) : "r"(a), "r"(b)); \
    return result;                                                  \
  })
#define SWEEP_IMMEDIATE(op, imm)                               \
  sweep1(op " " #imm, [](uint64_t a) {                         \
    uint64_t result;                                           \
    asm volatile(op " %0, %1, " #imm : "=r"(result) : "r"(a)); \
    return result;                                             \
  })
