// Answers packets: GDB's remote serial protocol in all-stop mode with one thread.
// Upstream: Session. Downstream: Target. No sockets, no SystemC.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tlm/cpu/gdb/target.h"

namespace systole::gdb {

/// Why the machine stands still.
struct StopEvent {
  enum Signal : uint8_t { kInterrupted = 2, kTrap = 5, kSegfault = 11 };
  enum class At : uint8_t { Nothing, Breakpoint, Watchpoint };
  uint8_t signal = kTrap;
  At at = At::Nothing;
  PointKind kind = PointKind::Software;  ///< of the break- or watchpoint
  uint64_t addr = 0;                     ///< of the watchpoint
};

/// What a packet asks for.
enum class Action : uint8_t {
  Stay,       ///< halted
  Continue,   ///< run until something stops it
  Step,       ///< one instruction
  StepRange,  ///< step while pc is in [range_begin, range_end)
  Detach,     ///< run; nobody looks any more
  Kill,       ///< end the run
};

struct Reply {
  std::vector<std::string> packets;  ///< payloads to be sent, in this order; may be none
  Action action = Action::Stay;
  uint64_t range_begin = 0, range_end = 0;
};

/// Handles any packet, well-formed or not: what it does not know gets an empty answer, what is
/// malformed or cannot be done E01. Answers of at most kMaxPacket bytes.
class Stub {
 public:
  explicit Stub(Target& target) : target_(target) {}

  /// A new client: its features are not known yet, its break- and watchpoints not set.
  void connected();
  Reply handle(const std::string& packet);
  /// The machine has stopped: remembers why and returns the payload that says so.
  std::string stopped(const StopEvent& event);
  /// True once the client has asked to leave out acknowledgements.
  bool no_acknowledge() const { return no_acknowledge_; }

 private:
  std::string stop_reply() const;
  std::string read_registers();
  bool write_registers(std::string_view text);
  std::string read_register(std::string_view text);
  bool write_register(std::string_view text);
  std::string read_memory(std::string_view text);
  bool write_memory(std::string_view text, bool binary);
  std::string set_point(std::string_view text, bool on);
  std::string query(std::string_view text);
  std::string supported(std::string_view text);
  std::string transfer_description(std::string_view text) const;
  Reply monitor(std::string_view text);
  Reply resume(std::string_view text);
  Reply jump(std::string_view text, Action action);

  Target& target_;
  StopEvent stop_;
  bool no_acknowledge_ = false, says_breaks_ = false;
};

}  // namespace systole::gdb
