// Framing of GDB's remote serial protocol: bytes in, packets out, and back. No sockets, no SystemC.
// Source: Debugging with GDB, appendix "GDB Remote Serial Protocol".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace systole::gdb {

inline constexpr size_t kMaxPacket = 0x4000;  ///< bytes of a payload, announced as PacketSize

/// What a byte has completed.
enum class Input : uint8_t {
  Nothing,
  Packet,       ///< packet() holds it
  BadPacket,    ///< wrong checksum, or longer than kMaxPacket
  Acknowledge,  ///< +
  Resend,       ///< -
  Interrupt,    ///< byte 3 between packets
};

/// Any sequence of bytes is safe; what belongs to no packet is skipped.
class PacketReader {
 public:
  Input feed(char byte);
  /// The last packet, escapes resolved. Valid until the next feed().
  const std::string& packet() const { return payload_; }
  /// Forgets a packet that has only partly arrived.
  void reset() { state_ = State::Idle; }

 private:
  enum class State : uint8_t { Idle, Payload, Escaped, Checksum1, Checksum2 };
  void add(char byte);

  State state_ = State::Idle;
  std::string payload_;
  uint8_t sum_ = 0, expected_ = 0;
  bool too_long_ = false;
};

/// "$payload#checksum", special bytes escaped.
std::string frame(std::string_view payload);

std::string to_hex(const void* data, size_t bytes);
/// Nothing if `text` is not pairs of hexadecimal digits.
std::optional<std::string> from_hex(std::string_view text);

/// Takes a hexadecimal number of at most 64 bits from the front of *text. Nothing, and *text as it
/// was, if there is none or it is too long.
std::optional<uint64_t> take_number(std::string_view* text);
/// Takes `word` from the front of *text if it is there.
bool take(std::string_view* text, std::string_view word);

}  // namespace systole::gdb
