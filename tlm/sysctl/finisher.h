// The SiFive test device: software ends the simulation through it.
// Upstream: the CPU. Downstream: the platform, through a callback.
#pragma once
#include <cstdint>
#include <functional>

#include "tlm/core/register_device.h"

namespace systole {

/// A 32-bit write of 0x5555 to offset 0 means pass (code 0), of code << 16 | 0x3333 fail with that
/// code (1 if the code is 0). Anything else is ignored; reads give 0; sizes other than 4 are
/// refused.
class Finisher : public RegisterDevice {
 public:
  /// `finish` is called with the exit code, at the time of the write, possibly more than once.
  Finisher(const sc_core::sc_module_name& name, std::function<void(int)> finish);

 private:
  bool read(uint64_t offset, unsigned bytes, uint64_t* value, bool debug) override;
  bool write(uint64_t offset, unsigned bytes, uint64_t value) override;

  std::function<void(int)> finish_;
};

}  // namespace systole
