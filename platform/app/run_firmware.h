// `systole run` on the RISC-V host CPU: the firmware generates the text.
#pragma once
#include <cstdint>
#include <string>

#include "platform/app/inspect_options.h"
#include "platform/app/model_files.h"
#include "platform/app/options.h"
#include "platform/app/report.h"

namespace systole {

/// What the firmware is asked for; as driver::llm::GenerateRequest.
struct FirmwareText {
  std::string prompt;
  uint64_t max_tokens = 0, seed = 0;
  float temperature = 0;
  std::string uart;  ///< as FirmwareRequest
};

/// Boots the firmware built with Systole, streams the text to standard output and fills the report.
/// Throws RequestError if the firmware is not there or the prompt does not fit into the boot
/// arguments. Returns kExitDone or kExitSimulationFailed.
int run_firmware(const CommonOptions& common, const ModelFiles& files, const FirmwareText& text,
                 const InspectOptions& inspect, Report& report);

}  // namespace systole
