// Where a hart's time goes: counts by the virtual address of each instruction.
// Upstream: Hart, which counts entries into blocks and hands them over now and then.
#pragma once
#include <array>
#include <cstdint>
#include <unordered_map>

#include "tlm/cpu/riscv/block_cache.h"

namespace systole::riscv {

/// Of one instruction. In sum, `instructions` is what the hart has retired, `cycles` what it has
/// executed (Hart::cycles()); entering a trap counts as cycles of the handler's first instruction.
struct ProfileCount {
  uint64_t instructions = 0;
  uint64_t cycles = 0;
  uint64_t stall_cycles = 0;  ///< SoC cycles in accesses to what has no host pointer: devices
  uint64_t sleep_cycles = 0;  ///< SoC cycles in WFI

  ProfileCount& operator+=(const ProfileCount& other) {
    instructions += other.instructions;
    cycles += other.cycles;
    stall_cycles += other.stall_cycles;
    sleep_cycles += other.sleep_cycles;
    return *this;
  }
};

/// Exact after Hart::collect_profile(); before, some of what has run is missing.
class Profile {
 public:
  const std::unordered_map<uint64_t, ProfileCount>& counts() const { return counts_; }
  ProfileCount total() const;

  // For the hart.
  using ClassCycles = std::array<uint32_t, kOpClasses>;
  /// A block was entered `runs` times.
  void ran(const Block& block, uint64_t runs, const ClassCycles& cycles);
  /// One of the times it was left before `from`.
  void not_run(const Block& block, const Op* from, const ClassCycles& cycles);
  void spend(uint64_t pc, uint64_t cycles) { counts_[pc].cycles += cycles; }
  void stall(uint64_t pc, uint64_t soc_cycles) { counts_[pc].stall_cycles += soc_cycles; }
  void sleep(uint64_t pc, uint64_t soc_cycles) { counts_[pc].sleep_cycles += soc_cycles; }

 private:
  void add(const Block& block, const Op* from, uint64_t runs, const ClassCycles& cycles);

  std::unordered_map<uint64_t, ProfileCount> counts_;
};

}  // namespace systole::riscv
