// What the instruction-set simulator needs of its surroundings. No SystemC here.
// Implementations: FlatMachine (tests, programs alone), RiscvCpu (the SoC).
#pragma once
#include <cstdint>

namespace systole::riscv {

/// A piece of physical memory that may be accessed through a host pointer.
struct DirectRegion {
  uint64_t base = 0, size = 0;  ///< bytes; whole 4 KiB pages
  uint8_t* host = nullptr;      ///< of `base`
  bool writable = false;
};

class Bus {
 public:
  virtual ~Bus() = default;

  /// One access of 1, 2, 4 or 8 bytes at a physical address; false: it was refused and the
  /// instruction takes an access fault. Hart::cycles() and instret() are exact during the call.
  virtual bool read(uint64_t addr, unsigned bytes, void* data) = 0;
  virtual bool write(uint64_t addr, unsigned bytes, const void* data) = 0;

  /// A read for a debugger, of any size: no time passes and nothing changes. False: there is
  /// nothing to be seen.
  virtual bool peek(uint64_t addr, uint64_t bytes, void* data) = 0;

  /// The region that holds `addr`; false: accesses there go through read() and write().
  virtual bool direct(uint64_t addr, DirectRegion* region) = 0;

  /// Value of mcycle before the guest's own offset, and of `time`. Exact at the instruction.
  virtual uint64_t cycle_count() = 0;
  virtual uint64_t time_count() = 0;
};

}  // namespace systole::riscv
