#include "platform/replay/recorder.h"

#include <algorithm>
#include <cstring>

#include "sw_driver/include/soc.h"
#include "tlm/core/address_map.h"
#include "tlm/core/descriptor_header.h"

namespace systole {
namespace {

constexpr uint64_t kPage = Recording::kPageBytes;
constexpr uint64_t kPlicClaim = driver::kPlicBase + 0x200004;  ///< context 0

}  // namespace

Recorder::Recorder(const Config& config, std::string command, bool with_data)
    : config_(config), with_data_(with_data) {
  recording_.config = to_json(config);
  recording_.command = std::move(command);
  recording_.has_data = with_data;
  for (const Soc::EngineInfo& info : engine_infos(config)) {
    engines_.push_back({info, 0, {}, 0});
    recording_.engines.push_back({info.kind, info.instance, 0, 0, 0});
  }
  recording_.descriptors.resize(engines_.size());
}

MapMemory Recorder::mapper() {
  return [this](uint64_t addr, uint64_t bytes) {
    return static_cast<uint8_t*>(hal_->map(addr, bytes));
  };
}

void Recorder::attach(PortHal& hal) {
  hal_ = &hal;
  hal.observe(this);
}

void Recorder::detach() {
  if (!hal_) return;
  settle();
  recording_.cycles = end_ - begin_;
  if (with_data_) recording_.pages = results_.hashes(mapper());
  hal_->observe(nullptr);
  hal_ = nullptr;
}

void Recorder::event(RecordedEvent::Kind kind, uint32_t engine, uint64_t value, uint64_t addr) {
  if (!started_) return;
  RecordedEvent e;
  e.kind = kind;
  e.engine = engine;
  e.value = value;
  e.addr = addr;
  recording_.events.push_back(std::move(e));
}

Recorder::Engine* Recorder::engine_at(uint64_t addr, uint32_t* offset) {
  for (Engine& engine : engines_) {
    if (addr < engine.info.base || addr - engine.info.base >= address_map::kEngineBytes) continue;
    *offset = static_cast<uint32_t>(addr - engine.info.base);
    return &engine;
  }
  return nullptr;
}

// ------------------------------------------------------------------ accesses

void Recorder::before_write(uint64_t addr, uint32_t value) {
  uint32_t offset = 0;
  Engine* const engine = engine_at(addr, &offset);
  if (engine && offset == hw::ENGINE_TAIL_OFFSET) doorbell(*engine, value);
}

void Recorder::on_write(uint64_t addr, uint32_t value) {
  uint32_t offset = 0;
  Engine* const engine = engine_at(addr, &offset);
  const bool served = serving_ >= 0 && engine == &engines_[static_cast<size_t>(serving_)] &&
                      offset == hw::ENGINE_IRQ_STATUS_OFFSET;
  if (addr == kPlicClaim && serving_ >= 0) {
    end_ = hal_->now_cycles();
    serving_ = -1;
  } else if (engine && offset == hw::ENGINE_TAIL_OFFSET) {
    end_ = hal_->now_cycles();
  } else if (engine && !served) {
    set_up(*engine, offset, value);
  } else if (!served) {
    event(RecordedEvent::Write, 0, value, addr);
  }
  settle();
}

void Recorder::on_read(uint64_t addr, uint32_t value) {
  if (addr == kPlicClaim && value >= address_map::kEngineIrq &&
      value - address_map::kEngineIrq < engines_.size()) {
    settle();
    const uint32_t index = value - address_map::kEngineIrq;
    serving_ = static_cast<int>(index);
    event(RecordedEvent::Interrupt, index, engines_[index].interrupted);
  } else if (serving_ < 0) {
    event(RecordedEvent::Read, 0, 0, addr);
  }
  settle();
}

void Recorder::on_pause(uint64_t cycles) {
  event(RecordedEvent::Pause, 0, cycles);
  settle();
}

void Recorder::on_putc(char c) {
  event(RecordedEvent::Character, 0, static_cast<uint8_t>(c));
  settle();
}

/// A register of an engine other than TAIL.
void Recorder::set_up(Engine& engine, uint32_t offset, uint32_t value) {
  RecordedEngine& e = recording_.engines[static_cast<size_t>(&engine - engines_.data())];
  if (started_) {
    if (problem_.empty() && offset != hw::ENGINE_IRQ_STATUS_OFFSET)
      problem_ = "the driver has set up " + e.kind + "[" + std::to_string(e.instance) +
                 "] anew at cycle " + std::to_string(hal_->now_cycles());
    return;
  }
  switch (offset) {
    case hw::ENGINE_RING_BASE_LO_OFFSET:
      e.ring_base = (e.ring_base >> 32 << 32) | value;
      break;
    case hw::ENGINE_RING_BASE_HI_OFFSET:
      e.ring_base = (e.ring_base & 0xffffffff) | uint64_t{value} << 32;
      break;
    case hw::ENGINE_RING_SIZE_OFFSET:
      e.ring_units = value;
      break;
    case hw::ENGINE_IRQ_ENABLE_OFFSET:
      e.irq_enable = value;
      break;
    default:
      break;
  }
}

void Recorder::doorbell(Engine& engine, uint32_t tail) {
  const auto index = static_cast<uint32_t>(&engine - engines_.data());
  const RecordedEngine& e = recording_.engines[index];
  const uint32_t mask = e.ring_units - 1;
  const uint64_t count = ((tail - engine.tail) & mask) / hw::DESC_UNITS;
  const uint8_t* const ring = mapper()(e.ring_base, uint64_t{e.ring_units} * 64);
  if (tail > mask || count == 0 || !ring) return;
  if (!started_) {
    started_ = true;
    begin_ = hal_->now_cycles();
  }
  find_changes();
  const ByteRanges excluded = not_the_cpus();
  std::vector<Flight> flights;
  for (uint64_t i = 0; i < count; ++i) {
    DescriptorBytes d;
    for (uint32_t unit = 0; unit < hw::DESC_UNITS; ++unit)
      std::memcpy(d.data() + size_t{unit} * 64, ring + size_t{(engine.tail + unit) & mask} * 64,
                  64);
    engine.tail = (engine.tail + hw::DESC_UNITS) & mask;
    recording_.descriptors[index].push_back(d);
    const hw::DescriptorHeader h = header_of(d.data());
    Flight flight;
    flight.index = recording_.descriptors[index].size();
    flight.flags = h.flags;
    flight.signal_addr = h.signal_addr;
    flight.signal_value = h.signal_value;
    if (h.flags & hw::DESC_FLAG_WAIT) touch_word(h.wait_addr);
    if (h.flags & hw::DESC_FLAG_SIGNAL) touch_word(h.signal_addr);
    if (h.flags & hw::DESC_FLAG_COMPLETE) {
      touch_word(h.completion_addr);
      touch_word(h.completion_addr + 4);
    }
    const std::vector<Span> spans =
        with_data_ ? footprint(e.kind, d.data(), static_cast<uint32_t>(config_.gemm.rows),
                               static_cast<uint32_t>(config_.gemm.cols))
                   : std::vector<Span>();
    for (const Span& span : spans) {
      for (uint64_t row = 0; row < span.rows; ++row)
        for (uint64_t page = span.row(row) / kPage; page * kPage < span.row(row) + span.row_bytes;
             ++page)
          touch_page(page, excluded);
      if (!span.write) continue;
      flight.writes.push_back(span);
      results_.add(span);
    }
    flights.push_back(std::move(flight));
  }
  for (Flight& flight : flights) engine.flying.push_back(std::move(flight));
  event(RecordedEvent::Doorbell, index, count);
}

// ------------------------------------------------------------------ memory

/// Takes note of what has completed: its results are not the CPU's doing.
void Recorder::settle() {
  if (!started_ || !hal_) return;
  for (Engine& engine : engines_) {
    size_t done = 0;
    for (size_t i = 0; i < engine.flying.size(); ++i) {
      const Flight& flight = engine.flying[i];
      if (!(flight.flags & hw::DESC_FLAG_SIGNAL)) continue;
      uint32_t word = 0;
      if (const uint8_t* host = mapper()(flight.signal_addr, 4)) std::memcpy(&word, host, 4);
      if (static_cast<int32_t>(word - flight.signal_value) >= 0) done = i + 1;
    }
    for (; done > 0; --done) {
      const Flight& flight = engine.flying.front();
      for (const Span& span : flight.writes) {
        for (uint64_t row = 0; row < span.rows; ++row) {
          for (uint64_t at = span.row(row), end = at + span.row_bytes; at < end;) {
            const uint64_t bytes = std::min(end - at, kPage - at % kPage);
            const auto page = copies_.find(at / kPage);
            const uint8_t* const host = mapper()(at, bytes);
            if (page != copies_.end() && host)
              std::memcpy(page->second.data() + at % kPage, host, bytes);
            at += bytes;
          }
        }
      }
      if (flight.flags & hw::DESC_FLAG_IRQ) engine.interrupted = flight.index;
      engine.flying.pop_front();
    }
  }
}

/// Rings, words, and what engines may be writing.
ByteRanges Recorder::not_the_cpus() const {
  ByteRanges ranges;
  for (const RecordedEngine& e : recording_.engines)
    ranges.add(e.ring_base, e.ring_base + uint64_t{e.ring_units} * 64);
  for (const uint64_t word : words_) ranges.add(word, word + 4);
  for (const Engine& engine : engines_)
    for (const Flight& flight : engine.flying)
      for (const Span& span : flight.writes)
        for (uint64_t row = 0; row < span.rows; ++row)
          ranges.add(span.row(row), span.row(row) + span.row_bytes);
  ranges.close();
  return ranges;
}

/// What the CPU has written since the last doorbell, into pages that are known.
void Recorder::find_changes() {
  if (!with_data_) return;
  settle();
  std::vector<uint64_t> changed;
  for (const auto& [page, copy] : copies_) {
    const uint8_t* const host = mapper()(page * kPage, kPage);
    if (host && std::memcmp(host, copy.data(), kPage) != 0) changed.push_back(page);
  }
  if (changed.empty()) return;
  const ByteRanges excluded = not_the_cpus();
  for (const uint64_t page : changed) {
    std::vector<uint8_t>& copy = copies_[page];
    const uint8_t* const host = mapper()(page * kPage, kPage);
    constexpr uint64_t kGap = 8;  // bytes that are the same are kept too, if they are few
    for (uint64_t i = 0; i < kPage;) {
      const auto differs = [&](uint64_t at) {
        return at < kPage && host[at] != copy[at] && !excluded.holds(page * kPage + at);
      };
      if (!differs(i)) {
        ++i;
        continue;
      }
      uint64_t end = i + 1;
      for (uint64_t at = end; at < kPage && at < end + kGap; ++at) {
        if (excluded.holds(page * kPage + at)) break;
        if (differs(at)) end = at + 1;
      }
      keep_memory(page * kPage + i, host + i, end - i);
      std::memcpy(copy.data() + i, host + i, end - i);
      i = end;
    }
  }
}

void Recorder::keep_memory(uint64_t addr, const uint8_t* data, uint64_t bytes) {
  event(RecordedEvent::Memory, 0, 0, addr);
  recording_.events.back().data.assign(data, data + bytes);
}

void Recorder::touch_word(uint64_t addr) {
  if (!words_.insert(addr).second) return;
  const uint8_t* const host = mapper()(addr, 4);
  if (host && std::count(host, host + 4, 0) != 4) keep_memory(addr, host, 4);
}

/// A page that a descriptor touches for the first time is as the CPU has left it.
void Recorder::touch_page(uint64_t page, const ByteRanges& excluded) {
  if (copies_.count(page)) return;
  const uint8_t* const host = mapper()(page * kPage, kPage);
  if (!host) {  // the descriptor fails, in a replay too
    copies_[page] = {};
    return;
  }
  const std::vector<MemoryWindow> windows = program_windows(config_);
  if (problem_.empty() && std::none_of(windows.begin(), windows.end(), [&](const MemoryWindow& w) {
        return w.holds(page * kPage, kPage);
      }))
    problem_ = "a descriptor reads " + std::to_string(page * kPage) + ", which is not DRAM or SPM";
  copies_[page].assign(host, host + kPage);
  for (uint64_t i = 0; i < kPage;) {
    uint64_t end = i;
    for (uint64_t zeros = 0; end + zeros < kPage && zeros < 16;) {
      const uint64_t at = end + zeros;
      if (excluded.holds(page * kPage + at)) break;
      if (host[at]) {
        end = at + 1;
        zeros = 0;
      } else {
        if (end == i) break;
        ++zeros;
      }
    }
    if (end > i) keep_memory(page * kPage + i, host + i, end - i);
    i = std::max(end, i + 1);
  }
}

}  // namespace systole
