// Core-local interruptor: timer and software interrupt of hart 0, SiFive CLINT layout.
// Downstream: the CPU's timer and software interrupts.
#pragma once
#include <cstdint>
#include <functional>

#include "tlm/core/address_map.h"
#include "tlm/core/register_device.h"

namespace systole {

/// mtime counts at address_map::kTimebaseHz (10 MHz) of simulated time, whatever the SoC clock.
///   0x0000  msip (bit 0)          0x4000  mtimecmp (reset: all ones)     0xbff8  mtime
/// 32- and 64-bit accesses; the others read as 0 and ignore writes. The timer interrupt is up while
/// mtime >= mtimecmp.
class Clint : public RegisterDevice {
 public:
  explicit Clint(const sc_core::sc_module_name& name);

  void on_timer_interrupt(std::function<void(bool)> callback) { on_timer_ = std::move(callback); }
  void on_software_interrupt(std::function<void(bool)> callback) {
    on_software_ = std::move(callback);
  }

 private:
  bool read(uint64_t offset, unsigned bytes, uint64_t* value, bool debug) override;
  bool write(uint64_t offset, unsigned bytes, uint64_t value) override;
  uint64_t mtime() const;
  /// Recomputes both lines and the time of the next change.
  void update();

  std::function<void(bool)> on_timer_, on_software_;
  sc_core::sc_event due_{"due"};
  uint64_t mtimecmp_ = ~uint64_t{0};
  uint64_t offset_ = 0;  ///< mtime - timebase ticks since time 0
  bool msip_ = false, timer_line_ = false, software_line_ = false;
};

}  // namespace systole
