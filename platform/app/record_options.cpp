#include "platform/app/record_options.h"

namespace po = boost::program_options;

namespace systole {

void RecordOptions::add_to(po::options_description& options) {
  options.add_options()("record", po::value<std::string>(&file)->value_name("FILE"),
                        "write the descriptors there, for systole replay")(
      "record-without-data", po::bool_switch(&without_data),
      "record for timing only: without what the descriptors read (so does --timing-only)");
}

std::unique_ptr<Recorder> RecordOptions::open(const CommonOptions& common,
                                              const std::string& command) const {
  if (file.empty()) {
    if (without_data)
      throw RequestError("--record-without-data: needs --record; legal: with --record FILE");
    return nullptr;
  }
  if (common.config.cpu.model != "native")
    throw RequestError("--record: needs cpu.model native; legal: without --record on " +
                       common.config.cpu.model);
  check_writable(file);
  return std::make_unique<Recorder>(common.config, command, !without_data && !common.timing_only);
}

int RecordOptions::close(const Recorder* recorder, Report& report, int status) const {
  if (!recorder) return status;
  if (!recorder->problem().empty()) {
    if (report.error.empty()) report.error = "cannot be recorded: " + recorder->problem();
    return kExitSimulationFailed;
  }
  try {
    write_recording(recorder->recording(), file);
  } catch (const RecordingError& error) {
    throw RequestError(std::string("--record: ") + error.what());
  }
  return status;
}

}  // namespace systole
