#include "tests/cosim/campaign/campaign.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tlm/core/byte_ranges.h"
#include "tlm/core/descriptor_header.h"

namespace systole::test::campaign {
namespace {

constexpr uint64_t kPollCycles = 100;
constexpr uint64_t kStillCycles = 4000;       ///< nothing but waits for so long: they last
constexpr uint64_t kLimitCycles = 3'000'000;  ///< a round that takes longer hangs

constexpr uint32_t kRegisters[] = {hw::ENGINE_ID_OFFSET,
                                   hw::ENGINE_VERSION_OFFSET,
                                   hw::ENGINE_CTRL_OFFSET,
                                   hw::ENGINE_STATUS_OFFSET,
                                   hw::ENGINE_IRQ_STATUS_OFFSET,
                                   hw::ENGINE_IRQ_ENABLE_OFFSET,
                                   hw::ENGINE_ERROR_CODE_OFFSET,
                                   hw::ENGINE_ERROR_ADDR_LO_OFFSET,
                                   hw::ENGINE_ERROR_ADDR_HI_OFFSET,
                                   hw::ENGINE_RING_BASE_LO_OFFSET,
                                   hw::ENGINE_RING_BASE_HI_OFFSET,
                                   hw::ENGINE_RING_SIZE_OFFSET,
                                   hw::ENGINE_HEAD_OFFSET,
                                   hw::ENGINE_TAIL_OFFSET,
                                   hw::ENGINE_CONFIG_OFFSET(0),
                                   hw::ENGINE_CONFIG_OFFSET(1),
                                   hw::ENGINE_CONFIG_OFFSET(2),
                                   hw::ENGINE_CONFIG_OFFSET(3),
                                   hw::ENGINE_CONFIG_OFFSET(4),
                                   hw::ENGINE_CONFIG_OFFSET(5),
                                   hw::ENGINE_CONFIG_OFFSET(6),
                                   hw::ENGINE_CONFIG_OFFSET(7)};
constexpr size_t kCtrl = 2, kStatus = 3, kErrorCode = 6, kErrorAddr = 7, kHead = 12, kTail = 13;
/// Of the registers above; the counters that follow them as differences over the round.
constexpr const char* kRegisterNames[] = {
    "ID",         "VERSION",       "CTRL",          "STATUS",       "IRQ_STATUS",   "IRQ_ENABLE",
    "ERROR_CODE", "ERROR_ADDR_LO", "ERROR_ADDR_HI", "RING_BASE_LO", "RING_BASE_HI", "RING_SIZE",
    "HEAD",       "TAIL",          "CONFIG0",       "CONFIG1",      "CONFIG2",      "CONFIG3",
    "CONFIG4",    "CONFIG5",       "CONFIG6",       "CONFIG7",      "DESCRIPTORS",  "WORK"};

template <class... Values>
std::string text(const char* format, Values... values) {
  char buffer[1000];
  std::snprintf(buffer, sizeof buffer, format, values...);
  return buffer;
}

using Long = unsigned long long;

uint64_t counter(Soc& soc, size_t engine, uint32_t offset) {
  const uint64_t low = soc.get(engine, offset);
  return low | soc.get(engine, offset + 4) << 32;
}

/// The part of a span that is memory.
void add(const Span& span, ByteRanges& ranges) {
  uint64_t bytes = 0;
  for (uint64_t row = 0; row < span.rows && bytes < (4u << 20) && row < 1u << 20; ++row) {
    const uint64_t at = span.row(row);
    bytes += span.row_bytes;
    for (const auto& [base, size] : {std::pair{kDram, kDramBytes}, {kSpm, kSpmBytes}})
      ranges.add(std::max(at, base), std::min(at + span.row_bytes, base + size));
  }
}

/// Calls `see(address)` for every byte in which the two memories of `bytes` at `base` differ.
template <class See>
void for_differences(const uint8_t* a, const uint8_t* b, uint64_t base, uint64_t bytes, See see) {
  constexpr uint64_t kBlock = 256;
  for (uint64_t at = 0; at < bytes; at += kBlock) {
    if (std::memcmp(a + at, b + at, kBlock) == 0) continue;
    for (uint64_t i = at; i < at + kBlock; ++i)
      if (a[i] != b[i]) see(base + i);
  }
}

void add_words(const Descriptor& d, ByteRanges& ranges) {
  const hw::DescriptorHeader h = header_of(d.bytes.data());
  if (h.flags & hw::DESC_FLAG_SIGNAL) ranges.add(h.signal_addr, h.signal_addr + 4);
  if (h.flags & hw::DESC_FLAG_COMPLETE) ranges.add(h.completion_addr, h.completion_addr + 8);
}

}  // namespace

Campaign::Campaign(const SocConfig& config, uint64_t seed, uint64_t rounds, size_t most_failures)
    : config_(config), planner_(config, seed), rounds_(rounds), most_failures_(most_failures) {
  for (unsigned side = 0; side < 2; ++side)
    socs_[side] =
        std::make_unique<Soc>(config, side == 0, [this, side](Soc& soc) { body(soc, side); });
  Random random(seed ^ 0x5eed);
  uint8_t* const dram = socs_[0]->dram().data();
  for (uint64_t i = 0; i < kDramBytes; i += 4) {  // numbers of all sizes; some bytes at random
    const uint64_t r = random.next();
    const float f = (static_cast<float>(r >> 40) / 8388608.0f - 1.0f) * 8.0f;
    std::memcpy(dram + i, &f, 4);
    if (r % 8 == 0) std::memcpy(dram + i, &r, 4);
  }
  std::memcpy(socs_[0]->spm().data(), dram, kSpmBytes);
  make_alike();
  states_.resize(socs_[0]->engines().size());
  prepare();
}

Campaign::~Campaign() = default;

void Campaign::fail(const std::string& what) {
  std::string all =
      text("%s, round %llu of seed: %s", config_.name.c_str(), Long{round_.number}, what.c_str());
  if (failures_.size() < most_failures_) failures_.push_back(all);
}

// ------------------------------------------------------------------ both sides

void Campaign::body(Soc& soc, unsigned side) {
  while (!over_) {
    run_round(soc, outcomes_[side]);
    meet();
    soc.cpu().on_pass();  // both sides' memories have been written
  }
  ++finished_;
}

/// Both sides come here; the second compares and prepares what follows.
void Campaign::meet() {
  const uint64_t meeting = meeting_;
  if (++arrived_ == 2) {
    arrived_ = 0;
    ++meeting_;
    compare();
    prepare();
    met_.notify(sc_core::SC_ZERO_TIME);
  }
  while (meeting_ == meeting) sc_core::wait(met_);
}

void Campaign::prepare() {
  if (number_ == rounds_ || failures_.size() >= most_failures_) {
    over_ = true;
    return;
  }
  round_ = planner_.plan(number_++, states_);
  for (auto& soc : socs_) {
    for (size_t e = 0; e < round_.engines.size(); ++e) {
      const EnginePlan& plan = round_.engines[e];
      const auto put = [&](uint64_t addr, uint32_t value) {
        std::memcpy(soc->host(addr), &value, 4);
      };
      put(Planner::sequence_word(e), round_.word_base[e]);
      for (uint64_t i = 0; i < 16; ++i) put(Planner::cpu_word(e, i), 0);
      const auto ring = [&](uint64_t unit) { return soc->host(plan.ring_base + unit * 64); };
      for (uint64_t unit = 0; unit < plan.ring_units; ++unit)
        if (uint8_t* to = ring(unit)) std::memset(to, 0xee, 64);
      for (size_t i = 0; i < plan.descriptors.size(); ++i) {
        const uint64_t unit = plan.unit(i);
        for (uint64_t half = 0; half < hw::DESC_UNITS; ++half)  // a ring's end may lie between
          if (uint8_t* to = ring((unit + half) % plan.ring_units))
            std::memcpy(to, plan.descriptors[i].bytes.data() + half * 64, 64);
      }
    }
    for (const Action& a : round_.actions) {
      const uint32_t not_yet = a.value - 1;
      if (a.kind == Action::Word) std::memcpy(soc->host(a.addr), &not_yet, 4);
    }
  }
  before_[0].assign(socs_[0]->dram().data(), socs_[0]->dram().data() + kDramBytes);
  before_[1].assign(socs_[0]->spm().data(), socs_[0]->spm().data() + kSpmBytes);
}

// ------------------------------------------------------------------ one side

void Campaign::run_round(Soc& soc, Outcome& out) {
  out = Outcome{};
  const size_t engines = soc.engines().size();
  out.idle_waiting.resize(engines);
  std::vector<uint64_t> done, read, written, work;
  for (size_t e = 0; e < engines; ++e) {
    done.push_back(counter(soc, e, hw::ENGINE_DESCRIPTORS_OFFSET));
    read.push_back(counter(soc, e, hw::ENGINE_BYTES_READ_OFFSET));
    written.push_back(counter(soc, e, hw::ENGINE_BYTES_WRITTEN_OFFSET));
    work.push_back(counter(soc, e, hw::ENGINE_WORK_OFFSET));
  }
  set_up(soc, out);
  for (const Action& action : round_.actions) act(soc, out, action);
  for (unsigned pass = 0;; ++pass) {
    const std::vector<bool> blocked = settle(soc, out);
    if (std::count(blocked.begin(), blocked.end(), true) == 0 || out.hung) break;
    rescue(soc, out, blocked, pass);
  }
  read_registers(soc, out);
  for (size_t e = 0; e < engines; ++e) {
    out.done.push_back(counter(soc, e, hw::ENGINE_DESCRIPTORS_OFFSET) - done[e]);
    out.registers[e].push_back(out.done.back());
    out.registers[e].push_back(counter(soc, e, hw::ENGINE_WORK_OFFSET) - work[e]);
    out.bytes_read.push_back(counter(soc, e, hw::ENGINE_BYTES_READ_OFFSET) - read[e]);
    out.bytes_written.push_back(counter(soc, e, hw::ENGINE_BYTES_WRITTEN_OFFSET) - written[e]);
    out.irq.push_back(soc.engines()[e].irq);
  }
}

void Campaign::set_up(Soc& soc, Outcome& out) {
  for (size_t e = 0; e < round_.engines.size(); ++e) {
    const EnginePlan& plan = round_.engines[e];
    if (!plan.reset) continue;
    const auto put = [&](uint32_t reg, uint64_t value) {
      out.seen.push_back(soc.put(e, reg, static_cast<uint32_t>(value)));
    };
    put(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_SOFT_RESET_MASK);
    ctrl_done(soc, out, e);
    put(hw::ENGINE_RING_BASE_LO_OFFSET, plan.ring_base);
    put(hw::ENGINE_RING_BASE_HI_OFFSET, plan.ring_base >> 32);
    put(hw::ENGINE_RING_SIZE_OFFSET, plan.ring_units);
    put(hw::ENGINE_IRQ_ENABLE_OFFSET, plan.ring_base >> 6 & 7);
    put(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_ENABLE_MASK);
  }
}

void Campaign::ctrl_done(Soc& soc, Outcome& out, size_t engine) {
  constexpr uint32_t pending = hw::ENGINE_CTRL_ABORT_MASK | hw::ENGINE_CTRL_SOFT_RESET_MASK;
  for (uint64_t cycles = 0; soc.get(engine, hw::ENGINE_CTRL_OFFSET) & pending; cycles += 20) {
    if (cycles > 100'000) {
      out.hung = true;
      return;
    }
    soc.cpu().sleep_cycles(20);
  }
}

void Campaign::act(Soc& soc, Outcome& out, const Action& a) {
  switch (a.kind) {
    case Action::Write:
      out.seen.push_back(soc.put(a.engine, a.reg, a.value));
      if (a.reg == hw::ENGINE_CTRL_OFFSET) {
        out.aborts += (a.value & hw::ENGINE_CTRL_ABORT_MASK) != 0;
        out.resets += (a.value & hw::ENGINE_CTRL_SOFT_RESET_MASK) != 0;
      }
      break;
    case Action::Read: {
      const uint64_t answer = soc.get(a.engine, a.reg);
      if (a.value) out.seen.push_back(answer);
      break;
    }
    case Action::Sleep:
      soc.cpu().sleep_cycles(a.value);
      break;
    case Action::Word:
      out.seen.push_back(soc.cpu().put(a.addr, a.value));
      break;
    case Action::Doorbell:
      soc.put(a.engine, hw::ENGINE_TAIL_OFFSET, round_.engines[a.engine].unit(a.value + 1));
      break;
    case Action::Settle:
      settle(soc, out);
      break;
    case Action::CtrlDone:
      ctrl_done(soc, out, a.engine);
      break;
  }
}

std::vector<bool> Campaign::settle(Soc& soc, Outcome& out) {
  const size_t engines = soc.engines().size();
  std::vector<bool> blocked(engines);
  std::vector<uint64_t> last;
  for (uint64_t cycles = 0, still = 0; cycles < kLimitCycles; cycles += kPollCycles) {
    std::vector<uint64_t> state;
    bool busy = false, moving = false;
    for (size_t e = 0; e < engines; ++e) {
      const uint64_t status = soc.get(e, hw::ENGINE_STATUS_OFFSET);
      state.push_back(status);
      state.push_back(soc.get(e, hw::ENGINE_HEAD_OFFSET));
      blocked[e] = status & hw::ENGINE_STATUS_BUSY_MASK;
      busy |= blocked[e];
      moving |= blocked[e] && !(status & hw::ENGINE_STATUS_WAITING_MASK);
    }
    if (!busy) return blocked;
    still = moving || state != last ? 0 : still + kPollCycles;
    if (still > kStillCycles) return blocked;
    last = state;
    soc.cpu().sleep_cycles(kPollCycles);
  }
  out.hung = true;
  return blocked;
}

void Campaign::rescue(Soc& soc, Outcome& out, const std::vector<bool>& blocked, unsigned pass) {
  for (size_t e = 0; e < blocked.size(); ++e) {
    if (!blocked[e]) continue;
    ++out.rescues;
    out.idle_waiting[e] = true;
    out.seen.push_back(0x1000 + e);
    const Rescue how = pass > 1 ? Rescue::Abort : round_.rescues[e];
    const bool reset = how == Rescue::Reset;
    ++(reset ? out.resets : out.aborts);
    soc.put(e, hw::ENGINE_CTRL_OFFSET,
            reset ? hw::ENGINE_CTRL_SOFT_RESET_MASK : hw::ENGINE_CTRL_ABORT_MASK);
    ctrl_done(soc, out, e);
    if (how != Rescue::AbortAndResume) continue;
    soc.put(e, hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_ENABLE_MASK);
  }
}

void Campaign::read_registers(Soc& soc, Outcome& out) {
  for (size_t e = 0; e < soc.engines().size(); ++e) {
    out.registers.emplace_back();
    for (const uint32_t offset : kRegisters) out.registers.back().push_back(soc.get(e, offset));
  }
}

// ------------------------------------------------------------------ the comparison

/// What of engine `engine` from this descriptor on may differ.
uint64_t Campaign::first_unfinished(size_t engine, bool strict) const {
  return strict ? outcomes_[0].done[engine]
                : std::min(outcomes_[0].done[engine], outcomes_[1].done[engine]);
}

/// True if the descriptor may have written to its results before it was stopped.
bool Campaign::may_be_begun(const Outcome& out, size_t engine, uint64_t index) const {
  const Descriptor& d = round_.engines[engine].descriptors[index];
  if (d.illegal || out.idle_waiting[engine]) return false;
  switch (out.registers[engine][kErrorCode] & 0xff) {
    case hw::ENGINE_ERR_FETCH_BUS:
    case hw::ENGINE_ERR_ILLEGAL_DESC:
    case hw::ENGINE_ERR_ILLEGAL_SIZE:
    case hw::ENGINE_ERR_WAIT_TIMEOUT:
      return false;
    default:
      return true;
  }
}

void Campaign::compare() {
  const Outcome &rtl = outcomes_[0], &tlm = outcomes_[1];
  const size_t failures = failures_.size();
  ++statistics_.rounds;
  const bool intervened = std::count(round_.intervened.begin(), round_.intervened.end(), true) != 0;
  const bool parted = rtl.registers != tlm.registers || rtl.done != tlm.done ||
                      rtl.seen != tlm.seen || rtl.irq != tlm.irq;
  statistics_.intervened += intervened;
  const bool strict = !(intervened && parted);
  statistics_.parted += !strict;
  if (rtl.hung || tlm.hung) fail(text("%s hangs", rtl.hung ? "the RTL" : "the twin"));
  if (strict && rtl.seen != tlm.seen) fail("what the CPU saw differs");
  compare_registers(strict);
  compare_memory(strict);
  for (unsigned side = 0; side < 2; ++side) check_confined(*socs_[side], outcomes_[side], strict);
  statistics_.rescued += rtl.rescues;
  statistics_.aborted += rtl.aborts;
  statistics_.resets += rtl.resets;
  for (size_t e = 0; e < rtl.done.size(); ++e) {
    const std::vector<uint64_t>& r = rtl.registers[e];
    statistics_.descriptors += started(e);
    statistics_.completed += rtl.done[e];
    if (const uint64_t code = r[kErrorCode] & 0xff)
      ++statistics_.errors[socs_[0]->engines()[e].kind + " " + std::to_string(code)];
    EngineState& state = states_[e];
    state.usable = strict && failures == failures_.size() && r[kStatus] == 0 &&
                   (r[kCtrl] & hw::ENGINE_CTRL_ENABLE_MASK) && r[kHead] == r[kTail];
    state.ring_base = round_.engines[e].ring_base;
    state.ring_units = round_.engines[e].ring_units;
    state.head = static_cast<uint32_t>(r[kHead]);
  }
  make_alike();
}

/// Where the engine has stopped in the RTL, if it has.
std::string Campaign::stopped_at(size_t engine) const {
  const Outcome& rtl = outcomes_[0];
  if (rtl.done[engine] >= started(engine)) return "";
  const std::vector<uint64_t>& r = rtl.registers[engine];
  return text("\n  stopped with error %llx at %llx%08llx, ", Long{r[kErrorCode]},
              Long{r[kErrorAddr + 1]}, Long{r[kErrorAddr]}) +
         round_.text(engine, rtl.done[engine]);
}

void Campaign::compare_registers(bool strict) {
  const Outcome &rtl = outcomes_[0], &tlm = outcomes_[1];
  for (size_t e = 0; e < rtl.done.size() && strict; ++e) {
    const char* kind = socs_[0]->engines()[e].kind.c_str();
    for (size_t i = 0; i < std::size(kRegisterNames); ++i)
      if (rtl.registers[e][i] != tlm.registers[e][i])
        fail(text("%s (engine %zu) %s: RTL %llx, twin %llx", kind, e, kRegisterNames[i],
                  Long{rtl.registers[e][i]}, Long{tlm.registers[e][i]}) +
             stopped_at(e));
    if (rtl.irq[e] != tlm.irq[e]) fail(text("%s (engine %zu): interrupt differs", kind, e));
    // Traffic does not depend on time if no word is polled in vain and nothing is stopped midway.
    const auto& list = round_.engines[e].descriptors;
    const bool waits = std::any_of(list.begin(), list.end(), [](const Descriptor& d) {
      return header_of(d.bytes.data()).flags & hw::DESC_FLAG_WAIT;
    });
    const bool stopped = rtl.done[e] < started(e);
    if (round_.intervened[e] || (stopped && !(round_.single && round_.doorbells[e] == 1))) continue;
    statistics_.counters_compared += 2;
    if (!waits && rtl.bytes_read[e] != tlm.bytes_read[e])
      fail(text("%s (engine %zu) BYTES_READ grows by %llu, twin %llu", kind, e,
                Long{rtl.bytes_read[e]}, Long{tlm.bytes_read[e]}) +
           stopped_at(e));
    if (rtl.bytes_written[e] != tlm.bytes_written[e])
      fail(text("%s (engine %zu) BYTES_WRITTEN grows by %llu, twin %llu", kind, e,
                Long{rtl.bytes_written[e]}, Long{tlm.bytes_written[e]}) +
           stopped_at(e));
  }
}

void Campaign::compare_memory(bool strict) {
  ByteRanges free;  // what need not be the same
  for (size_t e = 0; e < round_.engines.size(); ++e) {
    const auto& list = round_.engines[e].descriptors;
    for (uint64_t i = first_unfinished(e, strict); i < list.size(); ++i) {
      if (strict && !may_be_begun(outcomes_[0], e, i)) break;
      for (const Span& span : list[i].spans)
        if (span.write) add(span, free);
      if (!strict || i == first_unfinished(e, strict)) add_words(list[i], free);
      if (strict) break;  // behind it nothing has begun
    }
  }
  free.close();
  uint64_t first = 0, count = 0;
  const auto see = [&](uint64_t addr) {
    if (free.holds(addr)) return;
    if (count++ == 0) first = addr;
  };
  for_differences(socs_[0]->dram().data(), socs_[1]->dram().data(), kDram, kDramBytes, see);
  for_differences(socs_[0]->spm().data(), socs_[1]->spm().data(), kSpm, kSpmBytes, see);
  statistics_.bytes_compared += kDramBytes + kSpmBytes;
  if (count == 0) return;
  std::string what = text("%llu bytes of memory differ, the first at %llx: RTL %02x, twin %02x",
                          Long{count}, Long{first}, *socs_[0]->host(first), *socs_[1]->host(first));
  for (size_t e = 0; e < round_.engines.size(); ++e) {
    const auto& list = round_.engines[e].descriptors;
    for (size_t i = 0; i < list.size(); ++i) {
      ByteRanges own;
      for (const Span& span : list[i].spans)
        if (span.write) add(span, own);
      add_words(list[i], own);
      own.close();
      if (own.holds(first)) what += "\n  " + round_.text(e, i);
    }
  }
  fail(what);
}

/// Nothing has changed but what the sequence says.
void Campaign::check_confined(Soc& soc, const Outcome& out, bool strict) {
  ByteRanges allowed;
  for (size_t e = 0; e < round_.engines.size(); ++e) {
    const auto& list = round_.engines[e].descriptors;
    for (uint64_t i = 0; i < list.size(); ++i) {
      const bool done = i < out.done[e];
      if (!done && strict && !may_be_begun(out, e, i)) break;
      for (const Span& span : list[i].spans)
        if (span.write) add(span, allowed);
      add_words(list[i], allowed);
      if (!done) break;
    }
  }
  for (const uint64_t word : round_.cpu_words) allowed.add(word, word + 4);
  allowed.close();
  uint64_t first = 0, count = 0;
  const auto see = [&](uint64_t addr) {
    if (allowed.holds(addr)) return;
    if (count++ == 0) first = addr;
  };
  for_differences(before_[0].data(), soc.dram().data(), kDram, kDramBytes, see);
  for_differences(before_[1].data(), soc.spm().data(), kSpm, kSpmBytes, see);
  if (count != 0)
    fail(text("%s: %llu bytes outside of all results have changed, the first at %llx",
              soc.rtl() ? "RTL" : "twin", Long{count}, Long{first}));
}

/// What may differ is made the RTL's.
void Campaign::make_alike() {
  std::memcpy(socs_[1]->dram().data(), socs_[0]->dram().data(), kDramBytes);
  std::memcpy(socs_[1]->spm().data(), socs_[0]->spm().data(), kSpmBytes);
}

}  // namespace systole::test::campaign
