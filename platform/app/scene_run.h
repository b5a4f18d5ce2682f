// Runs a scene on the simulated engines and times each of them. Upstream: command_bench_list.
// Downstream: driver kernels.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "platform/app/engine_work.h"
#include "platform/app/result_sink.h"
#include "platform/app/simulation.h"
#include "platform/compare/scene.h"

namespace systole {

struct SceneResult {
  uint64_t cycles = 0;            ///< from the first doorbell to the last completion
  double seconds = 0;             ///< of processor time, for these cycles
  std::vector<EngineWork> parts;  ///< of the engines that did something
  ResultSink results;             ///< what all acts wrote
};

/// Runs inside the simulation. Returns what went wrong, "" if nothing. Throws RequestError if an
/// engine does not exist or the operands do not fit.
std::string run_scene(const Scene& scene, Host& host, SceneResult& result);

}  // namespace systole
