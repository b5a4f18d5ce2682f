// systole sweep: a design space explored by worker processes. sweep-task, not listed, is one task
// of a Slurm job array.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <optional>
#include <thread>

#include "platform/app/commands.h"
#include "platform/app/simulation.h"
#include "platform/sweep/slurm_task.h"
#include "platform/sweep/sweep_engine.h"

namespace systole {
namespace {

namespace po = boost::program_options;

void print_outcome(const SweepOutcome& outcome, const std::string& directory) {
  std::printf("%llu points: %llu done, %llu failed, %llu illegal",
              static_cast<unsigned long long>(outcome.points),
              static_cast<unsigned long long>(outcome.done),
              static_cast<unsigned long long>(outcome.failed),
              static_cast<unsigned long long>(outcome.illegal));
  const uint64_t left = outcome.points - outcome.done - outcome.failed - outcome.illegal;
  if (left) std::printf(", %llu left", static_cast<unsigned long long>(left));
  const uint64_t in_rtl =
      outcome.calibrated + outcome.calibration_failed + outcome.calibration_left;
  if (in_rtl) {
    std::printf("\n%llu of them in RTL too: %llu done, %llu failed",
                static_cast<unsigned long long>(in_rtl),
                static_cast<unsigned long long>(outcome.calibrated),
                static_cast<unsigned long long>(outcome.calibration_failed));
  }
  std::printf("\nresults in %s; next: systole report %s\n", directory.c_str(), directory.c_str());
  std::fflush(stdout);
}

struct SweepRequest {
  std::string spec;       ///< file
  std::string directory;  ///< of the results
  CommonOptions common;
  uint64_t jobs = std::max(1u, std::thread::hardware_concurrency());
  std::optional<SlurmOptions> slurm;  ///< none: worker processes here
  bool resume = false, retry_failed = false;
};

/// The specification comes first, or is missing.
bool names_specification(const Arguments& arguments) {
  return !arguments.empty() && !arguments[0].empty() && arguments[0][0] != '-';
}

void check_jobs(const CommandLine& line, const std::string& engine, uint64_t jobs,
                uint64_t points_per_task) {
  if (jobs < 1) throw RequestError("--jobs: '0' is not legal; legal: 1 to 1024");
  if (engine != "local" && engine != "slurm") {
    throw RequestError("--engine: '" + engine + "' is not available; legal: local, slurm");
  }
  for (const char* option : {"slurm-args", "points-per-task"}) {
    if (line.given(option) && engine != "slurm")
      throw RequestError(std::string("--") + option + ": is legal with --engine slurm");
  }
  if (points_per_task < 1)
    throw RequestError("--points-per-task: '0' is not legal; legal: 1 to 100000");
}

/// False: only help was asked for. Throws RequestError.
bool parse(const Arguments& arguments, SweepRequest& request) {
  std::string engine = "local", slurm_args;
  SlurmOptions slurm;
  CommandLine line("sweep SPEC.yaml", "measure every point of a design space (docs/sweeps.md)",
                   {"systole sweep platform/sweep/examples/gemm.yaml --out /tmp/gemm",
                    "systole sweep my.yaml --out results --jobs 8",
                    "systole sweep my.yaml --out results --fidelity calibrated",
                    "systole sweep my.yaml --out results --resume",
                    "systole sweep my.yaml --out results --engine slurm "
                    "--slurm-args='--partition short --time 30' --points-per-task 50"});
  line.own().add_options()("out", po::value<std::string>(&request.directory)->value_name("DIR"),
                           "where the results go (needed)")(
      "resume", po::bool_switch(&request.resume), "continue the sweep that is there")(
      "retry-failed", po::bool_switch(&request.retry_failed),
      "with --resume: run failed points again")(
      "engine", po::value<std::string>(&engine)->value_name("E"), "local, slurm (local)")(
      "slurm-args", po::value<std::string>(&slurm_args)->value_name("ARGS"),
      "arguments of sbatch, in one word: --slurm-args='--partition short'");
  add_number(line.own(), "jobs", &request.jobs, 1024,
             "worker processes (one a core); with slurm: tasks at once (no limit)");
  add_number(line.own(), "points-per-task", &slurm.points_per_task, 100000,
             "with slurm: points of a task, one after the other (16)");
  const bool named = names_specification(arguments);
  line.allow_timing_only();
  line.allow_calibrated();
  if (line.parse(Arguments(arguments.begin() + (named ? 1 : 0), arguments.end()))) return false;
  if (!named)
    throw RequestError("a specification is needed; legal: systole sweep SPEC.yaml --out DIR");
  request.spec = arguments[0];
  request.common = line.common();
  if (request.directory.empty())
    throw RequestError("--out is needed; legal: a directory for the results");
  check_jobs(line, engine, request.jobs, slurm.points_per_task);
  if (request.retry_failed && !request.resume)
    throw RequestError("--retry-failed: is legal with --resume");
  for (const char* option : {"report", "max-sim-time"}) {
    if (line.given(option)) throw RequestError(std::string("--") + option + ": is not legal here");
  }
  if (engine == "local") return true;
  slurm.arguments = po::split_unix(slurm_args);
  if (line.given("jobs")) slurm.tasks_at_once = request.jobs;
  request.slurm = slurm;
  return true;
}

SweepOptions options_of(const SweepRequest& request) {
  SweepOptions options;
  options.directory = request.directory;
  options.jobs = static_cast<unsigned>(request.jobs);
  options.slurm = request.slurm;
  options.quiet = request.common.quiet;
  options.terminal = on_terminal();
  char program[4096];
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program);
  options.program = std::string(program, length > 0 ? static_cast<size_t>(length) : 0);
  return options;
}

/// The exit status. Throws SweepError, StoreError, RequestError.
int sweep(const SweepRequest& request) {
  SweepSpec spec = read_sweep_spec(request.spec, request.common.request);
  spec.timing_only = spec.timing_only || request.common.timing_only;
  const std::vector<Point> points = make_points(spec);
  for (const Point& point : points) {
    if (!point.illegal.empty()) continue;
    if (spec.timing_only) check_timing_only(point.config);
    if (!spec.generation) check_native_cpu(point.config, "sweep");
  }
  if (request.slurm) check_slurm(*request.slurm);
  ResultStore store =
      ResultStore::open(request.directory, sweep_identity(spec, points), points, request.resume);
  if (request.retry_failed) store.forget_failed();
  const SweepOutcome outcome = run_sweep(spec, points, store, options_of(request), std::cerr);
  print_outcome(outcome, request.directory);
  if (outcome.stopped.empty() && !outcome.interrupted)
    return outcome.failed + outcome.calibration_failed ? kExitSimulationFailed : kExitDone;
  std::cerr << "systole sweep: "
            << (outcome.stopped.empty() ? "interrupted" : "stopped: " + outcome.stopped)
            << "; what is finished is kept, --resume continues\n";
  return kExitSimulationFailed;
}

}  // namespace

int sweep_command(const Arguments& arguments) {
  SweepRequest request;
  if (!parse(arguments, request)) return kExitDone;
  try {
    return sweep(request);
  } catch (const SweepError& error) {
    throw RequestError(error.what());
  } catch (const StoreError& error) {
    throw RequestError(error.what());
  }
}

int sweep_task_command(const Arguments& arguments) {
  if (arguments.size() != 1) throw RequestError("a task's file is needed");
  return run_task(arguments[0]) ? kExitDone : kExitSimulationFailed;
}

}  // namespace systole
