#include "platform/compare/pair_run.h"

#include <unistd.h>

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

PairRunner::PairRunner() {
  directory_ = (std::filesystem::temp_directory_path() / "systole_compare_XXXXXX").string();
  if (!mkdtemp(directory_.data())) throw RequestError("cannot make a directory " + directory_);
  program_ = std::filesystem::read_symlink("/proc/self/exe").string();
}

PairRunner::~PairRunner() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

FidelityRun PairRunner::run(const std::vector<std::string>& arguments,
                            const std::string& fidelity) const {
  FidelityRun run;
  run.results_file = file(fidelity + ".results");
  const std::string report = file(fidelity + ".json"), errors = file(fidelity + ".err");
  std::filesystem::remove(report);
  std::vector<std::string> argv = {program_};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  for (const std::string& word :
       {std::string("--fidelity"), fidelity, std::string("--report"), report,
        std::string("--results"), run.results_file, std::string("--quiet")}) {
    argv.push_back(word);
  }
  ProcessPool pool;
  if (!pool.start(0, argv, errors)) throw RequestError("cannot start " + program_);
  for (;;) {
    if (const auto finished = pool.wait(1000)) {
      run.status = finished->signal ? 128 + finished->signal : finished->status;
      break;
    }
    if (pool.interrupted()) {
      run.status = 130;
      return run;
    }
  }
  run.errors = text_of(errors);
  run.report = nlohmann::ordered_json::parse(text_of(report), nullptr, false);
  if (run.report.is_discarded()) run.report = nullptr;
  return run;
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
