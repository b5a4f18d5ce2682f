#include "tlm/core/footprint.h"

#include <cstring>

#include "tlm/gen/dma_regs.h"
#include "tlm/gen/gemm_regs.h"
#include "tlm/gen/vpu_regs.h"

namespace systole {
namespace {

template <class Descriptor>
Descriptor as(const uint8_t* bytes) {
  Descriptor d;
  std::memcpy(static_cast<void*>(&d), bytes, sizeof d);
  return d;
}

uint64_t up(uint64_t value, uint64_t unit) { return (value + unit - 1) / unit * unit; }

std::vector<Span> gemm(const hw::GemmDescriptor& d, uint32_t array_rows, uint32_t array_cols) {
  std::vector<Span> spans;
  if (d.opcode != hw::GEMM_OP_MATMUL) return spans;
  spans.push_back({d.a_addr, d.k, d.m, d.lda, false});
  if (d.b_layout == hw::GEMM_B_LAYOUT_ROWS)
    spans.push_back({d.b_addr, d.n, d.k, d.ldb, false});
  else if (d.b_layout == hw::GEMM_B_LAYOUT_TRANSPOSED)
    spans.push_back({d.b_addr, d.k, d.n, d.ldb, false});
  else
    spans.push_back({d.b_addr, up(d.n, array_cols) * up(d.k, array_rows), 1, 0, false});
  if (d.out_type != hw::GEMM_OUT_TYPE_INT32) {
    spans.push_back({d.row_scale_addr, uint64_t{d.m} * 4, 1, 0, false});
    spans.push_back({d.col_scale_addr, uint64_t{d.n} * 4, 1, 0, false});
    if (d.gemm_flags & hw::GEMM_FLAGS_BIAS_MASK)
      spans.push_back({d.bias_addr, uint64_t{d.n} * 4, 1, 0, false});
  }
  const uint64_t row = uint64_t{d.n} * (d.out_type == hw::GEMM_OUT_TYPE_INT8 ? 1 : 4);
  if (d.gemm_flags & hw::GEMM_FLAGS_ACCUMULATE_MASK)
    spans.push_back({d.c_addr, row, d.m, d.ldc, false});
  spans.push_back({d.c_addr, row, d.m, d.ldc, true});
  return spans;
}

std::vector<Span> vpu(const hw::VpuDescriptor& d) {
  std::vector<Span> spans;
  if (d.opcode == hw::VPU_OP_NOP || d.opcode > hw::VPU_OP_DEQUANTIZE) return spans;
  const bool dequantise = d.opcode == hw::VPU_OP_DEQUANTIZE;
  const bool quantised = d.vpu_flags & hw::VPU_FLAGS_QUANT_OUT_MASK;
  spans.push_back({d.x_addr, uint64_t{d.cols} * (dequantise ? 1 : 4), d.rows, d.x_stride, false});
  uint64_t y = 0;  // columns of a row of y
  switch (d.opcode) {
    case hw::VPU_OP_RMSNORM:
    case hw::VPU_OP_ADD:
    case hw::VPU_OP_MUL:
    case hw::VPU_OP_SWIGLU:
      y = d.cols;
      break;
    case hw::VPU_OP_LAYERNORM:
      y = 2 * uint64_t{d.cols};
      break;
    case hw::VPU_OP_ROTARY:
      y = d.period;
      break;
    default:
      if (d.vpu_flags & hw::VPU_FLAGS_MUL_Y_MASK) y = d.cols;
  }
  if (y) spans.push_back({d.y_addr, y * 4, d.y_stride ? d.rows : 1, d.y_stride, false});
  if (quantised || dequantise) spans.push_back({d.s_addr, uint64_t{d.rows} * 4, 1, 0, quantised});
  spans.push_back({d.d_addr, uint64_t{d.cols} * (quantised ? 1 : 4), d.rows, d.d_stride, true});
  return spans;
}

std::vector<Span> dma(const hw::DmaDescriptor& d) {
  std::vector<Span> spans;
  if (d.opcode == hw::DMA_OP_COPY)
    spans.push_back({d.src, d.row_bytes, d.rows, d.src_stride, false});
  if (d.opcode == hw::DMA_OP_COPY || d.opcode == hw::DMA_OP_FILL)
    spans.push_back({d.dst, d.row_bytes, d.rows, d.dst_stride, true});
  return spans;
}

}  // namespace

std::vector<Span> footprint(const std::string& kind, const uint8_t* descriptor, uint32_t array_rows,
                            uint32_t array_cols) {
  if (kind == "gemm") return gemm(as<hw::GemmDescriptor>(descriptor), array_rows, array_cols);
  if (kind == "vpu") return vpu(as<hw::VpuDescriptor>(descriptor));
  return dma(as<hw::DmaDescriptor>(descriptor));
}

}  // namespace systole
