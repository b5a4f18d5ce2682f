// Runs a sweep's points through an engine (local worker processes, or Slurm): first the verilated
// variants, each once and on this machine, then the points that are not finished, then those of the
// calibration in RTL.
#pragma once
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "platform/sweep/result_store.h"
#include "platform/sweep/slurm_engine.h"
#include "platform/sweep/spec.h"

namespace systole {

struct SweepOptions {
  std::string directory;
  unsigned jobs = 1;
  bool quiet = false;
  bool terminal = false;              ///< standard error is one: draw a bar
  std::string program;                ///< the systole binary, which is the worker
  std::optional<SlurmOptions> slurm;  ///< none: local worker processes
};

struct SweepOutcome {
  uint64_t points = 0, done = 0, failed = 0, illegal = 0;
  uint64_t calibrated = 0, calibration_failed = 0, calibration_left = 0;  ///< points in RTL too
  uint64_t ran = 0;                                                       ///< by this call
  uint64_t variants_built = 0;
  double seconds = 0;
  bool interrupted = false;
  /// "" or why it stopped before the end: the disk is full, Slurm does not answer.
  std::string stopped;
};

/// Returns when every point is finished, on Ctrl-C (workers are killed, what they worked on is not
/// finished) or when results can no longer be stored. A point that fails is stored with its error.
/// A worker that a signal ended, of a point or of a variant's build, is started again, twice at
/// most.
SweepOutcome run_sweep(const SweepSpec& spec, const std::vector<Point>& points, ResultStore& store,
                       const SweepOptions& options, std::ostream& progress);

/// The worker's arguments for a point, program excluded.
std::vector<std::string> point_arguments(const SweepSpec& spec, const Point& point,
                                         const std::string& report_file);

}  // namespace systole
