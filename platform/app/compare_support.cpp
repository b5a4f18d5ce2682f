#include "platform/app/compare_support.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "platform/app/simulation.h"
#include "platform/compare/docs_page.h"
#include "platform/config/paths.h"
#include "platform/variants/variant_cache.h"

namespace po = boost::program_options;

namespace systole {

void refuse_fidelity(const CommandLine& line) {
  if (line.given("fidelity"))
    throw RequestError("--fidelity: is not legal here; compare runs both rtl and tlm");
  if (line.given("results"))
    throw RequestError("--results: is not legal here; legal: with bench and run");
  check_native_cpu(line.common().config, "compare");
}

Arguments passed_on(const Arguments& arguments) {
  Arguments rest;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string name = arguments[i].substr(0, arguments[i].find('='));
    if (name == "--report" || name == "--write-docs" || name == "--jobs") {
      if (name == arguments[i]) ++i;
    } else if (name != "--quiet") {
      rest.push_back(arguments[i]);
    }
  }
  return rest;
}

std::string command_text(const Arguments& arguments) {
  std::string text = "systole compare";
  for (const std::string& word : passed_on(arguments)) {
    const char* quote = word.find(' ') != word.npos ? "\"" : "";
    text += " ";
    text += quote;
    text += word.find('/') == 0 ? std::filesystem::path(word).filename().string() : word;
    text += quote;
  }
  return text;
}

void build_variants(const CommonOptions& common, const Config& config) {
  VariantCache cache(
      cache_dir(), source_dir(),
      [&](const std::string& text) {
        if (!common.quiet) std::cerr << "systole: " << text << "\n";
      },
      common.quiet || !on_terminal());
  cache.prebuild(variants_of(config), 2);
}

std::optional<int> failed(const FidelityRun& run, const std::string& fidelity) {
  if (run.status == kExitDone && run.report.is_object()) return std::nullopt;
  std::cerr << run.errors;
  if (run.status == 130) {
    std::cerr << "systole compare: interrupted\n";
  } else if (run.status != kExitBadRequest) {
    std::cerr << "systole compare: the run with --fidelity " << fidelity << " failed, exit status "
              << run.status << "\n";
  }
  return run.status == kExitBadRequest ? kExitBadRequest : kExitSimulationFailed;
}

void write_json(const std::string& file, const nlohmann::ordered_json& json) {
  if (file.empty()) return;
  std::ofstream out(file);
  out << json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
  if (!out.flush()) throw RequestError("--report: '" + file + "' could not be written");
}

int verdict(const std::vector<std::string>& disagreements) {
  if (disagreements.empty()) {
    std::cout << "  they agree\n" << std::flush;
    return kExitDone;
  }
  std::cout << "  they do not agree\n" << std::flush;
  constexpr size_t kMost = 20;
  for (size_t i = 0; i < std::min(disagreements.size(), kMost); ++i)
    std::cerr << "systole compare: " << disagreements[i] << "\n";
  if (disagreements.size() > kMost)
    std::cerr << "systole compare: and " << disagreements.size() - kMost << " more\n";
  return kExitSimulationFailed;
}

void add_docs_option(CommandLine& line, std::string& docs) {
  line.own().add_options()("write-docs", po::value<std::string>(&docs)->value_name("FILE.md"),
                           "write the result into its section of a page of documentation");
}

void write_docs(const std::string& file, const std::string& section, const std::string& body) {
  if (!file.empty() && !write_section(file, section, body))
    throw RequestError("--write-docs: '" + file + "' cannot be written");
}

std::vector<std::string> numbers(const std::string& option, const std::string& text) {
  std::vector<std::string> values;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    if (word.empty() || word.size() > 9 || word.find_first_not_of("0123456789") != word.npos)
      throw RequestError(option + ": '" + text + "' is not legal; legal: numbers, as in 64,128");
    values.push_back(word);
  }
  if (values.empty()) throw RequestError(option + ": numbers are needed");
  return values;
}

Arguments configuration(const CommonOptions& common) {
  Arguments arguments;
  if (common.request.file) arguments = {"--config", *common.request.file};
  for (const std::string& set : common.request.sets) {
    arguments.push_back("--set");
    arguments.push_back(set);
  }
  return arguments;
}

}  // namespace systole
