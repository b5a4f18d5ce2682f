// The engines' C++ twins as a configuration asks for them: the one place that knows which exist.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "platform/config/config.h"
#include "tlm/core/engine_module.h"

namespace systole {

/// The run-time limits of an engine of `kind` ("gemm", "vpu", "dma"), the same for RTL and twin.
std::array<uint32_t, 4> engine_straps(const std::string& kind, const Config& config);

/// A twin of `kind`, named `name`; without `functional` it takes time but moves no data. Fatal if
/// there is none: config_keys() lets no such request in.
std::unique_ptr<EngineModule> make_twin(const std::string& kind, const std::string& name,
                                        const Config& config, bool functional);

}  // namespace systole
