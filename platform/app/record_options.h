// --record: of `run` and `bench`.
#pragma once
#include <boost/program_options.hpp>
#include <memory>
#include <string>

#include "platform/app/options.h"
#include "platform/app/report.h"
#include "platform/replay/recorder.h"

namespace systole {

struct RecordOptions {
  std::string file;  ///< "": nothing is recorded
  bool without_data = false;

  void add_to(boost::program_options::options_description& options);
  /// Null if nothing is recorded. `command`: what is recorded, for people. Throws RequestError.
  std::unique_ptr<Recorder> open(const CommonOptions& common, const std::string& command) const;
  /// Writes what `recorder` has seen. A run that cannot be replayed becomes the report's error; the
  /// exit status.
  int close(const Recorder* recorder, Report& report, int status) const;
};

}  // namespace systole
