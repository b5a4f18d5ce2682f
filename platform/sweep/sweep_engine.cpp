#include "platform/sweep/sweep_engine.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "platform/config/paths.h"
#include "platform/sweep/process_pool.h"
#include "platform/sweep/progress_line.h"
#include "platform/variants/variant_cache.h"

namespace fs = std::filesystem;

namespace systole {
namespace {

using WallClock = std::chrono::steady_clock;

constexpr int kMostAttempts = 3;
constexpr uint64_t kFreeBytesNeeded = 1 << 20;

double seconds_since(WallClock::time_point start) {
  return std::chrono::duration<double>(WallClock::now() - start).count();
}

std::string read_whole(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The last line that says something.
std::string last_line(const std::string& text) {
  const size_t end = text.find_last_not_of(" \r\n");
  if (end == std::string::npos) return "";
  const size_t begin = text.find_last_of("\r\n", end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

// Every key, so that a point does not depend on files that may change.
void add_configuration(const Config& config, std::vector<std::string>& arguments) {
  for (const ConfigKey& key : config_keys()) {
    arguments.push_back("--set");
    arguments.push_back(std::string(key.name) + "=" + key.text(config));
  }
}

class Sweep {
 public:
  Sweep(const SweepSpec& spec, const std::vector<Point>& points, ResultStore& store,
        const SweepOptions& options, std::ostream& progress)
      : spec_(spec),
        points_(points),
        store_(store),
        options_(options),
        progress_(progress),
        work_(options.directory + "/work") {}

  SweepOutcome run() {
    const auto start = WallClock::now();
    std::error_code error;
    fs::create_directories(work_, error);
    count_finished();
    build_variants();
    if (outcome_.stopped.empty() && !outcome_.interrupted) run_points();
    pool_.kill_all();
    fs::remove_all(work_, error);
    outcome_.seconds = seconds_since(start);
    return outcome_;
  }

 private:
  std::string file(const std::string& name) const { return work_ + "/" + name; }

  void count_finished() {
    outcome_.points = points_.size();
    for (const StoredPoint& each : store_.points()) {
      if (!each.finished) {
        queue_.push_back(each.point);
      } else {
        count(each.result.status);
      }
    }
  }
  void count(PointStatus status) {
    outcome_.done += status == PointStatus::Done;
    outcome_.failed += status == PointStatus::Failed;
    outcome_.illegal += status == PointStatus::Illegal;
  }
  uint64_t finished() const { return outcome_.done + outcome_.failed + outcome_.illegal; }

  void store(const PointResult& result) {
    try {
      store_.add(result);
      count(result.status);
      ++outcome_.ran;
    } catch (const StoreError& error) {
      outcome_.stopped = error.what();
    }
  }

  // Variants that are not cached, each with a configuration that needs it and nothing else.
  void build_variants() {
    VariantCache cache(
        cache_dir(), source_dir(), [](const std::string&) {}, true);
    std::vector<std::pair<Variant, Config>> missing;
    for (uint64_t index : queue_) {
      for (const Variant& variant : variants_of(points_[index].config)) {
        const bool known = std::any_of(missing.begin(), missing.end(),
                                       [&](const auto& each) { return each.first == variant; });
        if (known || seen_.count(variant.label())) continue;
        seen_[variant.label()] = "";
        if (cache.cached(variant).empty()) missing.emplace_back(variant, points_[index].config);
      }
    }
    ProgressLine line(progress_, {options_.quiet, options_.terminal}, "variants", missing.size(),
                      0);
    size_t next = 0, ended = 0, failed = 0;
    line.show(0, 0);
    while (ended < missing.size()) {
      while (next < missing.size() && pool_.running() < options_.jobs) {
        Config config = missing[next].second;
        const std::string& block = missing[next].first.block;
        if (block != "gemm") config.gemm.count = 0;
        if (block != "vpu") config.vpu.count = 0;
        if (block != "dma") config.dma.count = 0;
        std::vector<std::string> argv = {options_.program, "prebuild", "--quiet", "--jobs", "1"};
        add_configuration(config, argv);
        pool_.start(next, argv, file("variant" + std::to_string(next)));
        ++next;
      }
      const auto one = pool_.wait(500);
      if (stop_asked()) return;
      if (!one) {
        line.show(ended, failed);
        continue;
      }
      ++ended;
      if (one->status != 0 || one->signal != 0) {
        ++failed;
        seen_[missing[one->id].first.label()] =
            "its variant '" + missing[one->id].first.label() + "' could not be built: " +
            last_line(read_whole(file("variant" + std::to_string(one->id))));
      } else {
        ++outcome_.variants_built;
      }
      line.show(ended, failed);
    }
  }

  bool stop_asked() {
    if (!pool_.interrupted()) return false;
    outcome_.interrupted = true;
    pool_.kill_all();
    return true;
  }

  // True if a variant that the point needs is not there: stored as failed.
  bool lacks_variant(const Point& point) {
    for (const Variant& variant : variants_of(point.config)) {
      const std::string& error = seen_[variant.label()];
      if (error.empty()) continue;
      PointResult result;
      result.point = point.index;
      result.status = PointStatus::Failed;
      result.error = error;
      store(result);
      return true;
    }
    return false;
  }

  void run_points() {
    ProgressLine line(progress_, {options_.quiet, options_.terminal}, "points", outcome_.points,
                      finished());
    line.show(finished(), outcome_.failed);
    while (outcome_.stopped.empty() && (!queue_.empty() || pool_.running() != 0)) {
      while (!queue_.empty() && pool_.running() < options_.jobs) {
        const Point& point = points_[queue_.front()];
        queue_.pop_front();
        if (lacks_variant(point)) continue;
        std::vector<std::string> argv = {options_.program};
        const std::string name = std::to_string(point.index);
        const auto arguments = point_arguments(spec_, point, file(name + ".json"));
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        if (!pool_.start(point.index, argv, file(name + ".err"))) {
          queue_.push_front(point.index);
          if (pool_.running() == 0) {
            outcome_.stopped = std::string("no worker can be started: ") + std::strerror(errno);
          }
          break;
        }
      }
      if (const auto one = pool_.wait(500)) take(*one);
      if (stop_asked()) return;
      line.show(finished(), outcome_.failed);
    }
  }

  void take(const ProcessPool::Finished& one) {
    const std::string name = std::to_string(one.id);
    if (one.signal != 0 && ++attempts_[one.id] < kMostAttempts) {
      queue_.push_front(one.id);
      return;
    }
    PointResult result;
    result.point = one.id;
    result.wall_seconds = one.seconds;
    if (one.signal != 0) {
      result.status = PointStatus::Failed;
      result.error = std::string("the worker was killed ") + std::to_string(kMostAttempts) +
                     " times, last by signal " + std::to_string(one.signal) + " (" +
                     strsignal(one.signal) + ")";
    } else if (one.status != 0) {
      result.status = PointStatus::Failed;
      result.error = last_line(read_whole(file(name + ".err")));
      if (result.error.empty()) result.error = "exit status " + std::to_string(one.status);
    } else {
      const auto report = nlohmann::json::parse(read_whole(file(name + ".json")), nullptr, false);
      if (report.is_discarded()) {
        result.status = PointStatus::Failed;
        result.error = "the worker's report is no JSON";
      } else {
        result.report = report.dump();
      }
    }
    if (result.status == PointStatus::Failed && disk_full()) return;
    store(result);
    std::error_code error;
    fs::remove(file(name + ".json"), error);
    fs::remove(file(name + ".err"), error);
  }

  // A failure on a full disk is no result.
  bool disk_full() {
    struct statvfs space = {};
    if (statvfs(options_.directory.c_str(), &space) != 0) return false;
    if (uint64_t{space.f_bavail} * space.f_frsize >= kFreeBytesNeeded) return false;
    outcome_.stopped = "no space is left on the disk of " + options_.directory;
    return true;
  }

  const SweepSpec& spec_;
  const std::vector<Point>& points_;
  ResultStore& store_;
  const SweepOptions& options_;
  std::ostream& progress_;
  std::string work_;
  ProcessPool pool_;
  std::deque<uint64_t> queue_;
  std::map<uint64_t, int> attempts_;
  std::map<std::string, std::string> seen_;  // variant -> why it is not there, "" if it is
  SweepOutcome outcome_;
};

// A list of products has no data to begin with: twins need none.
bool leaves_data_out(const SweepSpec& spec, const Config& config) {
  const bool twins =
      config.gemm.model == "tlm" && config.vpu.model == "tlm" && config.dma.model == "tlm";
  return spec.timing_only || (!spec.generation && twins && config.cpu.model == "native");
}

}  // namespace

std::vector<std::string> point_arguments(const SweepSpec& spec, const Point& point,
                                         const std::string& report_file) {
  std::vector<std::string> arguments;
  if (spec.generation) {
    const GenerationWorkload& generation = *spec.generation;
    arguments = {"run", "--max-tokens", std::to_string(generation.max_tokens)};
    // A text that begins with a dash would be an option, an empty one after "=" is refused.
    if (generation.prompt.empty()) {
      arguments.insert(arguments.end(), {"--prompt", ""});
    } else {
      arguments.push_back("--prompt=" + generation.prompt);
    }
    if (!generation.model.empty()) {
      arguments.insert(arguments.end(),
                       {"--model", generation.model, "--tokenizer", generation.tokenizer});
    }
  } else if (spec.llm) {
    arguments = {"run",
                 "--shape",
                 spec.llm->text,
                 "--prompt-tokens",
                 std::to_string(spec.llm->prompt_tokens),
                 "--max-tokens",
                 std::to_string(spec.llm->generate_tokens)};
  } else {
    arguments = {"sweep-gemms", "--csv", spec.gemm_csv};
  }
  if (leaves_data_out(spec, point.config)) arguments.push_back("--timing-only");
  arguments.insert(arguments.end(), {"--quiet", "--report", report_file});
  add_configuration(point.config, arguments);
  return arguments;
}

SweepOutcome run_sweep(const SweepSpec& spec, const std::vector<Point>& points, ResultStore& store,
                       const SweepOptions& options, std::ostream& progress) {
  return Sweep(spec, points, store, options, progress).run();
}

}  // namespace systole
