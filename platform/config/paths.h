// Where things are on this machine: compiled-in places, each with an environment override.
#pragma once
#include <string>

namespace systole {

/// The source tree (RTL, scripts, named configurations, shipped model); SYSTOLE_HOME overrides.
std::string source_dir();
/// platform/configs of the source tree.
std::string configs_dir();
/// Where verilated variants are cached: build/<preset>/variants; SYSTOLE_CACHE overrides.
std::string cache_dir();
/// The shipped model's checkpoint and tokenizer; SYSTOLE_MODEL and SYSTOLE_TOKENIZER override.
std::string default_model();
std::string default_tokenizer();
/// The firmware for the RISC-V host CPU, if it was built; SYSTOLE_FIRMWARE overrides.
std::string default_firmware();

}  // namespace systole
