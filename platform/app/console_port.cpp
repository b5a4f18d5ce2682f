#include "platform/app/console_port.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <iostream>

#include "platform/app/options.h"
#include "platform/app/raw_terminal.h"

namespace systole {
namespace {

constexpr char kLegal[] = "legal: stdio, tcp:PORT with a port up to 65535 (0: any free one), pty";
constexpr uint8_t kEscape = 1;  // Ctrl-A
constexpr size_t kBacklog = 64 << 10;
constexpr int kFarewellStepMs = 5;
constexpr int kFarewellMs = 200;  // for what a client has not read at the end

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw RequestError("--uart: '" + where + "' " + why);
}

bool readable(int fd, int milliseconds) {
  pollfd input = {fd, POLLIN, 0};
  return poll(&input, 1, milliseconds) > 0 && (input.revents & (POLLIN | POLLHUP | POLLERR));
}

class StdioPort final : public ConsolePort {
 public:
  StdioPort(bool input, const std::string& command) : open_(input) {
    if (!input) return;
    terminal_ = std::make_unique<RawTerminal>();
    if (terminal_->active())
      std::cerr << "systole " << command << ": Ctrl-A x ends the run, Ctrl-A h lists the keys\r\n";
  }
  void put(char c) override {
    std::fputc(c, stdout);
    std::fflush(stdout);
  }
  size_t take(uint8_t* bytes, size_t room) override {
    if (!open_ || room == 0 || !readable(STDIN_FILENO, 0)) return 0;
    const ssize_t count = ::read(STDIN_FILENO, bytes, room);
    if (count <= 0) open_ = false;
    if (count <= 0 || !terminal_->active()) return count > 0 ? static_cast<size_t>(count) : 0;
    size_t kept = 0;
    for (ssize_t i = 0; i < count; ++i) kept += see_key(bytes[i], bytes + kept);
    return kept;
  }
  bool open() const override { return open_; }
  void wait(int milliseconds) override {
    if (open_) readable(STDIN_FILENO, milliseconds);
  }
  bool exit_requested() const override { return exit_; }

 private:
  // Puts the byte that the key stands for at *byte; 0 if it was meant for the simulator.
  size_t see_key(uint8_t key, uint8_t* byte) {
    if (!escaped_ && key == kEscape) {
      escaped_ = true;
      return 0;
    }
    *byte = escaped_ ? kEscape : key;
    const bool data = !escaped_ || key == 'a' || key == kEscape;
    if (escaped_ && key == 'x') exit_ = true;
    if (escaped_ && key == 'h')
      std::cerr
          << "\r\nCtrl-A x  end the run\r\nCtrl-A h  this list\r\nCtrl-A a  send a Ctrl-A\r\n";
    escaped_ = false;
    return data ? 1 : 0;
  }

  bool open_, escaped_ = false, exit_ = false;
  std::unique_ptr<RawTerminal> terminal_;
};

// Bytes to and from a file descriptor that may not be ready; keeps what cannot be sent yet.
class StreamPort : public ConsolePort {
 public:
  void put(char c) override {
    unsent_.push_back(c);
    if (unsent_.size() > kBacklog) unsent_.pop_front();
    if (c == '\n') flush();
  }
  size_t take(uint8_t* bytes, size_t room) override {
    connect();
    flush();
    if (fd_ < 0 || room == 0) return 0;
    const ssize_t count = ::read(fd_, bytes, room);
    if (count > 0) return static_cast<size_t>(count);
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) lost();
    return 0;
  }
  bool open() const override { return true; }
  void wait(int milliseconds) override {
    flush();
    readable(fd_ >= 0 ? fd_ : listening(), milliseconds);
  }

 protected:
  /// At the end: lets the client have the rest, and closes.
  void farewell() {
    for (int waited = 0; fd_ >= 0 && waited < kFarewellMs; waited += kFarewellStepMs) {
      flush();
      if (unsent_.empty() && !unread()) break;
      usleep(1000 * kFarewellStepMs);
    }
    if (fd_ >= 0) close(fd_);
  }
  ~StreamPort() override = default;
  /// Looks for a client if there is none.
  virtual void connect() {}
  /// What becomes readable when a client comes.
  virtual int listening() const { return -1; }
  /// The client has gone.
  virtual void lost() {}
  /// True if closing would take away what the client has not read.
  virtual bool unread() const { return false; }
  /// As write().
  virtual ssize_t send_some(const char* data, size_t bytes) { return ::write(fd_, data, bytes); }

  void flush() {
    while (fd_ >= 0 && !unsent_.empty()) {
      char chunk[512];
      size_t count = 0;
      for (; count < sizeof chunk && count < unsent_.size(); ++count) chunk[count] = unsent_[count];
      const ssize_t sent = send_some(chunk, count);
      if (sent <= 0) return;
      unsent_.erase(unsent_.begin(), unsent_.begin() + sent);
    }
  }

  int fd_ = -1;

 private:
  std::deque<char> unsent_;
};

class TcpPort final : public StreamPort {
 public:
  TcpPort(const std::string& where, uint16_t port, const std::string& command) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int yes = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address = {};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, raw, size) != 0 || listen(listener_, 1) != 0 ||
        getsockname(listener_, raw, &size) != 0) {
      const std::string why = std::strerror(errno);
      close(listener_);
      refuse(where, "cannot be opened: " + why + "; legal: a port that is free");
    }
    std::cerr << "systole " << command << ": UART on 127.0.0.1:" << ntohs(address.sin_port)
              << std::endl;
  }
  ~TcpPort() override {
    farewell();
    close(listener_);
  }

 private:
  void connect() override {
    if (fd_ < 0) fd_ = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  }
  int listening() const override { return listener_; }
  void lost() override {
    close(fd_);
    fd_ = -1;
  }

  ssize_t send_some(const char* data, size_t bytes) override {
    return send(fd_, data, bytes, MSG_NOSIGNAL);
  }

  int listener_;
};

class PtyPort final : public StreamPort {
 public:
  PtyPort(const std::string& where, const std::string& command) {
    fd_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    char name[128] = "";
    if (fd_ < 0 || grantpt(fd_) != 0 || unlockpt(fd_) != 0 ||
        ptsname_r(fd_, name, sizeof name) != 0)
      refuse(where, std::string("cannot be opened: ") + std::strerror(errno));
    // The other side stays open, or reading would fail while no client has it.
    client_ = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios raw = {};
    if (client_ < 0 || tcgetattr(client_, &raw) != 0)
      refuse(where, std::string("cannot be opened: ") + std::strerror(errno));
    cfmakeraw(&raw);
    tcsetattr(client_, TCSANOW, &raw);
    std::cerr << "systole " << command << ": UART on " << name << std::endl;
  }
  ~PtyPort() override {
    farewell();
    if (client_ >= 0) close(client_);
  }

 private:
  bool unread() const override {
    int bytes = 0;
    return ioctl(client_, FIONREAD, &bytes) == 0 && bytes > 0;
  }

  int client_ = -1;
};

// The port of "tcp:PORT", or -1.
long tcp_port(const std::string& where) {
  if (where.rfind("tcp:", 0) != 0 || where.size() < 5 || where.size() > 9 ||
      where.find_first_not_of("0123456789", 4) != std::string::npos)
    return -1;
  const long port = std::stol(where.substr(4));
  return port <= 65535 ? port : -1;
}

}  // namespace

size_t ConsolePort::feed(Uart& uart) {
  uint8_t bytes[Uart::kRxFifo];
  const size_t count = take(bytes, uart.rx_room());
  for (size_t i = 0; i < count; ++i) uart.push_rx(bytes[i]);
  return count;
}

void check_console(const std::string& where) {
  if (where != "stdio" && where != "pty" && tcp_port(where) < 0)
    refuse(where, std::string("is not legal; ") + kLegal);
}

std::unique_ptr<ConsolePort> open_console(const std::string& where, bool input,
                                          const std::string& command) {
  check_console(where);
  if (where == "pty") return std::make_unique<PtyPort>(where, command);
  if (const long port = tcp_port(where); port >= 0)
    return std::make_unique<TcpPort>(where, static_cast<uint16_t>(port), command);
  return std::make_unique<StdioPort>(input, command);
}

}  // namespace systole
