// Commands that are not listed: workers of `systole compare`, which measure many things of a list,
// one after the other in one simulation.
#pragma once
#include <functional>
#include <iosfwd>
#include <string>

#include "platform/app/commands.h"
#include "platform/app/result_sink.h"
#include "platform/app/simulation.h"

namespace systole {

struct ListWorker {
  /// Measures all of it: results byte for byte into the sink, a byte of progress for each, the rest
  /// into the report. Returns what went wrong, or nothing.
  using Body = std::function<std::string(ResultSink& results, std::ostream& progress, Host& host)>;

  std::string name;   ///< the command
  std::string items;  ///< what the list contains, in the plural: "cases"
  /// Reads the list; throws RequestError.
  std::function<Body(const std::string& file, const Config& config)> read;
};

/// The command's exit status.
int run_list_worker(const ListWorker& worker, const Arguments& arguments);

}  // namespace systole
