// One workload in both fidelities: two processes of this program, one after the other, since
// SystemC elaborates once per process.
#pragma once
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

/// A temporary directory and what it takes to run pairs in it.
class PairRunner {
 public:
  PairRunner();
  ~PairRunner();
  PairRunner(const PairRunner&) = delete;
  PairRunner& operator=(const PairRunner&) = delete;

  /// A path in the directory, which goes with this object.
  std::string file(const std::string& name) const { return directory_ + "/" + name; }

  /// Runs `systole ARGUMENTS --fidelity F …` and waits. The results file stays until the next run
  /// of that fidelity. Status 130 if somebody interrupts.
  FidelityRun run(const std::vector<std::string>& arguments, const std::string& fidelity) const;

 private:
  std::string directory_, program_;
};

/// Bytes in which the two files differ; what one has and the other has not counts.
uint64_t different_bytes(const std::string& a, const std::string& b);

}  // namespace systole
