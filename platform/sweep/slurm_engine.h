// A sweep's points as Slurm job arrays, several points a task (slurm_task.h). Results come back as
// files in a directory that every node must see; the store is written by the sweep alone. A task
// that is neither in the queue nor done is lost: the points that it had begun count an attempt, and
// what is missing is submitted again.
#pragma once
#include <chrono>
#include <deque>
#include <map>
#include <set>

#include "platform/sweep/point_engine.h"
#include "platform/sweep/process_pool.h"
#include "platform/sweep/slurm_task.h"

namespace systole {

struct SlurmOptions {
  std::vector<std::string> arguments;  ///< for sbatch: partition, time limit, account
  uint64_t points_per_task = 16;
  uint64_t tasks_at_once = 0;  ///< 0: as many as Slurm starts
};

/// Throws SweepError: a command of Slurm is not in PATH, the controller does not answer, or it
/// refuses the arguments. Submits nothing.
void check_slurm(const SlurmOptions& options);

class SlurmEngine : public PointEngine {
 public:
  /// `directory` (absolute, on a file system that the nodes share) is made. `program` runs the
  /// tasks.
  SlurmEngine(const SlurmOptions& options, std::string directory, std::string program,
              ProcessPool& pool);

  /// Cancels the jobs of the earlier engine first. Throws EngineError if it cannot.
  std::vector<PointEnd> recover() override;
  bool has_room() const override { return true; }
  size_t running() const override { return pending_.size() + active_.size() + ended_.size(); }
  bool start(uint64_t point, const std::vector<std::string>& argv) override;
  std::optional<PointEnd> wait(int timeout_ms) override;
  std::string cancel() override;
  std::string report_file(uint64_t point) const override {
    return point_file(directory_, point, "json");
  }
  std::string error_file(uint64_t point) const override {
    return point_file(directory_, point, "err");
  }

 private:
  using WallClock = std::chrono::steady_clock;
  struct Task {
    std::string log;
    std::map<uint64_t, PointJob> jobs;  ///< not ended yet
    int not_queued = 0;                 ///< times in a row that it was not in the queue
  };

  void submit();
  bool submit_array(size_t tasks);
  void collect();
  void find_lost();
  void lose(Task& task);
  bool queued(std::set<std::string>& tasks, std::string& problem) const;
  std::string cancel_jobs() const;

  SlurmOptions options_;
  std::string directory_, program_, name_;
  ProcessPool& pool_;
  std::deque<PointJob> pending_;
  std::map<std::string, Task> tasks_;       // by job_index, as squeue names it
  std::map<uint64_t, std::string> active_;  // point -> its task
  std::deque<PointEnd> ended_;
  uint64_t arrays_ = 0;
  std::string earlier_jobs_;  // why those of a killed sweep may still run
  bool cancelled_ = false;
  WallClock::time_point next_query_, next_submission_, last_answer_;
};

}  // namespace systole
