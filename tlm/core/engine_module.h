// What every engine is to the SoC, and the mark of the modules whose threads are engines, so that
// engines do not program each other.
#pragma once
#include <cstdint>
#include <functional>
#include <systemc>
#include <tlm>

#include "tlm/core/report.h"

namespace systole {

class SkippableBus;

/// Base of every engine (verilated or twin). An engine's manager port reaches memories and devices,
/// not the registers of engines: a thread that waits for itself, or two that wait for each other,
/// would hang. Register targets of engines refuse (SLVERR) what called_by_engine() says is such an
/// access.
class EngineModule {
 public:
  virtual ~EngineModule() = default;
  /// Registers.
  virtual tlm::tlm_target_socket<>& target_socket() = 0;
  /// The engine's own bus traffic.
  virtual tlm::tlm_initiator_socket<>& manager_socket() = 0;
  /// Called from the engine's thread when the interrupt's level changes; it must not wait.
  virtual void on_interrupt(std::function<void(bool)> callback) = 0;
  virtual RtlReport report() const = 0;
  /// Called before the engine writes [addr, addr + bytes) through a host pointer, in the same
  /// moment of simulated time. An engine that writes by transactions only (verilated ones) never
  /// calls it.
  virtual void on_direct_write(std::function<void(uint64_t addr, uint64_t bytes)>) {}
  /// The manager port is initiator `initiator` of `bus`, whose traffic may be skipped. Optional: an
  /// engine that skips nothing need not know.
  virtual void connect(SkippableBus& /*bus*/, unsigned /*initiator*/) {}
  /// Called at the end of an operation of which bursts were left out, because they are known: when
  /// the operation's first burst was issued, when its last write was answered, and the bytes it has
  /// read, whole beats.
  using SkippedCallback = std::function<void(uint64_t first_ps, uint64_t last_ps, uint64_t bytes)>;
  virtual void on_skipped(SkippedCallback) {}
  /// An access of the engine's to the bus, as it has been.
  struct BusAccess {
    bool is_write;
    uint32_t bytes, enabled;  ///< whole beats; of them those that are meant
    uint64_t begin_ps, end_ps;
  };
  /// Called after each that went straight to the bus, without data (SkippableBus::book); every
  /// other one goes through the manager port.
  virtual void on_booked(std::function<void(const BusAccess&)>) {}
};

/// True if the running process belongs to an EngineModule.
inline bool called_by_engine() {
  const sc_core::sc_process_handle process = sc_core::sc_get_current_process_handle();
  return process.valid() && dynamic_cast<EngineModule*>(process.get_parent_object()) != nullptr;
}

}  // namespace systole
