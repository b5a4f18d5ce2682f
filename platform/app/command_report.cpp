// systole report: a sweep's results as a page, CSV and JSON.
#include <fstream>
#include <iostream>

#include "platform/app/commands.h"
#include "platform/app/options.h"
#include "platform/sweep/analysis.h"

namespace systole {
namespace {

void write_file(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush()) throw RequestError("'" + file + "' could not be written");
}

}  // namespace

int report_command(const Arguments& arguments) {
  namespace po = boost::program_options;
  std::string other, table_file = "jouppi-7nm";
  CommandLine line("report DIR",
                   "show a sweep's results: DIR/report.html, results.csv, results.json",
                   {"systole report results", "systole report results --compare earlier",
                    "systole report results --table horowitz-45nm"});
  line.own().add_options()("compare", po::value<std::string>(&other)->value_name("DIR2"),
                           "a second sweep, side by side")(
      "table", po::value<std::string>(&table_file)->value_name("T"),
      "energy and area per operation: a file, or a name in platform/sweep/tables (jouppi-7nm)");
  const bool named = !arguments.empty() && !arguments[0].empty() && arguments[0][0] != '-';
  if (line.parse(Arguments(arguments.begin() + (named ? 1 : 0), arguments.end()))) return kExitDone;
  if (!named) throw RequestError("a directory is needed; legal: systole report DIR");
  const std::string directory = arguments[0];
  try {
    const EnergyTable table = read_energy_table(table_file);
    std::vector<nlohmann::ordered_json> analyses;
    analyses.push_back(analyse(ResultStore::open_to_read(directory), table, directory));
    if (!other.empty()) {
      analyses.push_back(analyse(ResultStore::open_to_read(other), table, other));
    }
    const auto replaced = nlohmann::ordered_json::error_handler_t::replace;
    write_file(directory + "/results.json", analyses[0].dump(1, ' ', false, replaced) + "\n");
    write_file(directory + "/results.csv", to_csv(analyses[0]));
    write_file(directory + "/report.html", to_html(analyses));
    for (const auto& analysis : analyses) {
      if (analyses.size() > 1) std::cout << analysis["name"].get<std::string>() << "\n";
      for (const auto& word : analysis["answer"]["words"]) {
        std::cout << word["title"].get<std::string>() << ": " << word["text"].get<std::string>()
                  << "\n";
      }
    }
    if (analyses.size() > 1) {
      std::cout << "Best point of the second against the first\n";
      for (const std::string& word : compare_words(analyses[0], analyses[1])) {
        std::cout << "  " << word << "\n";
      }
    }
    std::cout << directory << "/report.html\n";
  } catch (const SweepError& error) {
    throw RequestError(error.what());
  } catch (const StoreError& error) {
    throw RequestError(error.what());
  }
  return kExitDone;
}

}  // namespace systole
