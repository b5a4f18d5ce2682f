// systole sweep: a design space explored by worker processes. sweep-gemms, not listed, is the
// worker of a sweep over a list of matrix products; sweep-task, not listed either, is one task of a
// Slurm job array.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <thread>

#include "platform/app/commands.h"
#include "platform/app/simulation.h"
#include "platform/sweep/slurm_task.h"
#include "platform/sweep/sweep_engine.h"
#include "sw_driver/kernels/gemm.h"
#include "sw_driver/kernels/weights.h"

namespace systole {
namespace {

namespace po = boost::program_options;

// All products in one simulation, one after the other, operands in DRAM, weights packed. Timing
// does not depend on data, so there is none but zeros.
std::string run_gemms(const std::vector<GemmShape>& shapes, Host& host,
                      nlohmann::ordered_json& layers) {
  const driver::EngineConfig& array = host.device.engine(driver::EngineKind::Gemm).config();
  driver::Arena& arena = host.device.dram();
  for (const GemmShape& shape : shapes) {
    if (host.stopping()) return "";
    const driver::ArenaScope scope(arena);
    const auto m = static_cast<uint32_t>(shape.m), n = static_cast<uint32_t>(shape.n),
               k = static_cast<uint32_t>(shape.k);
    driver::Buffer a, b, c, row_scale, col_scale;
    const std::pair<driver::Buffer*, uint64_t> buffers[] = {
        {&a, shape.m * shape.k},
        {&b, driver::packed_weight_bytes(n, k, array.rows, array.cols)},
        {&c, shape.m * shape.n * 4},
        {&row_scale, shape.m * 4},
        {&col_scale, shape.n * 4}};
    for (const auto& [buffer, bytes] : buffers) {
      if (arena.allocate(bytes, 64, buffer) != driver::Status::Ok) {
        return "layer '" + shape.layer + "': the operands do not fit into DRAM (dram.size_mib)";
      }
    }
    driver::GemmArgs args;
    args.m = m, args.n = n, args.k = k;
    args.a = a.addr, args.lda = k;
    args.b = b.addr, args.ldb = 0;
    args.layout = driver::GemmLayout::Packed;
    args.c = c.addr, args.ldc = n * 4;
    args.output = driver::GemmOutput::Float32;
    args.row_scale = row_scale.addr;
    args.col_scale = col_scale.addr;
    const uint64_t begin = host.hal.now_cycles();
    const auto before = host.operations();
    driver::Status status = driver::gemm(host.device.stream(), args);
    if (status == driver::Status::Ok) status = host.device.stream().flush();
    if (status == driver::Status::Ok) status = host.device.stream().finish();
    if (status != driver::Status::Ok) {
      return describe_failure(host, "layer '" + shape.layer + "'", status);
    }
    const uint64_t cycles = host.hal.now_cycles() - begin;
    host.report.cycles_total += cycles;
    uint64_t read = 0, written = 0, work = 0, seen = 0;
    for (const OperationReport& op : difference(host.operations(), before)) {
      if (op.engine.rfind("gemm", 0) == 0) {
        read += op.bytes_read, written += op.bytes_written;
        work += op.work, seen += op.seen_cycles;
      }
    }
    layers.push_back({{"layer", shape.layer},
                      {"m", shape.m},
                      {"n", shape.n},
                      {"k", shape.k},
                      {"cycles", cycles},
                      {"work", work},
                      {"seen_cycles", seen},
                      {"bytes_read", read},
                      {"bytes_written", written}});
  }
  return "";
}

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

}  // namespace

int sweep_command(const Arguments& arguments) {
  uint64_t jobs = std::max(1u, std::thread::hardware_concurrency());
  std::string directory, engine = "local", slurm_args;
  SlurmOptions slurm;
  bool resume = false, retry_failed = false;
  CommandLine line("sweep SPEC.yaml", "measure every point of a design space (docs/sweeps.md)",
                   {"systole sweep platform/sweep/examples/gemm.yaml --out /tmp/gemm",
                    "systole sweep my.yaml --out results --jobs 8",
                    "systole sweep my.yaml --out results --fidelity calibrated",
                    "systole sweep my.yaml --out results --resume",
                    "systole sweep my.yaml --out results --engine slurm "
                    "--slurm-args='--partition short --time 30' --points-per-task 50"});
  line.own().add_options()("out", po::value<std::string>(&directory)->value_name("DIR"),
                           "where the results go (needed)")("resume", po::bool_switch(&resume),
                                                            "continue the sweep that is there")(
      "retry-failed", po::bool_switch(&retry_failed), "with --resume: run failed points again")(
      "engine", po::value<std::string>(&engine)->value_name("E"), "local, slurm (local)")(
      "slurm-args", po::value<std::string>(&slurm_args)->value_name("ARGS"),
      "arguments of sbatch, in one word: --slurm-args='--partition short'");
  add_number(line.own(), "jobs", &jobs, 1024,
             "worker processes (one a core); with slurm: tasks at once (no limit)");
  add_number(line.own(), "points-per-task", &slurm.points_per_task, 100000,
             "with slurm: points of a task, one after the other (16)");
  const bool named = !arguments.empty() && !arguments[0].empty() && arguments[0][0] != '-';
  line.allow_timing_only();
  line.allow_calibrated();
  if (line.parse(Arguments(arguments.begin() + (named ? 1 : 0), arguments.end()))) return kExitDone;
  if (!named)
    throw RequestError("a specification is needed; legal: systole sweep SPEC.yaml --out DIR");
  if (directory.empty()) throw RequestError("--out is needed; legal: a directory for the results");
  if (jobs < 1) throw RequestError("--jobs: '0' is not legal; legal: 1 to 1024");
  if (engine != "local" && engine != "slurm") {
    throw RequestError("--engine: '" + engine + "' is not available; legal: local, slurm");
  }
  for (const char* option : {"slurm-args", "points-per-task"}) {
    if (line.given(option) && engine != "slurm")
      throw RequestError(std::string("--") + option + ": is legal with --engine slurm");
  }
  if (slurm.points_per_task < 1)
    throw RequestError("--points-per-task: '0' is not legal; legal: 1 to 100000");
  slurm.arguments = po::split_unix(slurm_args);
  if (line.given("jobs")) slurm.tasks_at_once = jobs;
  if (retry_failed && !resume) throw RequestError("--retry-failed: is legal with --resume");
  for (const char* option : {"report", "max-sim-time"}) {
    if (line.given(option)) throw RequestError(std::string("--") + option + ": is not legal here");
  }
  try {
    SweepSpec spec = read_sweep_spec(arguments[0], line.common().request);
    spec.timing_only = spec.timing_only || line.common().timing_only;
    const std::vector<Point> points = make_points(spec);
    for (const Point& point : points)
      if (spec.timing_only && point.illegal.empty()) check_timing_only(point.config);
    if (engine == "slurm") check_slurm(slurm);
    ResultStore store = ResultStore::open(directory, sweep_identity(spec, points), points, resume);
    if (retry_failed) store.forget_failed();
    SweepOptions options;
    options.directory = directory;
    options.jobs = static_cast<unsigned>(jobs);
    if (engine == "slurm") options.slurm = slurm;
    options.quiet = line.common().quiet;
    options.terminal = on_terminal();
    char program[4096];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program);
    options.program = std::string(program, length > 0 ? static_cast<size_t>(length) : 0);
    const SweepOutcome outcome = run_sweep(spec, points, store, options, std::cerr);
    print_outcome(outcome, directory);
    if (!outcome.stopped.empty()) {
      std::cerr << "systole sweep: stopped: " << outcome.stopped
                << "; what is finished is kept, --resume continues\n";
      return kExitSimulationFailed;
    }
    if (outcome.interrupted) {
      std::cerr << "systole sweep: interrupted; what is finished is kept, --resume continues\n";
      return kExitSimulationFailed;
    }
    return outcome.failed + outcome.calibration_failed ? kExitSimulationFailed : kExitDone;
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

int sweep_gemms_command(const Arguments& arguments) {
  std::string csv;
  CommandLine line("sweep-gemms", "the matrix products of a list, timed in one simulation",
                   {"systole sweep-gemms --csv shapes.csv --report r.json"});
  line.own().add_options()("csv", po::value<std::string>(&csv)->value_name("FILE"),
                           "Layer, M, N, K,");
  line.allow_timing_only();
  if (line.parse(arguments)) return kExitDone;
  std::vector<GemmShape> shapes;
  try {
    shapes = read_gemm_csv(csv);
  } catch (const SweepError& error) {
    throw RequestError(error.what());
  }
  if (line.common().config.gemm.count == 0) {
    throw RequestError("gemm.count: '0' is not legal for a list of matrix products; legal: 1 to 8");
  }
  if (!line.common().report_file.empty()) check_writable(line.common().report_file);
  Report report;
  report.command = "sweep-gemms";
  auto layers = nlohmann::ordered_json::array();
  const int status = simulate(
      line.common(), {}, [&](Host& host) { return run_gemms(shapes, host, layers); }, report);
  report.own["layers"] = layers;
  return finish(line.common(), report, status);
}

}  // namespace systole
