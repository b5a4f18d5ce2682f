// Child processes, several at a time, that die with their parent; and Ctrl-C as a question.
#pragma once
#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace systole {

/// "by signal 9 (Killed)".
std::string killed_by(int signal);

/// While it lives, SIGINT, SIGTERM and SIGCHLD are blocked and waited for instead.
class ProcessPool {
 public:
  struct Finished {
    uint64_t id = 0;
    int status = 0;      ///< exit status; meaningless after a signal
    int signal = 0;      ///< the signal that ended it, 0 if it exited
    double seconds = 0;  ///< how long it ran
  };

  ProcessPool();
  /// Kills what still runs.
  ~ProcessPool();
  ProcessPool(const ProcessPool&) = delete;
  ProcessPool& operator=(const ProcessPool&) = delete;

  /// Starts argv (a path) in a process group of its own: no input, standard output dropped,
  /// standard error to a file. It is killed when this process ends, however it ends.
  /// False: it could not be started.
  bool start(uint64_t id, const std::vector<std::string>& argv, const std::string& error_file);

  /// A process that ended, or nothing after `timeout_ms` or a signal.
  std::optional<Finished> wait(int timeout_ms);

  size_t running() const { return children_.size(); }
  /// SIGINT or SIGTERM arrived.
  bool interrupted();
  void kill_all();

 private:
  struct Child {
    uint64_t id;
    double started;
  };
  std::optional<Finished> reap();

  std::map<pid_t, Child> children_;
  sigset_t signals_, previous_;
  bool interrupted_ = false;
};

}  // namespace systole
