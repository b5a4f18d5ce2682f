// The host's SSE control register as the guest's rounding mode and exception flags.
#pragma once
#include <xmmintrin.h>

#include <cstdint>

namespace systole::riscv {

inline constexpr unsigned kMxcsrDefault = 0x1f80, kMxcsrFlags = 0x3f, kMxcsrRounding = 0x6000;

/// MXCSR rounding bits of frm 0 to 3 (nearest even, to zero, down, up); nearest for the others.
inline unsigned host_rounding(unsigned rm) {
  constexpr unsigned kBits[4] = {0x0000, 0x6000, 0x2000, 0x4000};
  return rm < 4 ? kBits[rm] : 0;
}

/// RISC-V fflags (NV 16, DZ 8, OF 4, UF 2, NX 1) of MXCSR's sticky bits.
inline uint32_t guest_flags(unsigned csr) {
  return (csr & 1) << 4 | (csr & 4) << 1 | (csr & 8) >> 1 | (csr & 0x10) >> 3 | (csr & 0x20) >> 5;
}

/// While it lives the host rounds as the guest asks and its sticky flags are the guest's.
/// leave() gives the flags raised so far and restores what the simulator's own code needs.
class FloatEnvironment {
 public:
  void enter(unsigned frm) {
    host_ = _mm_getcsr();
    _mm_setcsr(kMxcsrDefault | host_rounding(frm));
  }
  uint32_t leave() {
    const uint32_t flags = guest_flags(_mm_getcsr());
    _mm_setcsr(host_);
    return flags;
  }

 private:
  unsigned host_ = kMxcsrDefault;
};

}  // namespace systole::riscv
