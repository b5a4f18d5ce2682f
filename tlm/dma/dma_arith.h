// What the DMA engine does, without time. Descriptor: rtl/regs/dma.yaml, tlm/gen/dma_regs.h.
// Upstream: descriptors. Downstream: the twin, mock hardware, tests. Results are the RTL's.
#pragma once
#include <cstdint>

#include "tlm/core/op.h"

namespace systole {

/// What decides where bursts begin, and so which address an error names.
struct DmaConfig {
  uint32_t data_bytes = 16;       ///< AXI data width: 8, 16, 32 or 64
  uint32_t max_burst_beats = 16;  ///< 1 to 256
};

/// 0, ILLEGAL_DESC or ILLEGAL_SIZE; an ILLEGAL_DESC goes before an ILLEGAL_SIZE. Looks at the
/// opcode and the operands only, not at the header; NOP with zero operands is fine.
uint8_t dma_check(const uint8_t* desc, const DmaConfig& config);

/// Checks, then copies or fills row by row. Bytes between the rows stay untouched. Addresses are
/// modulo 2^40. On a bus error the rows before it may be done; the first burst that fails is
/// reported, reads before writes (RTL's reads run ahead of its writes; which of two failing ones is
/// first depends there on the memory's timing).
OpResult dma_execute(const uint8_t* desc, const DmaConfig& config, MemoryView& memory);

}  // namespace systole
