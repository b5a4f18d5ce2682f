// What software on the native host CPU sees of the SoC. The driver's Hal is a thin adapter over it.
// No SystemC here. Implementations: NativeCpu.
#pragma once
#include <cstdint>

namespace systole {

enum class HostStatus : uint8_t {
  Ok,
  BusError,  ///< nothing answers at this address, or the target refused; nothing changed
  Stopped,   ///< the simulation is being stopped: nothing was done; return to the caller
};

/// All addresses are SoC addresses, all times SoC cycles. No method throws. After a stop request
/// every wait ends at once and register accesses return Stopped, so that a driver with time-outs
/// unwinds.
class HostPort {
 public:
  virtual ~HostPort() = default;

  /// One aligned 32-bit access over the bus; simulated time passes until it is done.
  virtual HostStatus read32(uint64_t addr, uint32_t* value) = 0;
  virtual HostStatus write32(uint64_t addr, uint32_t value) = 0;

  /// Host pointer to memory [addr, addr + bytes), null unless one memory holds all of it.
  /// Accesses through it take no simulated time. Read-only images must not be written through it.
  virtual void* map(uint64_t addr, uint64_t bytes) = 0;

  virtual uint64_t now_cycles() = 0;

  /// Sleeps until the external interrupt line is up or the time-out has passed; true: it is up.
  virtual bool wait_for_interrupt(uint64_t timeout_cycles) = 0;

  /// Lets simulated time pass; at once after a stop request.
  virtual void pause(uint64_t cycles) = 0;

  /// One character to the UART, as a register write.
  virtual void putc(char c) = 0;

  virtual bool stop_requested() const = 0;
};

}  // namespace systole
