#include "platform/sweep/sweep_engine.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <numeric>

#include "platform/config/paths.h"
#include "platform/sweep/local_engine.h"
#include "platform/sweep/process_pool.h"
#include "platform/sweep/progress_line.h"
#include "platform/sweep/slurm_engine.h"
#include "platform/sweep/text_file.h"
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
        work_(fs::absolute(options.directory).string() + "/work"),
        in_rtl_(calibration_points(spec, points)) {}

  SweepOutcome run() {
    const auto start = WallClock::now();
    std::error_code error;
    fs::create_directories(work_, error);
    count_finished();
    try {
      make_engine();
      build_variants();
      run_phases();
    } catch (const EngineError& failure) {
      outcome_.stopped = failure.what();
    }
    if (cancel_points()) fs::remove_all(work_, error);
    outcome_.calibration_left = in_rtl_.size() - outcome_.calibrated - outcome_.calibration_failed;
    outcome_.seconds = seconds_since(start);
    return outcome_;
  }

 private:
  // A job is a point, or after all of these a point of the calibration.
  bool is_in_rtl(uint64_t job) const { return job >= points_.size(); }
  const Point& point_of(uint64_t job) const {
    return is_in_rtl(job) ? in_rtl_[job - points_.size()] : points_[job];
  }

  std::deque<uint64_t>& queue_of(uint64_t job) { return is_in_rtl(job) ? rtl_queue_ : queue_; }

  std::string file(const std::string& name) const { return work_ + "/" + name; }

  void count_finished() {
    outcome_.points = points_.size();
    const std::vector<StoredPoint> stored = store_.points();
    for (const StoredPoint& each : stored) {
      if (!each.finished) {
        queue_.push_back(each.point);
      } else {
        count(each.result.status);
      }
    }
    for (size_t i = 0; i < in_rtl_.size(); ++i) {
      const auto& known = stored[in_rtl_[i].index].in_rtl;
      if (!known) {
        rtl_queue_.push_back(points_.size() + i);
      } else {
        count_in_rtl(known->status);
      }
    }
  }
  void count_in_rtl(PointStatus status) {
    ++(status == PointStatus::Done ? outcome_.calibrated : outcome_.calibration_failed);
  }
  void count(PointStatus status) {
    outcome_.done += status == PointStatus::Done;
    outcome_.failed += status == PointStatus::Failed;
    outcome_.illegal += status == PointStatus::Illegal;
  }
  uint64_t finished() const { return outcome_.done + outcome_.failed + outcome_.illegal; }

  // `result.point` is the job's number until here.
  void store(PointResult result) {
    const bool in_rtl = is_in_rtl(result.point);
    result.point = point_of(result.point).index;
    try {
      if (in_rtl) {
        store_.add_in_rtl(result);
        count_in_rtl(result.status);
      } else {
        store_.add(result);
        count(result.status);
      }
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
    std::vector<uint64_t> jobs(queue_.begin(), queue_.end());
    jobs.insert(jobs.end(), rtl_queue_.begin(), rtl_queue_.end());
    for (uint64_t job : jobs) {
      for (const Variant& variant : variants_of(point_of(job).config)) {
        const bool known = std::any_of(missing.begin(), missing.end(),
                                       [&](const auto& each) { return each.first == variant; });
        if (known || seen_.count(variant.label())) continue;
        seen_[variant.label()] = "";
        if (cache.cached(variant).empty()) missing.emplace_back(variant, point_of(job).config);
      }
    }
    ProgressLine line(progress_, {options_.quiet, options_.terminal}, "variants", missing.size(),
                      0);
    std::deque<size_t> waiting(missing.size());
    std::iota(waiting.begin(), waiting.end(), 0);
    std::vector<int> attempts(missing.size(), 0);
    size_t ended = 0, failed = 0;
    line.show(0, 0);
    while (ended < missing.size()) {
      while (!waiting.empty() && pool_.running() < options_.jobs) {
        const size_t next = waiting.front();
        Config config = missing[next].second;
        const std::string& block = missing[next].first.block;
        if (block != "gemm") config.gemm.count = 0;
        if (block != "vpu") config.vpu.count = 0;
        if (block != "dma") config.dma.count = 0;
        std::vector<std::string> argv = {options_.program, "prebuild", "--quiet", "--jobs", "1"};
        add_configuration(config, argv);
        if (!pool_.start(next, argv, file("variant" + std::to_string(next)))) {
          if (pool_.running() != 0) break;
          outcome_.stopped = std::string("no worker can be started: ") + std::strerror(errno);
          return;
        }
        waiting.pop_front();
      }
      const auto one = pool_.wait(500);
      if (stop_asked()) return;
      if (!one) {
        line.show(ended, failed);
        continue;
      }
      if (one->signal != 0 && ++attempts[one->id] < kMostAttempts) {
        waiting.push_front(one->id);
        continue;
      }
      ++ended;
      if (one->status != 0 || one->signal != 0) {
        ++failed;
        seen_[missing[one->id].first.label()] =
            "its variant '" + missing[one->id].first.label() + "' could not be built: " +
            (one->signal != 0 ? "killed " + killed_by(one->signal)
                              : last_line(read_whole(file("variant" + std::to_string(one->id)))));
      } else {
        ++outcome_.variants_built;
      }
      line.show(ended, failed);
    }
  }

  // What an earlier sweep was killed before storing is taken first.
  void make_engine() {
    if (options_.slurm) {
      engine_ =
          std::make_unique<SlurmEngine>(*options_.slurm, work_ + "/slurm", options_.program, pool_);
    } else {
      engine_ = std::make_unique<LocalEngine>(pool_, work_, options_.jobs);
    }
    for (const PointEnd& end : engine_->recover()) {
      std::deque<uint64_t>& queue = queue_of(end.point);
      const auto waiting = std::find(queue.begin(), queue.end(), end.point);
      if (waiting == queue.end()) continue;
      queue.erase(waiting);
      take(end);
    }
  }

  // Ends what still runs and keeps what is done. False: something may run on.
  bool cancel_points() {
    pool_.kill_all();
    if (!engine_) return !options_.slurm;
    const std::string problem = engine_->cancel();
    while (outcome_.stopped.empty()) {
      const auto end = engine_->wait(0);
      if (!end) break;
      if (end->killed.empty()) take(*end);
    }
    if (!problem.empty()) outcome_.stopped = problem;
    return problem.empty();
  }

  bool stop_asked() {
    if (!pool_.interrupted()) return false;
    outcome_.interrupted = true;
    pool_.kill_all();
    return true;
  }

  // True if a variant that the point needs is not there: stored as failed.
  bool lacks_variant(uint64_t job) {
    for (const Variant& variant : variants_of(point_of(job).config)) {
      const std::string& error = seen_[variant.label()];
      if (error.empty()) continue;
      PointResult result;
      result.point = job;
      result.status = PointStatus::Failed;
      result.error = error;
      store(result);
      return true;
    }
    return false;
  }

  struct Phase {
    const char* name;
    uint64_t jobs, finished;
    const uint64_t& failed;
  };

  void run_phases() {
    if (outcome_.stopped.empty() && !outcome_.interrupted) {
      const uint64_t before = finished();
      run_jobs(queue_, {"points", outcome_.points, before, outcome_.failed});
    }
    if (outcome_.stopped.empty() && !outcome_.interrupted && !in_rtl_.empty()) {
      const uint64_t before = outcome_.calibrated + outcome_.calibration_failed;
      run_jobs(rtl_queue_, {"points in RTL", in_rtl_.size(), before, outcome_.calibration_failed});
    }
  }

  void run_jobs(std::deque<uint64_t>& queue, Phase phase) {
    ProgressLine line(progress_, {options_.quiet, options_.terminal}, phase.name, phase.jobs,
                      phase.finished);
    const uint64_t others = outcome_.ran;
    auto show = [&] { line.show(phase.finished + outcome_.ran - others, phase.failed); };
    show();
    while (outcome_.stopped.empty() && (!queue.empty() || engine_->running() != 0)) {
      while (!queue.empty() && engine_->has_room()) {
        const uint64_t job = queue.front();
        queue.pop_front();
        if (lacks_variant(job)) continue;
        std::vector<std::string> argv = {options_.program};
        const auto arguments = point_arguments(spec_, point_of(job), engine_->report_file(job));
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        if (!engine_->start(job, argv)) {
          queue.push_front(job);
          if (engine_->running() == 0) {
            outcome_.stopped = std::string("no worker can be started: ") + std::strerror(errno);
          }
          break;
        }
      }
      if (const auto one = engine_->wait(500)) take(*one);
      if (stop_asked()) return;
      show();
    }
  }

  // `one.point` is the job's number.
  void take(const PointEnd& one) {
    if (!one.killed.empty() && ++attempts_[one.point] < kMostAttempts) {
      queue_of(one.point).push_front(one.point);
      return;
    }
    const std::string report_file = engine_->report_file(one.point);
    const std::string error_file = engine_->error_file(one.point);
    PointResult result;
    result.point = one.point;
    result.wall_seconds = one.seconds;
    if (!one.killed.empty()) {
      result.status = PointStatus::Failed;
      result.error =
          "the worker was killed " + std::to_string(kMostAttempts) + " times, last " + one.killed;
    } else if (one.status != 0) {
      result.status = PointStatus::Failed;
      result.error = last_line(read_whole(error_file));
      if (result.error.empty()) result.error = "exit status " + std::to_string(one.status);
    } else {
      const auto report = nlohmann::json::parse(read_whole(report_file), nullptr, false);
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
    fs::remove(report_file, error);
    fs::remove(error_file, error);
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
  const std::vector<Point> in_rtl_;
  ProcessPool pool_;
  std::unique_ptr<PointEngine> engine_;
  std::deque<uint64_t> queue_, rtl_queue_;  // jobs
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

bool is_rtl(const Config& config) {
  return config.gemm.model == "rtl" || config.vpu.model == "rtl" || config.dma.model == "rtl";
}

void add_llm(const LlmWorkload& llm, std::vector<std::string>& arguments) {
  arguments.insert(arguments.end(),
                   {"--shape", llm.text, "--prompt-tokens", std::to_string(llm.prompt_tokens),
                    "--max-tokens", std::to_string(llm.generate_tokens)});
}

// The run is timed without data, in the twins; its descriptors are carried out in both.
std::vector<std::string> descriptor_arguments(const SweepSpec& spec, const Point& point,
                                              const std::string& report_file) {
  const Calibration& calibration = *spec.calibration;
  std::vector<std::string> arguments = {"sweep-descriptors"};
  add_llm(*spec.llm, arguments);
  arguments.insert(arguments.end(), {"--descriptors", std::to_string(calibration.descriptors),
                                     "--most-cycles", std::to_string(calibration.most_cycles),
                                     "--sample-seed", std::to_string(calibration.seed)});
  arguments.insert(arguments.end(), {"--quiet", "--report", report_file});
  Config config = point.config;
  config.gemm.model = config.vpu.model = config.dma.model = "tlm";
  add_configuration(config, arguments);
  return arguments;
}

}  // namespace

std::vector<std::string> point_arguments(const SweepSpec& spec, const Point& point,
                                         const std::string& report_file) {
  if (spec.llm && is_rtl(point.config)) return descriptor_arguments(spec, point, report_file);
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
    arguments = {"run"};
    add_llm(*spec.llm, arguments);
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
