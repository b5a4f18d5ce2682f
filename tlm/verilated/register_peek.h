// Reads a register of a verilated engine without touching it.
// Upstream: RtlEngine's debug transport. Downstream: RtlModel. No SystemC here.
#pragma once
#include <cstdint>
#include <optional>

#include "tlm/verilated/rtl_library.h"

namespace systole {

/// What an AXI4-Lite read of `addr` that began now would answer, the manager port standing still
/// meanwhile. It is carried out in a copy of the process, so the model, its counters and its time
/// stay as they are. Some milliseconds. Nothing: refused, or an access is under way.
std::optional<uint32_t> peek_register(RtlModel& model, uint32_t addr);

}  // namespace systole
