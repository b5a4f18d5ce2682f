// The kernels of `systole bench`: data in DRAM, one driver call, comparison with the reference.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "platform/app/result_sink.h"
#include "platform/app/simulation.h"

namespace systole {

/// What is asked of a kernel. Only the fields of the kernel are used.
struct BenchRequest {
  std::string kernel;   ///< "gemm", "dma", "softmax", …
  uint64_t seed = 1;    ///< of the data
  uint64_t repeat = 1;  ///< times the call is recorded before the doorbell
  // gemm
  uint64_t m = 256, n = 256, k = 512;
  std::string b_layout = "packed", out = "float32";
  bool bias = false;
  bool accumulate = false;  ///< int32 only: starts from C
  // row-wise kernels
  uint64_t rows = 64, cols = 512;
  bool quantized = false;  ///< result as int8 with row scales
  bool causal = false;     ///< softmax
  // dma
  uint64_t bytes = 65536;                   ///< of a row
  uint64_t copy_rows = 1, gap = 0;          ///< rows, and bytes between them on both sides
  uint64_t src_offset = 0, dst_offset = 0;  ///< beyond a 64-byte boundary
  bool fill = false;
  std::string src, dst;  ///< SoC addresses instead of own buffers
};

struct BenchResult {
  uint64_t cycles = 0;      ///< from the first doorbell to the last completion
  double seconds = 0;       ///< of processor time, for these cycles
  uint64_t mismatches = 0;  ///< elements that differ from the reference
  uint64_t compared = 0;    ///< elements compared
  ResultSink results;       ///< what the kernel wrote
  nlohmann::ordered_json problem = nlohmann::ordered_json::object();  ///< sizes, as run
  nlohmann::ordered_json figures =
      nlohmann::ordered_json::object();  ///< what the kernel is measured by
};

/// All kernels with a word each on what they do.
const std::vector<std::pair<std::string, std::string>>& bench_kernels();

/// Throws RequestError if the sizes are not legal or do not fit into DRAM.
void check_bench(const BenchRequest& request, const Config& config);

/// Runs inside the simulation. Returns what went wrong, "" if nothing.
std::string run_bench(const BenchRequest& request, Host& host, BenchResult& result);

}  // namespace systole
