#include "tlm/verilated/rtl_library.h"

#include <dlfcn.h>

#include <stdexcept>
#include <utility>

namespace systole {

RtlLibrary::RtlLibrary(const std::string& path) : path_(path) {
  handle_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle_) throw std::runtime_error(path + ": cannot load: " + ::dlerror());
  using GetApi = const systole_rtl_api* (*)();
  const auto get_api = reinterpret_cast<GetApi>(::dlsym(handle_, "systole_rtl_get_api"));
  api_ = get_api ? get_api() : nullptr;
  if (!api_ || api_->abi_version != SYSTOLE_RTL_ABI_VERSION ||
      api_->struct_bytes != sizeof(systole_rtl_api)) {
    const std::string why = api_ ? "built for interface version " +
                                       std::to_string(api_->abi_version) + ", this program has " +
                                       std::to_string(SYSTOLE_RTL_ABI_VERSION)
                                 : "not a verilated variant";
    ::dlclose(handle_);
    throw std::runtime_error(path + ": " + why);
  }
}

RtlLibrary::~RtlLibrary() { ::dlclose(handle_); }

RtlModel::RtlModel(std::shared_ptr<const RtlLibrary> library)
    : library_(std::move(library)), model_(api().create()), tick_(api().tick) {
  if (!model_) throw std::runtime_error(library_->path() + ": cannot create an instance");
  pins_ = api().pins(model_);
}

RtlModel::~RtlModel() { api().destroy(model_); }

}  // namespace systole
