#include "tlm/vpu/vpu_twin.h"

#include <cstring>

#include "tlm/gen/vpu_reg_table.h"
#include "tlm/gen/vpu_regs.h"
#include "tlm/vpu/vpu_timing.h"

namespace systole {

/// A period that may be refused only because it does not divide the columns takes a division.
unsigned VpuTwin::check_cycles(const uint8_t* desc) const {
  hw::VpuDescriptor d;
  std::memcpy(static_cast<void*>(&d), desc, sizeof d);
  if (d.opcode != hw::VPU_OP_ROTARY || d.period % 2 != 0 || d.period < 2 || d.period > d.cols)
    return 2;
  d.period = d.cols;
  return check(reinterpret_cast<const uint8_t*>(&d)) == 0 ? 10 : 2;
}

TwinOutcome VpuTwin::run(const uint8_t* desc, uint64_t start, TwinPort& port) {
  const VpuRun timing = vpu_run_timing(desc, config_, port, start);
  TwinOutcome outcome;
  outcome.done_cycle = timing.end_cycle;
  outcome.read_stall_cycles = timing.read_stall_cycles;
  outcome.write_stall_cycles = timing.write_stall_cycles;
  outcome.work = vpu_work(desc);
  if (port.functional()) vpu_execute(desc, config_, port.memory());
  return outcome;
}

bool VpuTwin::operands(const uint8_t* desc, std::vector<TwinOperand>& out) const {
  using D = hw::VpuDescriptor;
  D d;
  std::memcpy(static_cast<void*>(&d), desc, sizeof d);
  const auto matrix = [&](size_t field, uint64_t stride, uint64_t row_bytes, bool written = false) {
    out.push_back({field, (d.rows - 1) * stride + row_bytes, written});
  };
  const bool quantises = d.vpu_flags & hw::VPU_FLAGS_QUANT_OUT_MASK;
  const bool dequantises = d.opcode == hw::VPU_OP_DEQUANTIZE;
  matrix(offsetof(D, x_addr), d.x_stride, uint64_t{d.cols} * (dequantises ? 1 : 4));
  if (vpu_uses_y(desc))
    matrix(offsetof(D, y_addr), d.y_stride,
           uint64_t{d.cols} * (d.opcode == hw::VPU_OP_LAYERNORM ? 8 : 4));
  matrix(offsetof(D, d_addr), d.d_stride, uint64_t{d.cols} * (quantises ? 1 : 4), true);
  if (quantises || dequantises) matrix(offsetof(D, s_addr), 4, 4, quantises);
  return true;
}

std::unique_ptr<EngineTwin> make_vpu_twin(const std::string& name, const VpuTwinConfig& config) {
  EngineTwinConfig engine;
  engine.clock = config.clock;
  engine.batch_cycles = config.batch_cycles;
  engine.registers = &hw::VPU_TABLE;
  engine.port.data_bytes = config.width_bits / 8;
  engine.port.functional = config.functional;
  engine.port.in_order = true;
  engine.remember = config.remember && !config.functional;
  engine.apart = config.apart;
  engine.config_words = {config.lanes, engine.port.data_bytes, config.max_cols};
  engine.parameters = "DataWidth=" + std::to_string(config.width_bits) +
                      " Lanes=" + std::to_string(config.lanes) +
                      " MaxCols=" + std::to_string(config.max_cols);
  VpuConfig vpu;
  vpu.lanes = config.lanes;
  vpu.data_bytes = engine.port.data_bytes;
  vpu.max_cols = config.max_cols;
  return std::make_unique<EngineTwin>(name.c_str(), engine, std::make_unique<VpuTwin>(vpu));
}

}  // namespace systole
