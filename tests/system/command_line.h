// Runs the program as a user does: arguments in, exit status and the two outputs back.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace systole::test {

struct Outcome {
  int status = -1;  ///< exit status, 128 + signal if it died
  std::string out, err;
};

/// Runs `systole` with these arguments and waits.
Outcome run_systole(const std::vector<std::string>& arguments);

/// The same, but sends `signal` once standard error contains `marker`.
Outcome run_systole_signalled(const std::vector<std::string>& arguments, const std::string& marker,
                              int signal);

/// An own directory under the system's temporary one, removed with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

std::string read_file(const std::string& path);
nlohmann::json read_json(const std::string& path);

/// Files of ../shared/models beside the source tree; empty if absent (the test then says so and
/// ends).
struct SharedModel {
  std::string model, tokenizer;
  bool present() const { return !model.empty(); }
};
SharedModel shared_model();

}  // namespace systole::test
