// The SoCs that campaigns run on. Needs the variants' paths: VARIANT_DMA_W64 and so on.
#pragma once
#include <vector>

#include "tests/cosim/campaign/soc.h"

namespace systole::test::campaign {

inline std::vector<SocConfig> soc_configs() {
  std::vector<SocConfig> configs;
  const auto add = [&](unsigned width, unsigned latency, unsigned batch,
                       std::array<unsigned, 3> count, const char* gemm, const char* vpu,
                       const char* dma, uint32_t rows, uint32_t cols,
                       uint32_t lanes) -> SocConfig& {
    SocConfig c;
    c.name = "w" + std::to_string(width) + "b" + std::to_string(batch);
    c.width_bits = width;
    c.latency_ns = latency;
    c.batch_cycles = batch;
    c.count = count;
    c.variants = {gemm, vpu, dma};
    c.gemm.rows = rows;
    c.gemm.cols = cols;
    c.gemm.data_bytes = c.vpu.data_bytes = width / 8;
    c.vpu.lanes = lanes;
    configs.push_back(c);
    return configs.back();
  };
  add(128, 60, 64, {1, 1, 1}, VARIANT_GEMM_16X16_W128, VARIANT_VPU_L8_W128, VARIANT_DMA_W128, 16,
      16, 8);
  SocConfig& small =
      add(64, 20, 1, {1, 1, 1}, VARIANT_GEMM_4X4_W64, VARIANT_VPU_L2_W64, VARIANT_DMA_W64, 4, 4, 2);
  small.gemm.a_buffer_bytes = 4096;  // many slabs and blocks
  small.gemm.b_buffer_bytes = 2048;
  small.gemm.acc_buffer_bytes = 8192;
  small.dma_outstanding = 2;
  small.dma_burst_beats = 4;
  add(256, 200, 16, {1, 1, 1}, VARIANT_GEMM_8X16_W256, VARIANT_VPU_L8_W256, VARIANT_DMA_W256, 8, 16,
      8);
  add(512, 60, 256, {2, 2, 2}, VARIANT_GEMM_16X16_W512, VARIANT_VPU_L32_W512, VARIANT_DMA_W512, 16,
      16, 32);
  return configs;
}

}  // namespace systole::test::campaign
