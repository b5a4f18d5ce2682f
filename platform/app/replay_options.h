// The options of `systole replay`, shared with `systole compare replay`.
#pragma once
#include <boost/program_options.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/app/options.h"
#include "platform/replay/recording.h"

namespace systole {

struct ReplayRequest {
  std::string file;
  uint64_t sample = 0;  ///< descriptors at random; 0: all, in their order
  uint64_t seed = 1;
  bool distinct = false;     ///< the sample is of the distinct descriptors (draw_distinct)
  uint64_t most_cycles = 0;  ///< with distinct: DistinctBounds
  std::string results;       ///< file for the bytes that the descriptors have written; empty: none
};

void add_replay_options(boost::program_options::options_description& options,
                        ReplayRequest& request);

/// Throws RequestError for options that do not go together.
void check_replay_options(const CommandLine& line, const ReplayRequest& request);

/// Takes the file's name, if it is there, out of the arguments.
std::vector<std::string> take_file(const std::vector<std::string>& arguments,
                                   ReplayRequest& request);

/// Reads the file. Throws RequestError if it is missing, is no recording or is damaged.
Recording open_replay(const ReplayRequest& request);

/// The configuration to replay on: the recorded one, over it --fidelity and --set; or that of
/// --config. Throws RequestError if the recording does not fit.
Config replay_config(const ReplayRequest& request, const Recording& recording,
                     const CommonOptions& common);

}  // namespace systole
