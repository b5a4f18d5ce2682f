// Marks the modules whose threads are engines, so that engines do not program each other.
#pragma once
#include <systemc>

namespace systole {

/// Base of every engine (verilated or twin). An engine's manager port reaches memories and devices,
/// not the registers of engines: a thread that waits for itself, or two that wait for each other,
/// would hang. Register targets of engines refuse (SLVERR) what called_by_engine() says is such an
/// access.
class EngineModule {
 public:
  virtual ~EngineModule() = default;
};

/// True if the running process belongs to an EngineModule.
inline bool called_by_engine() {
  const sc_core::sc_process_handle process = sc_core::sc_get_current_process_handle();
  return process.valid() && dynamic_cast<EngineModule*>(process.get_parent_object()) != nullptr;
}

}  // namespace systole
