// The driver's HAL over the native CPU's port, with a soft stop.
#pragma once
#include "sw_driver/hal/hal.h"
#include "tlm/cpu/host_port.h"

namespace systole {

/// Sees what the driver does to the SoC.
class HalObserver {
 public:
  virtual ~HalObserver() = default;
  /// Before it takes effect: memory is as the driver has left it.
  virtual void before_write(uint64_t addr, uint32_t value) = 0;
  // The others come after it, when simulated time has passed.
  virtual void on_write(uint64_t addr, uint32_t value) = 0;
  virtual void on_read(uint64_t addr, uint32_t value) = 0;
  virtual void on_pause(uint64_t cycles) = 0;
  virtual void on_putc(char c) = 0;
  virtual void on_wake() = 0;  ///< a wait for an interrupt has ended
};

/// After stop_softly() every wait of the driver ends at once with "no interrupt", so that the
/// driver unwinds with Timeout while registers can still be read: a partial run ends with its
/// counters. Waits are cut into slices so that a request is seen soon; this does not change
/// simulated times.
class PortHal : public driver::Hal {
 public:
  explicit PortHal(HostPort& port) : port_(port) {}

  driver::Status read32(uint64_t addr, uint32_t* value) override;
  driver::Status write32(uint64_t addr, uint32_t value) override;
  void* map(uint64_t addr, uint64_t bytes) override { return port_.map(addr, bytes); }
  void fence() override {}
  uint64_t now_cycles() override { return port_.now_cycles(); }
  bool wait_for_interrupt(uint64_t timeout_cycles) override;
  void pause(uint64_t cycles) override;
  void putc(char c) override;

  /// Null: none. It must outlive this object or be taken away.
  void observe(HalObserver* observer) { observer_ = observer; }

  /// Callable between two sc_start() calls or from any SystemC process.
  void stop_softly() { stopping_ = true; }
  bool stopping() const { return stopping_ || port_.stop_requested(); }

 private:
  HostPort& port_;
  HalObserver* observer_ = nullptr;
  bool stopping_ = false;
};

}  // namespace systole
