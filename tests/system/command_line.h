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

/// Runs `systole` beside the test. Ended by force if it has not been waited for.
class RunningSystole {
 public:
  explicit RunningSystole(const std::vector<std::string>& arguments);
  ~RunningSystole();
  RunningSystole(const RunningSystole&) = delete;
  RunningSystole& operator=(const RunningSystole&) = delete;

  /// Standard error so far, once it contains `marker` or the program has ended.
  std::string await_error(const std::string& marker);
  void send_signal(int signal);
  Outcome wait();

 private:
  TemporaryDirectory directory_;
  int pid_;
  int wait_status_ = 0;
  bool ended_ = false;
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
