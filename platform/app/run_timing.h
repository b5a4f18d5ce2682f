// systole run --timing-only: the passes of a generation, counted without data.
#pragma once
#include "platform/app/model_files.h"
#include "platform/app/record_options.h"
#include "platform/app/run_options.h"
#include "platform/app/simulation.h"

namespace systole {

/// Tokens instead of text.
struct RunLength {
  uint32_t prompt_tokens = 0;  ///< BOS included
  uint32_t decode_passes = 0;
};

/// Simulates the passes that `systole run` makes with these files and so many tokens, at the same
/// addresses and within 0.5 % of the cycles (docs/blocks/engine.md, "What twins skip"), and prints
/// the figures on standard output. Exit status as simulate(). `recorder`: null, or sees what the
/// driver does. Throws RequestError.
int run_timing_only(const CommonOptions& common, const ModelFiles& files, const RunLength& length,
                    Report& report, Recorder* recorder);

/// The same for `systole run --shape`. `line`: the parsed command line.
int run_shape(const CommandLine& line, const RunRequest& request, const RecordOptions& record,
              Report& report);

}  // namespace systole
