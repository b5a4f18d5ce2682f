// A matrix product whose A is read from DRAM once: staged in SPM by the DMA while the array works.
#pragma once
#include "sw_driver/include/buffer.h"
#include "sw_driver/kernels/gemm.h"

namespace systole::driver {

/// The same product as gemm(), with the same checks and the same result, for operands in DRAM.
/// Blocks of rows of A are copied into `scratch` (SPM; two halves, one is filled while the other is
/// used); the first block's first columns are computed straight from DRAM meanwhile. B is read once
/// per block. Needs 2 * k bytes of scratch at least; the more rows fit, the less often B is read.
/// The scratch is free again when the operation has completed. args.tile must be left 0; args.a
/// must not be in the scratch. Also counts as one gemm call and, for the copies, as copy calls.
/// NoMemory: the scratch is too small.
Status gemm_staged(CommandStream& stream, const GemmArgs& args, const Buffer& scratch,
                   Ticket* ticket = nullptr);

/// Bytes the product reads from DRAM when it runs directly and when it is staged with that much
/// scratch.
struct GemmTraffic {
  uint64_t direct_bytes = 0, staged_bytes = 0;
  uint64_t array_cycles = 0;  ///< what the array needs at least
};
GemmTraffic gemm_traffic(const EngineConfig& config, const GemmArgs& args, uint64_t scratch_bytes);

/// The rule: staging pays if DRAM, and not the array, is what a direct product waits for, and
/// staging takes at least a tenth off that. Measured on the RTL (M=N=256, K=512, 16 x 16 array,
/// 128-bit bus, 256 KiB of scratch; cycles direct / staged): DRAM of 32 bytes a cycle 134 157 / 143
/// 274, of 8 bytes 154 576 / 157 516, of 4 bytes 265 822 / 211 340. `dram_bytes_per_cycle`: at
/// least 1.
bool gemm_staging_pays(const EngineConfig& config, const GemmArgs& args, uint64_t scratch_bytes,
                       uint64_t dram_bytes_per_cycle);

/// The product for operands in DRAM: staged in `scratch` where the rule says that it pays, else
/// direct. Status as gemm() and gemm_staged().
Status gemm_from_dram(CommandStream& stream, const Soc& soc, const GemmArgs& args,
                      const Buffer& scratch, Ticket* ticket = nullptr);

}  // namespace systole::driver
