// A sweep's specification, points, store, estimate and analysis, without simulating.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <csignal>
#include <map>
#include <set>

#include "platform/sweep/analysis.h"
#include "platform/sweep/estimate.h"
#include "platform/sweep/process_pool.h"
#include "platform/sweep/result_store.h"
#include "platform/sweep/spec.h"
#include "platform/sweep/sweep_engine.h"
#include "tests/system/command_line.h"

using Catch::Contains;
using namespace systole;
using systole::test::TemporaryDirectory;

namespace {

const char* const kWorkload = "workload: {generation: {prompt: Hi}}\n";

SweepSpec parse(const std::string& text) {
  return parse_sweep_spec(text + kWorkload, "s.yaml", {});
}

std::string refusal(const std::string& text) {
  try {
    make_points(parse_sweep_spec(text, "s.yaml", {}));
  } catch (const SweepError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("Sweep specification: lists, powers of two and ranges become values") {
  const SweepSpec spec = parse(
      "axes:\n"
      "  bus.width_bits: [64, 256]\n"
      "  gemm: {a_buffer_kib: {pow2: [8, 64]}}\n"
      "  dram.latency_ns: {range: [40, 170, 40]}\n"
      "  bus.arbitration: [round_robin, fixed]\n");
  REQUIRE(spec.axes.size() == 4);
  CHECK(spec.axes[0].values == std::vector<std::string>{"64", "256"});
  CHECK(spec.axes[1].key == "gemm.a_buffer_kib");
  CHECK(spec.axes[1].values == std::vector<std::string>{"8", "16", "32", "64"});
  CHECK(spec.axes[2].values == std::vector<std::string>{"40", "80", "120", "160"});
  const std::vector<Point> points = make_points(spec);
  REQUIRE(points.size() == 2 * 4 * 4 * 2);
  CHECK(points[0].config.bus.arbitration == "round_robin");
  CHECK(points[1].config.bus.arbitration == "fixed");
  CHECK(points.back().config.bus.width_bits == 256);
  CHECK(points.back().config.dram.latency_ns == 160);
  for (size_t i = 0; i < points.size(); ++i) CHECK(points[i].index == i);
}

TEST_CASE("Sweep specification: the command line wins over the file") {
  ConfigRequest line;
  line.sets = {"spm.size_kib=1024"};
  const SweepSpec spec = parse_sweep_spec(
      std::string("base: small\naxes: {gemm.rows: [8]}\n") + kWorkload, "s.yaml", line);
  const std::vector<Point> points = make_points(spec);
  CHECK(points[0].config.spm.size_kib == 1024);
  CHECK(points[0].config.bus.width_bits == 64);  // of small
}

TEST_CASE("Sweep specification: calibration draws points that RTL measures too") {
  const std::string text =
      std::string("axes: {dram.latency_ns: {range: [10, 100, 10]}}\nfidelity: calibrated\n");
  const SweepSpec spec =
      parse_sweep_spec(text + "calibration: {points: 4, seed: 7}\n" + kWorkload, "s.yaml", {});
  const std::vector<Point> points = make_points(spec), drawn = calibration_points(spec, points);
  for (const Point& point : points) CHECK(point.config.gemm.model == "tlm");
  REQUIRE(drawn.size() == 4);
  for (size_t i = 0; i < drawn.size(); ++i) {
    CHECK((i == 0 || drawn[i - 1].index < drawn[i].index));
    CHECK(drawn[i].values == points[drawn[i].index].values);
    for (const auto* model :
         {&drawn[i].config.gemm.model, &drawn[i].config.vpu.model, &drawn[i].config.dma.model})
      CHECK(*model == "rtl");
  }
  const SweepSpec all = parse_sweep_spec(text + kWorkload, "s.yaml", {});
  CHECK(calibration_points(all, points).size() == 10);
  CHECK(sweep_identity(spec, points) != sweep_identity(all, points));
  ConfigRequest line;
  line.fidelity = "tlm";
  CHECK(calibration_points(parse_sweep_spec(text + kWorkload, "s.yaml", line), points).empty());
}

TEST_CASE("Sweep specification: a refusal says line, key, value and what is legal") {
  const struct {
    const char *text, *origin, *what;
  } cases[] = {
      {"axes:\n  bus.widht_bits: [64]\n", "s.yaml:2: ", "did you mean 'bus.width_bits'?"},
      {"axes:\n  bus.width_bits: [64, 96]\n", "s.yaml:2: ", "'96' is not legal; legal: 64, 128"},
      {"axes:\n  bus.width_bits: [64, 64]\n", "s.yaml:2: ", "64 is there twice"},
      {"axes:\n  bus.width_bits: []\n", "s.yaml:2: ", "the list is empty"},
      {"axes:\n  gemm.rows: {pow2: [6, 8]}\n", "s.yaml:2: ", "legal: {pow2: [first, last]}"},
      {"axes:\n  dram.latency_ns: {range: [9, 1, 1]}\n", "s.yaml:2: ", "first <= last"},
      {"axes:\n  dram.latency_ns: {range: [1, 9, 0]}\n", "s.yaml:2: ", "step at least 1"},
      {"axes: {}\n", "s.yaml:1: ", "axes is empty"},
      {"axis: {gemm.rows: [8]}\n", "s.yaml:1: ", "did you mean 'axes'?"},
      {"axes: {gemm.rows: [8]}\ncalibration: {points: 2}\n",
       "s.yaml:2: ", "legal: with fidelity: calibrated"},
      {"axes: {gemm.rows: [8]}\nfidelity: calibrated\ncalibration: {points: 0}\n",
       "s.yaml:3: ", "calibration.points = '0' is not legal; legal: 1 to"},
      {"axes: {gemm.rows: [8]}\nfidelity: calibrated\ncalibration: {descriptors: 9}\n",
       "s.yaml:3: ", "calibration.descriptors = '9' is not legal; legal: with workload.llm"},
      {"axes: {gemm.model: [rtl, tlm]}\nfidelity: calibrated\n",
       "s.yaml:1: ", "gemm.model is not legal with fidelity calibrated"},
      {"axes: {gemm.rows: [8]}\nfidelity: fast\n", "s.yaml:2: ", "fidelity = 'fast'"},
      {"axes: {gemm.rows: [8]}\nbase: nowhere\n", "s.yaml:2: ", "nowhere"},
      {"axes: {gemm.rows: [8]}\nconstraints: [\"gemm.row < 3\"]\n",
       "s.yaml:2: ", "did you mean 'gemm.rows'?"},
      {"axes: {gemm.rows: [8]}\nconstraints: [\"gemm.rows < \"]\n", "s.yaml:2: ", "the end"},
      {"axes: {gemm.rows: [8]}\nconstraints: [\"gemm.model < 3\"]\n", "s.yaml:2: ", "no number"},
      {"axes: {gemm.rows: [8]}\nsample: {method: random, points: 3}\n",
       "s.yaml:2: ", "legal: latin_hypercube"},
      {"axes: {gemm.rows: [8]}\nsample: {points: 0}\n", "s.yaml:2: ", "legal: 1 to"},
      {"axes: {gemm.rows: [8, 16]}\nconstraints: [\"gemm.rows > 16\"]\n",
       "s.yaml: ", "exclude every point: \"gemm.rows > 16\""},
      {"axes: {gemm.rows: [8\n", "s.yaml:", "not YAML"},
  };
  for (const auto& each : cases) {
    INFO(each.text);
    CHECK_THAT(refusal(std::string(each.text) + kWorkload),
               Contains(each.origin) && Contains(each.what));
  }
  for (const char* workload :
       {"", "workload: {}\n", "workload: {llm: {preset: gpt2}}\n",
        "workload: {gemm_csv: none.csv}\n", "workload: {generation: {max_tokens: 3}}\n",
        "workload: {generation: {prompt: a, model: b}}\n",
        "workload: {gemm_csv: a, generation: {prompt: b}}\n"}) {
    INFO(workload);
    CHECK_THAT(refusal(std::string("axes: {gemm.rows: [8]}\n") + workload),
               Contains("workload") && Contains("legal"));
  }
}

TEST_CASE("Sweep specification: a language model by shape, and what is wrong with one") {
  const std::string axes = "axes:\n  bus.width_bits: [64, 128]\n  gemm.rows: [16, 64]\n";
  const auto parse = [&](const std::string& llm, const std::string& more = "") {
    return parse_sweep_spec(axes + more + "workload:\n  llm: {" + llm + "}\n", "s.yaml", {});
  };
  const std::string lengths = ", prompt_tokens: 512, generate_tokens: 1";
  const SweepSpec spec = parse("preset: llama2-7b" + lengths);
  REQUIRE(spec.llm);
  CHECK(spec.timing_only);
  CHECK(spec.llm->shape.hidden_dim == 11008);
  CHECK(spec.llm->prompt_tokens == 512);
  const std::vector<Point> points = make_points(spec);
  REQUIRE(points.size() == 4);
  for (const Point& point : points) {
    CHECK(point.illegal == "");
    CHECK(point.config.gemm.model == "tlm");
    CHECK(point.config.dram.size_mib > 7000);  // int8 weights and the KV cache
  }
  const auto arguments = point_arguments(spec, points[0], "r.json");
  CHECK(arguments[2] == "llama2-7b");
  CHECK(std::count(arguments.begin(), arguments.end(), "--timing-only") == 1);
  CHECK(sweep_identity(spec, points)["workload"]["shape"]["n_layers"] == 32);

  // DRAM that was chosen is not touched.
  const std::vector<Point> chosen =
      make_points(parse("preset: gpt2" + lengths, "  dram.size_mib: [64, 1024]\n"));
  REQUIRE(chosen.size() == 8);
  CHECK_THAT(chosen[0].illegal, Contains("dram.size_mib = '64'") && Contains("at least"));
  CHECK(chosen[1].illegal == "");
  CHECK(chosen[1].config.dram.size_mib == 1024);

  const std::string own = "dim: 64, hidden_dim: 96, n_layers: 2, n_heads: 4, vocab_size: 99, ";
  CHECK(parse(own + "seq_len: 600" + lengths).llm->shape.n_kv_heads == 4);
  const struct {
    std::string llm;
    const char* what;
  } cases[] = {
      {"preset: llama3" + lengths, "did you mean 'llama2-7b'"},
      {"preset: gpt2", "workload.llm.prompt_tokens is missing"},
      {"preset: gpt2, prompt_tokens: 5", "workload.llm.generate_tokens is missing"},
      {"preset: gpt2, prompt_tokens: 0, generate_tokens: 1", "legal: 1 to 1000000"},
      {"preset: gpt2, prompt_tokens: 1024, generate_tokens: 1", "up to the context of 1024"},
      {"preset: gpt2, n_heads: 7" + lengths, "n_heads is 7; legal: a divisor of dim 768"},
      {"preset: gpt2, layers: 7" + lengths, "did you mean 'workload.llm.n_layers'"},
      {"preset: gpt2, n_layers: many" + lengths, "n_layers = 'many'"},
      {"preset: gpt2, architecture: bert" + lengths, "legal: llama, gpt2"},
      {own + "prompt_tokens: 1, generate_tokens: 1", "seq_len is missing"},
      {own + "seq_len: 600, n_kv_heads: 3" + lengths, "n_kv_heads is 3"},
  };
  for (const auto& each : cases) {
    INFO(each.llm);
    std::string refused;
    try {
      parse(each.llm);
    } catch (const SweepError& error) {
      refused = error.what();
    }
    CHECK_THAT(refused, Contains("s.yaml:5: ") && Contains("workload.llm") && Contains(each.what));
  }
  CHECK_THROWS_WITH(parse("preset: gpt2" + lengths, "fidelity: rtl\n"),
                    Contains("s.yaml:6: ") && Contains("legal: tlm"));
}

TEST_CASE("Sweep specification: a malformed line of a list of products is named") {
  const TemporaryDirectory directory;
  const std::string good = "Layer, M, N, K,\r\na, 1, 2, 3,\n\nb,4,5,6\n";
  const std::vector<GemmShape> shapes = read_gemm_csv(directory.write("good.csv", good));
  REQUIRE(shapes.size() == 2);
  CHECK(shapes[1].layer == "b");
  CHECK(shapes[1].k == 6);
  const struct {
    const char *line, *what;
  } cases[] = {{"c, 1, 2", ":5: "},
               {"c, 1, 2, x,", ":5: K = 'x'"},
               {"c, 0, 2, 3,", ":5: M = '0'"},
               {"c, 1, 2, 3, 4,", ":5: "},
               {"c, 1, 2, 131072,", "legal: 1 to 131071"}};
  for (const auto& each : cases) {
    INFO(each.line);
    CHECK_THROWS_WITH(read_gemm_csv(directory.write("bad.csv", good + each.line)),
                      Contains(each.what));
  }
  CHECK_THROWS_WITH(read_gemm_csv(directory.write("h.csv", "a, 1, 2, 3,\n")), Contains("header"));
  CHECK_THROWS_WITH(read_gemm_csv(directory.write("e.csv", "Layer, M, N, K,\n")),
                    Contains("no product"));
}

TEST_CASE("Sweep constraints: precedence, words and keys") {
  const Config config = default_config();  // rows 16, cols 16, spm 512
  const struct {
    const char* text;
    double value;
  } cases[] = {{"1 + 2 * 3", 7},
               {"(1 + 2) * 3 - 1", 8},
               {"7 % 4 + 8 / 2", 7},
               {"-2 + 3", 1},
               {"gemm.rows * gemm.cols", 256},
               {"gemm.rows == gemm.cols and spm.size_kib >= 512", 1},
               {"not gemm.rows == 16 or 0", 0},
               {"1 < 2 && !(3 <= 2) || 0", 1},
               {"gemm.rows != 16", 0},
               {"8 - 2 - 1", 5}};
  for (const auto& each : cases) {
    INFO(each.text);
    CHECK(Expression::parse(each.text).value(config) == each.value);
  }
  for (const char* text : {"", "1 +", "(1", "1 2", "gemm.rows >", "* 2", "1..2", "and"}) {
    INFO(text);
    CHECK_THROWS_AS(Expression::parse(text), ExpressionError);
  }
  CHECK_THROWS_AS(Expression::parse(std::string(5000, '(')), ExpressionError);
}

TEST_CASE("Sweep sampling: distinct, within the constraints, even, and the same for a seed") {
  const std::string axes =
      "axes:\n"
      "  gemm.rows: [8, 16, 32, 64]\n"
      "  spm.size_kib: {pow2: [64, 1024]}\n"
      "  dram.latency_ns: {range: [10, 200, 1]}\n"
      "constraints: [\"spm.size_kib + gemm.rows <= 600\"]\n";
  auto sample = [&](const std::string& seed) {
    return make_points(
        parse(axes + "sample: {method: latin_hypercube, points: 120, seed: " + seed + "}\n"));
  };
  const std::vector<Point> points = sample("1"), again = sample("1"), other = sample("2");
  REQUIRE(points.size() == 120);
  std::set<std::vector<std::string>> distinct;
  std::map<std::string, int> rows;
  bool same = true, different = false;
  for (size_t i = 0; i < points.size(); ++i) {
    distinct.insert(points[i].values);
    ++rows[points[i].values[0]];
    CHECK(points[i].config.spm.size_kib + points[i].config.gemm.rows <= 600);
    same = same && points[i].values == again[i].values;
    different = different || points[i].values != other[i].values;
  }
  CHECK(distinct.size() == points.size());
  CHECK(same);
  CHECK(different);
  for (const auto& [value, count] : rows) {
    INFO(value);
    CHECK(count >= 20);  // 30 each, but for what constraints took
    CHECK(count <= 40);
  }
  // A space no larger than the sample is taken whole.
  CHECK(make_points(parse("axes: {gemm.rows: [8, 16]}\nsample: {points: 50}\n")).size() == 2);
}

TEST_CASE("Sweep sampling: an unconstrained hypercube uses every stratum once") {
  const std::vector<Point> points = make_points(
      parse("axes:\n  dram.latency_ns: {range: [0, 49, 1]}\n  dram.size_mib: {range: [1, 50, 1]}\n"
            "sample: {points: 50, seed: 7}\n"));
  std::set<std::string> latencies, sizes;
  for (const Point& point : points) {
    latencies.insert(point.values[0]);
    sizes.insert(point.values[1]);
  }
  CHECK(latencies.size() == 50);
  CHECK(sizes.size() == 50);
}

TEST_CASE("Sweep points: a combination that cannot be built is kept with its reason") {
  const std::vector<Point> points =
      make_points(parse("axes: {vpu.count: [1, 8], dma.count: [1, 8]}\n"));
  REQUIRE(points.size() == 4);
  CHECK(points[0].illegal == "");
  CHECK_THAT(points[3].illegal, Contains("at most 16"));
}

TEST_CASE("Sweep store: a point is there once, and another sweep is not continued") {
  const TemporaryDirectory directory;
  const SweepSpec spec = parse("axes: {vpu.count: [1, 8], dma.count: [1, 8]}\n");
  const std::vector<Point> points = make_points(spec);
  const auto identity = sweep_identity(spec, points);
  {
    ResultStore store = ResultStore::open(directory.file("r"), identity, points, false);
    CHECK(store.finished() == std::set<uint64_t>{3});  // illegal
    PointResult result;
    result.point = 1;
    result.report = "{}";
    store.add(result);
    CHECK_THROWS_AS(store.add(result), StoreError);
    result.point = 2;
    result.status = PointStatus::Failed;
    result.error = "why";
    store.add(result);
    CHECK_THROWS_WITH(ResultStore::open(directory.file("r"), identity, points, true),
                      Contains("another sweep is running"));
  }
  CHECK_THROWS_WITH(ResultStore::open(directory.file("r"), identity, points, false),
                    Contains("--resume"));
  auto other = identity;
  other["axes"][0]["values"] = {"1"};
  CHECK_THROWS_WITH(ResultStore::open(directory.file("r"), other, points, true),
                    Contains("holds another sweep"));
  ResultStore store = ResultStore::open(directory.file("r"), identity, points, true);
  CHECK(store.finished() == std::set<uint64_t>{1, 2, 3});
  const std::vector<StoredPoint> stored = store.points();
  CHECK_FALSE(stored[0].finished);
  CHECK(stored[2].result.error == "why");
  CHECK(stored[3].result.status == PointStatus::Illegal);
  store.forget_failed();
  CHECK(store.finished() == std::set<uint64_t>{1, 3});
}

TEST_CASE("Sweep analysis: front and knee") {
  const std::vector<double> x = {1, 2, 4, 8, 8, 3}, y = {100, 20, 10, 9, 8, 50};
  CHECK(pareto_front(x, y) == std::vector<size_t>{0, 1, 2, 4});
  CHECK(knee_of({1, 2, 4, 8}, {100, 20, 10, 8}) == 1);
  CHECK(knee_of({1}, {1}) == 0);
}

TEST_CASE("Sweep estimate: with a DRAM preset its energy is that of its accesses") {
  const auto report = nlohmann::ordered_json::parse(
      R"({"dram": {"bytes_read": 8000, "bytes_written": 0, "rows": {"energy_uj":
          {"activate": 1, "read": 2, "write": 3, "refresh": 4, "background": 5}}}})");
  const Estimate each =
      estimate(read_energy_table("horowitz-45nm"), to_json(default_config()), report);
  const std::map<std::string, double> energy(each.energy_uj.begin(), each.energy_uj.end());
  CHECK(energy.count("DRAM") == 0);
  CHECK(energy.at("DRAM activate") == Approx(1));
  CHECK(energy.at("DRAM background") == Approx(5));
  CHECK(each.total_energy_uj() == Approx(15));
}

TEST_CASE("Sweep estimate: figures come from the table, and a bad table is refused") {
  const EnergyTable table = read_energy_table("horowitz-45nm");
  CHECK(table.sram_access_pj(8) == Approx(10));
  CHECK(table.sram_access_pj(1) == Approx(10));
  CHECK(table.sram_access_pj(16) == Approx(std::sqrt(200.0)));
  CHECK(table.sram_access_pj(4096) == Approx(100));
  const auto config = to_json(default_config());
  const auto report = nlohmann::ordered_json::parse(
      R"({"engines": {"gemm": {"instances": [{"macs": 1000000, "bytes_read": 0}]}},
          "dram": {"bytes_read": 8000, "bytes_written": 0}})");
  const Estimate each = estimate(table, config, report);
  const std::map<std::string, double> area(each.area_mm2.begin(), each.area_mm2.end());
  const std::map<std::string, double> energy(each.energy_uj.begin(), each.energy_uj.end());
  CHECK(area.at("array") == Approx(256 * (282 + 137) * 1e-6));
  CHECK(area.at("SPM") == Approx(512 * 8192 * 0.346 / 0.5 * 1e-6));
  CHECK(energy.at("array") == Approx(0.3));  // 1e6 MACs of 0.3 pJ
  CHECK(energy.at("DRAM") == Approx(1.3));   // 1000 words of 1300 pJ
  CHECK(read_energy_table("jouppi-7nm").energy_pj.int8_multiply == Approx(0.07));
  // Half the voltage, a quarter of the energy on the chip; DRAM stays.
  auto slow = config;
  slow["voltage_mv"] = 450;
  const Estimate low = estimate(table, slow, report);
  const std::map<std::string, double> less(low.energy_uj.begin(), low.energy_uj.end());
  CHECK(less.at("array") == Approx(0.3 / 4));
  CHECK(less.at("DRAM") == Approx(1.3));
  CHECK(low.peak_tops_per_w == Approx(4 * each.peak_tops_per_w));
  // 16 columns share an A byte of a 16 KiB bank, 16 rows a sum of 8 bytes in a 64 KiB bank.
  const double mac_pj = 0.3 + table.sram_access_pj(16) / 8 / 16 + table.sram_access_pj(64) / 16;
  CHECK(each.peak_tops_per_w == Approx(2 / mac_pj));
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(read_energy_table("none"), Contains("legal: a YAML file"));
  CHECK_THROWS_WITH(read_energy_table(directory.write("t.yaml", "node_nm: -1\n")),
                    Contains("node_nm = '-1' is not legal"));
}

// Were it left pending it would end this process with the pool, before it said what was kept.
TEST_CASE("Sweep processes: Ctrl-C is a question's answer, whoever asks first") {
  for (const int signal : {SIGINT, SIGTERM}) {
    ProcessPool pool;
    CHECK_FALSE(pool.interrupted());
    raise(signal);
    CHECK(pool.interrupted());
    CHECK_FALSE(pool.wait(0));
    raise(signal);  // again, while the sweep ends
  }
  ProcessPool pool;
  raise(SIGINT);
  CHECK_FALSE(pool.wait(1000));
  CHECK(pool.interrupted());
}
