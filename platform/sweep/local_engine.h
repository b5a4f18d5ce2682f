// Worker processes on this machine, a number of them at a time.
#pragma once
#include "platform/sweep/point_engine.h"
#include "platform/sweep/process_pool.h"

namespace systole {

class LocalEngine : public PointEngine {
 public:
  /// `pool` must be empty and live longer; files go to `directory`, which exists.
  LocalEngine(ProcessPool& pool, std::string directory, unsigned jobs)
      : pool_(pool), directory_(std::move(directory)), jobs_(jobs) {}

  std::vector<PointEnd> recover() override { return {}; }
  bool has_room() const override { return pool_.running() < jobs_; }
  size_t running() const override { return pool_.running(); }
  bool start(uint64_t point, const std::vector<std::string>& argv) override {
    return pool_.start(point, argv, error_file(point));
  }
  std::optional<PointEnd> wait(int timeout_ms) override;
  std::string cancel() override;
  std::string report_file(uint64_t point) const override {
    return directory_ + "/" + std::to_string(point) + ".json";
  }
  std::string error_file(uint64_t point) const override {
    return directory_ + "/" + std::to_string(point) + ".err";
  }

 private:
  ProcessPool& pool_;
  std::string directory_;
  unsigned jobs_;
};

}  // namespace systole
