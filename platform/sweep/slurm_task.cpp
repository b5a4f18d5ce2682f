#include "platform/sweep/slurm_task.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "platform/sweep/process_pool.h"
#include "platform/sweep/text_file.h"

namespace fs = std::filesystem;

namespace systole {
namespace {

constexpr int kEndOfTaskMs = 500;

// Slurm ends a task by a signal to all of its processes, in any order: a worker that failed may
// only have been first to hear of it.
bool is_ending(ProcessPool& pool, const ProcessPool::Finished& one) {
  if (one.status != 0 || one.signal != 0) pool.wait(kEndOfTaskMs);
  return pool.interrupted();
}

bool run_point(ProcessPool& pool, const std::string& directory, const PointJob& job) {
  if (!write_whole(point_file(directory, job.point, "begin"), "")) return false;
  if (!pool.start(job.point, job.argv, point_file(directory, job.point, "err"))) return false;
  std::optional<ProcessPool::Finished> one;
  while (!one && !pool.interrupted()) one = pool.wait(1000);
  if (!one || is_ending(pool, *one)) return false;
  const nlohmann::json end = {
      {"status", one->status}, {"signal", one->signal}, {"seconds", one->seconds}};
  return write_whole(point_file(directory, job.point, "end"), end.dump());
}

}  // namespace

std::string point_file(const std::string& directory, uint64_t point, const std::string& suffix) {
  return directory + "/" + std::to_string(point) + "." + suffix;
}

bool write_task(const std::string& file, const std::vector<PointJob>& jobs) {
  auto list = nlohmann::json::array();
  for (const PointJob& job : jobs) list.push_back({{"point", job.point}, {"argv", job.argv}});
  return write_whole(file, list.dump());
}

bool run_task(const std::string& file) {
  const auto list = nlohmann::json::parse(read_whole(file), nullptr, false);
  if (!list.is_array()) return false;
  const std::string directory = fs::path(file).parent_path();
  ProcessPool pool;
  for (const auto& each : list) {
    const PointJob job = {each.at("point").get<uint64_t>(),
                          each.at("argv").get<std::vector<std::string>>()};
    if (fs::exists(point_file(directory, job.point, "end"))) continue;
    if (!run_point(pool, directory, job)) return false;
  }
  return true;
}

std::optional<PointEnd> read_point_end(const std::string& directory, uint64_t point) {
  const auto text =
      nlohmann::json::parse(read_whole(point_file(directory, point, "end")), nullptr, false);
  if (!text.is_object()) return std::nullopt;
  PointEnd end;
  end.point = point;
  end.status = text.value("status", 1);
  end.seconds = text.value("seconds", 0.0);
  if (const int signal = text.value("signal", 0)) end.killed = killed_by(signal);
  return end;
}

}  // namespace systole
