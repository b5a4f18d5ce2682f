// The SoC's address map: one place for every base, size and interrupt number.
// What a plain RISC-V program needs sits where QEMU's `virt` machine has it.
#pragma once
#include <cstdint>

namespace systole::address_map {

inline constexpr uint64_t kBootRomBase = 0x0000'1000, kBootRomBytes = 60 * 1024;
inline constexpr uint64_t kFinisherBase = 0x0010'0000, kFinisherBytes = 0x1000;
inline constexpr uint64_t kClintBase = 0x0200'0000, kClintBytes = 0x1'0000;
inline constexpr uint64_t kPlicBase = 0x0c00'0000, kPlicBytes = 0x400'0000;
inline constexpr uint64_t kUartBase = 0x1000'0000, kUartBytes = 0x100;
inline constexpr uint64_t kSysctlBase = 0x100f'0000, kSysctlBytes = 0x1000;
/// Engine n (GEMMs, then VPUs, then DMAs) is at kEngineBase + n * kEngineStride.
inline constexpr uint64_t kEngineBase = 0x1100'0000, kEngineStride = 0x1'0000,
                          kEngineBytes = 0x1000;
inline constexpr uint64_t kSpmBase = 0x4000'0000;
inline constexpr uint64_t kDramBase = 0x8000'0000;
/// Model image, read only; further images follow, each at the next multiple of kImageAlign.
inline constexpr uint64_t kModelBase = 0x10'0000'0000;
inline constexpr uint64_t kImageAlign = 0x1000;
/// Addresses are 40 bit.
inline constexpr uint64_t kAddressEnd = uint64_t{1} << 40;

inline constexpr unsigned kUartIrq = 10;
/// PLIC source of engine 0; engine n has source kEngineIrq + n.
inline constexpr unsigned kEngineIrq = 32;
inline constexpr unsigned kMaxEngines = 32;

/// CLINT's mtime counts at this rate of simulated time, whatever the SoC clock.
inline constexpr uint64_t kTimebaseHz = 10'000'000;

}  // namespace systole::address_map
