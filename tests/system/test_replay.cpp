// systole … --record, systole replay, systole compare replay.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "platform/replay/recording.h"
#include "tests/system/command_line.h"

using Catch::Contains;
using nlohmann::json;
using systole::test::Outcome;
using systole::test::read_file;
using systole::test::read_json;
using systole::test::run_systole;
using systole::test::TemporaryDirectory;

namespace {

/// Records a generation of a few tokens; its report.
json record_run(const TemporaryDirectory& directory, const std::string& file,
                const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"run",          "--prompt", "Once upon",
                                    "--max-tokens", "4",        "--record",
                                    file,           "--report", directory.file("run.json"),
                                    "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  const Outcome outcome = run_systole(words);
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  return read_json(directory.file("run.json"));
}

json replay(const TemporaryDirectory& directory, const std::vector<std::string>& words) {
  std::vector<std::string> all = {"replay"};
  all.insert(all.end(), words.begin(), words.end());
  all.insert(all.end(), {"--report", directory.file("replay.json"), "--quiet"});
  const Outcome outcome = run_systole(all);
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  return read_json(directory.file("replay.json"));
}

}  // namespace

TEST_CASE("Replay: a recorded generation takes the recorded cycles and leaves the same memory") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.rec");
  for (const char* fidelity : {"rtl", "tlm"}) {
    INFO(fidelity);
    const json run = record_run(directory, file, {"--fidelity", fidelity});
    const json again = replay(directory, {file});
    CHECK(again["cycles"]["total"] == again["recording"]["cycles"]);
    CHECK(again["recording"]["cycles"].get<uint64_t>() > 50'000);
    CHECK(again["pages_compared"].get<uint64_t>() > 5);
    CHECK(again["mismatches"] == 0);
    CHECK(again["config"] == run["config"]);
    for (const char* kind : {"gemm", "vpu"})
      for (const char* counter : {"descriptors", "bytes_written", "bytes_read"})
        CHECK(again["engines"][kind][counter] == run["engines"][kind][counter]);
  }
}

TEST_CASE("Replay: in the other fidelity, results are the same and cycles nearly") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.rec");
  record_run(directory, file);
  const json twin = replay(directory, {file, "--fidelity", "tlm"});
  CHECK(twin["mismatches"] == 0);
  CHECK(std::abs(twin["difference"].get<double>()) < 0.02);
  const Outcome outcome =
      run_systole({"compare", "replay", file, "--report", directory.file("c.json"), "--quiet"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("they agree"));
  const json report = read_json(directory.file("c.json"));
  CHECK(report["results"]["mismatched_bytes"] == 0);
  CHECK(report["results"]["bytes"].get<uint64_t>() > 1000);
  CHECK(report["figures"]["total"]["tlm"] == twin["cycles"]["total"]);
}

TEST_CASE("Replay: a run without data is recorded and replayed without data") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.rec");
  record_run(directory, file, {"--timing-only"});
  const json again = replay(directory, {file, "--timing-only"});
  CHECK(again["cycles"]["total"] == again["recording"]["cycles"]);
  CHECK(again["recording"]["cycles"].get<uint64_t>() > 50'000);
  CHECK(again["recording"]["data"] == false);
}

TEST_CASE("Replay: another configuration takes other cycles") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.rec");
  record_run(directory, file, {"--fidelity", "tlm"});
  const json fast = replay(directory, {file});
  const json slow = replay(directory, {file, "--set", "dram.latency_ns=300"});
  CHECK(slow["cycles"]["total"].get<uint64_t>() > fast["cycles"]["total"].get<uint64_t>() * 1.1);
  CHECK(slow["mismatches"] == 0);
}

TEST_CASE("Replay: a kernel is recorded with or without its data") {
  const TemporaryDirectory directory;
  const std::string with = directory.file("with.rec"), without = directory.file("without.rec");
  const std::vector<std::string> bench = {"bench", "gemm", "--m", "30",      "--n",
                                          "40",    "--k",  "100", "--quiet", "--record"};
  auto words = bench;
  words.push_back(with);
  REQUIRE(run_systole(words).status == 0);
  words.back() = without;
  words.push_back("--record-without-data");
  REQUIRE(run_systole(words).status == 0);
  CHECK(read_file(without).size() < read_file(with).size());
  const json a = replay(directory, {with}), b = replay(directory, {without});
  CHECK(a["pages_compared"].get<uint64_t>() > 0);
  CHECK(b["pages_compared"] == 0);
  CHECK(a["cycles"] == b["cycles"]);
  CHECK(a["cycles"]["total"] == a["recording"]["cycles"]);
}

TEST_CASE("Replay: a sample depends on its seed only and agrees in both fidelities") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.rec");
  record_run(directory, file, {"--fidelity", "tlm", "--record-without-data"});
  const auto sample = [&](const char* seed) {
    return replay(directory, {file, "--sample", "20", "--seed", seed})["sample"];
  };
  const json first = sample("3");
  CHECK(first.size() == 20);
  CHECK(first[0]["cycles"].get<uint64_t>() > 50);
  CHECK(first == sample("3"));
  CHECK(first != sample("4"));
  const Outcome outcome = run_systole(
      {"compare", "replay", file, "--sample", "20", "--report", directory.file("c.json")});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  const json report = read_json(directory.file("c.json"));
  CHECK(report["samples"]["gemm[0]"]["mean"].get<double>() <= 0.02);
  CHECK(report["samples"]["vpu[0]"]["count"].get<uint64_t>() > 0);
}

TEST_CASE("Replay: a sample of distinct descriptors stands for all that are like them") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.rec");
  record_run(directory, file, {"--timing-only"});
  const json all = replay(directory, {file, "--timing-only", "--sample", "100000", "--distinct"});
  uint64_t stands_for = 0, descriptors = 0, distinct = 0;
  for (const json& each : all["sample"]) stands_for += each["stands_for"].get<uint64_t>();
  for (const json& each : all["sampled_operations"]) {
    descriptors += each["descriptors"].get<uint64_t>();
    distinct += each["distinct"].get<uint64_t>();
    CHECK(each["least_cycles"] == each["sampled_least_cycles"]);
  }
  CHECK(stands_for == descriptors);
  CHECK(all["sample"].size() == distinct);
  CHECK(distinct < descriptors);
  for (const json& each : all["sample"]) CHECK(each["cycles"].get<uint64_t>() > 0);
  const std::vector<std::string> some = {file,         "--timing-only", "--sample", "9",
                                         "--distinct", "--most-cycles", "3000"};
  const json few = replay(directory, some);
  CHECK(few["sample"].size() <= 9);
  CHECK(few["sample"].size() > 3);
  CHECK(few["sample"] == replay(directory, some)["sample"]);
  uint64_t operations = 0;
  for (const json& each : few["sampled_operations"]) operations += each["sampled"] != 0;
  CHECK(operations > 3);  // from each in turn
  for (const auto& [options, why] : {std::pair("--distinct", "legal with --sample"),
                                     std::pair("--most-cycles=3", "legal with --distinct")}) {
    const Outcome outcome = run_systole({"replay", file, options, "--quiet"});
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains(why));
  }
}

TEST_CASE("Replay: what the descriptors mean does not change with the array") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.rec");
  const Outcome recorded =
      run_systole({"bench", "dma", "--bytes", "3000", "--record", file, "--quiet"});
  REQUIRE(recorded.status == 0);
  const Outcome outcome = run_systole({"replay", file, "--set", "gemm.rows=32", "--quiet"});
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, Contains("gemm.rows=16"));
}

TEST_CASE("Replay: memory that is not the recorded run's is found") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.rec");
  REQUIRE(run_systole({"bench", "dma", "--bytes", "3000", "--record", file, "--quiet"}).status ==
          0);
  systole::Recording recording = systole::read_recording(file);
  const auto refused = [&] {
    systole::write_recording(recording, file);
    const Outcome outcome = run_systole({"replay", file, "--fidelity", "tlm", "--quiet"});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, Contains("pages of memory differ"));
  };
  SECTION("another result") {
    REQUIRE(!recording.pages.empty());
    recording.pages.begin()->second ^= 1;
    refused();
  }
  SECTION("another operand") {
    for (systole::RecordedEvent& event : recording.events)
      if (event.data.size() > 100) event.data[50] ^= 1;
    refused();
  }
}

TEST_CASE("Replay: an engine that stops is named") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("r.rec");
  const Outcome failed =
      run_systole({"bench", "dma", "--src", "0x2000000000", "--record", file, "--quiet"});
  CHECK(failed.status == 1);
  const Outcome outcome = run_systole({"replay", file, "--quiet"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err,
             Contains("dma[0]") && Contains("error code 1") && Contains("0x2000000000"));
}

TEST_CASE("Replay: bad files and requests are refused, with the place") {
  const TemporaryDirectory directory;
  const std::string good = directory.file("good.rec");
  REQUIRE(run_systole({"bench", "dma", "--bytes", "300", "--record", good, "--quiet"}).status == 0);
  const std::string bytes = read_file(good);
  std::string version = bytes, flipped = bytes;
  version.replace(version.find(" 1\n"), 2, " 9");
  flipped[bytes.size() / 2] ^= 4;
  const std::pair<std::string, const char*> files[] = {
      {directory.file("none.rec"), "cannot be read"},
      {directory.write("empty.rec", ""), "is no recording"},
      {directory.write("text.rec", "hello\nworld\n"), "is no recording"},
      {directory.write("version.rec", version), "version 9; legal: 1"},
      {directory.write("flipped.rec", flipped), "wrong checksum"},
      {directory.write("cut.rec", bytes.substr(0, bytes.size() - 5)), "is truncated"},
      {directory.write("half.rec", bytes.substr(0, bytes.size() / 2)), "is truncated"},
      {directory.write("more.rec", bytes + "x"), "behind its end"}};
  for (const auto& [file, expected] : files) {
    const Outcome outcome = run_systole({"replay", file, "--quiet"});
    INFO(file << "\n" << outcome.out << outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains(expected) && Contains(file));
  }
  const std::pair<std::vector<std::string>, const char*> requests[] = {
      {{"replay"}, "a recording is needed"},
      {{"replay", good, "--sample", "x"}, "--sample"},
      {{"replay", good, "--set", "dma.count=0"}, "dma"},
      {{"compare", "replay"}, "a recording is needed"},
      {{"compare", "replay", good, "--fidelity", "rtl"}, "--fidelity"},
      {{"bench", "dma", "--record-without-data"}, "--record"},
      {{"bench", "dma", "--record", "/nowhere/r.rec"}, "/nowhere/r.rec"},
      {{"run", "--prompt", "x", "--record", good, "--set", "cpu.model=riscv"}, "native"}};
  for (const auto& [words, expected] : requests) {
    const Outcome outcome = run_systole(words);
    INFO(expected << "\n" << outcome.out << outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains(expected));
  }
}
