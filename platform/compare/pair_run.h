// One workload in both fidelities: processes of this program, since SystemC elaborates once per
// process.
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace systole {

/// What one of the processes left behind.
struct FidelityRun {
  int status = -1;                ///< exit status; 128 + signal
  std::string errors;             ///< its standard error
  nlohmann::ordered_json report;  ///< null if there is none
  std::string results_file;       ///< what was computed, byte for byte
};

/// One process: `arguments` with one fidelity. A worker (bench-list, bench-scenes) tells how many
/// of its items it has done.
struct FidelityJob {
  std::vector<std::string> arguments;
  std::string fidelity;
  bool worker = false;
  bool results = true;  ///< it can write them to a file
};

/// A temporary directory and what it takes to run pairs in it.
class PairRunner {
 public:
  PairRunner();
  /// The directory is made in `folder`.
  explicit PairRunner(const std::string& folder);
  ~PairRunner();
  PairRunner(const PairRunner&) = delete;
  PairRunner& operator=(const PairRunner&) = delete;

  /// A path in the directory, which goes with this object.
  std::string file(const std::string& name) const { return directory_ + "/" + name; }

  /// Runs `systole ARGUMENTS --fidelity F …` and waits. The results file stays until the next run.
  /// Status 130 if somebody interrupts.
  FidelityRun run(const std::vector<std::string>& arguments, const std::string& fidelity) const {
    return run_all({{arguments, fidelity}}, 1, {})[0];
  }
  /// Runs all, `at_once` at a time, in the order given. `progress`, if not empty, is told now and
  /// then how many items the workers have done. After a failure nothing more is started: status -1.
  std::vector<FidelityRun> run_all(const std::vector<FidelityJob>& jobs, unsigned at_once,
                                   const std::function<void(uint64_t)>& progress) const;

 private:
  std::vector<std::string> command(const FidelityJob& job, const std::string& name) const;

  std::string directory_, program_;
};

/// Bytes in which the two files differ; what one has and the other has not counts.
uint64_t different_bytes(const std::string& a, const std::string& b);

}  // namespace systole
