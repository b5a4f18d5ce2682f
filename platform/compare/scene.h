// Several engines at work at once, as text: "gemm[1],m=64,n=64,k=256,in=spm,at=100 + dma,bytes=9".
// Upstream: a list of scenes. Downstream: run_scene().
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "platform/app/bench_kernels.h"

namespace systole {

/// What one engine does: a kernel of `systole bench`, `repeat` times, from `at_cycles` on.
struct SceneAct {
  BenchRequest request;
  unsigned instance = 0;
  bool in_spm = false;     ///< operands and results lie in SPM, else in DRAM
  uint64_t at_cycles = 0;  ///< doorbell, from the first one on

  std::string engine() const;  ///< "gemm[1]"
};

/// Acts that know nothing of each other, each on an engine of its own; or a chain, in which every
/// operation needs what another engine's has written: GEMM, VPU, DMA, `links` times over.
struct Scene {
  std::string text;
  std::vector<SceneAct> acts;
  uint64_t links = 0;  ///< of a chain; 0: no chain
  uint64_t rows = 0, cols = 0;
};

/// An act's words are those of a case of `systole bench`, and `in=dram|spm`, `at=CYCLES`; the
/// kernels: gemm, dma, softmax, rmsnorm, add, quantize. A chain is "chain,links=8,rows=16,cols=64".
/// Throws RequestError.
Scene parse_scene(const std::string& text);

/// One a line; empty lines and lines that begin with # do not count. Throws RequestError.
std::vector<Scene> read_scenes(const std::string& file);

}  // namespace systole
