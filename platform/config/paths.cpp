#include "platform/config/paths.h"

#include <cstdlib>

namespace systole {
namespace {

std::string env_or(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value && *value ? value : fallback;
}

}  // namespace

std::string source_dir() { return env_or("SYSTOLE_HOME", SYSTOLE_SOURCE_DIR); }
std::string configs_dir() { return source_dir() + "/platform/configs"; }
std::string cache_dir() { return env_or("SYSTOLE_CACHE", SYSTOLE_BINARY_DIR "/variants"); }
std::string default_model() {
  return env_or("SYSTOLE_MODEL", source_dir() + "/platform/models/systole-stories.bin");
}
std::string default_tokenizer() {
  return env_or("SYSTOLE_TOKENIZER", source_dir() + "/platform/models/systole-stories.tok");
}
std::string default_firmware() {
  return env_or("SYSTOLE_FIRMWARE", SYSTOLE_BINARY_DIR "/firmware/firmware.elf");
}

}  // namespace systole
