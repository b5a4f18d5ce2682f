// When the VPU's RTL does what: load, passes, reductions, store, in cycles and without data.
// Upstream: VpuTwin. Downstream: the TwinPort, which has reader, writer and bus.
#pragma once
#include <cstdint>

#include "tlm/twin/twin_port.h"
#include "tlm/vpu/vpu_arith.h"

namespace systole {

struct VpuRun {
  uint64_t end_cycle = 0;  ///< of vpu_core's done_o
  uint64_t read_stall_cycles = 0, write_stall_cycles = 0;
};

/// Runs a descriptor that vpu_check() accepts; start_i of vpu_core is in `start_cycle`. Leaves by
/// what the port throws.
///
/// Follows the structure of rtl/vpu beat by beat and word by word: requests one row ahead, the
/// gearboxes, the row buffers' write port that passes and loader share, the lanes' depth, reduction
/// trees, the scalar unit, the store's credit. Equal to the RTL to the cycle if the bus answers
/// alike. The cycles depend on shapes, addresses and the bus only.
/// Approximate: with more bursts of a row than may be in flight (max_reads), reads and writes of
/// the same few cycles may reach the bus in another order than the RTL's. Measured
/// (docs/fidelity.md): no difference in 1350 operations alone on the bus.
VpuRun vpu_run_timing(const uint8_t* desc, const VpuConfig& config, TwinPort& port,
                      uint64_t start_cycle);

}  // namespace systole
