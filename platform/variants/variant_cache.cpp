#include "platform/variants/variant_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <boost/uuid/detail/sha1.hpp>
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "platform/variants/process.h"

namespace fs = std::filesystem;

namespace systole {
namespace {

// Sizes at which strap-limited resources are elaborated; a larger request doubles on from there.
constexpr uint64_t kAElaboratedKib = 64, kBElaboratedKib = 64, kAccElaboratedKib = 256;

uint64_t step_at_or_above(uint64_t wanted, uint64_t first) {
  while (first < wanted) first *= 2;
  return first;
}

class Sha1 {
 public:
  void add(const std::string& text) {
    const uint64_t length = text.size();  // framed, so that "ab"+"c" differs from "a"+"bc"
    sha_.process_bytes(&length, sizeof length);
    sha_.process_bytes(text.data(), text.size());
  }
  std::string hex(size_t digits) {
    unsigned words[5];
    sha_.get_digest(words);
    char text[41];
    for (int i = 0; i < 5; ++i) std::snprintf(text + 8 * i, 9, "%08x", words[i]);
    return std::string(text, digits);
  }

 private:
  boost::uuids::detail::sha1 sha_;
};

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A lock that lives as long as the object; waiting for it is announced once.
class FileLock {
 public:
  FileLock(const std::string& file, const std::function<void()>& on_wait)
      : fd_(open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
    if (fd_ < 0) {
      throw VariantError("cannot write the variant cache: '" + file + "': " + std::strerror(errno) +
                         "; legal: a writable directory (SYSTOLE_CACHE names another)");
    }
    if (flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
    on_wait();
    if (flock(fd_, LOCK_EX) != 0) {
      close(fd_);
      throw VariantError("interrupted while waiting for '" + file + "'");
    }
  }
  ~FileLock() { close(fd_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

}  // namespace

std::string Variant::label() const {
  std::string text = block;
  for (const auto& [name, value] : parameters) text += " " + name + "=" + std::to_string(value);
  return text;
}

Variant gemm_variant(const Config& config) {
  const auto& gemm = config.gemm;
  return {"gemm",
          {{"DataWidth", config.bus.width_bits},
           {"Rows", gemm.rows},
           {"Cols", gemm.cols},
           {"ABufferBytes", 1024 * step_at_or_above(gemm.a_buffer_kib, kAElaboratedKib)},
           {"BBufferBytes", 1024 * step_at_or_above(gemm.b_buffer_kib, kBElaboratedKib)},
           {"AccBufferBytes", 1024 * step_at_or_above(gemm.acc_buffer_kib, kAccElaboratedKib)}}};
}

Variant vpu_variant(const Config& config) {
  return {"vpu", {{"DataWidth", config.bus.width_bits}, {"Lanes", config.vpu.lanes}}};
}

Variant dma_variant(const Config& config) {
  return {"dma", {{"DataWidth", config.bus.width_bits}}};
}

std::vector<Variant> variants_of(const Config& config) {
  std::vector<Variant> variants;
  if (config.gemm.count != 0 && config.gemm.model == "rtl")
    variants.push_back(gemm_variant(config));
  if (config.vpu.count != 0 && config.vpu.model == "rtl") variants.push_back(vpu_variant(config));
  if (config.dma.count != 0 && config.dma.model == "rtl") variants.push_back(dma_variant(config));
  return variants;
}

VariantCache::VariantCache(std::string directory, std::string source_dir, Say say, bool quiet)
    : directory_(std::move(directory)),
      source_dir_(std::move(source_dir)),
      say_(std::move(say)),
      quiet_(quiet) {}

const char* VariantCache::cpu_level() {
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
  return v3 ? "x86-64-v3" : "x86-64";
}

void VariantCache::probe_tools() {
  if (probed_) return;
  probed_ = true;
  verilator_version_ = first_line_of({"verilator", "--version"});
  const char* compiler = std::getenv("CXX");
  compiler_version_ = first_line_of({compiler && *compiler ? compiler : "g++", "--version"});
}

const std::string& VariantCache::verilator_version() {
  probe_tools();
  return verilator_version_;
}

const std::string& VariantCache::compiler_version() {
  probe_tools();
  return compiler_version_;
}

std::string VariantCache::content_hash(const Variant& variant) const {
  std::vector<fs::path> files = {"scripts/verilate", "tlm/verilated/rtl_shim.cpp",
                                 "tlm/verilated/rtl_abi.h"};
  const fs::path root = source_dir_;
  for (const std::string& folder : {std::string("gen"), std::string("common"), variant.block}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(root / "rtl" / folder, error)) {
      const std::string extension = entry.path().extension();
      if (extension == ".sv" || extension == ".svh" || extension == ".f") {
        files.push_back(fs::path("rtl") / folder / entry.path().filename());
      }
    }
  }
  std::sort(files.begin(), files.end());
  Sha1 hash;
  for (const fs::path& file : files) {
    hash.add(file.string());
    hash.add(read_file(root / file));
  }
  hash.add(variant.label());
  hash.add(cpu_level());
  return hash.hex(16);
}

std::string VariantCache::file_of(const Variant& variant) {
  probe_tools();
  Sha1 tools;
  tools.add(verilator_version_);
  tools.add(compiler_version_);
  return directory_ + "/" + variant.block + "-" + content_hash(variant) + "-" + tools.hex(8) +
         ".so";
}

std::string VariantCache::cached(const Variant& variant) {
  const std::string file = file_of(variant);
  if (fs::exists(file)) return file;
  if (!verilator_version_.empty() && !compiler_version_.empty()) return "";
  const std::string prefix = variant.block + "-" + content_hash(variant) + "-";
  for (const std::string& name : list()) {
    if (name.compare(0, prefix.size(), prefix) == 0) return directory_ + "/" + name;
  }
  return "";
}

std::vector<std::string> VariantCache::list() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory_, error)) {
    if (entry.path().extension() == ".so" && entry.path().filename().string()[0] != '.') {
      names.push_back(entry.path().filename());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string VariantCache::get(const Variant& variant) {
  if (const std::string file = cached(variant); !file.empty()) return file;
  const std::string file = file_of(variant);
  if (verilator_version_.empty() || compiler_version_.empty()) {
    throw VariantError(
        "the verilated variant '" + variant.label() + "' is not in " + directory_ +
        " and cannot be built: " + (verilator_version_.empty() ? "verilator" : "g++ (or $CXX)") +
        " is not installed. scripts/setup installs it; systole prebuild builds variants "
        "ahead on a machine that has it");
  }
  std::error_code error;
  fs::create_directories(directory_, error);
  FileLock lock(file + ".lock", [&] {
    say_("another process is building the variant '" + variant.label() + "'; waiting for it");
  });
  if (!fs::exists(file)) build(variant, file);
  return file;
}

void VariantCache::build(const Variant& variant, const std::string& file) {
  say_("building the verilated variant '" + variant.label() + "' (once, then it is cached)");
  std::vector<std::string> argv = {
      source_dir_ + "/scripts/verilate", variant.block, "--out", file, "--march", cpu_level()};
  for (const auto& [name, value] : variant.parameters) {
    argv.push_back("-G");
    argv.push_back(name + "=" + std::to_string(value));
  }
  if (quiet_) argv.push_back("--quiet");
  const int status = run_process(argv);
  if (status == 0 && fs::exists(file)) return;
  std::string command;
  for (const std::string& argument : argv) command += " " + argument;
  throw VariantError("the verilated variant '" + variant.label() + "' could not be built (status " +
                     std::to_string(status) + "):" + command);
}

void VariantCache::prebuild(const std::vector<Variant>& variants, unsigned jobs) {
  if (variants.empty()) return;
  probe_tools();  // before there are threads
  std::mutex mutex;
  std::exception_ptr failure;
  size_t next = 0;
  auto work = [&] {
    for (;;) {
      size_t index = 0;
      {
        std::lock_guard<std::mutex> guard(mutex);
        if (next >= variants.size()) return;
        index = next++;
      }
      try {
        get(variants[index]);
      } catch (...) {
        std::lock_guard<std::mutex> guard(mutex);
        if (!failure) failure = std::current_exception();
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < jobs; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace systole
