// The platform-level interrupt controller, as machine mode of hart 0 sees it.
// Source: RISC-V Platform-Level Interrupt Controller Specification 1.0.0.
#pragma once
#include "sw_driver/hal/hal.h"

namespace systole::driver {

class Plic {
 public:
  void init(Hal& hal, uint64_t base) {
    hal_ = &hal;
    base_ = base;
  }

  /// Priority 1 for `source` (1 to 1023), enabled for context 0, whose threshold becomes 0.
  /// BusError, BadArgument.
  Status enable(uint32_t source);
  Status disable(uint32_t source);

  /// The pending source of highest priority, now being served; 0 if none is pending.
  Status claim(uint32_t* source);
  /// Ends the service of `source`; its line is looked at again.
  Status complete(uint32_t source);

 private:
  Hal* hal_ = nullptr;
  uint64_t base_ = 0;
};

}  // namespace systole::driver
