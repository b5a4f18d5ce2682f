// One task of a Slurm job array: several points, one after the other, on a compute node. The task's
// file lists them; beside it the task writes, for point N,
//   N.begin  empty: the point was begun
//   N.json   the worker's report,  N.err  its standard error
//   N.end    {"status", "signal", "seconds"}: it ended, written whole or not at all
// SlurmEngine, on the machine of the sweep, reads them; a shared file system lies between.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/sweep/point_engine.h"

namespace systole {

struct PointJob {
  uint64_t point = 0;
  std::vector<std::string> argv;
};

/// DIRECTORY/N.SUFFIX
std::string point_file(const std::string& directory, uint64_t point, const std::string& suffix);

/// False: it could not be written.
bool write_task(const std::string& file, const std::vector<PointJob>& jobs);

/// Runs the task's points that have no N.end yet. False: the file cannot be read, a result cannot
/// be written, or the task was asked to end (SIGTERM), which ends the worker without a result.
bool run_task(const std::string& file);

/// The content of N.end; nothing if it is not there.
std::optional<PointEnd> read_point_end(const std::string& directory, uint64_t point);

}  // namespace systole
