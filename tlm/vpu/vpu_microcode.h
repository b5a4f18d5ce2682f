// The passes of an operation and how long their parts take: rtl/vpu/vpu_passes.sv, vpu_lanes.sv,
// vpu_reduce.sv and vpu_scalar.sv without data. Downstream: vpu_timing.cpp.
#pragma once
#include <array>
#include <cstdint>

#include "tlm/gen/vpu_regs.h"

namespace systole {

enum class VpuReduction : uint8_t { kNone, kMaximum, kSum };
enum class VpuScalar : uint8_t { kNone, kRecip, kMean, kNorm, kQuant };

/// One pass over a row.
struct VpuPass {
  uint32_t latency = 0;  ///< cycles of the lanes' stations in use
  VpuReduction reduction = VpuReduction::kNone;
  VpuScalar scalar = VpuScalar::kNone;
  bool valid_only = false;  ///< words of the valid length only
  bool uses_y = false;
  bool second_y = false;  ///< the second half of y
  bool store_x = false;   ///< writes the x buffer
  bool last = false;      ///< its results leave; the row ends
};

struct VpuProgram {
  std::array<VpuPass, 6> passes;
  uint32_t count = 0;
};

VpuProgram vpu_program(const hw::VpuDescriptor& desc);

/// From start_i to done_o of vpu_scalar.
uint32_t vpu_scalar_cycles(VpuScalar op);
/// From the row's last word at vpu_reduce to its done_o.
uint32_t vpu_reduction_cycles(VpuReduction op, uint32_t lanes);

}  // namespace systole
