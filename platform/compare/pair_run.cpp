#include "platform/compare/pair_run.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "platform/app/options.h"
#include "platform/sweep/process_pool.h"

namespace systole {
namespace {

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

PairRunner::PairRunner() : PairRunner(std::filesystem::temp_directory_path().string()) {}

PairRunner::PairRunner(const std::string& folder) : directory_(folder + "/systole_compare_XXXXXX") {
  if (!mkdtemp(directory_.data())) throw RequestError("cannot make a directory " + directory_);
  program_ = std::filesystem::read_symlink("/proc/self/exe").string();
}

PairRunner::~PairRunner() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::vector<std::string> PairRunner::command(const FidelityJob& job,
                                             const std::string& name) const {
  std::vector<std::string> argv = {program_};
  argv.insert(argv.end(), job.arguments.begin(), job.arguments.end());
  for (const std::string& word : {std::string("--fidelity"), job.fidelity, std::string("--report"),
                                  file(name + ".json"), std::string("--quiet")}) {
    argv.push_back(word);
  }
  if (job.results) {
    argv.push_back("--results");
    argv.push_back(file(name + ".results"));
  }
  if (job.worker) {
    argv.push_back("--progress");
    argv.push_back(file(name + ".progress"));
  }
  return argv;
}

std::vector<FidelityRun> PairRunner::run_all(const std::vector<FidelityJob>& jobs, unsigned at_once,
                                             const std::function<void(uint64_t)>& progress) const {
  std::vector<FidelityRun> runs(jobs.size());
  const auto name = [&](size_t i) { return std::to_string(i) + "_" + jobs[i].fidelity; };
  ProcessPool pool;
  size_t next = 0;
  bool failed = false;
  while (pool.running() != 0 || (next < jobs.size() && !failed)) {
    while (next < jobs.size() && !failed && pool.running() < std::max(1u, at_once)) {
      for (const char* kind : {".json", ".progress"})
        std::filesystem::remove(file(name(next) + kind));
      if (!pool.start(next, command(jobs[next], name(next)), file(name(next) + ".err")))
        throw RequestError("cannot start " + program_);
      ++next;
    }
    const auto finished = pool.wait(500);
    if (finished) {
      FidelityRun& run = runs[finished->id];
      run.status = finished->signal ? 128 + finished->signal : finished->status;
      failed = failed || run.status != 0;
    }
    if (pool.interrupted()) {
      for (FidelityRun& run : runs) run.status = 130;
      return runs;
    }
    if (!progress) continue;
    uint64_t done = 0;
    for (size_t i = 0; i < next; ++i) {
      std::error_code none;  // a worker that has not begun
      const auto size = std::filesystem::file_size(file(name(i) + ".progress"), none);
      if (!none) done += size;
    }
    progress(done);
  }
  for (size_t i = 0; i < next; ++i) {
    FidelityRun& run = runs[i];
    run.results_file = file(name(i) + ".results");
    run.errors = text_of(file(name(i) + ".err"));
    run.report = nlohmann::ordered_json::parse(text_of(file(name(i) + ".json")), nullptr, false);
    if (run.report.is_discarded()) run.report = nullptr;
  }
  return runs;
}

uint64_t different_bytes(const std::string& a, const std::string& b) {
  std::ifstream first(a, std::ios::binary), second(b, std::ios::binary);
  std::array<char, 65536> left, right;
  uint64_t count = 0;
  for (;;) {
    first.read(left.data(), left.size());
    second.read(right.data(), right.size());
    const auto n = first.gcount(), m = second.gcount();
    if (n == 0 && m == 0) return count;
    for (std::streamsize i = 0; i < std::min(n, m); ++i) {
      count += left[static_cast<size_t>(i)] != right[static_cast<size_t>(i)];
    }
    count += static_cast<uint64_t>(std::max(n, m) - std::min(n, m));
  }
}

}  // namespace systole
