#include "tlm/cpu/gdb/stub.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tlm/cpu/gdb/packet.h"
#include "tlm/cpu/gdb/registers.h"

namespace systole::gdb {
namespace {

constexpr unsigned kPlainRegisters = kFirstCsr;  // of g and G: x, pc, f
constexpr char kOk[] = "OK", kError[] = "E01";

std::string number(uint64_t value) {
  char text[20];
  std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(value));
  return text;
}

Reply answer(std::string payload) { return {{std::move(payload)}, Action::Stay, 0, 0}; }
Reply done(bool ok) { return answer(ok ? kOk : kError); }
Reply go(Action action) { return {{}, action, 0, 0}; }

// Two numbers with a comma between them, as in "m addr,length".
bool take_pair(std::string_view* text, uint64_t* first, uint64_t* second) {
  const auto a = take_number(text);
  if (!a || !take(text, ",")) return false;
  const auto b = take_number(text);
  if (!b) return false;
  *first = *a;
  *second = *b;
  return true;
}

}  // namespace

void Stub::connected() {
  no_acknowledge_ = says_breaks_ = false;
  target_.clear_points();
}

std::string Stub::stopped(const StopEvent& event) {
  stop_ = event;
  return stop_reply();
}

std::string Stub::stop_reply() const {
  static const char* const kWatchNames[] = {"", "", "watch", "rwatch", "awatch"};
  char text[16];
  std::snprintf(text, sizeof text, "T%02x", stop_.signal);
  std::string reply = text;
  if (stop_.at == StopEvent::At::Watchpoint)
    reply += std::string(kWatchNames[static_cast<unsigned>(stop_.kind)]) + ":" +
             number(stop_.addr) + ";";
  if (stop_.at == StopEvent::At::Breakpoint && says_breaks_)
    reply += stop_.kind == PointKind::Hardware ? "hwbreak:;" : "swbreak:;";
  return reply + "thread:1;";
}

// ------------------------------------------------------------------ registers

std::string Stub::read_registers() {
  std::string text;
  for (unsigned i = 0; i < kPlainRegisters; ++i) {
    const uint64_t value = target_.read_register(i);
    text += to_hex(&value, register_bytes(i));
  }
  return text;
}

bool Stub::write_registers(std::string_view text) {
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() > 8 * kPlainRegisters || bytes->size() % 8 != 0) return false;
  for (unsigned i = 0; i < bytes->size() / 8; ++i) {
    uint64_t value;
    std::memcpy(&value, bytes->data() + 8 * size_t{i}, 8);
    if (!target_.write_register(i, value)) return false;
  }
  return true;
}

std::string Stub::read_register(std::string_view text) {
  const auto index = take_number(&text);
  if (!index || !text.empty() || *index >= register_count()) return kError;
  const auto which = static_cast<unsigned>(*index);
  const uint64_t value = target_.read_register(which);
  return to_hex(&value, register_bytes(which));
}

bool Stub::write_register(std::string_view text) {
  const auto index = take_number(&text);
  if (!index || *index >= register_count() || !take(&text, "=")) return false;
  const auto which = static_cast<unsigned>(*index);
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != register_bytes(which)) return false;
  uint64_t value = 0;
  std::memcpy(&value, bytes->data(), bytes->size());
  return target_.write_register(which, value);
}

// ------------------------------------------------------------------ memory

std::string Stub::read_memory(std::string_view text) {
  uint64_t addr, bytes;
  if (!take_pair(&text, &addr, &bytes) || !text.empty() || bytes > kMaxPacket / 2) return kError;
  std::string data(bytes, 0);
  return target_.read_memory(addr, bytes, data.data()) ? to_hex(data.data(), bytes) : kError;
}

bool Stub::write_memory(std::string_view text, bool binary) {
  uint64_t addr, bytes;
  if (!take_pair(&text, &addr, &bytes) || !take(&text, ":")) return false;
  std::string data(text);
  if (!binary) {
    const auto decoded = from_hex(text);
    if (!decoded) return false;
    data = *decoded;
  }
  return data.size() == bytes && (bytes == 0 || target_.write_memory(addr, bytes, data.data()));
}

std::string Stub::set_point(std::string_view text, bool on) {
  const auto kind = take_number(&text);
  uint64_t addr, bytes;
  if (!kind || !take(&text, ",") || !take_pair(&text, &addr, &bytes)) return kError;
  if (*kind > static_cast<unsigned>(PointKind::Access)) return "";
  if (!text.empty()) return kError;  // conditions are the client's to evaluate
  return target_.set_point(static_cast<PointKind>(*kind), addr, bytes, on) ? kOk : kError;
}

// ------------------------------------------------------------------ queries

std::string Stub::supported(std::string_view text) {
  says_breaks_ = text.find("swbreak+") != std::string_view::npos;
  return "PacketSize=" + number(kMaxPacket) +
         ";QStartNoAckMode+;qXfer:features:read+;vContSupported+;swbreak+;hwbreak+";
}

std::string Stub::transfer_description(std::string_view text) const {
  uint64_t offset, bytes;
  if (!take(&text, "target.xml:")) return "E00";
  if (!take_pair(&text, &offset, &bytes)) return kError;
  const std::string& xml = target_description();
  if (offset > xml.size()) return kError;
  const size_t room = static_cast<size_t>(std::min<uint64_t>(bytes, kMaxPacket / 2));
  const std::string part = xml.substr(offset, room);
  return (offset + part.size() < xml.size() ? "m" : "l") + part;
}

std::string Stub::query(std::string_view text) {
  if (take(&text, "Supported")) return supported(text);
  if (take(&text, "Xfer:features:read:")) return transfer_description(text);
  if (text == "fThreadInfo") return "m1";
  if (text == "sThreadInfo") return "l";
  if (text == "C") return "QC1";
  if (take(&text, "Attached")) return "1";  // the client detaches at its end, it does not kill
  if (take(&text, "Symbol:")) return kOk;
  return "";
}

Reply Stub::monitor(std::string_view text) {
  const auto command = from_hex(text);
  if (!command) return answer(kError);
  Reply reply;
  const std::string output = target_.monitor(*command);
  constexpr size_t kPiece = kMaxPacket / 2 - 1;
  for (size_t at = 0; at < output.size(); at += kPiece)
    reply.packets.push_back("O" + to_hex(output.data() + at, std::min(kPiece, output.size() - at)));
  reply.packets.push_back(kOk);
  return reply;
}

// ------------------------------------------------------------------ running

// "c", "s", "C05", "r80000000,80000010", the first of vCont's actions; its thread is the only one.
Reply Stub::resume(std::string_view text) {
  text = text.substr(0, text.find(';'));
  text = text.substr(0, text.find(':'));
  if (text.empty()) return answer(kError);
  const char kind = text[0];
  text.remove_prefix(1);
  if (kind == 'r') {
    Reply reply = go(Action::StepRange);
    const bool ok = take_pair(&text, &reply.range_begin, &reply.range_end) && text.empty();
    return ok ? reply : answer(kError);
  }
  if (kind == 'c' || kind == 'C') return go(Action::Continue);
  return kind == 's' || kind == 'S' ? go(Action::Step) : answer(kError);
}

// "c" and "s" with an address to go on from.
Reply Stub::jump(std::string_view text, Action action) {
  if (text.empty()) return go(action);
  const auto addr = take_number(&text);
  if (!addr || !text.empty() || !target_.write_register(kPc, *addr)) return answer(kError);
  return go(action);
}

Reply Stub::handle(const std::string& packet) {
  std::string_view text(packet);
  if (text.empty()) return answer("");
  if (take(&text, "vCont?")) return answer("vCont;c;C;s;S;r");
  if (take(&text, "vCont;")) return resume(text);
  if (take(&text, "vKill")) return {{kOk}, Action::Kill, 0, 0};
  if (text == "QStartNoAckMode") {
    no_acknowledge_ = true;
    return answer(kOk);
  }
  if (take(&text, "qRcmd,")) return monitor(text);
  const char kind = text[0];
  text.remove_prefix(1);
  switch (kind) {
    case '?':
      return answer(stop_reply());
    case 'g':
      return answer(read_registers());
    case 'G':
      return done(write_registers(text));
    case 'p':
      return answer(read_register(text));
    case 'P':
      return done(write_register(text));
    case 'm':
      return answer(read_memory(text));
    case 'M':
      return done(write_memory(text, false));
    case 'X':
      return done(write_memory(text, true));
    case 'Z':
      return answer(set_point(text, true));
    case 'z':
      return answer(set_point(text, false));
    case 'q':
      return answer(query(text));
    case 'H':
    case 'T':
      return answer(kOk);
    case 'c':
      return jump(text, Action::Continue);
    case 's':
      return jump(text, Action::Step);
    case 'C':
      return go(Action::Continue);
    case 'S':
      return go(Action::Step);
    case 'D':
      return {{kOk}, Action::Detach, 0, 0};
    case 'k':
      return go(Action::Kill);
    default:
      return answer("");
  }
}

}  // namespace systole::gdb
