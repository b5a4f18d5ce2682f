// A TCP port for one client at a time. A thread of its own moves the bytes; everything else happens
// in the caller's. No SystemC.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

namespace systole::gdb {

/// what() names the address and the reason.
class ServerError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Server {
 public:
  /// What has happened on the port, in order.
  struct Event {
    enum Kind : uint8_t { None, Connected, Received, Closed } kind = None;
    std::string bytes;  ///< Received
  };

  /// Listens. `port` 0: any free one. Throws ServerError: not an address, or in use.
  Server(const std::string& host, uint16_t port);
  /// Sends what is still to be sent, for a second at most, and closes.
  ~Server();

  /// "127.0.0.1:3333".
  const std::string& address() const;

  /// True if an event waits. Costs next to nothing.
  bool pending() const;
  /// The oldest event; waits for it. None: the time is up.
  Event next(std::chrono::milliseconds timeout);
  /// Waits until pending().
  void wait(std::chrono::milliseconds timeout);
  /// To the present client; nowhere if there is none. While one is connected, others are refused.
  void send(std::string bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace systole::gdb
