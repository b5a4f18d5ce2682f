// Where a sweep's points run: an engine starts workers and says which ended. Upstream: run_sweep,
// which alone writes results. Implementations: LocalEngine, SlurmEngine.
#pragma once
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace systole {

/// The engine can no longer run anything; what is done stays done.
class EngineError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A worker's end.
struct PointEnd {
  uint64_t point = 0;
  int status = 0;      ///< exit status; meaningless if killed
  std::string killed;  ///< "" if it exited, else by what or with what: worth another attempt
  double seconds = 0;
};

class PointEngine {
 public:
  virtual ~PointEngine() = default;

  /// Points that an engine of the same kind, killed before, left done in the same directory.
  virtual std::vector<PointEnd> recover() = 0;
  virtual bool has_room() const = 0;
  /// Started or waiting, not yet returned by wait().
  virtual size_t running() const = 0;
  /// Runs argv, which writes report_file(point). False: it cannot be started now (errno).
  virtual bool start(uint64_t point, const std::vector<std::string>& argv) = 0;
  /// A point that ended, or nothing after `timeout_ms` or a signal. Throws EngineError.
  virtual std::optional<PointEnd> wait(int timeout_ms) = 0;
  /// Ends every worker; wait() still returns the points that were done. "" or what may run on.
  virtual std::string cancel() = 0;

  virtual std::string report_file(uint64_t point) const = 0;
  virtual std::string error_file(uint64_t point) const = 0;  ///< the worker's standard error
};

}  // namespace systole
