// The cycles of a GEMM operation, from the structure of rtl/gemm: requests, slabs, tiles, rows,
// pieces and beats. Upstream: a legal descriptor. Downstream: TwinPort, one transaction per burst.
#pragma once
#include <cstdint>
#include <vector>

#include "tlm/gemm/gemm_arith.h"
#include "tlm/gemm/gemm_look_ahead.h"
#include "tlm/gemm/gemm_progress.h"
#include "tlm/twin/twin_core.h"
#include "tlm/twin/twin_port.h"

namespace systole {

struct GemmCycles {
  uint64_t done = 0;  ///< of done_o
  uint64_t read_stall = 0, write_stall = 0;
};

/// Walks the operation in the order of time; `start` is the cycle of start_i. Leaves by TwinStop if
/// the port says so; `progress` is its own until then. Looks ahead of simulated time where that is
/// exact (GemmSkip); `operands` are the descriptor's, none: it must not.
GemmCycles time_gemm(const uint8_t* desc, const GemmConfig& config, uint64_t start, TwinPort& port,
                     GemmProgress& progress, GemmLookAhead& look_ahead,
                     const std::vector<TwinOperand>& operands);

}  // namespace systole
