// A host CPU of the SoC, whatever runs its software.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tlm>

namespace systole {

/// Downstream: the interconnect. Upstream: interrupt lines from PLIC and CLINT.
class HostCpu {
 public:
  virtual ~HostCpu() = default;

  /// To be connected to the interconnect.
  virtual tlm::tlm_initiator_socket<>& bus_socket() = 0;

  /// Machine external interrupt (the PLIC's M context). Call from a SystemC process.
  virtual void set_external_interrupt(bool level) = 0;
  /// Supervisor external interrupt (the S context); the native CPU has no use for it.
  virtual void set_supervisor_interrupt(bool) {}
  /// Timer and software interrupts (CLINT); the native CPU has no use for them.
  virtual void set_timer_interrupt(bool level) = 0;
  virtual void set_software_interrupt(bool level) = 0;

  /// Called once, in simulation, when the software has ended with this exit code.
  virtual void on_exit(std::function<void(int)> callback) = 0;
  /// Empty while the software runs.
  virtual std::optional<int> exit_code() const = 0;

  /// Ends waits and makes the software return soon. Call from a SystemC process, or between two
  /// sc_start() calls; not from a signal handler or another thread.
  virtual void request_stop() = 0;

  virtual std::string model() const = 0;      ///< "native"
  virtual uint64_t instructions() const = 0;  ///< executed; 0 if not counted
};

}  // namespace systole
