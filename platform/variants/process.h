// Child processes without a shell.
#pragma once
#include <string>
#include <vector>

namespace systole {

/// Runs argv (PATH is searched) with standard output redirected to standard error; waits.
/// Exit status, 128 + signal, or 127 if it could not be started.
int run_process(const std::vector<std::string>& argv);

/// The first line of standard output, "" if it could not be started or failed. Standard error is
/// dropped.
std::string first_line_of(const std::vector<std::string>& argv);

struct ProcessText {
  int status = 127;  ///< as run_process returns it
  std::string text;  ///< standard output and standard error as they came
};
ProcessText text_of(const std::vector<std::string>& argv);

}  // namespace systole
