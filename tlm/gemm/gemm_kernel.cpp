#include "tlm/gemm/gemm_kernel.h"

#include <cstring>

// The loops for the machine's vector unit, chosen when the program is loaded.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SYSTOLE_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#define SYSTOLE_INLINE inline __attribute__((always_inline))
#else
#define SYSTOLE_VECTOR_CLONES
#define SYSTOLE_INLINE inline
#endif

namespace systole {
namespace {

template <uint32_t kRows>
SYSTOLE_INLINE void multiply(const int32_t* a, const int8_t* b, uint32_t k,
                             uint32_t (*result)[kGemmStrip]) {
  uint32_t acc[kRows][kGemmStrip];
  for (uint32_t r = 0; r < kRows; ++r)
    for (uint32_t j = 0; j < kGemmStrip; ++j) acc[r][j] = 0;
  for (uint32_t i = 0; i < k; ++i, a += kRows, b += kGemmStrip)
    for (uint32_t r = 0; r < kRows; ++r)
      for (uint32_t j = 0; j < kGemmStrip; ++j) acc[r][j] += static_cast<uint32_t>(a[r] * b[j]);
  std::memcpy(result, acc, sizeof acc);
}

SYSTOLE_VECTOR_CLONES
void multiply1(const int32_t* a, const int8_t* b, uint32_t k, uint32_t (*acc)[kGemmStrip]) {
  multiply<1>(a, b, k, acc);
}
SYSTOLE_VECTOR_CLONES
void multiply4(const int32_t* a, const int8_t* b, uint32_t k, uint32_t (*acc)[kGemmStrip]) {
  multiply<4>(a, b, k, acc);
}
SYSTOLE_VECTOR_CLONES
void multiply8(const int32_t* a, const int8_t* b, uint32_t k, uint32_t (*acc)[kGemmStrip]) {
  multiply<8>(a, b, k, acc);
}

/// Exchanges the blocks of `shift` bits above and below the diagonal.
void exchange(uint64_t& x, uint64_t& y, unsigned shift, uint64_t mask) {
  const uint64_t t = ((x >> shift) ^ y) & mask;
  y ^= t;
  x ^= t << shift;
}

}  // namespace

void gemm_multiply(const int32_t* a, const int8_t* b, uint32_t k, uint32_t rows,
                   uint32_t (*acc)[kGemmStrip]) {
  if (rows == 1)
    multiply1(a, b, k, acc);
  else if (rows == 4)
    multiply4(a, b, k, acc);
  else
    multiply8(a, b, k, acc);
}

void gemm_transpose8(const uint8_t* const in[8], uint32_t count, uint8_t* out, size_t out_step) {
  uint32_t at = 0;
  for (; at + 8 <= count; at += 8) {
    uint64_t w[8];
    for (unsigned i = 0; i < 8; ++i) std::memcpy(&w[i], in[i] + at, 8);
    for (unsigned i = 0; i < 8; i += 2) exchange(w[i], w[i + 1], 8, 0x00ff00ff00ff00ff);
    for (unsigned i = 0; i < 8; i += i % 2 ? 3 : 1)
      exchange(w[i], w[i + 2], 16, 0x0000ffff0000ffff);
    for (unsigned i = 0; i < 4; ++i) exchange(w[i], w[i + 4], 32, 0x00000000ffffffff);
    for (unsigned i = 0; i < 8; ++i) std::memcpy(out + (at + i) * out_step, &w[i], 8);
  }
  for (; at < count; ++at)
    for (unsigned i = 0; i < 8; ++i) out[at * out_step + i] = in[i][at];
}

}  // namespace systole
