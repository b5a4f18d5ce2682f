// A conversation with debuggers: bytes from the server to the stub and back, in the thread of the
// machine. Upstream: RiscvDebugger. Downstream: Server, Stub. No SystemC.
#pragma once
#include <functional>
#include <string>

#include "tlm/cpu/gdb/packet.h"
#include "tlm/cpu/gdb/server.h"
#include "tlm/cpu/gdb/stub.h"

namespace systole::gdb {

/// One client after the other. A client that attaches halts the machine. One that goes without a
/// word leaves it as it is: halted until the next attaches, or running; its break- and watchpoints
/// are removed.
class Session {
 public:
  /// `notice` takes messages for the user.
  Session(Server& server, Target& target, std::function<void(const std::string&)> notice);

  /// While the machine runs: true if it must halt, because a client attaches or interrupts. Costs
  /// next to nothing if nothing has happened.
  bool wants_halt() { return (server_.pending() || !unheard_.empty()) && hear_running(); }
  bool attached() const { return attached_; }

  /// The machine has stopped. Serves clients until one lets it go on: Continue, Step, StepRange,
  /// Detach or Kill. Kill too if `abandoned` says true, which is asked ten times a second.
  Reply halted(const StopEvent& event, const std::function<bool()>& abandoned);

  /// The program has ended with this exit code.
  void ended(uint8_t code);

 private:
  bool hear_running();
  void connect();
  void disconnect();
  void send(const std::string& payload);
  Reply hear(char byte);

  Server& server_;
  Stub stub_;
  std::function<void(const std::string&)> notice_;
  PacketReader reader_;
  std::string sent_;     ///< the last packet, for the client that has not understood it
  std::string unheard_;  ///< received behind what let the machine go on
  bool attached_ = false;
  bool running_ = false;  ///< the client waits for a stop reply
};

}  // namespace systole::gdb
