// Packets and their answers, without a socket; and 100 000 mutated packets.
#include "tlm/cpu/gdb/stub.h"

#include <catch2/catch.hpp>
#include <random>

#include "tests/unit/gdb/fake_target.h"
#include "tlm/cpu/gdb/packet.h"
#include "tlm/cpu/gdb/registers.h"

using Catch::Contains;
using Catch::StartsWith;
using namespace systole::gdb;
using systole::test::FakeTarget;

namespace {

std::string answer(Stub& stub, const std::string& packet) {
  const Reply reply = stub.handle(packet);
  REQUIRE(reply.packets.size() == 1);
  CHECK(reply.action == Action::Stay);
  return reply.packets[0];
}

std::vector<Input> feed(PacketReader& reader, const std::string& bytes) {
  std::vector<Input> seen;
  for (const char byte : bytes) {
    const Input input = reader.feed(byte);
    if (input != Input::Nothing) seen.push_back(input);
  }
  return seen;
}

}  // namespace

TEST_CASE("GDB packets: frames are read back, special bytes and all") {
  PacketReader reader;
  std::string payload;
  for (int byte = 0; byte < 256; ++byte) payload += static_cast<char>(byte);
  CHECK(feed(reader, frame(payload)) == std::vector<Input>{Input::Packet});
  CHECK(reader.packet() == payload);
  CHECK(frame("OK") == "$OK#9a");
  CHECK(feed(reader, "+-\3garbage$g#67") ==
        std::vector<Input>{Input::Acknowledge, Input::Resend, Input::Interrupt, Input::Packet});
  CHECK(reader.packet() == "g");
}

TEST_CASE("GDB packets: wrong checksums and endless packets are refused, the next one is read") {
  PacketReader reader;
  CHECK(feed(reader, "$g#68") == std::vector<Input>{Input::BadPacket});
  CHECK(feed(reader, "$g#zz") == std::vector<Input>{Input::BadPacket});
  CHECK(feed(reader, frame(std::string(kMaxPacket + 1, 'a'))) ==
        std::vector<Input>{Input::BadPacket});
  CHECK(feed(reader, frame(std::string(kMaxPacket, 'a'))) == std::vector<Input>{Input::Packet});
  CHECK(feed(reader, "$half a packet$g#67") == std::vector<Input>{Input::Packet});
}

TEST_CASE("GDB stub: registers") {
  FakeTarget target;
  Stub stub(target);
  target.registers[1] = 0x1122334455667788;
  target.registers[kPc] = 0x80000000;
  const std::string all = answer(stub, "g");
  CHECK(all.size() == 65 * 16);
  CHECK(all.substr(16, 16) == "8877665544332211");
  CHECK(answer(stub, "p1") == "8877665544332211");
  CHECK(answer(stub, "p41").size() == 8);  // fflags
  CHECK(answer(stub, "P2=0100000000000000") == "OK");
  CHECK(target.registers[2] == 1);
  CHECK(answer(stub, "P2=01") == "E01");
  CHECK(answer(stub, "pffff") == "E01");
  CHECK(answer(stub, "G" + std::string(65 * 16, '1')) == "OK");
  CHECK(target.registers[64] == 0x1111111111111111);
  CHECK(answer(stub, "G123") == "E01");
}

TEST_CASE("GDB stub: memory, also what is not there") {
  FakeTarget target;
  Stub stub(target);
  CHECK(answer(stub, "M80000010,3:aabbcc") == "OK");
  CHECK(answer(stub, "m80000010,4") == "aabbcc00");
  CHECK(answer(stub, std::string("X80000010,2:\x01#")) == "OK");
  CHECK(answer(stub, "m80000010,3") == "0123cc");
  CHECK(answer(stub, "X80000010,0:") == "OK");
  for (const char* bad : {"m0,4", "m8000ffff,2", "m80000000", "m80000000,", "m,4", "m80000000,5000",
                          "mffffffffffffffff,2", "m10000000080000000,4", "M80000000,2:aa",
                          "M80000000,1:zz", "X80000000,3:a", "m80000000,4x"}) {
    INFO(bad);
    CHECK(answer(stub, bad) == "E01");
  }
}

TEST_CASE("GDB stub: break- and watchpoints come and go, a new client starts without") {
  FakeTarget target;
  Stub stub(target);
  CHECK(answer(stub, "Z0,80000000,2") == "OK");
  CHECK(answer(stub, "Z2,11000038,4") == "OK");
  CHECK(target.points.count({PointKind::Write, 0x11000038, 4}) == 1);
  CHECK(answer(stub, "z2,11000038,4") == "OK");
  CHECK(target.points.size() == 1);
  CHECK(answer(stub, "Z7,0,1").empty());
  CHECK(answer(stub, "Z0,80000000") == "E01");
  stub.connected();
  CHECK(target.points.empty());
}

TEST_CASE("GDB stub: what lets the program go on") {
  FakeTarget target;
  Stub stub(target);
  const std::pair<const char*, Action> cases[] = {
      {"c", Action::Continue},       {"s", Action::Step},         {"C05", Action::Continue},
      {"vCont;c", Action::Continue}, {"vCont;s:1", Action::Step}, {"vCont;s:1;c", Action::Step},
      {"D", Action::Detach},         {"k", Action::Kill},         {"vKill;1", Action::Kill}};
  for (const auto& [packet, action] : cases) {
    INFO(packet);
    CHECK(stub.handle(packet).action == action);
  }
  const Reply range = stub.handle("vCont;r80000000,80000010:1");
  CHECK(range.action == Action::StepRange);
  CHECK(range.range_end == 0x80000010);
  CHECK(stub.handle("c80001234").action == Action::Continue);
  CHECK(target.registers[kPc] == 0x80001234);
  for (const char* bad : {"vCont;", "vCont;x", "vCont;r1", "vCont;r1,2,3", "czz"}) {
    INFO(bad);
    CHECK(answer(stub, bad) == "E01");
  }
}

TEST_CASE("GDB stub: stops say why") {
  FakeTarget target;
  Stub stub(target);
  StopEvent event;
  CHECK(stub.stopped(event) == "T05thread:1;");
  event.at = StopEvent::At::Watchpoint;
  event.kind = PointKind::Read;
  event.addr = 0x11000038;
  CHECK(stub.stopped(event) == "T05rwatch:11000038;thread:1;");
  CHECK(answer(stub, "?") == "T05rwatch:11000038;thread:1;");
  event.at = StopEvent::At::Breakpoint;
  event.kind = PointKind::Hardware;
  CHECK(stub.stopped(event) == "T05thread:1;");
  CHECK_THAT(answer(stub, "qSupported:swbreak+;hwbreak+"), Contains("PacketSize=4000"));
  CHECK(stub.stopped(event) == "T05hwbreak:;thread:1;");
}

TEST_CASE("GDB stub: the target description comes in pieces and has every register") {
  FakeTarget target;
  Stub stub(target);
  std::string xml;
  for (;;) {
    char packet[64];
    std::snprintf(packet, sizeof packet, "qXfer:features:read:target.xml:%zx,100", xml.size());
    const std::string piece = answer(stub, packet);
    xml += piece.substr(1);
    if (piece[0] == 'l') break;
    REQUIRE(piece[0] == 'm');
    REQUIRE(piece.size() == 0x101);
  }
  CHECK_THAT(xml, Contains("riscv:rv64") && Contains("\"mstatus\"") && Contains("\"ft11\""));
  size_t registers = 0;
  for (size_t at = xml.find("<reg "); at != std::string::npos; at = xml.find("<reg ", at + 1))
    ++registers;
  CHECK(registers == register_count());
  CHECK(answer(stub, "qXfer:features:read:other.xml:0,10") == "E00");
  CHECK(answer(stub, "qXfer:features:read:target.xml:fffffff,10") == "E01");
}

TEST_CASE("GDB stub: monitor commands answer in lines, long ones in several packets") {
  FakeTarget target;
  Stub stub(target);
  target.said = std::string(3 * kMaxPacket, 'x');
  const Reply reply = stub.handle("qRcmd,68656c70");
  REQUIRE(reply.packets.size() > 2);
  CHECK(reply.packets.back() == "OK");
  std::string text;
  for (size_t i = 0; i + 1 < reply.packets.size(); ++i) {
    CHECK(reply.packets[i].size() <= kMaxPacket);
    text += from_hex(reply.packets[i].substr(1)).value();
  }
  CHECK(text == "help: " + target.said);
  CHECK(answer(stub, "qRcmd,6") == "E01");
}

TEST_CASE("GDB stub: 100 000 mutated packets do no harm") {
  const std::vector<std::string> seeds = {"g",
                                          "p20",
                                          "P20=0000008000000000",
                                          "m80000000,40",
                                          "c",
                                          "?",
                                          "M80000000,4:01020304",
                                          "X80000000,4:abcd",
                                          "Z0,80000000,4",
                                          "z1,80000000,2",
                                          "Z2,11000038,4",
                                          "vCont;s:1;c",
                                          "vCont;r80000000,80000010:1",
                                          "qSupported:swbreak+",
                                          "qRcmd,68656c70",
                                          "qXfer:features:read:target.xml:0,ffb",
                                          "Hg0",
                                          "D;1",
                                          "vKill;1",
                                          "G" + std::string(65 * 16, '0')};
  const unsigned seed = 20240607;
  CAPTURE(seed);
  std::mt19937 random(seed);
  FakeTarget target;
  Stub stub(target);
  PacketReader reader;
  unsigned packets = 0;
  for (int round = 0; round < 100000; ++round) {
    std::string bytes = seeds[random() % seeds.size()];
    const bool framed = random() % 4 != 0;  // mutated inside a good frame, or outside and in
    if (!framed) bytes = frame(bytes);
    for (unsigned changes = random() % 6; changes > 0 && !bytes.empty(); --changes) {
      const size_t at = random() % bytes.size();
      const unsigned how = random() % 5;
      const char byte = "0123456789abcdef,:;=#$}*\3\x7f\xff"[random() % 28];
      if (how == 0) bytes[at] = static_cast<char>(random());
      if (how == 1) bytes[at] = byte;
      if (how == 2) bytes.insert(at, 1 + random() % 20, byte);
      if (how == 3) bytes.erase(at, 1 + random() % 4);
      if (how == 4) bytes = bytes.substr(0, at);
    }
    if (framed) bytes = frame(bytes);
    for (const char byte : bytes) {
      if (reader.feed(byte) != Input::Packet) continue;
      ++packets;
      for (const std::string& payload : stub.handle(reader.packet()).packets)
        if (payload.size() > kMaxPacket) FAIL("an answer of " << payload.size() << " bytes");
    }
  }
  CHECK(packets > 50000);
}
