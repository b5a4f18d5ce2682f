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

/// `count` legal cases: GEMM, VPU and DMA in turn, the VPU's kernels in turn; sizes from 1 to
/// `most` (columns of rows and matrices; DMA: bytes up to 64 * most), log-uniform, a quarter of
/// them at an edge of the array, of a power of two or of the range.
std::vector<std::string> random_cases(uint64_t count, uint64_t seed, uint64_t most);

/// "gemm", "vpu" or "dma": what the case runs on.
std::string engine_of_case(const std::string& text);
/// The case's first word.
std::string kernel_of_case(const std::string& text);

}  // namespace systole
