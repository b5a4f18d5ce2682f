// The results of a sweep: DIR/results.sqlite. One row a point, appended in one transaction each, so
// that a kill at any moment leaves every finished point there once and no other.
// Tables: meta(key, value), points(point, axes, config), results(point, status, error, report,
// wall_seconds), calibration(as results: the points that were measured in RTL too).
#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform/sweep/spec.h"

struct sqlite3;

namespace systole {

/// The store cannot be opened, read or written (a full disk, another sweep running on it).
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class PointStatus { Done, Failed, Illegal };
const char* to_string(PointStatus status);

struct PointResult {
  uint64_t point = 0;
  PointStatus status = PointStatus::Done;
  std::string error;   ///< empty if done
  std::string report;  ///< the run's report (JSON); empty if not done
  double wall_seconds = 0;
};

/// A point as stored: its values on the axes, its whole configuration, its result.
struct StoredPoint {
  uint64_t point = 0;
  std::vector<std::string> values;
  nlohmann::ordered_json config;
  PointResult result;
  bool finished = false;
  std::optional<PointResult> in_rtl;  ///< the same point with every engine in RTL
};

class ResultStore {
 public:
  /// Opens for writing and keeps other sweeps out. A new store gets identity and points; illegal
  /// points are finished at once. An existing one is continued if `resume` and the identity is the
  /// same. Throws SweepError (exists already, or is another sweep's), StoreError.
  static ResultStore open(const std::string& directory, const nlohmann::ordered_json& identity,
                          const std::vector<Point>& points, bool resume);
  /// Opens to read. Throws SweepError if there is no sweep in the directory.
  static ResultStore open_to_read(const std::string& directory);

  ResultStore(ResultStore&&) noexcept;
  ~ResultStore();

  nlohmann::ordered_json identity() const;
  std::set<uint64_t> finished() const;
  std::vector<StoredPoint> points() const;

  /// Throws StoreError; the point then counts as not finished.
  void add(const PointResult& result);
  /// The same for a point's measurement in RTL.
  void add_in_rtl(const PointResult& result);
  /// Forgets the failed points, also of the calibration, so that they run again.
  void forget_failed();

 private:
  class Statement;
  ResultStore() = default;
  void connect(const std::string& directory, bool write);
  void run(const std::string& sql) const;
  void insert(const char* sql, const PointResult& result);
  void create(const nlohmann::ordered_json& identity, const std::vector<Point>& points);

  std::string file_;
  sqlite3* database_ = nullptr;
  int lock_ = -1;
};

}  // namespace systole
