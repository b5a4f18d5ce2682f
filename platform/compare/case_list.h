// Lists of benchmark cases, one a line: the kernel and its options without dashes,
// "gemm,m=5,n=37,k=100,b-layout=rows,out=int8,bias". Upstream: a file or a seed.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "platform/config/config.h"

namespace systole {

/// The cases of a file; empty lines and lines that begin with # do not count. A file that begins
/// with "Layer," is a SCALE-Sim list of matrix products. Every case is checked against `config`.
/// Throws RequestError with file and line.
std::vector<std::string> read_cases(const std::string& file, const Config& config);

struct CaseCounts {
  uint64_t gemm = 0, vpu = 0, dma = 0;
  uint64_t total() const { return gemm + vpu + dma; }
};

struct CaseLimits {
  uint64_t size = 512;                ///< largest m, n, k and columns; rows of the VPU: 256
  uint64_t macs = uint64_t{1} << 25;  ///< m * n * k: what takes the RTL longer is drawn again
};

/// Legal cases, no two alike, of each engine in turn as long as there are any of it. Sizes are
/// log-uniform from 1 on, a quarter of them at an edge of the array, of a power of two or of the
/// range. Layouts, outputs (with bias, accumulating) and the VPU's kernels come in turn; a copy is
/// one or many rows, with and without gaps, aligned and not; one in four is a fill.
std::vector<std::string> random_cases(const CaseCounts& counts, uint64_t seed,
                                      const CaseLimits& limits);

/// "gemm", "vpu" or "dma": what the case runs on.
std::string engine_of_case(const std::string& text);
/// The case's first word.
std::string kernel_of_case(const std::string& text);

}  // namespace systole
