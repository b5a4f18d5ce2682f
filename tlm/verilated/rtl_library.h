// A verilated variant as a loaded shared object.
// Upstream: scripts/verilate wrote it. Downstream: RtlEngine, benches, tests. No SystemC here.
#pragma once
#include <memory>
#include <string>

#include "tlm/verilated/rtl_abi.h"

namespace systole {

/// Loads with RTLD_LOCAL, so that variants of one block live side by side. The object stays loaded
/// as long as the library lives; models must be destroyed before.
class RtlLibrary {
 public:
  /// Throws std::runtime_error naming the file if it cannot be loaded, is no variant, or was built
  /// for another version of rtl_abi.h.
  explicit RtlLibrary(const std::string& path);
  ~RtlLibrary();
  RtlLibrary(const RtlLibrary&) = delete;
  RtlLibrary& operator=(const RtlLibrary&) = delete;

  const systole_rtl_api& api() const { return *api_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  void* handle_;
  const systole_rtl_api* api_;
};

/// Owns one model. `library` keeps the code alive.
class RtlModel {
 public:
  /// Throws std::runtime_error if the variant cannot create an instance.
  explicit RtlModel(std::shared_ptr<const RtlLibrary> library);
  ~RtlModel();
  RtlModel(const RtlModel&) = delete;
  RtlModel& operator=(const RtlModel&) = delete;

  const systole_rtl_api& api() const { return library_->api(); }
  systole_rtl_pins& pins() { return *pins_; }
  void reset() { api().reset(model_); }
  void tick() { tick_(model_); }
  uint64_t ticks() const { return library_->api().ticks(model_); }

 private:
  std::shared_ptr<const RtlLibrary> library_;
  void* model_;
  systole_rtl_pins* pins_;
  void (*tick_)(void*);
};

}  // namespace systole
