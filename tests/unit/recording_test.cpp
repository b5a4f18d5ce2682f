// Recordings as bytes: what is written is read again; damage is found, whatever it is.
#include "platform/replay/recording.h"

#include <catch2/catch.hpp>

#include "tests/rtl/support/random.h"

using systole::decode_recording;
using systole::DescriptorBytes;
using systole::encode_recording;
using systole::RecordedEvent;
using systole::Recording;
using systole::RecordingError;
using systole::rtl_test::Random;

namespace {

Recording random_recording(Random& random) {
  Recording r;
  r.command = "test";
  r.config["clock_mhz"] = 1000;
  r.has_data = random.chance(50);
  r.engines = {
      {"gemm", 0, 0x4000'0000, 16, 7}, {"vpu", 1, 0x4000'1000, 64, 1}, {"dma", 0, 0, 0, 0}};
  r.descriptors.resize(3);
  r.cycles = random.next() >> 20;
  for (uint64_t i = random.below(40); i > 0; --i) {
    RecordedEvent e;
    e.kind = static_cast<RecordedEvent::Kind>(random.below(7));
    const bool engine = e.kind == RecordedEvent::Doorbell || e.kind == RecordedEvent::Interrupt;
    e.engine = engine ? static_cast<uint32_t>(random.below(2)) : 0;
    if (e.kind == RecordedEvent::Doorbell) {
      e.value = random.range(1, 7);
      for (uint64_t d = 0; d < e.value; ++d) {
        DescriptorBytes bytes;
        for (uint8_t& b : bytes) b = static_cast<uint8_t>(random.chance(20) ? random.next() : 0);
        r.descriptors[e.engine].push_back(bytes);
      }
    } else if (e.kind == RecordedEvent::Interrupt) {
      e.value = r.descriptors[e.engine].size();
    } else if (e.kind == RecordedEvent::Memory) {
      e.addr = random.below(uint64_t{1} << 40);
      e.data.resize(random.below(200));
      for (uint8_t& b : e.data) b = static_cast<uint8_t>(random.next());
    } else if (e.kind == RecordedEvent::Read || e.kind == RecordedEvent::Write) {
      e.addr = 4 * random.below(uint64_t{1} << 38);
      e.value = e.kind == RecordedEvent::Write ? random.next() & 0xffffffff : 0;
    } else {
      e.value = random.below(256);
    }
    r.events.push_back(e);
  }
  for (uint64_t i = random.below(20); i > 0; --i) r.pages[random.below(1u << 28)] = random.next();
  return r;
}

bool same(const Recording& a, const Recording& b) {
  bool equal = a.command == b.command && a.config == b.config && a.has_data == b.has_data &&
               a.descriptors == b.descriptors && a.cycles == b.cycles && a.pages == b.pages &&
               a.engines.size() == b.engines.size() && a.events.size() == b.events.size();
  for (size_t i = 0; equal && i < a.engines.size(); ++i)
    equal = a.engines[i].kind == b.engines[i].kind &&
            a.engines[i].instance == b.engines[i].instance &&
            a.engines[i].ring_base == b.engines[i].ring_base &&
            a.engines[i].ring_units == b.engines[i].ring_units &&
            a.engines[i].irq_enable == b.engines[i].irq_enable;
  for (size_t i = 0; equal && i < a.events.size(); ++i)
    equal = a.events[i].kind == b.events[i].kind && a.events[i].engine == b.events[i].engine &&
            a.events[i].value == b.events[i].value && a.events[i].addr == b.events[i].addr &&
            a.events[i].data == b.events[i].data;
  return equal;
}

}  // namespace

TEST_CASE("a recording survives the way through its bytes", "[recording]") {
  const uint64_t seed = 5;
  CAPTURE(seed);
  Random random(seed);
  for (int i = 0; i < 200; ++i) {
    const Recording r = random_recording(random);
    CHECK(same(decode_recording(encode_recording(r), "r"), r));
  }
}

TEST_CASE("a damaged recording is refused with words, never taken", "[recording]") {
  const uint64_t seed = 6;
  CAPTURE(seed);
  Random random(seed);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = encode_recording(random_recording(random));
    switch (random.below(4)) {
      case 0:  // a bit, behind the first line
        bytes[20 + random.below(bytes.size() - 20)] ^= static_cast<char>(1u << random.below(8));
        break;
      case 1:
        bytes.resize(random.below(bytes.size()));
        break;
      case 2:
        bytes.insert(20 + random.below(bytes.size() - 20), 1, static_cast<char>(random.next()));
        break;
      default:
        bytes.erase(20 + random.below(bytes.size() - 20), 1 + random.below(30));
    }
    std::string message;
    try {
      (void)decode_recording(bytes, "file.rec");
    } catch (const RecordingError& error) {
      message = error.what();
    }
    CHECK_THAT(message, Catch::StartsWith("file.rec: "));
  }
}
