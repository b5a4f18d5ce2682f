// systole sweep and report from the outside: results, resume after kills, failures, the page.
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "platform/sweep/calibration.h"
#include "platform/sweep/result_store.h"
#include "tests/system/command_line.h"

using Catch::Contains;
using systole::PointStatus;
using systole::ResultStore;
using systole::StoredPoint;
using systole::test::Outcome;
using systole::test::read_file;
using systole::test::read_json;
using systole::test::run_systole;
using systole::test::run_systole_signalled;
using systole::test::TemporaryDirectory;

namespace {

const char* const kShapes = "Layer, M, N, K,\none, 4, 16, 32,\ntwo, 3, 20, 40,\n";

// Twelve points of the default configuration's variants.
std::string twelve_points(const TemporaryDirectory& directory, const std::string& more = "") {
  directory.write("shapes.csv", kShapes);
  return directory.write("sweep.yaml",
                         "axes:\n"
                         "  dram.latency_ns: {range: [20, 120, 20]}\n"
                         "  gemm.a_buffer_kib: [16, 32]\n"
                         "workload: {gemm_csv: shapes.csv}\n" +
                             more);
}

pid_t start_sweep(const std::string& spec, const std::string& out) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  const int none = open("/dev/null", O_RDWR);
  for (int fd : {0, 1, 2}) dup2(none, fd);
  execl(SYSTOLE_PROGRAM, SYSTOLE_PROGRAM, "sweep", spec.c_str(), "--out", out.c_str(), "--jobs",
        "2", "--resume", static_cast<char*>(nullptr));
  _exit(127);
}

// A process whose parent is `parent`; 0 if there is none.
pid_t child_of(pid_t parent) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string stat = read_file(entry.path().string() + "/stat");
    const size_t at = stat.rfind(") ");
    int ppid = 0;
    if (at != std::string::npos && std::sscanf(stat.c_str() + at, ") %*c %d", &ppid) == 1 &&
        ppid == parent) {
      return std::stoi(name);
    }
  }
  return 0;
}

size_t count_in_rtl(const std::vector<StoredPoint>& points) {
  return static_cast<size_t>(
      std::count_if(points.begin(), points.end(),
                    [](const StoredPoint& point) { return point.in_rtl.has_value(); }));
}

std::string chromium() {
  for (const char* path : {"/usr/bin/chromium", "/usr/bin/chromium-browser"}) {
    if (access(path, X_OK) == 0) return path;
  }
  return "";
}

bool has_browser() {
  if (!chromium().empty()) return true;
  WARN("chromium is not installed: the page is not opened");
  return false;
}

// The page as the browser has it after its script; what it logged goes to `log`.
std::string page_in_browser(const TemporaryDirectory& directory, const std::string& url,
                            std::string& log) {
  const std::string out = directory.file("dom"), err = directory.file("log");
  const std::string command = "timeout 120 " + chromium() +
                              " --headless --no-sandbox --disable-gpu --disable-quic "
                              "--no-first-run --disable-background-networking "
                              "--disable-component-update --disable-sync --enable-logging=stderr "
                              "--virtual-time-budget=5000 --user-data-dir=" +
                              directory.file("profile") + " --dump-dom '" + url + "' >" + out +
                              " 2>" + err;
  const int status = std::system(command.c_str());
  CHECK(status == 0);
  log = read_file(err);
  return read_file(out);
}

size_t count(const std::string& text, const std::string& what) {
  size_t n = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("Sweep: a language model by shape") {
  const TemporaryDirectory directory;
  const std::string spec = directory.write(
      "llm.yaml",
      "axes:\n  bus.width_bits: [64, 128]\n  gemm.rows: [8, 16]\n"
      "workload:\n  llm: {dim: 128, hidden_dim: 256, n_layers: 1, n_heads: 4, vocab_size: 300,\n"
      "        seq_len: 64, prompt_tokens: 20, generate_tokens: 3}\n");
  const std::string out = directory.file("out");
  const Outcome sweep = run_systole({"sweep", spec, "--out", out, "--jobs", "2", "--quiet"});
  INFO(sweep.err);
  REQUIRE(sweep.status == 0);
  CHECK_THAT(sweep.out, Contains("4 points: 4 done"));
  const Outcome report = run_systole({"report", out});
  REQUIRE(report.status == 0);
  const auto results = read_json(out + "/results.json");
  REQUIRE(results["points"].size() == 4);
  for (const auto& point : results["points"]) {
    const auto& m = point["metrics"];
    CHECK(m["prefill_cycles"].get<double>() > 0);
    CHECK(m["decode_cycles_per_token"].get<double>() ==
          Approx(m["decode_cycles"].get<double>() / 3));
    CHECK(m["cycles"].get<double>() ==
          m["prefill_cycles"].get<double>() + m["decode_cycles"].get<double>());
    CHECK(m["energy_per_token_uj"].get<double>() > 0);
  }
  CHECK_THAT(read_file(out + "/results.csv"), Contains("decode_cycles_per_token"));
  if (!has_browser()) return;
  std::string log;
  const std::string page = page_in_browser(directory, "file://" + out + "/report.html", log);
  INFO(log);
  CHECK(log.find("CONSOLE") == std::string::npos);
  CHECK_THAT(page,
             Contains("4 points; a language model of 1 layers of 128, a prompt of 20 tokens") &&
                 Contains("4 of 4 points"));
}

TEST_CASE("Sweep: every point is measured, and the report holds every figure") {
  const TemporaryDirectory directory;
  const std::string spec = twelve_points(directory), out = directory.file("r");
  const Outcome outcome = run_systole({"sweep", spec, "--out", out, "--jobs", "2"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("12 points: 12 done, 0 failed, 0 illegal"));
  CHECK_THAT(outcome.err, Contains("points 12/12"));
  const Outcome report = run_systole({"report", out});
  INFO(report.err);
  REQUIRE(report.status == 0);
  CHECK_THAT(report.out, Contains("Best point:") && Contains("Knee:") &&
                             Contains("What matters most:") && Contains("Bottleneck"));
  const nlohmann::json json = read_json(out + "/results.json");
  REQUIRE(json["points"].size() == 12);
  const std::string csv = read_file(out + "/results.csv"), html = read_file(out + "/report.html");
  CHECK(count(csv, "\n") == 13);
  for (const auto& point : json["points"]) {
    CHECK(point["metrics"]["cycles"].get<double>() > 0);
    CHECK_THAT(csv, Contains(point["metrics"]["cycles"].dump()));
    CHECK_THAT(html, Contains(point["metrics"]["latency_us"].dump()));
  }
  // The same as the point alone: latency 20 ns is faster than 120 ns.
  CHECK(json["points"][0]["metrics"]["cycles"] < json["points"][11]["metrics"]["cycles"]);
  // The layers are all of the time.
  const auto& layers = json["points"][0]["cycles"]["layer"];
  CHECK(layers["one"].get<double>() + layers["two"].get<double>() ==
        json["points"][0]["metrics"]["cycles"].get<double>());
  CHECK(html.find("src=\"http") == std::string::npos);
  // Under the roof, each layer reads its operands at least once.
  for (const auto& point : json["points"]) {
    const auto& roof = point["roofline"]["gemm"];
    REQUIRE(roof["kernels"].size() == 2);
    CHECK(roof["kernels"][0]["work"] == 2 * 4 * 16 * 32);
    for (const auto& kernel : roof["kernels"]) {
      const double intensity = kernel["intensity"], speed = kernel["speed"];
      CHECK(speed <= roof["peak"].get<double>());
      CHECK(speed <= intensity * roof["bytes_per_cycle"].get<double>());
    }
    CHECK(roof["kernels"][0]["intensity"].get<double>() <= 2.0 * 4 * 16 * 32 / (4 * 32 + 16 * 32));
  }

  if (!has_browser()) return;
  std::string log;
  const std::string whole = page_in_browser(directory, "file://" + out + "/report.html", log);
  INFO(log);
  CHECK(log.find("CONSOLE") == std::string::npos);
  CHECK_THAT(whole, Contains("12 of 12 points") && Contains("class=\"dot best\""));
  CHECK(count(whole, "class=\"cell\"") == 12);
  CHECK(count(whole, "<circle class=\"dot") == 24);
  CHECK(count(whole, "class=\"kernel\"") == 2);
  const std::string filtered =
      page_in_browser(directory, "file://" + out + "/report.html#filter=gemm.a_buffer_kib=16", log);
  CHECK_THAT(filtered, Contains("6 of 12 points") && Contains(" dim"));
}

TEST_CASE("Sweep: kill -9 of master and workers at random moments loses and repeats nothing") {
  const TemporaryDirectory directory;
  const bool calibrated = GENERATE(false, true);
  const std::string spec = twelve_points(
      directory, calibrated ? "fidelity: calibrated\ncalibration: {points: 5, seed: 5}\n" : "");
  const std::string out = directory.file("r");
  const unsigned seed = std::random_device{}();
  CAPTURE(calibrated, seed);
  std::mt19937 random(seed);
  std::set<uint64_t> before;
  size_t in_rtl_before = 0;
  for (int round = 0; round < 8; ++round) {
    const pid_t master = start_sweep(spec, out);
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 500));
    if (random() % 2) {
      if (const pid_t worker = child_of(master)) kill(worker, SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
    }
    kill(master, SIGKILL);
    waitpid(master, nullptr, 0);
    if (!std::filesystem::exists(out + "/results.sqlite")) continue;
    try {
      const ResultStore store = ResultStore::open_to_read(out);
      const std::set<uint64_t> now = store.finished();
      for (uint64_t point : before) CHECK(now.count(point) == 1);
      before = now;
      const size_t in_rtl = count_in_rtl(store.points());
      CHECK(in_rtl >= in_rtl_before);
      in_rtl_before = in_rtl;
    } catch (const systole::SweepError&) {
      CHECK(before.empty());  // killed before the first row
    } catch (const systole::StoreError&) {
      CHECK(before.empty());  // killed before the tables were there
    }
  }
  const Outcome outcome = run_systole({"sweep", spec, "--out", out, "--jobs", "2", "--resume"});
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  const std::vector<StoredPoint> points = ResultStore::open_to_read(out).points();
  REQUIRE(points.size() == 12);
  for (const StoredPoint& point : points) {
    CHECK(point.finished);
    CHECK(point.result.status == PointStatus::Done);
    if (point.in_rtl) CHECK(point.in_rtl->status == PointStatus::Done);
  }
  CHECK(count_in_rtl(points) == (calibrated ? 5 : 0));
}

TEST_CASE("Sweep: kill -9 while a variant is built leaves nothing that keeps it from being built") {
  const TemporaryDirectory directory;
  const std::string cache = directory.file("variants");
  directory.write("base.yaml",
                  "gemm: {model: tlm}\nvpu: {model: tlm}\nbus: {width_bits: 64}\n"
                  "dram: {size_mib: 16}\n");
  directory.write("shapes.csv", kShapes);
  const std::string spec = directory.write("sweep.yaml",
                                           "base: base.yaml\naxes: {dram.latency_ns: [40, 60]}\n"
                                           "workload: {gemm_csv: shapes.csv}\n");
  const std::string out = directory.file("r");
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  setenv("SYSTOLE_CACHE", cache.c_str(), 1);
  for (int round = 0; round < 2; ++round) {
    const pid_t master = start_sweep(spec, out);
    for (int waited = 0; waited < 500 && !std::filesystem::exists(cache); ++waited)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1000));
    if (const pid_t builder = random() % 2 ? child_of(master) : 0) kill(builder, SIGKILL);
    kill(master, SIGKILL);
    waitpid(master, nullptr, 0);
    CHECK(ResultStore::open_to_read(out).points().size() == 2);
  }
  // A build that is killed under a sweep that goes on is begun again.
  const pid_t master = start_sweep(spec, out);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  if (const pid_t builder = child_of(master)) kill(builder, SIGKILL);
  std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1000));
  kill(master, SIGKILL);
  waitpid(master, nullptr, 0);
  const Outcome outcome = run_systole({"sweep", spec, "--out", out, "--jobs", "2", "--resume"});
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("2 points: 2 done"));
  unsetenv("SYSTOLE_CACHE");
}

TEST_CASE("Sweep: a failed point is kept with its error, an illegal one is not run") {
  const TemporaryDirectory directory;
  directory.write("shapes.csv", "Layer, M, N, K,\nbig, 1024, 32, 4096,\n");
  const std::string spec = directory.write("sweep.yaml",
                                           "axes:\n  dram.size_mib: [1, 64]\n"
                                           "  vpu.count: [0, 8]\n  dma.count: [8]\n"
                                           "workload: {gemm_csv: shapes.csv}\n");
  const std::string out = directory.file("r");
  const Outcome outcome = run_systole({"sweep", spec, "--out", out, "--quiet"});
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.out, Contains("4 points: 1 done, 1 failed, 2 illegal"));
  const std::vector<StoredPoint> points = ResultStore::open_to_read(out).points();
  CHECK_THAT(points[0].result.error, Contains("layer 'big'") && Contains("dram.size_mib"));
  CHECK_THAT(points[1].result.error, Contains("at most 16"));
  const Outcome report = run_systole({"report", out});
  CHECK(report.status == 0);
  CHECK_THAT(report.out, Contains("3 of 4 points failed"));
  CHECK_THAT(read_file(out + "/report.html"), Contains("do not fit into DRAM"));
}

TEST_CASE("Sweep: Ctrl-C keeps what is finished, and resume ends it") {
  const TemporaryDirectory directory;
  const std::string spec = twelve_points(directory), out = directory.file("r");
  const Outcome outcome =
      run_systole_signalled({"sweep", spec, "--out", out, "--jobs", "1"}, "points 0/12", SIGINT);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("interrupted") && Contains("--resume continues"));
  const Outcome again = run_systole({"sweep", spec, "--out", out});
  CHECK(again.status == 2);
  CHECK_THAT(again.err, Contains("holds a sweep already"));
  CHECK(run_systole({"sweep", spec, "--out", out, "--resume"}).status == 0);
}

TEST_CASE("Sweep: a generation is measured like any other workload") {
  const TemporaryDirectory directory;
  const std::string spec =
      directory.write("sweep.yaml",
                      "axes: {dram.latency_ns: [40, 80]}\n"
                      "workload: {generation: {prompt: \"Once upon\", max_tokens: 2}}\n");
  const std::string out = directory.file("r");
  const Outcome outcome = run_systole({"sweep", spec, "--out", out});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  REQUIRE(run_systole({"report", out}).status == 0);
  const nlohmann::json json = read_json(out + "/results.json");
  for (const char* metric : {"tokens_per_s", "energy_per_token_uj", "prefill_cycles"}) {
    INFO(metric);
    CHECK(json["points"][0]["metrics"][metric].get<double>() > 0);
  }
  CHECK(json["points"][0]["cycles"]["operation"].size() > 3);
  for (const auto& [kind, roof] : json["points"][0]["roofline"].items()) {
    CAPTURE(kind);
    CHECK(roof["kernels"].size() >= (kind == "gemm" ? 1 : 4));
    for (const auto& kernel : roof["kernels"]) {
      CAPTURE(kernel.dump());
      CHECK(kernel["speed"].get<double>() <= roof["peak"].get<double>());
      CHECK(kernel["speed"].get<double>() <=
            kernel["intensity"].get<double>() * roof["bytes_per_cycle"].get<double>());
    }
  }
}

TEST_CASE("Sweep: DRAM presets and operating points are axes, with columns of their own") {
  const TemporaryDirectory directory;
  directory.write("shapes.csv", kShapes);
  const std::string spec = directory.write("sweep.yaml",
                                           "axes:\n  dram.preset: [simple, ddr4-2400, hbm2]\n"
                                           "  operating_point: [low, turbo]\n"
                                           "fidelity: tlm\n"
                                           "workload: {gemm_csv: shapes.csv}\n");
  const std::string out = directory.file("r");
  const Outcome outcome = run_systole({"sweep", spec, "--out", out, "--quiet"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const Outcome report = run_systole({"report", out});
  INFO(report.err);
  REQUIRE(report.status == 0);
  const nlohmann::json points = read_json(out + "/results.json")["points"];
  REQUIRE(points.size() == 6);
  for (const auto& point : points) {
    const bool banked = point["values"][0] != "simple";
    CAPTURE(point["values"].dump());
    CHECK(point.contains("rows") == banked);
    CHECK(point["metrics"].contains("row_hits") == banked);
    CHECK(point["energy"].contains("DRAM activate") == banked);
    CHECK(point["metrics"]["tops_per_w"].get<double>() <
          point["metrics"]["peak_tops_per_w"].get<double>());
  }
  // The same DRAM at a higher clock: less time, more energy on the chip.
  for (size_t i = 0; i < 6; i += 2) {
    CHECK(points[i]["metrics"]["latency_us"] > points[i + 1]["metrics"]["latency_us"]);
    CHECK(points[i]["energy"]["array"].get<double>() * 950 * 950 ==
          Approx(points[i + 1]["energy"]["array"].get<double>() * 675 * 675));
  }
  const std::string csv = read_file(out + "/results.csv");
  CHECK_THAT(csv, Contains("row_hits") && Contains("peak_tops_per_w"));
  CHECK(count(csv, "\n") == 7);
  if (!has_browser()) return;
  std::string log;
  const std::string page = page_in_browser(directory, "file://" + out + "/report.html", log);
  INFO(log);
  CHECK(log.find("CONSOLE") == std::string::npos);
  CHECK_THAT(page, Contains("DRAM accesses by row buffer") && Contains("6 of 6 points"));
}

TEST_CASE("Sweep: calibrated measures a sample in RTL too and shows the error beside the figures") {
  const TemporaryDirectory directory;
  const std::string spec =
      twelve_points(directory, "fidelity: calibrated\ncalibration: {points: 3, seed: 5}\n");
  const std::string out = directory.file("r");
  // Ended by a signal in the second half at the latest: resumed without repeating anything.
  run_systole_signalled({"sweep", spec, "--out", out, "--jobs", "1"}, "points in RTL 0/3", SIGINT);
  const Outcome outcome = run_systole({"sweep", spec, "--out", out, "--jobs", "2", "--resume"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.out,
             Contains("12 points: 12 done") && Contains("3 of them in RTL too: 3 done"));
  const Outcome report = run_systole({"report", out});
  INFO(report.err);
  REQUIRE(report.status == 0);
  CHECK_THAT(report.out,
             Contains("Calibration: 3 of 12 points also in RTL") && Contains("within the bound"));
  const nlohmann::json json = read_json(out + "/results.json");
  size_t measured = 0;
  for (const auto& point : json["points"]) {
    if (!point.contains("rtl")) continue;
    ++measured;
    const double twin = point["metrics"]["cycles"], rtl = point["rtl"]["metrics"]["cycles"];
    CHECK(rtl > 0);
    CHECK(point["rtl"]["errors"]["cycles"].get<double>() == Approx(100 * (twin - rtl) / rtl));
  }
  CHECK(measured == 3);
  CHECK(json["calibration"]["within"] == true);
  CHECK_THAT(read_file(out + "/results.csv"),
             Contains("cycles_rtl,cycles_error,cycles_error_mean,cycles_error_worst"));
  if (!has_browser()) return;
  std::string log;
  const std::string page = page_in_browser(directory, "file://" + out + "/report.html", log);
  INFO(log);
  CHECK(log.find("CONSOLE") == std::string::npos);
  CHECK(count(page, "class=\"error-bar\"") == 3);
  CHECK_THAT(page, Contains("latency (us) [error ") && Contains("(RTL "));
}

TEST_CASE("Sweep: a language model by shape is calibrated whole or by its descriptors") {
  const TemporaryDirectory directory;
  const bool whole = GENERATE(true, false);
  CAPTURE(whole);
  const std::string spec = directory.write(
      "llm.yaml",
      "axes:\n  dram.latency_ns: [60, 100]\nfidelity: calibrated\n"
      "calibration: {points: 1, descriptors: 12, most_cycles: " +
          std::string(whole ? "1000000" : "10000") +
          "}\nworkload:\n  llm: {dim: 64, hidden_dim: 96, n_layers: 2, n_heads: 2, vocab_size: "
          "100,\n        seq_len: 32, prompt_tokens: 8, generate_tokens: 2}\n");
  const std::string out = directory.file("out");
  const Outcome sweep = run_systole({"sweep", spec, "--out", out, "--jobs", "2", "--quiet"});
  INFO(sweep.err);
  REQUIRE(sweep.status == 0);
  CHECK_THAT(sweep.out, Contains("1 of them in RTL too: 1 done"));
  CHECK_FALSE(std::filesystem::exists(out + "/work"));
  const Outcome report = run_systole({"report", out});
  INFO(report.err);
  REQUIRE(report.status == 0);
  CHECK_THAT(report.out, Contains("1 of 2 points also in RTL") && Contains("within the bound"));
  const auto results = read_json(out + "/results.json");
  for (const auto& point : results["points"]) {
    if (!point.contains("rtl")) continue;
    const auto& d = point["rtl"]["descriptors"];
    CHECK(d["whole"] == whole);
    // Looks at words that are waited for are bytes read, too.
    CHECK(std::abs(d["traffic"].get<double>()) <= (whole ? 0.5 : 0));
    CHECK(std::abs(d["total"].get<double>()) < 2);
    CHECK(point["rtl"]["errors"]["cycles"].get<double>() == Approx(d["total"].get<double>()));
    if (whole) continue;
    CHECK(d["sampled"] == 12);
    CHECK(d["distinct"].get<double>() > 12);
    CHECK(d["work"].get<double>() > 0);
    CHECK(d["worst"].get<double>() <= 5);
    CHECK_THAT(report.out, Contains("by samples of their descriptors: 12 of "));
  }
}

TEST_CASE("Report: a descriptor beyond its bound puts the calibration beyond it") {
  using Json = nlohmann::ordered_json;
  Json report = {
      {"whole", false},
      {"operations",
       {{{"descriptors", 90},
         {"distinct", 4},
         {"stands_for", 30},
         {"least_cycles", 1000},
         {"sampled_least_cycles", 500}}}},
      {"sample", Json::array()},
      {"traffic",
       {{"rtl", {{"gemm", {{"bytes_read", 100}}}}}, {"tlm", {{"gemm", {{"bytes_read", 101}}}}}}}};
  auto add = [&](uint64_t rtl, uint64_t tlm, uint64_t stands_for) {
    report["sample"].push_back({{"engine", "gemm[0]"},
                                {"operation", "matmul"},
                                {"index", report["sample"].size()},
                                {"stands_for", stands_for},
                                {"rtl", rtl},
                                {"tlm", tlm}});
  };
  add(10000, 10000, 1);
  add(1000, 1060, 10);  // 6 %, within one latency
  Json d = systole::judge_descriptors(report, 80);
  CHECK(d["beyond"] == 0);
  CHECK(d["mean"].get<double>() == Approx(3));
  CHECK(d["worst"].get<double>() == Approx(6));
  CHECK(d["total"].get<double>() == Approx(3));  // 600 of 20 000
  CHECK(d["work"].get<double>() == Approx(50));
  CHECK(d["traffic"].get<double>() == Approx(1));
  const Json twins = {{"cycles", 1030.0}, {"tokens_per_s", 100.0}, {"energy_uj", 2.02}};
  Json rtl = systole::figures_in_rtl(twins, d);
  CHECK(rtl["cycles"].get<double>() == Approx(1000));
  CHECK(rtl["tokens_per_s"].get<double>() == Approx(103));
  CHECK(rtl["energy_uj"].get<double>() == Approx(2));
  d = systole::judge_descriptors(report, 40);
  CHECK(d["beyond"] == 1);
  Json analysis = {{"metrics", {{{"name", "cycles"}, {"label", "cycles"}, {"unit", ""}}}}};
  analysis["points"] = {{{"point", 0}, {"metrics", {{"cycles", 1000.0}}}}};
  analysis["points"][0]["rtl"] = {{"metrics", {{"cycles", 1000.0}}},
                                  {"errors", {{"cycles", 0.0}}},
                                  {"memory_latency_cycles", 40},
                                  {"descriptors", d}};
  CHECK(systole::judge_calibration(analysis, 1)["within"] == false);
  analysis["points"][0]["rtl"]["descriptors"]["beyond"] = 0;
  CHECK(systole::judge_calibration(analysis, 1)["within"] == true);
}

TEST_CASE("Report: a calibration beyond its bound is judged so, one memory latency is allowed") {
  nlohmann::ordered_json analysis;
  analysis["metrics"] = {{{"name", "cycles"}, {"label", "cycles"}, {"unit", ""}},
                         {{"name", "energy_uj"}, {"label", "energy"}, {"unit", "uJ"}}};
  analysis["points"] = nlohmann::ordered_json::array();
  auto add = [&](double twin, double rtl, uint64_t latency) {
    nlohmann::ordered_json point = {{"point", analysis["points"].size()}};
    point["metrics"] = {{"cycles", twin}, {"energy_uj", 2.0}};
    point["rtl"]["metrics"] = {{"cycles", rtl}, {"energy_uj", 2.0}};
    point["rtl"]["errors"] = systole::figure_errors(point["metrics"], point["rtl"]["metrics"]);
    point["rtl"]["memory_latency_cycles"] = latency;
    analysis["points"].push_back(point);
  };
  for (int i = 0; i < 9; ++i) add(1000, 1000, 40);
  add(1060, 1000, 80);  // 6 %, but within one latency
  nlohmann::ordered_json judged = systole::judge_calibration(analysis, 10);
  CHECK(judged["within"] == true);
  CHECK(judged["figures"][0]["mean"].get<double>() == Approx(0.6));
  CHECK(judged["figures"][0]["worst"].get<double>() == Approx(6));
  CHECK(judged["figures"][0]["point"] == 9);
  CHECK(judged["figures"][1]["worst"] == 0.0);
  add(1060, 1000, 40);  // and not
  judged = systole::judge_calibration(analysis, 12);
  CHECK(judged["within"] == false);
  CHECK(judged["missing"] == 1);
  CHECK_THAT(
      judged["text"].get<std::string>(),
      Contains("11 of 11 points also in RTL, 1 not measured yet") && Contains("beyond the bound"));
  // The mean alone.
  analysis["points"].clear();
  for (int i = 0; i < 3; ++i) add(1030, 1000, 40);
  CHECK(systole::judge_calibration(analysis, 3)["within"] == false);
}

TEST_CASE("Sweep: a full disk stops it with what is done kept, and resume ends it") {
  const TemporaryDirectory directory;
  const std::string spec = twelve_points(directory, "fidelity: tlm\n"), out = directory.file("r");
  std::filesystem::create_directory(out);
  if (mount("tmpfs", out.c_str(), "tmpfs", 0, "size=160k") != 0) {
    WARN("no file system can be mounted here: " << std::strerror(errno));
    return;
  }
  struct Unmount {
    std::string at;
    ~Unmount() { umount2(at.c_str(), MNT_DETACH); }
  } unmount{out};
  const Outcome full = run_systole({"sweep", spec, "--out", out, "--jobs", "2"});
  INFO(full.err);
  CHECK(full.status != 0);
  CHECK_THAT(full.err, Contains("full") || Contains("no space is left"));
  CHECK(full.err.find("failed") == std::string::npos);  // no point is blamed
  REQUIRE(mount("tmpfs", out.c_str(), "tmpfs", MS_REMOUNT, "size=16m") == 0);
  const size_t kept = ResultStore::open_to_read(out).finished().size();
  CAPTURE(kept);
  CHECK(kept < 12);
  const Outcome rest = run_systole({"sweep", spec, "--out", out, "--jobs", "2", "--resume"});
  INFO(rest.err);
  CHECK(rest.status == 0);
  const std::vector<StoredPoint> points = ResultStore::open_to_read(out).points();
  REQUIRE(points.size() == 12);
  for (const StoredPoint& point : points) CHECK(point.result.status == PointStatus::Done);
}

TEST_CASE("Sweep: a wrong request is refused before anything runs") {
  const TemporaryDirectory directory;
  const std::string spec = twelve_points(directory);
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"sweep"}, "a specification is needed"},
      {{"sweep", spec}, "--out is needed"},
      {{"sweep", "none.yaml", "--out", "x"}, "'none.yaml' cannot be read"},
      {{"sweep", spec, "--out", "/proc/x"}, "cannot be written"},
      {{"sweep", spec, "--out", directory.file("a"), "--engine", "cloud"}, "legal: local, slurm"},
      {{"sweep", spec, "--out", directory.file("a"), "--slurm-args=-p x"}, "with --engine slurm"},
      {{"sweep", spec, "--out", directory.file("a"), "--jobs", "0"}, "legal: 1 to 1024"},
      {{"sweep",
        directory.write("p.yaml",
                        "axes: {operating_point: [low, fast]}\n"
                        "workload: {gemm_csv: shapes.csv}\n"),
        "--out", directory.file("a")},
       "operating_point = 'fast' is not in"},
      {{"report"}, "a directory is needed"},
      {{"report", directory.file("none")}, "holds no sweep"},
  };
  for (const auto& [arguments, what] : cases) {
    const Outcome outcome = run_systole(arguments);
    INFO(outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains(what));
  }
}

TEST_CASE("Report: two sweeps side by side") {
  const TemporaryDirectory directory;
  directory.write("shapes.csv", kShapes);
  for (const char* latency : {"20", "200"}) {
    const std::string spec =
        directory.write("s.yaml", std::string("axes: {gemm.a_buffer_kib: [16, 32]}\n") +
                                      "workload: {gemm_csv: shapes.csv}\n");
    REQUIRE(run_systole({"sweep", spec, "--out", directory.file(latency), "--quiet", "--set",
                         std::string("dram.latency_ns=") + latency})
                .status == 0);
  }
  const Outcome outcome =
      run_systole({"report", directory.file("20"), "--compare", directory.file("200")});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out,
             Contains("Best point of the second against the first") && Contains("latency_us"));
  CHECK_THAT(read_file(directory.file("20") + "/report.html"),
             Contains("\"compare\":[\"latency_us"));
}
