#include "platform/app/run_firmware.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "platform/app/firmware_run.h"
#include "platform/config/paths.h"

namespace systole {
namespace {

// As firmware/app/boot_options.h reads them.
std::string boot_arguments(const FirmwareText& text) {
  uint32_t temperature_bits = 0;
  std::memcpy(&temperature_bits, &text.temperature, sizeof temperature_bits);
  return "run quiet max_tokens=" + std::to_string(text.max_tokens) +
         " seed=" + std::to_string(text.seed) +
         " temperature_bits=" + std::to_string(temperature_bits) + " prompt=" + text.prompt;
}

}  // namespace

int run_firmware(const CommonOptions& common, const ModelFiles& files, const FirmwareText& text,
                 const InspectOptions& inspect, Report& report) {
  const std::string file = default_firmware();
  if (access(file.c_str(), R_OK) != 0) {
    throw RequestError("cpu.model: 'riscv' needs the firmware, and '" + file +
                       "' is not there; legal: native, or build it (target firmware; scripts/setup "
                       "--firmware installs its compiler)");
  }
  const ElfFile program = read_program("cpu.model", file, common.config);
  FirmwareRequest request;
  request.program = &program;
  request.inspect = inspect;
  request.bootargs = boot_arguments(text);
  request.uart = text.uart;
  request.console = [&report](char c) {
    report.text += c;
    std::fputc(c, stdout);
    std::fflush(stdout);
  };
  const int status =
      simulate_firmware(common, {files.model_path(), files.tokenizer_path()}, request, report);
  return status;
}

}  // namespace systole
