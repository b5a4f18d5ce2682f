// Descriptors that the blocks refuse: every check once, and its edges, with the code it must give.
// Each spoils a legal descriptor. Used against the RTL alone and against RTL and twin side by side.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "tlm/gemm/gemm_arith.h"
#include "tlm/gen/dma_regs.h"
#include "tlm/gen/gemm_regs.h"
#include "tlm/gen/vpu_regs.h"

namespace systole::rtl_test {

struct IllegalVpu {
  const char* what;
  uint32_t opcode;  ///< of the legal descriptor
  uint32_t code;
  std::function<void(hw::VpuDescriptor&)> spoil;
};

struct IllegalDma {
  const char* what;
  uint32_t code;
  std::function<void(hw::DmaDescriptor&)> spoil;
};

struct IllegalGemm {
  const char* what;
  uint32_t code;
  std::function<void(hw::GemmDescriptor&)> spoil;
};

/// Of two rows of 24 columns, packed rows.
inline std::vector<IllegalVpu> illegal_vpu_descriptors() {
  using D = hw::VpuDescriptor;
  constexpr uint32_t desc = hw::ENGINE_ERR_ILLEGAL_DESC, size = hw::ENGINE_ERR_ILLEGAL_SIZE;
  constexpr uint32_t add = hw::VPU_OP_ADD, softmax = hw::VPU_OP_SOFTMAX;
  constexpr uint32_t rotary = hw::VPU_OP_ROTARY, act = hw::VPU_OP_ACT;
  constexpr uint32_t quantise = hw::VPU_OP_QUANTIZE, dequantise = hw::VPU_OP_DEQUANTIZE;
  constexpr uint64_t far = uint64_t{1} << 40;
  return {
      {"opcode 11", add, desc, [](D& d) { d.opcode = 11; }},
      {"opcode 255", add, desc, [](D& d) { d.opcode = 255; }},
      {"flag 3", add, desc, [](D& d) { d.vpu_flags = 8; }},
      {"flag 15", add, desc, [](D& d) { d.vpu_flags = 0x8000; }},
      {"reserved1", add, desc, [](D& d) { d.reserved1 = 1; }},
      {"reserved2", add, desc, [](D& d) { d.reserved2 = uint64_t{1} << 63; }},
      {"QUANT_OUT with DEQUANTIZE", dequantise, desc, [](D& d) { d.vpu_flags = 1; }},
      {"QUANTIZE without QUANT_OUT", quantise, desc, [](D& d) { d.vpu_flags = 0; }},
      {"MUL_Y", act, desc, [](D& d) { d.vpu_flags = 2; }},
      {"CAUSAL", act, desc, [](D& d) { d.vpu_flags = 4; }},
      {"act 6", act, desc, [](D& d) { d.act = 6; }},
      {"act without ACT", add, desc, [](D& d) { d.act = 1; }},
      {"x beyond 40 bits", add, desc, [](D& d) { d.x_addr |= far; }},
      {"y beyond 40 bits", add, desc, [](D& d) { d.y_addr |= far; }},
      {"d beyond 40 bits", add, desc, [](D& d) { d.d_addr |= far << 23; }},
      {"s beyond 40 bits", quantise, desc, [](D& d) { d.s_addr |= far; }},
      {"x misaligned", add, desc, [](D& d) { d.x_addr += 2; }},
      {"x stride misaligned", add, desc, [](D& d) { d.x_stride += 1; }},
      {"y misaligned", add, desc, [](D& d) { d.y_addr += 1; }},
      {"y stride misaligned", add, desc, [](D& d) { d.y_stride += 2; }},
      {"d misaligned", add, desc, [](D& d) { d.d_addr += 3; }},
      {"d stride misaligned", add, desc, [](D& d) { d.d_stride += 2; }},
      {"s misaligned", quantise, desc, [](D& d) { d.s_addr += 2; }},
      {"y not used", act, desc, [](D& d) { d.y_addr = 0x1000; }},
      {"y stride not used", act, desc, [](D& d) { d.y_stride = 4; }},
      {"y without MUL_Y", softmax, desc, [](D& d) { d.y_addr = 0x1000; }},
      {"s not used", add, desc, [](D& d) { d.s_addr = 0x1000; }},
      {"period not used", add, desc, [](D& d) { d.period = 8; }},
      {"period without CAUSAL", softmax, desc, [](D& d) { d.period = 8; }},
      {"valid not used", add, desc, [](D& d) { d.valid = 1; }},
      {"alpha not used", add, desc, [](D& d) { d.alpha = 1; }},
      {"alpha -0", hw::VPU_OP_RMSNORM, desc, [](D& d) { d.alpha = -0.0f; }},
      {"beta not used", softmax, desc, [](D& d) { d.beta = 1; }},
      {"alpha with another act", act, desc, [](D& d) { d.alpha = 1; }},
      {"no rows", add, size, [](D& d) { d.rows = 0; }},
      {"rows 2^20", add, size, [](D& d) { d.rows = 1048576; }},
      {"rows 2^31", add, size, [](D& d) { d.rows = 0x80000001u; }},
      {"no columns", add, size, [](D& d) { d.cols = 0; }},
      {"columns over MAX_COLS", act, size,
       [](D& d) {
         d.cols = 16385;
         d.d_stride = 1 << 20;
       }},
      {"columns 2^16", act, size,
       [](D& d) {
         d.cols = 65536 + 24;
         d.rows = 1;
       }},
      {"LAYERNORM over half of MAX_COLS", hw::VPU_OP_LAYERNORM, size,
       [](D& d) {
         d.cols = 8193;
         d.rows = 1;
       }},
      {"d stride below a row", add, size, [](D& d) { d.d_stride = 92; }},
      {"d stride below an int8 row", quantise, size, [](D& d) { d.d_stride = 23; }},
      {"valid 0", softmax, size, [](D& d) { d.valid = 0; }},
      {"valid over the columns", softmax, size, [](D& d) { d.valid = 25; }},
      {"CAUSAL without period", softmax, size, [](D& d) { d.vpu_flags = 4; }},
      {"CAUSAL grows over the columns", softmax, size,
       [](D& d) {
         d.vpu_flags = 4;
         d.period = 2;
       }},
      {"CAUSAL overflow", softmax, size,
       [](D& d) {
         d.vpu_flags = 4;
         d.period = 2;
         d.valid = 0xffffffffu;
       }},
      {"ROTARY odd columns", rotary, size, [](D& d) { d.cols = 23; }},
      {"ROTARY odd period", rotary, size, [](D& d) { d.period = 3; }},
      {"ROTARY no period", rotary, size, [](D& d) { d.period = 0; }},
      {"ROTARY period over the columns", rotary, size, [](D& d) { d.period = 48; }},
      {"ROTARY period 10 of 24", rotary, size, [](D& d) { d.period = 10; }},
      {"ROTARY period 16 of 24", rotary, size, [](D& d) { d.period = 16; }},
  };
}

/// Of a copy of rows of 64 bytes.
inline std::vector<IllegalDma> illegal_dma_descriptors() {
  using D = hw::DmaDescriptor;
  constexpr uint32_t desc = hw::ENGINE_ERR_ILLEGAL_DESC, size = hw::ENGINE_ERR_ILLEGAL_SIZE;
  return {
      {"opcode", desc, [](D& d) { d.opcode = 3; }},
      {"pattern of a copy", desc, [](D& d) { d.pattern = 1; }},
      {"source of a fill", desc, [](D& d) { d.opcode = 2; }},
      {"reserved1", desc, [](D& d) { d.reserved1 = 1; }},
      {"reserved2", desc, [](D& d) { d.reserved2 = uint64_t{1} << 63; }},
      {"reserved5", desc, [](D& d) { d.reserved5 = 1; }},
      {"source address", desc, [](D& d) { d.src |= uint64_t{1} << 40; }},
      {"destination address", desc, [](D& d) { d.dst |= uint64_t{1} << 63; }},
      {"no rows", size, [](D& d) { d.rows = 0; }},
      {"no bytes", size, [](D& d) { d.row_bytes = 0; }},
      {"source stride", size, [](D& d) { d.src_stride = uint64_t{1} << 40; }},
      {"destination stride", size,
       [](D& d) {
         d.rows = 2;
         d.dst_stride = 63;
       }},
      {"both", desc,
       [](D& d) {
         d.rows = 0;
         d.reserved3 = 9;
       }},
  };
}

/// Of a product by rows to FLOAT32 with BIAS, C dense, more than one row.
inline std::vector<IllegalGemm> illegal_gemm_descriptors() {
  using D = hw::GemmDescriptor;
  constexpr uint32_t desc = hw::ENGINE_ERR_ILLEGAL_DESC, size = hw::ENGINE_ERR_ILLEGAL_SIZE;
  constexpr uint64_t far = uint64_t{1} << 40;
  return {
      {"opcode 2", desc, [](D& d) { d.opcode = 2; }},
      {"opcode 255", desc, [](D& d) { d.opcode = 255; }},
      {"layout 3", desc, [](D& d) { d.b_layout = 3; }},
      {"output 3", desc, [](D& d) { d.out_type = 3; }},
      {"flag 2", desc, [](D& d) { d.gemm_flags |= 4; }},
      {"flag 7", desc, [](D& d) { d.gemm_flags |= 0x80; }},
      {"ACCUMULATE with FLOAT32", desc,
       [](D& d) { d.gemm_flags |= hw::GEMM_FLAGS_ACCUMULATE_MASK; }},
      {"BIAS with INT32", desc,
       [](D& d) {
         d.out_type = hw::GEMM_OUT_TYPE_INT32;
         d.row_scale_addr = d.col_scale_addr = 0;
       }},
      {"reserved1", desc, [](D& d) { d.reserved1 = 1; }},
      {"A beyond 40 bits", desc, [](D& d) { d.a_addr |= far; }},
      {"B beyond 40 bits", desc, [](D& d) { d.b_addr |= far << 23; }},
      {"C beyond 40 bits", desc, [](D& d) { d.c_addr |= far; }},
      {"row scales beyond 40 bits", desc, [](D& d) { d.row_scale_addr |= far; }},
      {"column scales beyond 40 bits", desc, [](D& d) { d.col_scale_addr |= far; }},
      {"bias beyond 40 bits", desc, [](D& d) { d.bias_addr |= far; }},
      {"C misaligned", desc, [](D& d) { d.c_addr += 2; }},
      {"ldc misaligned", desc, [](D& d) { d.ldc += 1; }},
      {"row scales misaligned", desc, [](D& d) { d.row_scale_addr += 1; }},
      {"column scales misaligned", desc, [](D& d) { d.col_scale_addr += 2; }},
      {"bias misaligned", desc, [](D& d) { d.bias_addr += 3; }},
      {"row scales of INT32", desc,
       [](D& d) {
         d.out_type = hw::GEMM_OUT_TYPE_INT32;
         d.gemm_flags = 0;
         d.bias_addr = d.col_scale_addr = 0;
       }},
      {"column scales of INT32", desc,
       [](D& d) {
         d.out_type = hw::GEMM_OUT_TYPE_INT32;
         d.gemm_flags = 0;
         d.bias_addr = d.row_scale_addr = 0;
       }},
      {"bias without BIAS", desc, [](D& d) { d.gemm_flags = 0; }},
      {"ldb with PACKED", desc, [](D& d) { d.b_layout = hw::GEMM_B_LAYOUT_PACKED; }},
      {"m 0", size, [](D& d) { d.m = 0; }},
      {"m 2^20", size, [](D& d) { d.m = 1u << 20; }},
      {"n 0", size, [](D& d) { d.n = 0; }},
      {"n 2^20", size,
       [](D& d) {
         d.n = 1u << 20;
         d.ldc = 1u << 23;
       }},
      {"k 0", size, [](D& d) { d.k = 0; }},
      {"k 2^17", size, [](D& d) { d.k = 1u << 17; }},
      {"ldc below a row", size, [](D& d) { d.ldc -= 4; }},
      {"tile of no rows", size, [](D& d) { d.tile &= ~0x7ffu; }},
      {"tile of no columns", size, [](D& d) { d.tile &= ~(0x7fu << 11); }},
      {"tile of no depth", size, [](D& d) { d.tile &= 0x3ffff; }},
      {"tile over MAX_TILE_M", size,
       [](D& d) {
         d.tile = gemm_tile_word({513, 1, 1});
       }},
      {"tile over MAX_TILE_N or the accumulators", size,
       [](D& d) {
         d.tile = gemm_tile_word({512, 127, 1});
       }},
      {"tile over the A buffer", size,
       [](D& d) {
         d.tile = gemm_tile_word({512, 1, 64});
       }},
      {"tile over the B buffer", size,
       [](D& d) {
         d.tile = gemm_tile_word({1, 8, 1024});
       }},
      {"both", desc,
       [](D& d) {
         d.m = 0;
         d.reserved1 = 9;
       }},
  };
}

}  // namespace systole::rtl_test
