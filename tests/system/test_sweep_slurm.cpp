// systole sweep --engine slurm against a real Slurm of the test's own: the local engine's results,
// lost tasks, Ctrl-C, kill -9 of the sweep, and a Slurm that is not there.
#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>

#include "platform/sweep/result_store.h"
#include "tests/system/private_slurm.h"

using Catch::Contains;
using systole::PointStatus;
using systole::ResultStore;
using systole::StoredPoint;
using namespace systole::test;
using namespace std::chrono_literals;

namespace {

// Twelve points in twins; each takes a part of a second.
std::string twelve_points(const TemporaryDirectory& directory) {
  directory.write("shapes.csv", "Layer, M, N, K,\none, 64, 160, 320,\ntwo, 3, 20, 40,\n");
  return directory.write("sweep.yaml",
                         "axes:\n"
                         "  dram.latency_ns: {range: [20, 120, 20]}\n"
                         "  gemm.a_buffer_kib: [16, 32]\n"
                         "fidelity: tlm\n"
                         "workload: {gemm_csv: shapes.csv}\n");
}

std::vector<std::string> slurm_sweep(const std::string& spec, const std::string& out,
                                     const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {
      "sweep", spec, "--out", out, "--engine", "slurm", "--points-per-task", "4"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// Until a task has begun a point; false if that takes a minute.
bool await_begun(const std::string& out) {
  const auto files = std::filesystem::path(out) / "work" / "slurm";
  std::error_code error;
  for (int i = 0; i < 1200; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(files, error)) {
      if (entry.path().extension() == ".begin") return true;
    }
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

// Tasks that are done leave the queue a moment later.
bool await_empty_queue(const PrivateSlurm& slurm) {
  for (int i = 0; i < 200; ++i) {
    if (slurm.ask("squeue -h").empty()) return true;
    std::this_thread::sleep_for(100ms);
  }
  return false;
}

// The points of the report, without how long each took on this machine.
nlohmann::json measured(const std::string& out) {
  nlohmann::json points = read_json(out + "/results.json")["points"];
  for (auto& point : points) point["metrics"].erase("wall_seconds");
  return points;
}

void check_all_done(const std::string& out) {
  const std::vector<StoredPoint> points = ResultStore::open_to_read(out).points();
  REQUIRE(points.size() == 12);
  for (const StoredPoint& point : points) {
    INFO(point.result.error);
    CHECK(point.finished);
    CHECK(point.result.status == PointStatus::Done);
  }
  CHECK_FALSE(std::filesystem::exists(out + "/work"));
}

}  // namespace

TEST_CASE("Sweep on Slurm: the local engine's results, also after tasks and sweeps were killed") {
  if (const std::string why = PrivateSlurm::missing(); !why.empty()) {
    WARN("skipped: no Slurm can be started here: " << why);
    return;
  }
  const TemporaryDirectory directory;
  const std::string spec = twelve_points(directory), local = directory.file("local");
  REQUIRE(run_systole({"sweep", spec, "--out", local, "--quiet"}).status == 0);
  REQUIRE(run_systole({"report", local}).status == 0);
  const auto expected = measured(local);
  PrivateSlurm slurm;
  const auto check_as_local = [&](const std::string& out) {
    check_all_done(out);
    REQUIRE(run_systole({"report", out}).status == 0);
    const auto points = measured(out);
    REQUIRE(points.size() == expected.size());
    for (size_t i = 0; i < points.size(); ++i) {
      CHECK(points[i]["values"] == expected[i]["values"]);
      CHECK(points[i]["metrics"] == expected[i]["metrics"]);
      CHECK(points[i]["cycles"] == expected[i]["cycles"]);
    }
  };

  SECTION("three tasks of four points") {
    const std::string out = directory.file("r");
    const Outcome outcome = run_systole(slurm_sweep(spec, out, {"--slurm-args=-p main --time 5"}));
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.out, Contains("12 points: 12 done, 0 failed, 0 illegal"));
    CHECK(slurm.submitted() == 1);
    check_as_local(out);
  }

  SECTION("tasks that scancel ends are submitted again") {
    const std::string out = directory.file("r");
    RunningSystole sweep(slurm_sweep(spec, out, {"--jobs", "1"}));
    REQUIRE(await_begun(out));
    std::istringstream tasks(slurm.ask("squeue -h -r -o %F_%K"));  // running or waiting
    size_t cancelled = 0;
    for (std::string task; std::getline(tasks, task); ++cancelled) slurm.ask("scancel " + task);
    CHECK(cancelled > 0);
    const Outcome outcome = sweep.wait();
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(slurm.submitted() >= 2);
    check_as_local(out);
  }

  SECTION("Ctrl-C cancels the jobs and keeps what is done") {
    const std::string out = directory.file("r");
    RunningSystole sweep(slurm_sweep(spec, out, {"--jobs", "1"}));
    REQUIRE(await_begun(out));
    sweep.send_signal(SIGINT);
    const Outcome outcome = sweep.wait();
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, Contains("interrupted") && Contains("--resume continues"));
    CHECK(slurm.ask("squeue -h").empty());
    const size_t kept = ResultStore::open_to_read(out).finished().size();
    CAPTURE(kept);
    CHECK(kept < 12);
    CHECK(run_systole(slurm_sweep(spec, out, {"--resume"})).status == 0);
    check_as_local(out);
  }

  SECTION("kill -9 of the sweep: resume ends its jobs and takes what they did") {
    const std::string out = directory.file("r");
    RunningSystole sweep(slurm_sweep(spec, out, {"--jobs", "1"}));
    REQUIRE(await_begun(out));
    sweep.send_signal(SIGKILL);
    sweep.wait();
    std::this_thread::sleep_for(1s);  // its tasks go on
    const Outcome outcome = run_systole(slurm_sweep(spec, out, {"--resume"}));
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(await_empty_queue(slurm));
    check_as_local(out);
  }

  SECTION("what Slurm refuses, and a controller that is gone, lose nothing") {
    const std::string out = directory.file("r");
    const Outcome refused = run_systole(slurm_sweep(spec, out, {"--slurm-args=--partition none"}));
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, Contains("--engine slurm") && Contains("partition"));
    CHECK_FALSE(std::filesystem::exists(out));
    slurm.end_controller();
    const Outcome gone = run_systole(slurm_sweep(spec, local, {"--resume"}));
    CHECK(gone.status == 2);
    CHECK_THAT(gone.err, Contains("--engine slurm") && Contains("controller"));
    check_as_local(local);
  }
}

TEST_CASE("Sweep on Slurm: without Slurm's commands the request is refused") {
  const TemporaryDirectory directory;
  const std::string spec = twelve_points(directory), out = directory.file("r");
  const char* path = std::getenv("PATH");
  const std::string before = path ? path : "";
  setenv("PATH", directory.file("empty").c_str(), 1);
  const Outcome outcome = run_systole(slurm_sweep(spec, out));
  setenv("PATH", before.c_str(), 1);
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, Contains("'sbatch' is not in PATH") && Contains("--engine local"));
  CHECK_FALSE(std::filesystem::exists(out));
}
