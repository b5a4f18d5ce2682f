// The command line: common options of every command, their meaning and their errors.
#pragma once
#include <boost/program_options.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform/config/config.h"

namespace systole {

/// Exit statuses of the contract.
enum ExitStatus { kExitDone = 0, kExitSimulationFailed = 1, kExitBadRequest = 2 };

/// The request was wrong: nothing was simulated, exit status 2. what() names the key or file, the
/// value and what is legal.
class RequestError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What every simulating command takes.
struct CommonOptions {
  ConfigRequest request;
  Config config;
  std::string report_file;  ///< "": none; "-" is a file name like any other
  std::string log_level = "info";
  bool quiet = false;
  bool timing_only = false;  ///< twins take time but move no data; every engine is a twin
  std::optional<uint64_t> max_sim_time_ps;
};

/// One command's options. Usage:
///   CommandLine line("run", "…", {"systole run --prompt Hello"});
///   line.own().add_options()(…);
///   if (line.parse(arguments)) return kExitDone;   // --help was printed
class CommandLine {
 public:
  CommandLine(std::string command, std::string summary, std::vector<std::string> examples);

  /// Lets the command take --timing-only, which others refuse; an option of the command may imply
  /// it. Before parse().
  void allow_timing_only(const std::string& implied_by = "") {
    timing_only_allowed_ = true;
    timing_only_implied_by_ = implied_by;
  }

  /// --fidelity calibrated is legal, which others refuse; `config` is then that of the twins.
  /// Before parse().
  void allow_calibrated() { calibrated_allowed_ = true; }

  /// Where the command adds what is its own.
  boost::program_options::options_description& own() { return own_; }

  /// True: help was asked for and printed to standard output. Throws RequestError on bad usage and
  /// ConfigError on a bad configuration.
  bool parse(const std::vector<std::string>& arguments);

  const CommonOptions& common() const { return common_; }
  /// True if the option was on the command line. After parse().
  bool given(const std::string& option) const { return given_.count(option) != 0; }

 private:
  void print_help() const;
  void resolve_timing_only();

  std::string command_, summary_;
  std::vector<std::string> examples_;
  boost::program_options::options_description own_, shared_;
  CommonOptions common_;
  bool timing_only_allowed_ = false, calibrated_allowed_ = false;
  std::string timing_only_implied_by_;
  std::set<std::string> given_;
};

/// Throws RequestError if a part of the SoC cannot leave data out.
void check_timing_only(const Config& config);

/// Adds --name N, a whole number of at most `max`; parse() refuses anything else.
void add_number(boost::program_options::options_description& options, const std::string& name,
                uint64_t* value, uint64_t max, const std::string& doc);

/// "10us" to picoseconds; units ps, ns, us, ms, s. Throws RequestError.
uint64_t parse_time(const std::string& option, const std::string& text);

/// Text for people: "1.234 ms".
std::string format_time_ps(double picoseconds);

/// All configuration keys with default, legal values and meaning, one a line.
std::string config_help();

/// True if standard error is a terminal.
bool on_terminal();

}  // namespace systole
