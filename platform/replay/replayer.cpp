#include "platform/replay/replayer.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <random>

#include "sw_driver/include/engine.h"
#include "sw_driver/include/soc.h"
#include "tlm/core/descriptor_header.h"
#include "tlm/core/footprint.h"
#include "tlm/dma/dma_arith.h"
#include "tlm/gemm/gemm_arith.h"
#include "tlm/vpu/vpu_arith.h"

namespace systole {
namespace {

constexpr uint64_t kPlicClaim = driver::kPlicBase + 0x200004;  ///< context 0
constexpr uint64_t kPatienceCycles = 10'000'000'000;           ///< for an interrupt
constexpr uint64_t kResetCycles = 1'000'000;

std::string instance(const RecordedEngine& e) {
  return e.kind + "[" + std::to_string(e.instance) + "]";
}

uint8_t check(const std::string& kind, const DescriptorBytes& d, const Config& config) {
  if (header_of(d.data()).opcode == hw::ENGINE_OP_NOP) return 0;
  const auto bytes = static_cast<uint32_t>(config.bus.width_bits / 8);
  if (kind == "gemm") {
    GemmConfig gemm;
    gemm.rows = static_cast<uint32_t>(config.gemm.rows);
    gemm.cols = static_cast<uint32_t>(config.gemm.cols);
    gemm.data_bytes = bytes;
    gemm.a_buffer_bytes = static_cast<uint32_t>(config.gemm.a_buffer_kib * 1024);
    gemm.b_buffer_bytes = static_cast<uint32_t>(config.gemm.b_buffer_kib * 1024);
    gemm.acc_buffer_bytes = static_cast<uint32_t>(config.gemm.acc_buffer_kib * 1024);
    return gemm_check(d.data(), gemm);
  }
  if (kind == "vpu") {
    VpuConfig vpu;
    vpu.lanes = static_cast<uint32_t>(config.vpu.lanes);
    vpu.data_bytes = bytes;
    return vpu_check(d.data(), vpu);
  }
  return dma_check(d.data(), {bytes, static_cast<uint32_t>(config.dma.max_burst_beats)});
}

bool in_memory(const Config& config, uint64_t addr, uint64_t bytes) {
  const std::vector<MemoryWindow> windows = program_windows(config);
  return std::any_of(windows.begin(), windows.end(),
                     [&](const MemoryWindow& w) { return w.holds(addr, bytes); });
}

}  // namespace

void check_replay(const Recording& r, const Config& config, const std::string& name) {
  const auto refuse = [&](const std::string& what) { throw RecordingError(name + ": " + what); };
  const Config recorded = config_of_json(r.config, name);
  if (config.gemm.rows != recorded.gemm.rows || config.gemm.cols != recorded.gemm.cols) {
    refuse("its descriptors are for gemm.rows=" + std::to_string(recorded.gemm.rows) +
           " gemm.cols=" + std::to_string(recorded.gemm.cols) + "; legal: the same");
  }
  const std::vector<Soc::EngineInfo> infos = engine_infos(config);
  for (const RecordedEngine& e : r.engines) {
    if (e.ring_units == 0) continue;
    const bool there = std::any_of(infos.begin(), infos.end(), [&](const Soc::EngineInfo& info) {
      return info.kind == e.kind && info.instance == e.instance;
    });
    if (!there) refuse("uses " + instance(e) + ", which the configuration does not have");
    if (!in_memory(config, e.ring_base, uint64_t{e.ring_units} * 64))
      refuse("the ring of " + instance(e) + " is not in memory; legal: spm.size_kib as recorded");
  }
  for (const RecordedEvent& event : r.events)
    if (event.kind == RecordedEvent::Memory && !in_memory(config, event.addr, event.data.size()))
      refuse(
          "it has data outside of the memory; legal: dram.size_mib and spm.size_kib as recorded");
  for (size_t engine = 0; engine < r.engines.size(); ++engine) {
    const RecordedEngine& e = r.engines[engine];
    for (size_t i = 0; i < r.descriptors[engine].size(); ++i) {
      const DescriptorBytes& d = r.descriptors[engine][i];
      const std::string which = "descriptor " + std::to_string(i) + " of " + instance(e);
      if (check(e.kind, d, recorded)) continue;  // it failed in the run, too
      if (check(e.kind, d, config))
        refuse(which +
               " is not legal for the configuration; legal: buffers as recorded, or larger");
      for (const Span& span : footprint(e.kind, d.data(), static_cast<uint32_t>(config.gemm.rows),
                                        static_cast<uint32_t>(config.gemm.cols))) {
        const bool fits = in_memory(config, span.row(0), span.row_bytes) &&
                          in_memory(config, span.row(span.rows - 1), span.row_bytes);
        if (!fits && in_memory(recorded, span.row(0), span.row_bytes))
          refuse(which +
                 " reaches outside of the memory; legal: dram.size_mib and spm.size_kib as "
                 "recorded");
      }
    }
  }
}

Replayer::Replayer(const Recording& recording, const Config& config, PortHal& hal)
    : recording_(recording), config_(config), hal_(hal) {
  const std::vector<Soc::EngineInfo> infos = engine_infos(config);
  for (const RecordedEngine& e : recording.engines) {
    Engine engine;
    for (const Soc::EngineInfo& info : infos)
      if (info.kind == e.kind && info.instance == e.instance) engine.info = info;
    engines_.push_back(engine);
  }
}

MapMemory Replayer::mapper() {
  return [this](uint64_t addr, uint64_t bytes) {
    return static_cast<uint8_t*>(hal_.map(addr, bytes));
  };
}

std::string Replayer::describe(uint32_t engine) const {
  return instance(recording_.engines[engine]) + " at cycle " + std::to_string(hal_.now_cycles());
}

std::string Replayer::write(const Engine& engine, uint32_t offset, uint32_t value) {
  if (hal_.write32(engine.info.base + offset, value) == driver::Status::Ok) return "";
  return describe(static_cast<uint32_t>(&engine - engines_.data())) + " refuses register " +
         std::to_string(offset);
}

std::string Replayer::set_up() {
  std::string error;
  for (size_t i = 0; i < engines_.size() && error.empty(); ++i) {
    const RecordedEngine& e = recording_.engines[i];
    if (e.ring_units == 0) continue;
    const auto put = [&](uint32_t offset, uint64_t value) {
      if (error.empty()) error = write(engines_[i], offset, static_cast<uint32_t>(value));
    };
    put(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_SOFT_RESET_MASK);
    uint32_t ctrl = 0;
    for (uint64_t waited = 0; error.empty(); waited += 64) {
      const uint64_t addr = engines_[i].info.base + hw::ENGINE_CTRL_OFFSET;
      if (hal_.read32(addr, &ctrl) != driver::Status::Ok || waited > kResetCycles)
        error = describe(static_cast<uint32_t>(i)) + " does not come back from its reset";
      if (!(ctrl & hw::ENGINE_CTRL_SOFT_RESET_MASK)) break;
      hal_.pause(64);
    }
    put(hw::ENGINE_RING_BASE_LO_OFFSET, e.ring_base);
    put(hw::ENGINE_RING_BASE_HI_OFFSET, e.ring_base >> 32);
    put(hw::ENGINE_RING_SIZE_OFFSET, e.ring_units);
    put(hw::ENGINE_IRQ_ENABLE_OFFSET, e.irq_enable);
    put(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_ENABLE_MASK);
  }
  return error;
}

void Replayer::place(Engine& engine, const DescriptorBytes& descriptor) {
  const RecordedEngine& e = recording_.engines[static_cast<size_t>(&engine - engines_.data())];
  for (uint32_t unit = 0; unit < hw::DESC_UNITS; ++unit) {
    const uint64_t at = (engine.tail + unit) & (e.ring_units - 1);
    if (uint8_t* const to = mapper()(e.ring_base + at * 64, 64))
      std::memcpy(to, descriptor.data() + size_t{unit} * 64, 64);
  }
  engine.tail = (engine.tail + hw::DESC_UNITS) & (e.ring_units - 1);
}

std::string Replayer::ring(uint32_t index, uint64_t count) {
  Engine& engine = engines_[index];
  const RecordedEngine& e = recording_.engines[index];
  for (uint64_t i = 0; i < count; ++i) {
    const DescriptorBytes& d = recording_.descriptors[index][engine.rung++];
    place(engine, d);
    if (!recording_.has_data) continue;
    for (const Span& span : footprint(e.kind, d.data(), static_cast<uint32_t>(config_.gemm.rows),
                                      static_cast<uint32_t>(config_.gemm.cols)))
      if (span.write) results_.add(span);
  }
  return write(engine, hw::ENGINE_TAIL_OFFSET, engine.tail);
}

/// The last of the engine's descriptors that has completed and interrupts, as its signal word says.
uint64_t Replayer::interrupted(uint32_t index) {
  Engine& engine = engines_[index];
  const auto& list = recording_.descriptors[index];
  for (uint64_t i = engine.rung; i > engine.served; --i) {
    const hw::DescriptorHeader h = header_of(list[i - 1].data());
    if (!(h.flags & hw::DESC_FLAG_IRQ) || !(h.flags & hw::DESC_FLAG_SIGNAL)) continue;
    uint32_t word = 0;
    if (const uint8_t* host = mapper()(h.signal_addr, 4)) std::memcpy(&word, host, 4);
    if (static_cast<int32_t>(word - h.signal_value) >= 0) return i;
  }
  return engine.served;
}

/// One interrupt, as the driver serves it.
std::string Replayer::serve(uint32_t* source) {
  if (hal_.read32(kPlicClaim, source) != driver::Status::Ok) return "the PLIC does not answer";
  if (*source == 0) return "";
  uint32_t index = 0;
  while (index < engines_.size() && engines_[index].info.irq != *source) ++index;
  std::string error;
  const uint64_t caused = index < engines_.size() ? interrupted(index) : 0;
  if (index < engines_.size()) {
    uint32_t causes = 0;
    const uint64_t addr = engines_[index].info.base + hw::ENGINE_IRQ_STATUS_OFFSET;
    if (hal_.read32(addr, &causes) != driver::Status::Ok)
      return describe(index) + " does not answer";
    if (causes) error = write(engines_[index], hw::ENGINE_IRQ_STATUS_OFFSET, causes);
    if (causes & hw::ENGINE_IRQ_STATUS_ERROR_MASK) error = stopped(index);
    engines_[index].served = caused;
  }
  if (hal_.write32(kPlicClaim, *source) != driver::Status::Ok) return "the PLIC does not answer";
  return error;
}

/// True if an engine has not come to the last descriptor that signals.
bool Replayer::at_work() {
  for (uint32_t engine = 0; engine < engines_.size(); ++engine) {
    const auto& list = recording_.descriptors[engine];
    for (uint64_t i = engines_[engine].rung; i > 0; --i) {
      const hw::DescriptorHeader h = header_of(list[i - 1].data());
      if (!(h.flags & hw::DESC_FLAG_SIGNAL)) continue;
      uint32_t word = 0;
      if (const uint8_t* host = mapper()(h.signal_addr, 4)) std::memcpy(&word, host, 4);
      if (static_cast<int32_t>(word - h.signal_value) < 0) return true;
      break;
    }
  }
  return false;
}

/// Until the engine has interrupted for its descriptor number `index`.
std::string Replayer::await_interrupt(uint32_t engine, uint64_t index) {
  // In the run this interrupt stood for no descriptor: an error, or one that came twice.
  const bool stray = index == engines_[engine].recorded;
  engines_[engine].recorded = index;
  if (stray && (at_work() || hal_.wait_for_interrupt(0))) {
    uint32_t source = 0;
    return hal_.wait_for_interrupt(kPatienceCycles) ? serve(&source) : "";
  }
  while (engines_[engine].served < index) {
    const bool merged = interrupted(engine) >= index && !hal_.wait_for_interrupt(0);
    if (merged) return "";  // one interrupt stood for two
    if (!hal_.wait_for_interrupt(kPatienceCycles)) {
      if (hal_.stopping()) return "";
      return describe(engine) + " does not interrupt for its descriptor " +
             std::to_string(index - 1);
    }
    uint32_t source = 0;
    const std::string error = serve(&source);
    if (!error.empty()) return error;
  }
  return "";
}

std::string Replayer::stopped(uint32_t engine) {
  uint32_t code = 0, low = 0, high = 0;
  const uint64_t base = engines_[engine].info.base;
  (void)hal_.read32(base + hw::ENGINE_ERROR_CODE_OFFSET, &code);
  (void)hal_.read32(base + hw::ENGINE_ERROR_ADDR_LO_OFFSET, &low);
  (void)hal_.read32(base + hw::ENGINE_ERROR_ADDR_HI_OFFSET, &high);
  char text[120];
  std::snprintf(text, sizeof text, " stopped with error code %u (%s), address 0x%llx", code & 0xff,
                driver::fault_text(static_cast<uint8_t>(code)),
                static_cast<unsigned long long>(low | uint64_t{high} << 32));
  return "engine " + describe(engine) + text;
}

std::string Replayer::run() {
  std::string error = set_up();
  bool begun = false;
  uint64_t begin = 0;
  for (const RecordedEvent& e : recording_.events) {
    if (!error.empty() || hal_.stopping()) break;
    switch (e.kind) {
      case RecordedEvent::Doorbell:
        if (!begun) begin = hal_.now_cycles();
        begun = true;
        error = ring(e.engine, e.value);
        cycles_ = hal_.now_cycles() - begin;
        break;
      case RecordedEvent::Interrupt:
        error = await_interrupt(e.engine, e.value);
        cycles_ = hal_.now_cycles() - begin;
        break;
      case RecordedEvent::Character:
        hal_.putc(static_cast<char>(e.value));
        break;
      case RecordedEvent::Pause:
        hal_.pause(e.value);
        break;
      case RecordedEvent::Read: {
        uint32_t value = 0;  // what it reads has decided already
        (void)hal_.read32(e.addr, &value);
        break;
      }
      case RecordedEvent::Write:
        (void)hal_.write32(e.addr, static_cast<uint32_t>(e.value));
        break;
      case RecordedEvent::Memory:
        if (uint8_t* const to = mapper()(e.addr, e.data.size()))
          std::memcpy(to, e.data.data(), e.data.size());
        break;
    }
  }
  return error;
}

std::string Replayer::run_samples(std::vector<Sample>& samples) {
  std::string error = set_up();
  for (Sample& sample : samples) {
    if (!error.empty() || hal_.stopping()) break;
    Engine& engine = engines_[sample.engine];
    DescriptorBytes d = recording_.descriptors[sample.engine][sample.index];
    hw::DescriptorHeader h = header_of(d.data());
    h.flags = hw::DESC_FLAG_IRQ;
    std::memcpy(d.data(), &h, sizeof h);
    place(engine, d);
    const uint64_t begin = hal_.now_cycles();
    error = write(engine, hw::ENGINE_TAIL_OFFSET, engine.tail);
    if (!error.empty()) break;
    if (!hal_.wait_for_interrupt(kPatienceCycles)) {
      if (!hal_.stopping()) error = describe(sample.engine) + " does not interrupt";
      break;
    }
    sample.cycles = hal_.now_cycles() - begin;
    cycles_ += sample.cycles;
    uint32_t source = 0;
    error = serve(&source);
  }
  return error;
}

std::vector<Sample> draw_samples(const Recording& recording, uint64_t count, uint64_t seed) {
  std::vector<Sample> all;
  for (uint32_t engine = 0; engine < recording.engines.size(); ++engine)
    for (uint64_t i = 0; i < recording.descriptors[engine].size(); ++i)
      if (header_of(recording.descriptors[engine][i].data()).opcode != hw::ENGINE_OP_NOP)
        all.push_back({engine, i, 0, 1});
  std::mt19937_64 random(seed);  // its numbers are the same on every machine
  count = std::min<uint64_t>(count, all.size());
  for (uint64_t i = 0; i < count; ++i) std::swap(all[i], all[i + random() % (all.size() - i)]);
  all.resize(count);
  std::sort(all.begin(), all.end(), [](const Sample& a, const Sample& b) {
    return std::pair{a.engine, a.index} < std::pair{b.engine, b.index};
  });
  return all;
}

}  // namespace systole
