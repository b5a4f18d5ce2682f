#include "platform/sweep/slurm_engine.h"

#include <filesystem>
#include <random>
#include <sstream>
#include <thread>

#include "platform/sweep/spec.h"
#include "platform/sweep/text_file.h"
#include "platform/variants/process.h"

namespace fs = std::filesystem;

namespace systole {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMostTasksPerArray = 1000;  // MaxArraySize is 1001 unless configured
constexpr auto kQueryInterval = 2s;
constexpr auto kSubmissionInterval = 10s;  // after a refusal
constexpr auto kPatience = 10min;          // with a controller that does not answer
constexpr auto kCancelTimeout = 90s;       // KillWait is 30 s unless configured
constexpr int kTimesNotQueued = 2;         // files may be later than the queue

std::string random_name() {
  std::random_device random;
  std::ostringstream name;
  name << "systole-" << std::hex << random() << random();
  return name.str();
}

// The job's number in what sbatch --parsable prints: a line "123" or "123;cluster".
std::string job_number(const std::string& text) {
  std::istringstream lines(text);
  std::string number;
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(0, line.find(';'));
    if (!line.empty() && line.find_first_not_of("0123456789") == std::string::npos) number = line;
  }
  return number;
}

}  // namespace

void check_slurm(const SlurmOptions& options) {
  for (const char* command : {"sbatch", "squeue", "scancel"}) {
    if (text_of({command, "--version"}).status == 127) {
      throw SweepError(std::string("--engine slurm: '") + command +
                       "' is not in PATH; legal: a machine with Slurm's commands, or --engine "
                       "local");
    }
  }
  std::vector<std::string> argv = {"sbatch"};
  argv.insert(argv.end(), options.arguments.begin(), options.arguments.end());
  argv.insert(argv.end(), {"--test-only", "--wrap", "true"});
  const ProcessText answer = text_of(argv);
  if (answer.status == 0) return;
  throw SweepError("--engine slurm: Slurm takes no job: " + last_line(answer.text) +
                   "; legal: a controller that answers, and --slurm-args that it accepts");
}

SlurmEngine::SlurmEngine(const SlurmOptions& options, std::string directory, std::string program,
                         ProcessPool& pool)
    : options_(options),
      directory_(std::move(directory)),
      program_(std::move(program)),
      pool_(pool),
      last_answer_(WallClock::now()) {}

// The name is there before the first job and until every job has gone.
std::vector<PointEnd> SlurmEngine::recover() {
  std::error_code error;
  fs::create_directories(directory_, error);
  const std::string name_file = directory_ + "/name";
  name_ = read_whole(name_file);
  std::vector<PointEnd> done;
  if (!name_.empty()) {
    earlier_jobs_ = cancel_jobs();
    if (!earlier_jobs_.empty()) throw EngineError(earlier_jobs_);
    for (const auto& entry : fs::directory_iterator(directory_, error)) {
      if (entry.path().extension() != ".end") continue;
      const auto end = read_point_end(directory_, std::stoull(entry.path().stem()));
      if (end && end->status == 0 && end->killed.empty() && fs::exists(report_file(end->point))) {
        done.push_back(*end);
      }
    }
  }
  name_ = random_name();
  // Arguments: the array's files up to the index, then the program and its command.
  const std::string script =
      "#!/bin/sh\n"
      "file=$1$SLURM_ARRAY_TASK_ID.task\n"
      "shift\n"
      "exec \"$@\" \"$file\"\n";
  if (!write_whole(name_file, name_) || !write_whole(directory_ + "/task.sh", script)) {
    throw EngineError("'" + directory_ + "' cannot be written");
  }
  return done;
}

bool SlurmEngine::start(uint64_t point, const std::vector<std::string>& argv) {
  std::error_code error;
  for (const char* suffix : {"begin", "end"})
    fs::remove(point_file(directory_, point, suffix), error);
  pending_.push_back({point, argv});
  return true;
}

std::optional<PointEnd> SlurmEngine::wait(int timeout_ms) {
  if (ended_.empty()) {
    if (!pending_.empty() && !cancelled_ && !pool_.interrupted()) submit();
    collect();
  }
  if (ended_.empty() && !cancelled_) {
    pool_.wait(timeout_ms);
    collect();
    if (ended_.empty() && WallClock::now() >= next_query_) find_lost();
  }
  if (ended_.empty()) return std::nullopt;
  const PointEnd end = ended_.front();
  ended_.pop_front();
  return end;
}

void SlurmEngine::submit() {
  if (WallClock::now() < next_submission_) return;
  while (!pending_.empty()) {
    const size_t tasks =
        (pending_.size() + options_.points_per_task - 1) / options_.points_per_task;
    if (!submit_array(std::min(tasks, kMostTasksPerArray))) {
      next_submission_ = WallClock::now() + kSubmissionInterval;
      return;
    }
  }
}

// False: not now, but other points still run. Throws EngineError if none does.
bool SlurmEngine::submit_array(size_t tasks) {
  const std::string files = directory_ + "/" + std::to_string(arrays_++) + "-";
  std::vector<std::vector<PointJob>> lists(tasks);
  for (size_t i = 0; i < pending_.size() && i < tasks * options_.points_per_task; ++i) {
    lists[i / options_.points_per_task].push_back(pending_[i]);
  }
  bool written = true;
  for (size_t i = 0; i < tasks; ++i) {
    written = written && write_task(files + std::to_string(i) + ".task", lists[i]);
  }
  if (!written) throw EngineError("'" + directory_ + "' cannot be written");
  std::string array = "0-" + std::to_string(tasks - 1);
  if (options_.tasks_at_once) array += "%" + std::to_string(options_.tasks_at_once);
  std::vector<std::string> argv = {"sbatch"};
  argv.insert(argv.end(), options_.arguments.begin(), options_.arguments.end());
  argv.insert(argv.end(),
              {"--parsable", "--no-requeue", "--job-name", name_, "--array", array, "--output",
               files + "%a.log", directory_ + "/task.sh", files, program_, "sweep-task"});
  const ProcessText answer = text_of(argv);
  const std::string job = job_number(answer.text);
  if (answer.status != 0 || job.empty()) {
    if (!active_.empty()) return false;
    throw EngineError("sbatch: " + last_line(answer.text));
  }
  for (size_t i = 0; i < tasks; ++i) {
    const std::string name = job + "_" + std::to_string(i);
    Task& task = tasks_[name];
    task.log = files + std::to_string(i) + ".log";
    for (PointJob& each : lists[i]) {
      active_[each.point] = name;
      task.jobs[each.point] = std::move(each);
      pending_.pop_front();
    }
  }
  next_query_ = WallClock::now() + kQueryInterval;
  return true;
}

void SlurmEngine::collect() {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory_, error)) {
    if (entry.path().extension() != ".end") continue;
    const auto active = active_.find(std::stoull(entry.path().stem()));
    if (active == active_.end()) continue;
    const auto end = read_point_end(directory_, active->first);
    if (!end) continue;
    Task& task = tasks_[active->second];
    task.jobs.erase(active->first);
    if (task.jobs.empty()) tasks_.erase(active->second);
    active_.erase(active);
    ended_.push_back(*end);
  }
}

// The tasks in the queue, running ones too. False: no answer.
bool SlurmEngine::queued(std::set<std::string>& tasks, std::string& problem) const {
  const ProcessText answer =
      text_of({"squeue", "--noheader", "--array", "--name", name_, "--format", "task %F_%K"});
  if (answer.status != 0) {
    problem = "squeue: " + last_line(answer.text);
    return false;
  }
  std::istringstream lines(answer.text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, task;
    if (words >> word >> task && word == "task") tasks.insert(task);
  }
  return true;
}

void SlurmEngine::find_lost() {
  std::set<std::string> tasks;
  std::string problem;
  const bool answered = queued(tasks, problem);
  next_query_ = WallClock::now() + kQueryInterval;
  if (!answered) {
    if (WallClock::now() - last_answer_ > kPatience) throw EngineError(problem);
    return;
  }
  last_answer_ = WallClock::now();
  collect();  // what ended until the queue was asked
  for (auto task = tasks_.begin(); task != tasks_.end();) {
    task->second.not_queued = tasks.count(task->first) ? 0 : task->second.not_queued + 1;
    if (task->second.not_queued < kTimesNotQueued) {
      ++task;
      continue;
    }
    lose(task->second);
    task = tasks_.erase(task);
  }
}

// Points that were not begun are submitted again. If none was, something is wrong with all.
void SlurmEngine::lose(Task& task) {
  std::set<uint64_t> begun;
  for (const auto& [point, job] : task.jobs) {
    if (fs::exists(point_file(directory_, point, "begin"))) begun.insert(point);
  }
  const std::string said = last_line(read_whole(task.log));
  for (auto& [point, job] : task.jobs) {
    active_.erase(point);
    if (begun.count(point) || begun.empty()) {
      PointEnd end;
      end.point = point;
      end.killed = "with its Slurm task" + (said.empty() ? "" : ": " + said);
      ended_.push_back(end);
    } else {
      pending_.push_back(std::move(job));
    }
  }
}

std::string SlurmEngine::cancel_jobs() const {
  const std::string hint = "; jobs named " + name_ + " may still run";
  const ProcessText answer = text_of({"scancel", "--name", name_});
  if (answer.status != 0) return "scancel: " + last_line(answer.text) + hint;
  for (const auto start = WallClock::now(); WallClock::now() - start < kCancelTimeout;) {
    std::set<std::string> tasks;
    std::string problem;
    if (!queued(tasks, problem)) return problem + hint;
    if (tasks.empty()) return "";
    std::this_thread::sleep_for(200ms);
  }
  return "scancel: jobs do not end" + hint;
}

std::string SlurmEngine::cancel() {
  cancelled_ = true;
  if (!earlier_jobs_.empty()) return earlier_jobs_;
  return tasks_.empty() ? "" : cancel_jobs();
}

}  // namespace systole
