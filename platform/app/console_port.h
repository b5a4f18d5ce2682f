// Where the UART's line ends outside: standard input and output, a TCP port or a pseudo-terminal.
// Upstream: the loop that advances simulated time. Downstream: the host.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "tlm/uart/uart.h"

namespace systole {

class ConsolePort {
 public:
  virtual ~ConsolePort() = default;
  /// A byte from the UART.
  virtual void put(char c) = 0;
  /// Up to `room` bytes that have arrived; does not wait.
  virtual size_t take(uint8_t* bytes, size_t room) = 0;
  /// More may come.
  virtual bool open() const = 0;
  /// Sleeps until something has arrived, for at most so many milliseconds.
  virtual void wait(int milliseconds) = 0;
  /// The user has asked for the end of the run.
  virtual bool exit_requested() const { return false; }

  /// Hands over what has arrived, as far as the UART has room; how many bytes.
  size_t feed(Uart& uart);
};

/// `where`:
///   "stdio"     standard output, and if `input` standard input. A terminal is in raw mode until
///   the
///               process ends, however it does: every key is the program's but Ctrl-A, after which
///               x ends the run, h lists the keys and a sends a Ctrl-A; a line on standard error
///               says so.
///   "tcp:PORT"  listens on 127.0.0.1, for one client at a time; port 0: any that is free
///   "pty"       a new pseudo-terminal in raw mode
/// The last two say on standard error where they are, as `command`, and keep the last 64 KiB for a
/// client that comes late. Throws RequestError naming --uart.
std::unique_ptr<ConsolePort> open_console(const std::string& where, bool input,
                                          const std::string& command);

/// Throws RequestError unless `where` is one of these.
void check_console(const std::string& where);

}  // namespace systole
