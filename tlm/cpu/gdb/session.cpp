#include "tlm/cpu/gdb/session.h"

namespace systole::gdb {

constexpr std::chrono::milliseconds kPatience{100};

Session::Session(Server& server, Target& target, std::function<void(const std::string&)> notice)
    : server_(server), stub_(target), notice_(std::move(notice)) {}

void Session::connect() {
  attached_ = true;
  running_ = false;
  reader_.reset();
  stub_.connected();
  notice_("a debugger is attached");
}

void Session::disconnect() {
  if (attached_) notice_("the debugger has gone");
  attached_ = running_ = false;
  unheard_.clear();
  stub_.connected();  // removes what the client has set
}

void Session::send(const std::string& payload) {
  sent_ = frame(payload);
  server_.send(sent_);
}

bool Session::hear_running() {
  for (;;) {
    for (size_t i = 0; i < unheard_.size(); ++i) {
      if (reader_.feed(unheard_[i]) != Input::Interrupt) continue;  // no packet is due now
      unheard_.erase(0, i + 1);
      return true;
    }
    unheard_.clear();
    Server::Event event = server_.next(std::chrono::milliseconds(0));
    if (event.kind == Server::Event::None) return false;
    if (event.kind == Server::Event::Closed) disconnect();
    if (event.kind == Server::Event::Received) unheard_ = std::move(event.bytes);
    if (event.kind == Server::Event::Connected) {
      connect();
      return true;
    }
  }
}

Reply Session::hear(char byte) {
  switch (reader_.feed(byte)) {
    case Input::Packet:
      break;
    case Input::BadPacket:
      if (!stub_.no_acknowledge()) server_.send("-");
      return {};
    case Input::Resend:
      server_.send(sent_);
      return {};
    default:
      return {};
  }
  if (!stub_.no_acknowledge()) server_.send("+");
  Reply reply = stub_.handle(reader_.packet());
  for (const std::string& payload : reply.packets) send(payload);
  return reply;
}

Reply Session::halted(const StopEvent& event, const std::function<bool()>& abandoned) {
  const std::string stop_reply = stub_.stopped(event);
  if (running_) send(stop_reply);
  running_ = false;
  std::string bytes = std::move(unheard_);
  unheard_.clear();
  for (;;) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      Reply reply = hear(bytes[i]);
      if (reply.action == Action::Stay) continue;
      unheard_ = bytes.substr(i + 1);
      running_ = reply.action != Action::Detach;
      if (reply.action == Action::Detach) {
        stub_.connected();
        attached_ = false;
        notice_("the debugger is detached; the program runs on");
      }
      return reply;
    }
    bytes.clear();
    if (abandoned()) return {{}, Action::Kill, 0, 0};
    Server::Event happened = server_.next(kPatience);
    if (happened.kind == Server::Event::Connected) connect();
    if (happened.kind == Server::Event::Closed) disconnect();
    if (happened.kind == Server::Event::Received) bytes = std::move(happened.bytes);
  }
}

void Session::ended(uint8_t code) {
  if (attached_ && running_) send("W" + to_hex(&code, 1));
}

}  // namespace systole::gdb
