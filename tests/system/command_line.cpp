#include "tests/system/command_line.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace systole::test {
namespace {

pid_t start(const std::vector<std::string>& arguments, const std::string& out,
            const std::string& err) {
  std::vector<std::string> words = {SYSTOLE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_CREAT | O_WRONLY, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_CREAT | O_WRONLY, 0600);
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, SYSTOLE_PROGRAM, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed) throw std::runtime_error("cannot start " SYSTOLE_PROGRAM);
  return pid;
}

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

}  // namespace

Outcome run_systole(const std::vector<std::string>& arguments) {
  const TemporaryDirectory directory;
  const std::string out = directory.file("out"), err = directory.file("err");
  const pid_t pid = start(arguments, out, err);
  int wait_status = 0;
  waitpid(pid, &wait_status, 0);
  return {status_of(wait_status), read_file(out), read_file(err)};
}

Outcome run_systole_signalled(const std::vector<std::string>& arguments, const std::string& marker,
                              int signal) {
  const TemporaryDirectory directory;
  const std::string out = directory.file("out"), err = directory.file("err");
  const pid_t pid = start(arguments, out, err);
  int wait_status = 0;
  bool sent = false;
  while (waitpid(pid, &wait_status, sent ? 0 : WNOHANG) == 0) {
    if (read_file(err).find(marker) != std::string::npos) {
      kill(pid, signal);
      sent = true;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  return {status_of(wait_status), read_file(out), read_file(err)};
}

TemporaryDirectory::TemporaryDirectory() {
  path_ = (std::filesystem::temp_directory_path() / "systole_test_XXXXXX").string();
  if (!mkdtemp(path_.data())) throw std::runtime_error("cannot make " + path_);
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

std::string TemporaryDirectory::write(const std::string& name, const std::string& content) const {
  std::ofstream(file(name), std::ios::binary) << content;
  return file(name);
}

RunningSystole::RunningSystole(const std::vector<std::string>& arguments)
    : pid_(start(arguments, directory_.file("out"), directory_.file("err"))) {}

RunningSystole::~RunningSystole() {
  if (ended_) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string RunningSystole::await_error(const std::string& marker) {
  for (;;) {
    ended_ = ended_ || waitpid(pid_, &wait_status_, WNOHANG) != 0;
    const std::string error = read_file(directory_.file("err"));
    if (ended_ || error.find(marker) != std::string::npos) return error;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void RunningSystole::send_signal(int signal) {
  if (!ended_) kill(pid_, signal);
}

Outcome RunningSystole::wait() {
  if (!ended_) waitpid(pid_, &wait_status_, 0);
  ended_ = true;
  return {status_of(wait_status_), read_file(directory_.file("out")),
          read_file(directory_.file("err"))};
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

nlohmann::json read_json(const std::string& path) { return nlohmann::json::parse(read_file(path)); }

SharedModel shared_model() {
  const std::string folder = SYSTOLE_SHARED_MODELS;
  const SharedModel model = {folder + "/stories260K.bin", folder + "/tok512.bin"};
  return std::filesystem::exists(model.model) && std::filesystem::exists(model.tokenizer)
             ? model
             : SharedModel{};
}

}  // namespace systole::test
