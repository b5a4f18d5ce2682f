// What a driver reads from a GEMM of a given configuration.
#pragma once
#include "sw_driver/include/engine.h"
#include "tlm/gemm/gemm_arith.h"

namespace systole::test {

inline driver::EngineConfig engine_config(const GemmConfig& gemm) {
  driver::EngineConfig engine;
  engine.rows = gemm.rows;
  engine.cols = gemm.cols;
  engine.data_bytes = gemm.data_bytes;
  engine.a_buffer_bytes = gemm.a_buffer_bytes;
  engine.b_buffer_bytes = gemm.b_buffer_bytes;
  engine.acc_buffer_bytes = gemm.acc_buffer_bytes;
  engine.max_tile_m = kGemmMaxTileM;
  engine.max_tile_n = kGemmMaxTileN;
  return engine;
}

}  // namespace systole::test
