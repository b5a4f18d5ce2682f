// systole compare: both fidelities of one workload, and what is said when they differ.
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "tests/system/command_line.h"

using Catch::Contains;
using nlohmann::json;
using systole::test::Outcome;
using systole::test::read_file;
using systole::test::read_json;
using systole::test::run_systole;
using systole::test::TemporaryDirectory;

TEST_CASE("Compare: a kernel gives the same bytes in both fidelities, and cycles within bounds") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("c.json");
  for (const std::vector<std::string>& workload :
       {std::vector<std::string>{"gemm", "--m", "20", "--n", "37", "--k", "100"},
        {"swiglu", "--rows", "7", "--cols", "72", "--quantized"},
        {"dma", "--bytes", "5000"}}) {
    std::vector<std::string> words = {"compare", "bench"};
    words.insert(words.end(), workload.begin(), workload.end());
    words.insert(words.end(), {"--report", file, "--quiet"});
    const Outcome outcome = run_systole(words);
    INFO(workload[0] << "\n" << outcome.out << outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.err == "");
    CHECK_THAT(outcome.out, Contains("total") && Contains("they agree"));
    const json report = read_json(file);
    CHECK(report["agree"] == true);
    CHECK(report["results"]["mismatched_bytes"] == 0);
    CHECK(report["results"]["bytes"].get<uint64_t>() > 500);
    CHECK(report["results"]["digest_rtl"] == report["results"]["digest_tlm"]);
    CHECK(report["rtl"]["engines"]["gemm"]["fidelity"] == "rtl");
    CHECK(report["tlm"]["engines"]["gemm"]["fidelity"] == "tlm");
    CHECK(report["figures"]["total"]["rtl"] == report["rtl"]["cycles"]["total"]);
    CHECK(report["host"]["speed_ratio"].get<double>() > 0);
  }
}

TEST_CASE("Compare: a generation gives the same tokens and logits in both fidelities") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("c.json");
  const Outcome outcome =
      run_systole({"compare", "run", "--prompt", "Once upon", "--max-tokens", "3", "--report", file,
                   "--write-docs", directory.file("d.md")});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  CHECK_THAT(read_file(directory.file("d.md")),
             Contains("## A whole generation: `systole compare run --prompt \"Once upon\"") &&
                 Contains("decode") && Contains("map version 1.0 of 20"));
  CHECK_THAT(outcome.out, Contains("prefill") && Contains("decode") && Contains("they agree"));
  const json report = read_json(file);
  CHECK(report["rtl"]["tokens"] == report["tlm"]["tokens"]);
  CHECK(report["rtl"]["tokens"].size() > 3);
  CHECK(report["results"]["mismatched_bytes"] == 0);
  CHECK(report["host"]["tlm_runs"] > 1);  // so short a run is timed more than once
  CHECK(report["results"]["bytes"].get<uint64_t>() % 12 == 0);  // float32 logits of three passes
}

TEST_CASE("Compare: a list of cases becomes a table, in the documentation too") {
  const TemporaryDirectory directory;
  const std::string list =
      directory.write("cases.csv",
                      "# two of each\ngemm, m=5, n=37, k=100, b-layout=rows, out=int8, bias\n\n"
                      "gemm,m=16,n=16,k=64,out=int32\nrelu,rows=3,cols=50\n"
                      "softmax,rows=4,cols=9,causal\ndma,bytes=1000\ndma,bytes=999,fill\n");
  const std::string file = directory.file("c.json"), docs = directory.file("d.md");
  const Outcome outcome = run_systole({"compare", "shapes", list, "--widths", "128", "--latencies",
                                       "60,100", "--report", file, "--write-docs", docs});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("gemm, 128 bit, 60 ns") && Contains("vpu, 128 bit, 100 ns"));
  const json report = read_json(file);
  CHECK(report["all"]["cases"] == 12);
  CHECK(report["all"]["mismatched_bytes"] == 0);
  CHECK(report["by_engine"]["dma"]["cases"] == 4);
  CHECK(report["cases"].size() == 12);
  CHECK(report["cases"][0]["case"] == "gemm,m=5,n=37,k=100,b-layout=rows,out=int8,bias");
  CHECK(report["cases"][0]["rtl"] != report["cases"][6]["rtl"]);
  CHECK_THAT(read_file(docs), Contains("| softmax | 2 |") && Contains("map version 1.0 of 20"));
  CHECK(report["all"]["other_counters"] == 0);
}

TEST_CASE("Compare: cases at random are distinct, of every kind, and agree") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("c.json");
  const Outcome outcome =
      run_systole({"compare",     "shapes", "--gemm", "36",     "--vpu",    "30",       "--dma",
                   "16",          "--most", "40",     "--seed", "3",        "--widths", "64",
                   "--latencies", "60",     "--jobs", "2",      "--report", file,       "--quiet"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  const json report = read_json(file);
  std::set<std::string> cases;
  std::string all;
  for (const json& entry : report["cases"]) {
    CHECK(cases.insert(entry["case"]).second);
    all += entry["case"].get<std::string>() + "\n";
  }
  CHECK(cases.size() == 82);
  for (const char* layout : {"packed", "rows", "transposed"}) {
    for (const char* out : {"float32\n", "float32,bias\n", "int32\n", "int32,accumulate\n",
                            "int8\n", "int8,bias\n"}) {
      CHECK_THAT(all, Contains(std::string("b-layout=") + layout + ",out=" + out));
    }
  }
  for (const char* kernel : {"\nsoftmax", "\nrmsnorm", "\nlayernorm", "\nrelu",     "\ngelu",
                             "\nsilu",    "\nsigmoid", "\ntanh",      "\nclip",     "\nadd",
                             "\nmul",     "\nswiglu",  "\nrotary",    "\nquantize", "\ndequantize",
                             ",rows=",    ",gap=",     ",fill",       "src-offset", "dst-offset"}) {
    CHECK_THAT(all, Contains(kernel));
  }
}

TEST_CASE("Compare: engines that contend for a memory agree, one by one") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("c.json"), docs = directory.write("d.md", "# Page\n");
  for (int i = 0; i < 2; ++i) {  // the second time replaces the section
    const Outcome outcome = run_systole({"compare", "contend", "--widths", "128", "--every", "9",
                                         "--report", file, "--write-docs", docs, "--quiet"});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.err == "");
    CHECK_THAT(outcome.out, Contains("GEMM + GEMM, DRAM") && Contains("they agree"));
  }
  const json report = read_json(file);
  CHECK(report["groups"].size() >= 8);
  for (const json& scene : report["scenes"]) {
    INFO(scene);
    CHECK(scene["engines"].size() >= 2);
    for (const json& engine : scene["engines"]) {
      const double rtl = engine["rtl"], tlm = engine["tlm"];
      CHECK(rtl > 0);
      CHECK(std::abs(tlm - rtl) <= 0.05 * rtl);
    }
  }
  const std::string page = read_file(docs);
  CHECK(page.find("# Page") == 0);
  CHECK(page.find("## Engines that contend") == page.rfind("## Engines that contend"));
}

TEST_CASE("Compare: the quantum changes speed, and hardly the cycles") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("c.json");
  const Outcome outcome = run_systole({"compare", "quantum", "--no-cpu", "--report", file});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  const json report = read_json(file);
  REQUIRE(report["engine_batch_cycles"].size() == 12);  // six workloads, two fidelities
  for (const json& row : report["engine_batch_cycles"]) {
    INFO(row);
    CHECK(row["settings"].size() == 4);
    for (const json& setting : row["settings"])
      CHECK(std::abs(setting["change"].get<double>()) <= 0.02);
  }
}

TEST_CASE("Compare: random cases depend on the seed only") {
  const auto cases = [](const char* seed) {
    const TemporaryDirectory directory;
    const std::string file = directory.file("c.json");
    const Outcome outcome =
        run_systole({"compare", "shapes", "--random", "6", "--seed", seed, "--most", "40",
                     "--widths", "128", "--latencies", "60", "--report", file, "--quiet"});
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.status != 2);
    json list = read_json(file)["cases"];
    REQUIRE(list.size() == 6);
    return list;
  };
  const json first = cases("7");
  CHECK(first == cases("7"));
  CHECK(first != cases("8"));
}

TEST_CASE("Compare: a run that fails is no agreement, and its words are passed on") {
  const Outcome outcome =
      run_systole({"compare", "bench", "dma", "--src", "0x2000000000", "--quiet"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("error code 1") && Contains("0x2000000000"));
}

TEST_CASE("Compare: a wrong request is refused before anything runs") {
  const TemporaryDirectory directory;
  const std::string bad = directory.write("bad.csv", "gemm,m=1\nrelu,rows=3,colls=4\n");
  const std::pair<std::vector<std::string>, const char*> requests[] = {
      {{"compare"}, "bench, run, replay, shapes, contend, quantum"},
      {{"compare", "contend", "--widths", "100"}, "bus.width_bits"},
      {{"compare", "contend", "--every", "0"}, "--every"},
      {{"compare", "quantum", "--fidelity", "rtl"}, "--fidelity"},
      {{"compare", "bench", "gemm", "--accumulate"}, "--accumulate"},
      {{"compare", "bench", "dma", "--src-offset", "64"}, "--src-offset"},
      {{"compare", "bench"}, "a kernel is needed"},
      {{"compare", "bench", "gem"}, "unknown kernel 'gem'"},
      {{"compare", "bench", "gemm", "--fidelity", "tlm"}, "--fidelity"},
      {{"compare", "bench", "gemm", "--m", "0"}, "--m"},
      {{"compare", "run"}, "--prompt is needed"},
      {{"compare", "run", "--prompt", "x", "--model", "/nowhere", "--tokenizer", "/nowhere"},
       "/nowhere"},
      {{"compare", "shapes"}, "--random"},
      {{"compare", "shapes", "/nowhere.csv"}, "/nowhere.csv"},
      {{"compare", "shapes", bad}, "bad.csv:2"},
      {{"compare", "shapes", "--random", "3", "--widths", "100"}, "bus.width_bits"}};
  for (const auto& [words, expected] : requests) {
    const Outcome outcome = run_systole(words);
    INFO(expected << "\n" << outcome.out << outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains(expected));
  }
}
