// Conversations over a socket: who halts the machine, who leaves it how.
#include "tlm/cpu/gdb/session.h"

#include <boost/asio.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <thread>
#include <vector>

#include "tests/unit/gdb/fake_target.h"

using namespace systole::gdb;
using boost::asio::ip::tcp;
using systole::test::FakeTarget;

namespace {

uint16_t port_of(const Server& server) {
  return static_cast<uint16_t>(
      std::stoul(server.address().substr(server.address().rfind(':') + 1)));
}

using Heard = std::vector<std::string>;

// A debugger's side of the socket. What it hears is kept: Catch2 checks belong to one thread.
class Client {
 public:
  Client(uint16_t port, Heard& heard) : heard_(heard) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
  }
  void send(const std::string& bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }
  void hear() {
    for (;;) {
      char byte;
      boost::system::error_code error;
      if (socket_.read_some(boost::asio::buffer(&byte, 1), error) == 0 || error)
        return heard_.push_back("closed");
      if (reader_.feed(byte) == Input::Packet) return heard_.push_back(reader_.packet());
    }
  }
  void ask(const std::string& payload) {
    send(frame(payload));
    hear();
  }
  void vanish() { socket_.close(); }

 private:
  Heard& heard_;
  boost::asio::io_context io_;
  tcp::socket socket_{io_};
  PacketReader reader_;
};

struct Machine {
  FakeTarget target;
  Server server{"127.0.0.1", 0};
  std::vector<std::string> notices;
  Session session{server, target, [this](const std::string& text) { notices.push_back(text); }};

  Reply halted(const StopEvent& event = {}) {
    return session.halted(event, [] { return false; });
  }
  // Runs until somebody wants it to halt; false: nobody did for ten seconds.
  bool run() {
    for (int i = 0; i < 1000; ++i) {
      if (session.wants_halt()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
};

// The other side of a conversation, in a thread of its own: what it says, and then what it heard.
class Debugger {
 public:
  using Talk = std::function<void(uint16_t port, Heard& heard)>;
  Debugger(const Machine& machine, const Talk& talk)
      : thread_([this, talk, port = port_of(machine.server)] { talk(port, heard_); }) {}
  ~Debugger() { heard(); }
  const Heard& heard() {
    if (thread_.joinable()) thread_.join();
    return heard_;
  }

 private:
  Heard heard_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("GDB session: attach, look, continue, interrupt, detach") {
  Machine machine;
  Debugger debugger(machine, [](uint16_t port, Heard& heard) {
    Client client(port, heard);
    client.ask("?");
    client.ask("QStartNoAckMode");
    client.send(frame("c"));
    client.send("\3");
    client.hear();
    client.send(frame("s"));
    client.hear();
    client.ask("D");
  });
  CHECK(machine.halted().action == Action::Continue);
  CHECK(machine.run());
  StopEvent interrupted;
  interrupted.signal = StopEvent::kInterrupted;
  CHECK(machine.halted(interrupted).action == Action::Step);
  CHECK(machine.halted().action == Action::Detach);
  CHECK(debugger.heard() == Heard{"T05thread:1;", "OK", "T02thread:1;", "T05thread:1;", "OK"});
  CHECK_FALSE(machine.session.attached());
}

TEST_CASE(
    "GDB session: a client that vanishes leaves a halted machine halted, without its points") {
  Machine machine;
  Debugger debuggers(machine, [](uint16_t port, Heard& heard) {
    Client first(port, heard);
    first.ask("Z0,80000000,4");
    first.send("$m8000");
    first.vanish();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    Client second(port, heard);
    second.ask("?");
    second.send(frame("k"));
  });
  CHECK(machine.halted().action == Action::Kill);
  CHECK(machine.target.points.empty());
  CHECK(debuggers.heard() == Heard{"OK", "T05thread:1;"});
}

TEST_CASE("GDB session: a client that vanishes while the machine runs; the next halts it again") {
  Machine machine;
  Debugger debuggers(machine, [](uint16_t port, Heard& heard) {
    {
      Client first(port, heard);
      first.ask("Z1,80000000,4");
      first.send(frame("vCont;c"));
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    Client second(port, heard);
    second.send(frame("D"));
    second.hear();
  });
  CHECK(machine.halted().action == Action::Continue);
  CHECK(machine.run());
  CHECK(machine.target.points.empty());
  CHECK(machine.halted().action == Action::Detach);
  CHECK(debuggers.heard() == Heard{"OK", "OK"});
}

TEST_CASE("GDB session: bad checksums are answered with -, a packet is sent again on -") {
  Machine machine;
  Debugger debugger(machine, [](uint16_t port, Heard& heard) {
    Client client(port, heard);
    client.send("$qC#00$qC#b4");
    client.hear();
    client.send("-");
    client.hear();
    client.send(frame("c"));
  });
  CHECK(machine.halted().action == Action::Continue);
  CHECK(debugger.heard() == Heard{"QC1", "QC1"});
}

TEST_CASE("GDB session: one client at a time; the end is told") {
  Machine machine;
  Debugger debugger(machine, [](uint16_t port, Heard& heard) {
    Client client(port, heard);
    client.ask("qC");
    Client other(port, heard);
    other.hear();
    client.send(frame("c"));
    client.hear();
  });
  CHECK(machine.halted().action == Action::Continue);
  machine.session.ended(3);
  CHECK(debugger.heard() == Heard{"QC1", "closed", "W03"});
}

TEST_CASE("GDB session: a port in use, and what is no address, are refused with their name") {
  const Server first("127.0.0.1", 0);
  CHECK_THROWS_WITH(Server("127.0.0.1", port_of(first)),
                    Catch::Contains(first.address()) && Catch::Contains("in use"));
  CHECK_THROWS_WITH(Server("no such host", 0), Catch::Contains("no such host:0"));
}

TEST_CASE("GDB session: an abandoned run ends though nobody answers") {
  Machine machine;
  CHECK(machine.session.halted({}, [] { return true; }).action == Action::Kill);
}
