#include "platform/app/options.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <sstream>

namespace po = boost::program_options;

namespace systole {
namespace {

const std::vector<std::string> kLogLevels = {"trace", "debug", "info", "warning", "error", "off"};

void set_up_logging(const CommonOptions& common) {
  auto logger = spdlog::get("systole");
  if (!logger) {
    logger = spdlog::stderr_logger_mt("systole");
    logger->set_pattern("systole: %v");
    spdlog::set_default_logger(logger);
  }
  spdlog::set_level(common.quiet && common.log_level == "info"
                        ? spdlog::level::warn
                        : spdlog::level::from_str(common.log_level));
}

}  // namespace

CommandLine::CommandLine(std::string command, std::string summary,
                         std::vector<std::string> examples)
    : command_(std::move(command)), summary_(std::move(summary)), examples_(std::move(examples)) {
  shared_.add_options()("config", po::value<std::string>()->value_name("FILE.yaml"),
                        "configuration: a file, or a name in platform/configs (wide, small)")(
      "set", po::value<std::vector<std::string>>()->value_name("key=value")->composing(),
      "one configuration value; repeatable; wins over --fidelity, which wins over the file")(
      "fidelity", po::value<std::string>()->value_name("rtl|tlm"),
      "the model of every engine: verilated or C++ twin")(
      "timing-only",
      "count cycles and traffic without data: implies --fidelity tlm; needs no memory for operands "
      "(run, bench, sweep)")("report", po::value<std::string>()->value_name("FILE.json"),
                             "write the report there")(
      "max-sim-time", po::value<std::string>()->value_name("T"),
      "give up (exit status 1) after this much simulated time: 500us, 20ms, 1s")(
      "log-level", po::value<std::string>()->value_name("L"),
      "trace, debug, info, warning, error or off; logs go to standard error")(
      "quiet", "no summary, progress or information on standard error")("help,h", "this text");
}

bool CommandLine::parse(const std::vector<std::string>& arguments) {
  po::options_description all;
  all.add(own_).add(shared_);
  po::variables_map values;
  try {
    const po::positional_options_description none;
    using Style = po::command_line_style::style_t;
    const int style = Style::unix_style & ~Style::allow_guessing;
    po::store(po::command_line_parser(arguments).options(all).positional(none).style(style).run(),
              values);
    if (values.count("help")) {
      print_help();
      return true;
    }
    po::notify(values);
  } catch (const po::unknown_option& error) {
    std::vector<std::string> known;
    for (const auto& option : all.options()) known.push_back("--" + option->long_name());
    const std::string near = nearest(error.get_option_name(), known);
    throw RequestError("unknown option '" + error.get_option_name() + "'" +
                       (near.empty() ? "" : "; did you mean '" + near + "'?") + " (systole " +
                       command_ + " --help lists all)");
  } catch (const po::error& error) {
    throw RequestError(std::string(error.what()) + " (systole " + command_ + " --help)");
  }
  for (const auto& [name, value] : values) given_.insert(name);
  auto text = [&](const char* name) { return values[name].as<std::string>(); };
  if (values.count("config")) common_.request.file = text("config");
  if (values.count("fidelity")) common_.request.fidelity = text("fidelity");
  if (values.count("set")) common_.request.sets = values["set"].as<std::vector<std::string>>();
  if (values.count("report")) common_.report_file = text("report");
  if (values.count("max-sim-time")) {
    common_.max_sim_time_ps = parse_time("--max-sim-time", text("max-sim-time"));
  }
  if (values.count("log-level")) common_.log_level = text("log-level");
  common_.quiet = values.count("quiet") != 0;
  common_.timing_only =
      values.count("timing-only") != 0 || values.count(timing_only_implied_by_) != 0;
  if (std::find(kLogLevels.begin(), kLogLevels.end(), common_.log_level) == kLogLevels.end()) {
    throw RequestError("--log-level: '" + common_.log_level +
                       "' is not legal; legal: trace, debug, info, warning, error, off");
  }
  set_up_logging(common_);
  if (common_.timing_only) {
    resolve_timing_only();
  } else {
    ConfigRequest request = common_.request;
    if (calibrated_allowed_ && request.fidelity == std::optional<std::string>("calibrated"))
      request.fidelity = "tlm";
    common_.config = resolve_config(request);
  }
  return false;
}

void CommandLine::resolve_timing_only() {
  if (!timing_only_allowed_)
    throw RequestError("--timing-only: is not legal for '" + command_ +
                       "', which needs data; legal: run, bench, replay and sweep");
  if (common_.request.fidelity && *common_.request.fidelity != "tlm")
    throw RequestError("--timing-only: --fidelity '" + *common_.request.fidelity +
                       "' is not legal with it: verilated engines compute on data; legal: tlm");
  common_.request.fidelity = "tlm";
  common_.config = resolve_config(common_.request);
  check_timing_only(common_.config);
}

void check_timing_only(const Config& config) {
  for (const auto& [key, model] :
       {std::pair("gemm.model", &config.gemm.model), std::pair("vpu.model", &config.vpu.model),
        std::pair("dma.model", &config.dma.model)}) {
    if (*model == "tlm") continue;
    throw RequestError(std::string("--timing-only: ") + key + " = '" + *model +
                       "' is not legal with it: verilated engines compute on data; legal: tlm");
  }
  if (config.cpu.model == "native") return;
  throw RequestError("--timing-only: cpu.model = '" + config.cpu.model +
                     "' is not legal with it: its program computes on data; legal: native");
}

void CommandLine::print_help() const {
  std::cout << "systole " << command_ << ": " << summary_ << "\n\nExamples:\n";
  for (const std::string& example : examples_) std::cout << "  " << example << "\n";
  if (!own_.options().empty()) std::cout << "\nOptions of " << command_ << ":\n" << own_;
  std::cout << "\nCommon options:\n"
            << shared_ << "\nConfiguration keys (--set key=value):\n"
            << config_help()
            << "\nExit status: 0 done; 1 the simulated system failed; 2 the request was wrong.\n";
}

void add_number(po::options_description& options, const std::string& name, uint64_t* value,
                uint64_t max, const std::string& doc) {
  auto store = [=](const std::string& text) {
    const bool digits = !text.empty() && text.size() < 20 &&
                        text.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || std::stoull(text) > max) {
      throw RequestError("--" + name + ": '" + text +
                         "' is not legal; legal: a whole number up to " + std::to_string(max));
    }
    *value = std::stoull(text);
  };
  options.add_options()(name.c_str(), po::value<std::string>()->value_name("N")->notifier(store),
                        doc.c_str());
}

uint64_t parse_time(const std::string& option, const std::string& text) {
  static const std::array<std::pair<const char*, double>, 5> units = {
      {{"ps", 1}, {"ns", 1e3}, {"us", 1e6}, {"ms", 1e9}, {"s", 1e12}}};
  size_t digits = 0;
  double value = -1;
  if (!text.empty() && (std::isdigit(static_cast<unsigned char>(text[0])) || text[0] == '.')) {
    try {
      value = std::stod(text, &digits);
    } catch (const std::exception&) {
      value = -1;
    }
  }
  for (const auto& [unit, picoseconds] : units) {
    const double total = value * picoseconds;
    if (value >= 0 && text.substr(digits) == unit && total >= 1 && total <= 1e18) {
      return static_cast<uint64_t>(std::llround(total));
    }
  }
  throw RequestError(
      option + ": '" + text +
      "' is not legal; legal: a positive number with a unit ps, ns, us, ms or s (at most "
      "1000000s), for example 20ms");
}

std::string format_time_ps(double picoseconds) {
  static const std::array<std::pair<const char*, double>, 4> units = {
      {{"s", 1e12}, {"ms", 1e9}, {"us", 1e6}, {"ns", 1e3}}};
  char text[64];
  for (const auto& [unit, size] : units) {
    if (picoseconds >= size || size == 1e3) {
      std::snprintf(text, sizeof text, "%.3f %s", picoseconds / size, unit);
      break;
    }
  }
  return text;
}

std::string config_help() {
  std::ostringstream out;
  for (const ConfigKey& key : config_keys()) {
    char line[160];
    std::snprintf(line, sizeof line, "  %-22s %-12s ", key.name, key.default_value);
    out << line << key.doc << " (" << key.legal() << ")\n";
  }
  return out.str();
}

bool on_terminal() { return isatty(STDERR_FILENO) != 0; }

}  // namespace systole
