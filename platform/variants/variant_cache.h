// Verilated variants: which shared objects a configuration needs, where they are cached, how they
// are built. Upstream: Soc elaboration, `systole prebuild`. Downstream: scripts/verilate.
#pragma once
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "platform/config/config.h"

namespace systole {

/// One elaboration of one block's RTL.
struct Variant {
  std::string block;                                         ///< "gemm", "vpu" or "dma"
  std::vector<std::pair<std::string, uint64_t>> parameters;  ///< of <block>_top

  /// "gemm Rows=16 Cols=16 DataWidth=128".
  std::string label() const;
  bool operator==(const Variant& other) const {
    return block == other.block && parameters == other.parameters;
  }
};

/// The variant of each block. What straps can limit at run time (buffers, bursts) is elaborated at
/// a common largest size, so that sweeping it needs no new variant.
Variant gemm_variant(const Config& config);
Variant vpu_variant(const Config& config);
Variant dma_variant(const Config& config);

/// The variants of all engines whose model is rtl, each once.
std::vector<Variant> variants_of(const Config& config);

/// A variant could not be had: a tool is absent, the build failed or the cache cannot be written.
class VariantError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A directory of shared objects named <block>-<content>-<tools>.so. `content` hashes the block's
/// RTL, shim, scripts/verilate, parameters and CPU level; `tools` the versions of Verilator and
/// compiler. Safe for concurrent processes: one lock file per variant, a file appears complete or
/// not at all.
class VariantCache {
 public:
  using Say = std::function<void(const std::string&)>;

  /// `say` gets one line per build, wait or explanation. `source_dir`: the tree with rtl/ and
  /// scripts/.
  VariantCache(std::string directory, std::string source_dir, Say say, bool quiet);

  /// The shared object, built now if needed. Throws VariantError.
  std::string get(const Variant& variant);

  /// All of `variants`, at most `jobs` builds at a time. Throws the first VariantError after all
  /// ended.
  void prebuild(const std::vector<Variant>& variants, unsigned jobs);

  /// The cached file, or "" if the variant would have to be built. Without the tools, any build of
  /// the same content counts.
  std::string cached(const Variant& variant);

  /// Shared objects in the directory (file names, sorted).
  std::vector<std::string> list() const;

  const std::string& directory() const { return directory_; }
  /// "Verilator 5.006 …", "" if absent.
  const std::string& verilator_version();
  const std::string& compiler_version();
  /// "x86-64-v3", or "x86-64" on machines without it.
  static const char* cpu_level();

 private:
  std::string content_hash(const Variant& variant) const;
  std::string file_of(const Variant& variant);
  void build(const Variant& variant, const std::string& file);
  void probe_tools();

  std::string directory_, source_dir_;
  Say say_;
  bool quiet_;
  bool probed_ = false;
  std::string verilator_version_, compiler_version_;
};

}  // namespace systole
