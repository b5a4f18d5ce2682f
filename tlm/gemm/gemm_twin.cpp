#include "tlm/gemm/gemm_twin.h"

#include <cstring>

#include "tlm/gemm/gemm_timing.h"
#include "tlm/gen/gemm_reg_table.h"
#include "tlm/gen/gemm_regs.h"
#include "tlm/twin/twin_port.h"

namespace systole {

TwinOutcome GemmTwin::run(const uint8_t* desc, uint64_t start, TwinPort& port) {
  std::vector<TwinOperand> places;
  if (port.bus().may_skip()) operands(desc, places);
  const GemmCycles cycles = time_gemm(desc, config_, start, port, progress_, look_ahead_, places);
  TwinOutcome outcome;
  outcome.done_cycle = cycles.done;
  outcome.read_stall_cycles = cycles.read_stall;
  outcome.write_stall_cycles = cycles.write_stall;
  hw::GemmDescriptor d;
  std::memcpy(static_cast<void*>(&d), desc, sizeof d);
  outcome.work = uint64_t{d.m} * d.n * d.k;
  // The bus has seen every byte: what has answered there is in memory.
  if (port.functional() && gemm_execute(desc, config_, port.memory()).error_code != 0)
    SC_REPORT_FATAL("systole/gemm_twin", "an operand lies in a device that takes bursts");
  return outcome;
}

bool GemmTwin::operands(const uint8_t* desc, std::vector<TwinOperand>& out) const {
  using D = hw::GemmDescriptor;
  D d;
  std::memcpy(static_cast<void*>(&d), desc, sizeof d);
  const auto matrix = [&](size_t field, uint64_t rows, uint64_t stride, uint64_t row_bytes) {
    out.push_back({field, (rows - 1) * stride + row_bytes, field == offsetof(D, c_addr)});
  };
  const auto round_up = [](uint64_t x, uint64_t unit) { return (x + unit - 1) / unit * unit; };
  matrix(offsetof(D, a_addr), d.m, d.lda, d.k);
  if (d.b_layout == hw::GEMM_B_LAYOUT_ROWS)
    matrix(offsetof(D, b_addr), d.k, d.ldb, d.n);
  else if (d.b_layout == hw::GEMM_B_LAYOUT_TRANSPOSED)
    matrix(offsetof(D, b_addr), d.n, d.ldb, d.k);
  else
    matrix(offsetof(D, b_addr), 1, 0, round_up(d.n, config_.cols) * round_up(d.k, config_.rows));
  matrix(offsetof(D, c_addr), d.m, d.ldc, d.out_type == hw::GEMM_OUT_TYPE_INT8 ? d.n : d.n * 4);
  if (d.out_type == hw::GEMM_OUT_TYPE_INT32) return true;
  matrix(offsetof(D, row_scale_addr), d.m, 4, 4);
  matrix(offsetof(D, col_scale_addr), d.n, 4, 4);
  if (d.gemm_flags & hw::GEMM_FLAGS_BIAS_MASK) matrix(offsetof(D, bias_addr), d.n, 4, 4);
  return true;
}

std::unique_ptr<EngineTwin> make_gemm_twin(const std::string& name, const GemmTwinConfig& config) {
  const GemmConfig& gemm = config.gemm;
  EngineTwinConfig engine;
  engine.clock = config.clock;
  engine.batch_cycles = config.batch_cycles;
  engine.registers = &hw::GEMM_TABLE;
  engine.config_words = {gemm.cols << 16 | gemm.rows,
                         gemm.data_bytes,
                         gemm.a_buffer_bytes,
                         gemm.b_buffer_bytes,
                         gemm.acc_buffer_bytes,
                         kGemmMaxTileN << 16 | kGemmMaxTileM,
                         0,
                         0};
  engine.parameters = "Rows=" + std::to_string(gemm.rows) + " Cols=" + std::to_string(gemm.cols) +
                      " DataWidth=" + std::to_string(gemm.data_bytes * 8);
  engine.port.data_bytes = gemm.data_bytes;
  engine.port.functional = config.functional;
  engine.port.in_order = config.functional;
  engine.remember = config.remember && !config.functional;
  engine.apart = config.apart;
  engine.repeat_alike = config.repeat_alike;
  return std::make_unique<EngineTwin>(name.c_str(), engine, std::make_unique<GemmTwin>(gemm));
}

}  // namespace systole
