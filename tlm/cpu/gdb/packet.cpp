#include "tlm/cpu/gdb/packet.h"

namespace systole::gdb {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void PacketReader::add(char byte) {
  if (payload_.size() < kMaxPacket)
    payload_ += byte;
  else
    too_long_ = true;
}

Input PacketReader::feed(char byte) {
  if (byte == '$' && state_ != State::Escaped) {  // a packet starts, whatever came before
    state_ = State::Payload;
    payload_.clear();
    sum_ = 0;
    too_long_ = false;
    return Input::Nothing;
  }
  switch (state_) {
    case State::Idle:
      if (byte == '+') return Input::Acknowledge;
      if (byte == '-') return Input::Resend;
      return byte == 3 ? Input::Interrupt : Input::Nothing;
    case State::Payload:
      if (byte == '#') {
        state_ = State::Checksum1;
        return Input::Nothing;
      }
      sum_ = static_cast<uint8_t>(sum_ + static_cast<uint8_t>(byte));
      if (byte == '}')
        state_ = State::Escaped;
      else
        add(byte);
      return Input::Nothing;
    case State::Escaped:
      sum_ = static_cast<uint8_t>(sum_ + static_cast<uint8_t>(byte));
      add(static_cast<char>(byte ^ 0x20));
      state_ = State::Payload;
      return Input::Nothing;
    case State::Checksum1:
      expected_ = static_cast<uint8_t>((digit(byte) & 15) << 4);
      state_ = digit(byte) < 0 ? State::Idle : State::Checksum2;
      return digit(byte) < 0 ? Input::BadPacket : Input::Nothing;
    default:
      state_ = State::Idle;
      expected_ = static_cast<uint8_t>(expected_ | (digit(byte) & 15));
      return digit(byte) < 0 || expected_ != sum_ || too_long_ ? Input::BadPacket : Input::Packet;
  }
}

std::string frame(std::string_view payload) {
  std::string framed = "$";
  uint8_t sum = 0;
  const auto put = [&](char byte) {
    framed += byte;
    sum = static_cast<uint8_t>(sum + static_cast<uint8_t>(byte));
  };
  for (const char byte : payload) {
    if (byte == '#' || byte == '$' || byte == '}' || byte == '*') {
      put('}');
      put(static_cast<char>(byte ^ 0x20));
    } else {
      put(byte);
    }
  }
  framed += '#';
  framed += kDigits[sum >> 4];
  framed += kDigits[sum & 15];
  return framed;
}

std::string to_hex(const void* data, size_t bytes) {
  std::string text;
  text.reserve(2 * bytes);
  for (size_t i = 0; i < bytes; ++i) {
    const uint8_t byte = static_cast<const uint8_t*>(data)[i];
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::optional<uint64_t> take_number(std::string_view* text) {
  uint64_t value = 0;
  size_t digits = 0;
  while (digits < text->size() && digit((*text)[digits]) >= 0) {
    if (value >> 60) return std::nullopt;
    value = value << 4 | static_cast<uint64_t>(digit((*text)[digits++]));
  }
  if (digits == 0) return std::nullopt;
  text->remove_prefix(digits);
  return value;
}

bool take(std::string_view* text, std::string_view word) {
  if (text->substr(0, word.size()) != word) return false;
  text->remove_prefix(word.size());
  return true;
}

}  // namespace systole::gdb
