// The UART outside of the SoC: terminal, pseudo-terminal, TCP port; sleeping until a key comes.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Catch::Contains;

constexpr int kPatienceMs = 60'000;  // only a failure waits as long

bool firmware_present() {
  if (access(SYSTOLE_FIRMWARE, R_OK) == 0) return true;
  WARN("skipped: riscv64-linux-gnu-g++ is not installed");
  return false;
}

// What comes from a file descriptor up to `end`; less if it closes.
std::string read_until(int fd, const std::string& end) {
  std::string text;
  char c;
  pollfd input = {fd, POLLIN, 0};
  while (text.find(end) == std::string::npos && poll(&input, 1, kPatienceMs) > 0 &&
         read(fd, &c, 1) == 1)
    text += c;
  return text;
}

void type(int fd, const std::string& text) {
  REQUIRE(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

// `systole boot` with the monitor, in the background.
class Monitor {
 public:
  /// `input`: its standard input, or -1.
  explicit Monitor(std::vector<std::string> arguments, int input = -1) {
    int out[2], err[2];
    REQUIRE(pipe2(out, O_CLOEXEC) == 0);
    REQUIRE(pipe2(err, O_CLOEXEC) == 0);
    arguments.insert(arguments.begin(), {SYSTOLE_PROGRAM, "boot", "--elf", SYSTOLE_FIRMWARE,
                                         "--fidelity", "tlm", "--quiet"});
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      if (input >= 0) dup2(input, STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      dup2(err[1], STDERR_FILENO);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(out[1]);
    close(err[1]);
    out_ = out[0], err_ = err[0];
  }
  ~Monitor() {
    if (pid_ > 0) kill(pid_, SIGKILL), waitpid(pid_, nullptr, 0);
    close(out_);
    close(err_);
  }
  int out() const { return out_; }
  int err() const { return err_; }
  pid_t pid() const { return pid_; }
  /// Where it says the UART is.
  std::string place() { return place_of(read_until(err_, "\n")); }
  /// Exit status; 128 + the signal that ended it.
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  static std::string place_of(const std::string& line) {
    const size_t at = line.rfind(' ');
    REQUIRE(at != std::string::npos);
    return line.substr(at + 1, line.size() - at - 2);
  }
  pid_t pid_ = 0;
  int out_ = -1, err_ = -1;
};

int connect_to(const std::string& place) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::stoi(place.substr(place.rfind(':') + 1))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

// Some sandboxes have none.
bool terminals_present() {
  int keys = -1, line = -1;
  if (openpty(&keys, &line, nullptr, nullptr, nullptr) != 0) {
    WARN("there are no pseudo-terminals here: not tested");
    return false;
  }
  close(keys);
  close(line);
  return true;
}

struct Terminal {
  Terminal() { REQUIRE(openpty(&keys, &line, nullptr, nullptr, nullptr) == 0); }
  ~Terminal() {
    close(keys);
    close(line);
  }
  termios mode() const {
    termios mode = {};
    REQUIRE(tcgetattr(line, &mode) == 0);
    return mode;
  }
  int keys = -1, line = -1;
};

bool same(const termios& a, const termios& b) {
  return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_lflag == b.c_lflag &&
         a.c_cflag == b.c_cflag && std::memcmp(a.c_cc, b.c_cc, sizeof a.c_cc) == 0;
}

}  // namespace

TEST_CASE("Console: a TCP client sees the banner, types, leaves and comes back") {
  if (!firmware_present()) return;
  Monitor monitor({"--uart", "tcp:0"});
  const std::string place = monitor.place();
  int client = connect_to(place);
  CHECK_THAT(read_until(client, "> "), Contains("Systole firmware"));
  type(client, "poke 0x80800000 0x1234\rpeek 0x80800000\r");
  CHECK_THAT(read_until(client, ": 0x1234\n> "), Contains("0x80800000: 0x1234"));
  close(client);
  client = connect_to(place);
  type(client, "quit 3\r");
  CHECK_THAT(read_until(client, "quit 3\n"), Contains("quit 3"));
  CHECK(monitor.wait() == 1);
  CHECK_THAT(read_until(monitor.err(), "code 3"), Contains("ended with code 3"));
  close(client);
}

TEST_CASE("Console: a pseudo-terminal carries the monitor") {
  if (!firmware_present() || !terminals_present()) return;
  Monitor monitor({"--uart", "pty"});
  const int client = open(monitor.place().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(client >= 0);
  CHECK_THAT(read_until(client, "> "), Contains("Systole firmware"));
  type(client, "selftest\r");
  CHECK_THAT(read_until(client, "self-test: passed"), Contains("self-test: passed"));
  type(client, "quit\r");
  CHECK(monitor.wait() == 0);
  close(client);
}

TEST_CASE("Console: while the CPU waits for a key the simulator sleeps") {
  if (!firmware_present()) return;
  Monitor monitor({"--uart", "tcp:0", "--max-sim-time", "1s"});
  const int client = connect_to(monitor.place());
  read_until(client, "> ");
  // A second in which a busy simulator would reach --max-sim-time.
  usleep(1'000'000);
  CHECK(waitpid(monitor.pid(), nullptr, WNOHANG) == 0);
  type(client, "quit\r");
  CHECK(monitor.wait() == 0);
  close(client);
}

TEST_CASE("Console: keys reach a program that a debugger lets run, which can break its sleep") {
  if (!firmware_present()) return;
  Monitor monitor({"--uart", "tcp:0", "--gdb", "0"});
  const int client = connect_to(monitor.place()), gdb = connect_to(monitor.place());
  type(gdb, "$c#63");
  CHECK_THAT(read_until(client, "> "), Contains("Systole firmware"));
  type(client, "poke 0x80800000 0x5678\rpeek 0x80800000\r");
  CHECK_THAT(read_until(client, ": 0x5678\n> "), Contains("0x80800000: 0x5678"));
  // The program is asleep and has no key: Ctrl-C of the debugger halts it, twice.
  for (int times = 0; times < 2; ++times) {
    type(gdb, "\x03");
    CHECK_THAT(read_until(gdb, "#"), Contains("$T02"));
    type(gdb, "+$c#63");
  }
  type(client, "quit 3\r");
  CHECK_THAT(read_until(gdb, "$W03#"), Contains("$W03#"));
  CHECK(monitor.wait() == 1);
  close(client);
  close(gdb);
}

TEST_CASE("Console: on a terminal Ctrl-A x ends the run and the terminal is as before") {
  if (!firmware_present() || !terminals_present()) return;
  const Terminal terminal;
  const termios before = terminal.mode();
  Monitor monitor({"--interactive"}, terminal.line);
  CHECK_THAT(read_until(monitor.err(), "\n"), Contains("Ctrl-A x ends"));
  read_until(monitor.out(), "> ");
  CHECK_FALSE(terminal.mode().c_lflag & (ICANON | ECHO | ISIG));
  type(terminal.keys, "\x01h");
  CHECK_THAT(read_until(monitor.err(), "send a Ctrl-A"), Contains("this list"));
  // Ctrl-A a is a character that the monitor drops; Ctrl-C is one too.
  type(terminal.keys, "qu\x01\x61\x03it 2x\x08\r");
  CHECK_THAT(read_until(monitor.out(), "quit 2"), Contains("quit 2"));
  CHECK(monitor.wait() == 1);
  CHECK(same(terminal.mode(), before));

  Monitor again({"--interactive"}, terminal.line);
  read_until(again.out(), "> ");
  type(terminal.keys, "\x01x");
  CHECK(again.wait() == 0);
  CHECK(same(terminal.mode(), before));
}

TEST_CASE("Console: signals leave the terminal as it was") {
  if (!firmware_present() || !terminals_present()) return;
  const Terminal terminal;
  const termios before = terminal.mode();
  for (const int signal : {SIGTERM, SIGHUP, SIGABRT}) {
    CAPTURE(signal);
    Monitor monitor({"--interactive"}, terminal.line);
    read_until(monitor.out(), "> ");
    kill(monitor.pid(), signal);
    CHECK(monitor.wait() == (signal == SIGTERM ? 1 : 128 + signal));
    CHECK(same(terminal.mode(), before));
  }
}

TEST_CASE("Console: places that are none are refused with status 2") {
  for (const char* place : {"tcp", "tcp:", "tcp:65536", "tcp:-1", "tcp:1x", "serial", ""}) {
    CAPTURE(place);
    Monitor monitor({"--uart", place});
    CHECK_THAT(read_until(monitor.err(), "\n"), Contains("--uart") && Contains("legal: stdio"));
    CHECK(monitor.wait() == 2);
  }
  Monitor first({"--uart", "tcp:0"});
  const std::string place = first.place();
  Monitor second({"--uart", "tcp:" + place.substr(place.rfind(':') + 1)});
  CHECK_THAT(read_until(second.err(), "\n"), Contains("cannot be opened"));
  CHECK(second.wait() == 2);
}
