#include "platform/app/replay_options.h"

#include "platform/replay/replayer.h"

namespace po = boost::program_options;

namespace systole {

void add_replay_options(po::options_description& options, ReplayRequest& request) {
  add_number(options, "sample", &request.sample, 1'000'000'000,
             "time so many descriptors, drawn at random, each by itself, instead of all");
  add_number(options, "seed", &request.seed, ~uint64_t{0} >> 1, "of the sample (1)");
  options.add_options()("distinct", po::bool_switch(&request.distinct),
                        "with --sample: of descriptors that differ only in where their operands "
                        "lie one, from every operation in turn");
  add_number(
      options, "most-cycles", &request.most_cycles, ~uint64_t{0} >> 1,
      "with --distinct: of all samples together, counted as the least that operands and work "
      "take (no bound)");
  options.add_options()("results", po::value<std::string>(&request.results)->value_name("FILE"),
                        "write the bytes that the descriptors have written there");
}

void check_replay_options(const CommandLine& line, const ReplayRequest& request) {
  if (request.distinct && request.sample == 0)
    throw RequestError("--distinct: is legal with --sample");
  if (line.given("most-cycles") && !request.distinct)
    throw RequestError("--most-cycles: is legal with --distinct");
}

std::vector<std::string> take_file(const std::vector<std::string>& arguments,
                                   ReplayRequest& request) {
  if (arguments.empty() || arguments[0].empty() || arguments[0][0] == '-') return arguments;
  request.file = arguments[0];
  return {arguments.begin() + 1, arguments.end()};
}

Recording open_replay(const ReplayRequest& request) {
  if (request.file.empty())
    throw RequestError("a recording is needed; legal: a file made with --record");
  try {
    return read_recording(request.file);
  } catch (const RecordingError& error) {
    throw RequestError(error.what());
  }
}

Config replay_config(const ReplayRequest& request, const Recording& recording,
                     const CommonOptions& common) {
  ConfigRequest place = common.request;
  if (!place.file) place.base = config_of_json(recording.config, request.file);
  const Config config = resolve_config(place);
  if (common.timing_only) check_timing_only(config);
  try {
    check_replay(recording, config, request.file);
  } catch (const RecordingError& error) {
    throw RequestError(error.what());
  }
  return config;
}

}  // namespace systole
