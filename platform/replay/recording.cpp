// A line of text, then parts: tag (4 characters), length (32 bit), payload, CRC-32 of tag and
// payload.
//   HEAD  JSON: versions, command, configuration, engines
//   EVNT  events, as bytes below; any number of parts, no event is split
//   PAGE  pairs of page number (less the one before) and 64-bit hash
//   TAIL  JSON: totals. The last one; a file without is incomplete.
// Numbers in EVNT and PAGE are LEB128 unless a width is given. An event is its kind (a byte), then
//   Doorbell   engine, count, then each descriptor: 128 bits that say which of its bytes differ
//              from those of the engine's previous one (at first: zeros), then those bytes
//   Interrupt  engine, count         Character  value          Pause   value
//   Read       addr                  Write      addr, value    Memory  addr, length, bytes
#include "platform/replay/recording.h"

#include <boost/crc.hpp>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tlm/gen/engine_regs.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kMagic = "systole recording ";
constexpr size_t kChunkBytes = 1u << 20;
constexpr uint64_t kMostBytes = uint64_t{1} << 32;  ///< of one Memory event
constexpr size_t kMostEngines = 64;

uint32_t checksum(const std::string& tag, const std::string& bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(tag.data(), tag.size());
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

void put32(std::string& out, uint32_t value) {
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i));
}

void put(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void put_chunk(std::string& out, const char* tag, const std::string& payload) {
  out += tag;
  put32(out, static_cast<uint32_t>(payload.size()));
  out += payload;
  put32(out, checksum(tag, payload));
}

void put_descriptor(std::string& out, const DescriptorBytes& d, DescriptorBytes& before) {
  std::string bytes;
  for (size_t i = 0; i < d.size(); i += 8) {
    uint8_t mask = 0;
    for (size_t bit = 0; bit < 8; ++bit) {
      if (d[i + bit] == before[i + bit]) continue;
      mask |= static_cast<uint8_t>(1u << bit);
      bytes += static_cast<char>(d[i + bit]);
    }
    out += static_cast<char>(mask);
  }
  out += bytes;
  before = d;
}

/// Takes bytes from the front of a chunk.
class Reader {
 public:
  Reader(const std::string& bytes, std::string where) : bytes_(bytes), where_(std::move(where)) {}
  bool done() const { return at_ == bytes_.size(); }
  [[noreturn]] void refuse(const std::string& what) const {
    throw RecordingError(where_ + ": damaged: " + what + " (byte " + std::to_string(at_) +
                         " of its chunk)");
  }
  uint8_t byte() {
    if (done()) refuse("it ends within an event");
    return static_cast<uint8_t>(bytes_[at_++]);
  }
  uint64_t number(uint64_t most = ~uint64_t{0}) {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const uint8_t b = byte();
      if (shift > 63 || (shift == 63 && b > 1)) refuse("a number has more than 64 bits");
      value |= uint64_t{b & 0x7fu} << shift;
      if (b < 0x80) break;
    }
    if (value > most) refuse("the number " + std::to_string(value) + " is out of range");
    return value;
  }
  const char* block(uint64_t bytes) {
    if (bytes > bytes_.size() - at_) refuse("it ends within an event");
    at_ += bytes;
    return bytes_.data() + (at_ - bytes);
  }

 private:
  const std::string& bytes_;
  std::string where_;
  size_t at_ = 0;
};

DescriptorBytes take_descriptor(Reader& in, const DescriptorBytes& before) {
  DescriptorBytes d = before;
  std::array<uint8_t, 16> masks;
  for (uint8_t& mask : masks) mask = in.byte();
  for (size_t i = 0; i < d.size(); ++i)
    if (masks[i / 8] >> (i % 8) & 1) d[i] = in.byte();
  return d;
}

void take_events(Reader& in, Recording& r) {
  constexpr uint64_t most_addr = (uint64_t{1} << 40) - 1;
  while (!in.done()) {
    RecordedEvent e;
    const uint8_t kind = in.byte();
    if (kind > RecordedEvent::Memory) in.refuse("no event is of kind " + std::to_string(kind));
    e.kind = static_cast<RecordedEvent::Kind>(kind);
    switch (e.kind) {
      case RecordedEvent::Doorbell:
      case RecordedEvent::Interrupt: {
        e.engine = static_cast<uint32_t>(in.number(r.engines.size() - 1));
        auto& list = r.descriptors[e.engine];
        const uint32_t units = r.engines[e.engine].ring_units;
        if (units == 0) in.refuse("an event of an engine without a ring");
        if (e.kind == RecordedEvent::Interrupt) {
          e.value = in.number(list.size());
          break;
        }
        e.value = in.number(units / 2 - 1);
        if (e.value == 0) in.refuse("a doorbell for nothing");
        for (uint64_t i = 0; i < e.value; ++i)
          list.push_back(take_descriptor(in, list.empty() ? DescriptorBytes{} : list.back()));
        break;
      }
      case RecordedEvent::Character:
        e.value = in.number(255);
        break;
      case RecordedEvent::Pause:
        e.value = in.number(uint64_t{1} << 40);
        break;
      case RecordedEvent::Write:
      case RecordedEvent::Read:
        e.addr = in.number(most_addr);
        if (e.addr % 4 != 0) in.refuse("a misaligned register");
        if (e.kind == RecordedEvent::Write) e.value = in.number(0xffffffff);
        break;
      case RecordedEvent::Memory: {
        e.addr = in.number(most_addr);
        const uint64_t bytes = in.number(kMostBytes);
        const char* from = in.block(bytes);
        e.data.assign(from, from + bytes);
        break;
      }
    }
    r.events.push_back(std::move(e));
  }
}

void take_head(const Json& head, const std::string& name, Recording& r) {
  const uint32_t map_version = head.at("map_version").get<uint32_t>();
  if (map_version >> 16 != hw::ENGINE_VERSION_VALUE >> 16) {
    throw RecordingError(name + ": is of register map version " +
                         std::to_string(map_version >> 16) +
                         "; legal: " + std::to_string(hw::ENGINE_VERSION_VALUE >> 16));
  }
  r.command = head.at("command").get<std::string>();
  r.config = head.at("config");
  r.has_data = head.at("data").get<bool>();
  for (const Json& entry : head.at("engines")) {
    RecordedEngine e;
    e.kind = entry.at("kind").get<std::string>();
    e.instance = entry.at("instance").get<unsigned>();
    e.ring_base = entry.at("ring_base").get<uint64_t>();
    e.ring_units = entry.at("ring_units").get<uint32_t>();
    e.irq_enable = entry.at("irq_enable").get<uint32_t>();
    const uint32_t units = e.ring_units;
    const bool ring_fits = units == 0 || (units >= 4 && units <= 65536 && !(units & (units - 1)) &&
                                          e.ring_base % 64 == 0 && e.ring_base >> 40 == 0);
    if (!ring_fits || (e.kind != "gemm" && e.kind != "vpu" && e.kind != "dma"))
      throw RecordingError(name + ": damaged: an engine that cannot be in its head");
    r.engines.push_back(e);
  }
  if (r.engines.empty() || r.engines.size() > kMostEngines)
    throw RecordingError(name + ": damaged: it has " + std::to_string(r.engines.size()) +
                         " engines");
  r.descriptors.resize(r.engines.size());
}

Json parse(const std::string& payload, const std::string& name) {
  Json json = Json::parse(payload, nullptr, false);
  if (!json.is_object()) throw RecordingError(name + ": damaged: a part of it is not JSON");
  return json;
}

}  // namespace

std::string encode_recording(const Recording& r) {
  std::string out = kMagic + std::to_string(Recording::kVersion) + "\n";
  Json head;
  head["map_version"] = hw::ENGINE_VERSION_VALUE;
  head["command"] = r.command;
  head["data"] = r.has_data;
  head["engines"] = Json::array();
  for (const RecordedEngine& e : r.engines) {
    head["engines"].push_back({{"kind", e.kind},
                               {"instance", e.instance},
                               {"ring_base", e.ring_base},
                               {"ring_units", e.ring_units},
                               {"irq_enable", e.irq_enable}});
  }
  head["config"] = r.config;
  put_chunk(out, "HEAD", head.dump(-1, ' ', false, Json::error_handler_t::replace));

  std::string events;
  std::vector<size_t> next(r.engines.size(), 0);
  std::vector<DescriptorBytes> before(r.engines.size());
  for (const RecordedEvent& e : r.events) {
    events += static_cast<char>(e.kind);
    switch (e.kind) {
      case RecordedEvent::Doorbell:
        put(events, e.engine);
        put(events, e.value);
        for (uint64_t i = 0; i < e.value; ++i)
          put_descriptor(events, r.descriptors[e.engine][next[e.engine]++], before[e.engine]);
        break;
      case RecordedEvent::Interrupt:
        put(events, e.engine);
        put(events, e.value);
        break;
      case RecordedEvent::Character:
      case RecordedEvent::Pause:
        put(events, e.value);
        break;
      case RecordedEvent::Read:
        put(events, e.addr);
        break;
      case RecordedEvent::Write:
        put(events, e.addr);
        put(events, e.value);
        break;
      case RecordedEvent::Memory:
        put(events, e.addr);
        put(events, e.data.size());
        events.append(e.data.begin(), e.data.end());
        break;
    }
    if (events.size() < kChunkBytes) continue;
    put_chunk(out, "EVNT", events);
    events.clear();
  }
  if (!events.empty()) put_chunk(out, "EVNT", events);

  std::string pages;
  uint64_t last = 0;
  for (const auto& [page, hash] : r.pages) {
    put(pages, page - last);
    last = page;
    put32(pages, static_cast<uint32_t>(hash));
    put32(pages, static_cast<uint32_t>(hash >> 32));
  }
  if (!pages.empty()) put_chunk(out, "PAGE", pages);
  Json tail;
  tail["events"] = r.events.size();
  tail["cycles"] = r.cycles;
  put_chunk(out, "TAIL", tail.dump());
  return out;
}

Recording decode_recording(const std::string& bytes, const std::string& name) {
  const size_t line = bytes.find('\n');
  if (bytes.compare(0, std::strlen(kMagic), kMagic) != 0 || line == bytes.npos || line > 40)
    throw RecordingError(name + ": is no recording (it does not begin with '" + kMagic + "')");
  const std::string version = bytes.substr(std::strlen(kMagic), line - std::strlen(kMagic));
  if (version != std::to_string(Recording::kVersion)) {
    throw RecordingError(name + ": is a recording of version " + version +
                         "; legal: " + std::to_string(Recording::kVersion));
  }
  Recording r;
  std::string tag;
  size_t at = line + 1;
  const auto number = [&](size_t from) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i)
      value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[from + i])) << (8 * i);
    return value;
  };
  while (tag != "TAIL") {
    const auto truncated = [&] {
      throw RecordingError(name + ": is truncated: it ends at byte " +
                           std::to_string(bytes.size()) + ", before its last part");
    };
    if (bytes.size() - at < 12) truncated();
    tag = bytes.substr(at, 4);
    const uint64_t length = number(at + 4);
    if (length > bytes.size() - at - 12) truncated();
    const std::string payload = bytes.substr(at + 8, length);
    if (number(at + 8 + length) != checksum(tag, payload))
      throw RecordingError(name + ": damaged: wrong checksum of the part at byte " +
                           std::to_string(at));
    at += 12 + length;
    if (r.engines.empty() != (tag == "HEAD"))
      throw RecordingError(name + ": damaged: part '" + tag + "' is out of place");
    try {
      if (tag == "HEAD") {
        take_head(parse(payload, name), name, r);
      } else if (tag == "EVNT") {
        Reader in(payload, name);
        take_events(in, r);
      } else if (tag == "PAGE") {
        Reader in(payload, name);
        for (uint64_t page = 0; !in.done();) {
          page += in.number(uint64_t{1} << 40);
          uint64_t hash = 0;
          for (int i = 0; i < 8; ++i) hash |= uint64_t{in.byte()} << (8 * i);
          r.pages[page] = hash;
        }
      } else if (tag == "TAIL") {
        const Json tail = parse(payload, name);
        r.cycles = tail.at("cycles").get<uint64_t>();
        if (tail.at("events").get<uint64_t>() != r.events.size())
          throw RecordingError(name + ": damaged: it has " + std::to_string(r.events.size()) +
                               " events and should have " + tail.at("events").dump());
      }  // other parts are for later versions to add
    } catch (const Json::exception& error) {
      throw RecordingError(name + ": damaged: " + error.what());
    }
  }
  if (at != bytes.size())
    throw RecordingError(name + ": damaged: " + std::to_string(bytes.size() - at) +
                         " bytes behind its end");
  return r;
}

void write_recording(const Recording& recording, const std::string& file) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  const std::string bytes = encode_recording(recording);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw RecordingError(file + ": cannot be written");
}

Recording read_recording(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw RecordingError(file + ": cannot be read");
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  return decode_recording(bytes, file);
}

}  // namespace systole
