#include "platform/sweep/process_pool.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

namespace systole {
namespace {

double now_seconds() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

}  // namespace

std::string killed_by(int signal) {
  return "by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
}

ProcessPool::ProcessPool() {
  sigemptyset(&signals_);
  for (int signal : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&signals_, signal);
  sigprocmask(SIG_BLOCK, &signals_, &previous_);
}

ProcessPool::~ProcessPool() {
  kill_all();
  if (interrupted_) interrupted();  // Ctrl-C pressed again says nothing new
  sigprocmask(SIG_SETMASK, &previous_, nullptr);
}

bool ProcessPool::start(uint64_t id, const std::vector<std::string>& argv,
                        const std::string& error_file) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return false;
  if (pid == 0) {
    // Only async-signal-safe calls from here on.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    setpgid(0, 0);
    const int none = open("/dev/null", O_RDWR);
    const int errors = open(error_file.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
    dup2(none, STDIN_FILENO);
    dup2(none, STDOUT_FILENO);
    dup2(errors < 0 ? none : errors, STDERR_FILENO);
    sigprocmask(SIG_SETMASK, &previous_, nullptr);
    execv(words[0], words.data());
    _exit(127);
  }
  setpgid(pid, pid);  // both sides, so that it holds whoever runs first
  children_[pid] = {id, now_seconds()};
  return true;
}

std::optional<ProcessPool::Finished> ProcessPool::reap() {
  for (const auto& [pid, child] : children_) {
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) != pid) continue;
    Finished finished;
    finished.id = child.id;
    finished.seconds = now_seconds() - child.started;
    if (WIFSIGNALED(status)) {
      finished.signal = WTERMSIG(status);
    } else {
      finished.status = WEXITSTATUS(status);
    }
    children_.erase(pid);
    return finished;
  }
  return std::nullopt;
}

std::optional<ProcessPool::Finished> ProcessPool::wait(int timeout_ms) {
  if (auto finished = reap()) return finished;
  const timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
  const int signal = sigtimedwait(&signals_, nullptr, &timeout);
  if (signal == SIGINT || signal == SIGTERM) interrupted_ = true;
  return reap();
}

// Takes the signals that wait: left alone they would end the process once they are not blocked.
bool ProcessPool::interrupted() {
  sigset_t endings;
  sigemptyset(&endings);
  for (int signal : {SIGINT, SIGTERM}) sigaddset(&endings, signal);
  const timespec now = {0, 0};
  while (sigtimedwait(&endings, nullptr, &now) > 0) interrupted_ = true;
  return interrupted_;
}

void ProcessPool::kill_all() {
  for (const auto& [pid, child] : children_) kill(-pid, SIGKILL);
  for (const auto& [pid, child] : children_) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  children_.clear();
}

}  // namespace systole
