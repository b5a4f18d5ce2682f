#include "platform/app/list_worker.h"

#include <fstream>

#include "platform/app/options.h"

namespace po = boost::program_options;

namespace systole {

int run_list_worker(const ListWorker& worker, const Arguments& arguments) {
  std::string file, results_file, progress_file;
  CommandLine line(worker.name, "the " + worker.items + " of a list, measured in one simulation",
                   {"systole " + worker.name + " --list FILE --report r.json"});
  const std::string what = "the " + worker.items;
  line.own().add_options()("list", po::value<std::string>(&file)->value_name("FILE"), what.c_str())(
      "results", po::value<std::string>(&results_file)->value_name("FILE"),
      "write the results there, byte for byte")(
      "progress", po::value<std::string>(&progress_file)->value_name("FILE"),
      "add a byte there for each that is done");
  line.allow_timing_only();
  if (line.parse(arguments)) return kExitDone;
  const ListWorker::Body body = worker.read(file, line.common().config);
  if (!line.common().report_file.empty()) check_writable(line.common().report_file);
  ResultSink results;
  if (!results_file.empty() && !results.open(results_file))
    throw RequestError("--results: '" + results_file + "' cannot be written");
  std::ofstream progress(progress_file, std::ios::app);
  Report report;
  report.command = worker.name;
  const int status = simulate(
      line.common(), {}, [&](Host& host) { return body(results, progress, host); }, report);
  report.own["digest"] = results.digest();
  if (!results.close())
    throw RequestError("--results: '" + results_file + "' could not be written");
  return finish(line.common(), report, status);
}

}  // namespace systole
