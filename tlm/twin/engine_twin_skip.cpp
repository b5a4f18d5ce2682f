// What an EngineTwin leaves out: operations and looks at words whose times it knows
// (docs/blocks/engine.md, "What twins skip").
#include <algorithm>
#include <cstring>

#include "tlm/twin/engine_twin.h"
#include "tlm/twin/header_check.h"

namespace systole {
namespace {

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kLongestLooks = 1u << 20;  // cycles; then a word is looked at
constexpr uint64_t kShort = 16384;            // cycles: looks at words cost it up to 1 %

/// Counters that `more` has and `less` has not.
StateArchive::Counts difference(const StateArchive::Counts& more,
                                const StateArchive::Counts& less) {
  StateArchive::Counts result;
  for (size_t i = 0; i < result.size(); ++i) result[i] = more[i] - less[i];
  return result;
}

/// An operation that is apart, from its begin to its end, however it ends.
class ApartFrom {
 public:
  ApartFrom(SkippableBus& bus, unsigned initiator, uint64_t targets,
            const ApartOperation& operation, uint64_t begin_ps)
      : bus_(bus),
        initiator_(initiator),
        end_ps_(begin_ps),
        has_room_(bus.begin_apart(initiator, targets, operation, begin_ps)) {}
  ~ApartFrom() { bus_.end_apart(initiator_, end_ps_, in_detail_); }
  ApartFrom(const ApartFrom&) = delete;
  bool has_room() const { return has_room_; }
  void ends(uint64_t ps, bool in_detail) {
    end_ps_ = ps;
    in_detail_ = in_detail;
  }

 private:
  SkippableBus& bus_;
  unsigned initiator_;
  uint64_t end_ps_;
  bool has_room_, in_detail_ = false;
};

}  // namespace

bool EngineTwin::may_skip() const {
  return config_.remember && time_.bus() && (time_.catching_up() || accesses_.empty()) &&
         port_.stop_cycle() == TwinPort::kNever;
}

void EngineTwin::bus_state(StateArchive& archive, uint64_t targets) {
  uint64_t now = Clock::now_ps();
  archive.time_ps(now);
  archive.count(counts_.batches);
  archive.count(operation_.first_ps);
  uint64_t last = operation_.last_ps <= now ? 0 : operation_.last_ps;
  archive.time_ps(last);
  if (!archive.saving()) {
    time_.lag_to(now);
    operation_.last_ps = last;
    operation_.skipped = true;
  }
  time_.bus()->state(archive, time_.initiator(), targets, config_.clock.floor_cycles(now));
}

bool EngineTwin::quiet(uint64_t targets) {
  return time_.bus()->quiet(time_.initiator(), targets, now_cycle());
}

uint64_t EngineTwin::disturbances(uint64_t targets) {
  return time_.bus()->foreign(time_.initiator(), targets) + port_.front_end_reads() +
         counts_.register_accesses;
}

bool EngineTwin::look_ahead(uint64_t targets) {
  if (!may_skip() || time_.catching_up() || time_.looking_ahead() || !quiet(targets)) return false;
  time_.look_ahead();
  return true;
}

uint64_t EngineTwin::live_through(uint64_t targets) {
  if (!config_.apart) return time_.live_through(targets);
  // Words and fetches of others must not meet what is booked for times to come.
  SkippableBus& bus = *time_.bus();
  const uint64_t end = Clock::now_ps(), end_cycle = config_.clock.floor_cycles(end);
  StateWords words;
  StateArchive saving = StateArchive::saving(end_cycle, period_ps(), words);
  bus.state(saving, time_.initiator(), targets, end_cycle);
  bus.forget(time_.initiator(), targets, config_.clock.floor_cycles(Clock::real_ps()));
  const uint64_t reached = time_.live_through(targets);
  if (reached >= end) {
    StateArchive loading = StateArchive::loading(end_cycle, period_ps(), words, {});
    bus.state(loading, time_.initiator(), targets, end_cycle);
  }
  return reached;
}

void EngineTwin::pass_time(uint64_t ps) {
  operation_.skipped = true;
  if (ps > Clock::now_ps()) time_.wait_until(ps);
}

void EngineTwin::connect(SkippableBus& bus, unsigned initiator) {
  time_.connect(&bus, initiator);
  if (config_.apart) time_.on_access([this] { return serve_asleep(); });
}

// ------------------------------------------------------------------ registers

/// Answers accesses that have next to nothing to do with the operation that is left out, a long
/// one; false: there are others, or none.
bool EngineTwin::serve_asleep() {
  const auto harmless = [](const Access* access) {
    return access->is_write ? access->addr == hw::ENGINE_TAIL_OFFSET ||
                                  access->addr == hw::ENGINE_IRQ_STATUS_OFFSET ||
                                  access->addr == hw::ENGINE_IRQ_ENABLE_OFFSET
                            : access->addr < hw::ENGINE_BUSY_CYCLES_OFFSET;
  };
  if (operation_.is_short || accesses_.empty() ||
      !std::all_of(accesses_.begin(), accesses_.end(), harmless))
    return false;
  asleep_ = true;
  answer_accesses();
  asleep_ = false;
  return !ring_failed_;
}

/// The next descriptor's fetch in the midst of an operation that is left out.
void EngineTwin::fetch_apart(uint64_t go) {
  const SkippableBus& bus = *time_.bus();
  const uint64_t addr = unit_addr(next_.unit), targets = bus.target_bit(addr, 64);
  const uint64_t latency =
      targets == 0 ? 0 : config_.clock.ceil_cycles(bus.pace(targets).latency_ps);
  const uint64_t beats = 64 / config_.port.data_bytes;
  bool there = targets != 0;
  for (unsigned i = 0; i < 2; ++i) {
    const uint8_t* const unit = there ? map(unit_addr(next_.unit + i), 64, false) : nullptr;
    there = unit != nullptr;
    if (there) std::memcpy(next_.bytes.data() + size_t{i} * 64, unit, 64);
  }
  if (!there) {  // an error, which the port finds when the operation is over
    next_.active = false;
    return;
  }
  BurstCounts bursts;
  bursts.of[beats] = 2;
  port_.count(false, addr, bursts);
  next_.known = true;
  next_.ready = go + 3 + latency + 2 * beats + 2;
  next_.bad = header_check(next_.bytes.data());
}

// ------------------------------------------------------------------ looks at words

/// A poll of a word is due in `next`, and simulated time is there. If it was the same before the
/// last poll, it stays so until somebody uses the word's memory: sleeps until then, and returns
/// the cycle of the poll that is due then.
uint64_t EngineTwin::skip_polls(uint64_t next, uint64_t expires, uint64_t wait_addr) {
  if (!config_.remember || !time_.bus() || !may_skip()) return next;
  const uint64_t targets = time_.bus()->target_bit(wait_addr, 4);
  if (targets == 0 || !quiet(targets) || !port_.repeatable()) return next;
  const uint64_t undisturbed =
      time_.bus()->foreign(time_.initiator(), targets) + counts_.register_accesses;
  StateWords words;
  const StateArchive::Counts counts = save_state(next, words, targets);
  const bool same = words == polled_.words && undisturbed == polled_.undisturbed;
  const uint64_t period = next - polled_.cycle, now = Clock::now_ps();
  StateArchive::Counts counted = difference(counts, polled_.counts);
  polled_.words = std::move(words);
  polled_.counts = counts;
  polled_.cycle = next;
  polled_.undisturbed = undisturbed;
  if (!same || next >= expires) return next;

  const uint64_t periods = std::min(kLongestLooks, expires - 1 - next) / period;
  if (periods == 0) return next;
  const uint64_t period_of_time = config_.clock.ps(period);
  const uint64_t reached = time_.sleep(now + periods * period_of_time, targets);
  if (reached == 0) return next;
  const uint64_t over = reached < now ? 0 : std::min(periods, (reached - now) / period_of_time);
  for (uint64_t& count : counted) count *= over;
  put_state(next + over * period, polled_.words, 0, counted, targets);
  polled_.words.clear();
  return next + over * period;
}

/// As poll(), for a poll that is due in `next` or the first later one at which the word may have
/// changed. False: not for this word.
bool EngineTwin::look_apart(uint64_t next, uint64_t expires, const hw::DescriptorHeader& header) {
  if (!config_.apart || !time_.bus() || !config_.remember) return false;
  SkippableBus& bus = *time_.bus();
  const uint64_t targets = bus.target_bit(header.wait_addr, 4);
  const uint8_t* const word = targets ? map(header.wait_addr, 4, false) : nullptr;
  if (!word || port_.stop_cycle() != TwinPort::kNever) return false;
  const uint64_t latency = config_.clock.ceil_cycles(bus.pace(targets).latency_ps);
  const uint64_t period = 1 + latency + kPollGap, now = Clock::now_ps();
  const uint64_t periods =
      next >= expires ? 0 : std::min(kLongestLooks, expires - 1 - next) / period;
  const auto hit = [&] { return wait_is_over(header, word); };
  uint64_t over = 0;
  if (periods != 0 && !hit() && may_skip()) {
    const uint64_t period_ps = config_.clock.ps(period);
    const uint64_t reached = time_.sleep_polling(now + periods * period_ps, targets);
    over = reached < now ? 0 : std::min(periods, (reached - now) / period_ps);
    time_.lag_to(now + over * period_ps);
  }
  port_.count_looks(over + 1);
  bus.count_looks(time_.initiator(), header.wait_addr, over + 1);
  advance(next + over * period + 1);
  poll_ = {true, hit(), next + over * period + 1 + latency, 0};
  return true;
}

// ------------------------------------------------------------------ operations

/// Of thread, links, targets and port; returns the counters.
StateArchive::Counts EngineTwin::save_state(uint64_t cycle, StateWords& words, uint64_t targets) {
  StateArchive archive = StateArchive::saving(cycle, period_ps(), words);
  bus_state(archive, targets);
  port_.state(archive, {cycle - 1, cycle - 1});
  return archive.counts();
}

/// Puts thread, bus and port into the state that begins at `first` of `words`.
void EngineTwin::put_state(uint64_t cycle, const StateWords& words, size_t first,
                           const StateArchive::Counts& counted, uint64_t targets) {
  StateArchive archive = StateArchive::loading(cycle, period_ps(), words, counted, first);
  bus_state(archive, targets);
  port_.state(archive, {});
}

/// What the times of the descriptor at hand depend on, apart from the state of port and bus.
/// Returns the targets of its operands; 0: it cannot be said.
uint64_t EngineTwin::operation_key(StateWords& key) {
  SkippableBus& bus = *time_.bus();
  operands_.clear();
  if (!core_->operands(desc_.data(), operands_)) return 0;
  std::array<uint64_t, hw::DESC_BYTES / 8> words;
  std::memcpy(words.data(), desc_.data(), hw::DESC_BYTES);
  key.push_back(desc_[1]);  // opcode
  uint64_t targets = 0;
  for (const TwinOperand& operand : operands_) {
    uint64_t& addr = words[operand.field / 8];
    const uint64_t bit = bus.target_bit(addr, operand.bytes);
    if (bit == 0 || (operand.written && !bus.writable(bit))) return 0;
    targets |= bit;
    key.insert(key.end(), {bit, bus.address_phase(addr)});
    addr %= kPageBytes;
  }
  if (targets == 0 || !port_.repeatable() || port_.reads_pending() || port_.writes_pending() ||
      !(config_.apart || quiet(targets)))
    return 0;
  key.insert(key.end(), words.begin() + sizeof(hw::DescriptorHeader) / 8, words.end());
  return targets;
}

/// An operation has come to `outcome`, and the thread is where it ends.
RememberedOperation EngineTwin::remember(const TwinOutcome& outcome, uint64_t start,
                                         const StateArchive::Counts& before, uint64_t targets) {
  RememberedOperation operation;
  operation.counted = difference(save_state(outcome.done_cycle, operation.end, targets), before);
  operation.end_ps = Clock::now_ps() - config_.clock.ps(start);
  operation.done_cycles = outcome.done_cycle - start;
  operation.work = outcome.work;
  operation.read_stall_cycles = outcome.read_stall_cycles;
  operation.write_stall_cycles = outcome.write_stall_cycles;
  return operation;
}

TwinOutcome EngineTwin::put_end(const RememberedOperation& known, uint64_t start,
                                uint64_t targets) {
  const uint64_t done = start + known.done_cycles;
  put_state(done, known.end, 0, known.counted, targets);
  return {done, known.work, known.read_stall_cycles, known.write_stall_cycles};
}

TwinOutcome EngineTwin::run_core(uint64_t start) {
  operation_ = {true, false, config_.clock.ps(start), 0, 0, false};
  const uint64_t bytes_read = port_.bytes_read();
  const TwinOutcome outcome = run_or_skip(start);
  operation_.running = false;
  if (operation_.skipped && on_skipped_)
    on_skipped_(operation_.start_ps + operation_.first_ps - 1, operation_.last_ps,
                port_.bytes_read() - bytes_read);
  return outcome;
}

/// The core's run(), or what is known of it.
TwinOutcome EngineTwin::run_or_skip(uint64_t start) {
  if (config_.remember && time_.bus()) time_.bus()->let_others_go_first(time_.initiator());
  if (!may_skip()) return core_->run(desc_.data(), start, port_);
  StateWords key;
  const uint64_t targets = operation_key(key);
  if (targets == 0) return core_->run(desc_.data(), start, port_);
  return config_.apart ? run_apart(start, key, targets) : run_exactly(start, key, targets);
}

TwinOutcome EngineTwin::run_exactly(uint64_t start, StateWords& key, uint64_t targets) {
  const size_t others = key.size();
  const StateArchive::Counts before = save_state(start, key, targets);
  const uint64_t start_ps = config_.clock.ps(start), now = Clock::now_ps();
  if (const RememberedOperation* known = memory_.find(key)) {
    const uint64_t end_ps = start_ps + known->end_ps, reached = time_.sleep(end_ps, targets);
    if (reached >= end_ps) return put_end(*known, start, targets);
    if (reached != 0) time_.lag_to(now);
    return core_->run(desc_.data(), start, port_);
  }

  const bool ahead = !core_->skips() && look_ahead(targets);
  const uint64_t undisturbed = disturbances(targets);
  const TwinOutcome outcome = core_->run(desc_.data(), start, port_);
  if (disturbances(targets) != undisturbed || !port_.repeatable()) return outcome;
  RememberedOperation operation = remember(outcome, start, before, targets);
  const StateArchive::Counts undone = difference({}, operation.counted);
  const uint64_t end_ps = Clock::now_ps();
  memory_.keep(key, std::move(operation));
  if (!ahead) return outcome;
  if (live_through(targets) >= end_ps) {
    time_.lag_to(end_ps);
    return outcome;
  }
  put_state(start, key, others, undone, targets);
  return core_->run(desc_.data(), start, port_);
}

/// What the operation at hand takes alone, if that is known or can be found out now, else null.
/// Beside others, and if it is long, whatever is booked when it begins.
const RememberedOperation* EngineTwin::alone(uint64_t start, StateWords& key, uint64_t targets) {
  const bool company = time_.bus()->has_company(time_.initiator(), targets);
  StateWords settled = key;
  settled.push_back(true);
  StateArchive archive = StateArchive::saving(start, period_ps(), settled);
  port_.state(archive, {start - 1, start - 1});
  if (const RememberedOperation* known = memory_.find(settled))
    if (company || !known->apart.is_short) return known;
  if (!company) {
    key.push_back(false);
    save_state(start, key, targets);
    if (const RememberedOperation* known = memory_.find(key)) return known;
  }
  if (time_.catching_up()) return nullptr;
  RememberedOperation operation = find_out(start, targets, company);
  const StateWords& found = company || !operation.apart.is_short ? settled : key;
  memory_.keep(found, std::move(operation));
  return memory_.find(found);
}

/// The operation takes the time that it takes alone, and what others beside it cost, unless
/// somebody comes with whom it does not agree.
TwinOutcome EngineTwin::run_apart(uint64_t start, StateWords& key, uint64_t targets) {
  const RememberedOperation* known = alone(start, key, targets);
  if (!known) return core_->run(desc_.data(), start, port_);
  SkippableBus& bus = *time_.bus();
  const uint64_t now = Clock::now_ps(), start_ps = config_.clock.ps(start);
  const ApartOperation operation = known->apart;
  operation_.is_short = operation.is_short;
  ApartFrom others(bus, time_.initiator(), targets, operation, start_ps);
  uint64_t delay = 0;  // cycles
  for (bool asleep = others.has_room(); asleep;) {
    const uint64_t end_ps = start_ps + known->end_ps + config_.clock.ps(delay);
    const uint64_t reached = time_.sleep(end_ps, targets);
    if (reached < end_ps) {
      time_.lag_to(now);
      bus.reopen(time_.initiator(), targets, now_cycle());  // others have gone on meanwhile
      break;
    }
    const uint64_t delayed = bus.delay_apart(time_.initiator(), end_ps) / period_ps();
    asleep = delayed > delay;
    delay = delayed;
    if (asleep) continue;
    others.ends(start_ps + operation.alone_ps + config_.clock.ps(delay), false);
    return put_end(*known, start + delay, targets);
  }
  const TwinOutcome outcome = core_->run(desc_.data(), start, port_);
  others.ends(config_.clock.ps(outcome.done_cycle), true);
  return outcome;
}

/// Of the operation at hand and those that are like it but for addresses.
uint64_t EngineTwin::operation_id(uint64_t targets) const {
  std::array<uint64_t, hw::DESC_BYTES / 8> words;
  std::memcpy(words.data(), desc_.data(), hw::DESC_BYTES);
  for (const TwinOperand& operand : operands_) words[operand.field / 8] = 0;
  StateWords id = {time_.initiator(), desc_[1], targets};
  id.insert(id.end(), words.begin() + sizeof(hw::DescriptorHeader) / 8, words.end());
  return StateWordsHash()(id);
}

/// Shares of what has been booked since it was `before`, over `cycles`.
TargetLoads EngineTwin::loads_since(const TargetLoads& before, uint64_t cycles,
                                    uint64_t targets) const {
  TargetLoads loads = time_.bus()->busy(targets);
  const auto span = static_cast<double>(cycles);
  for (size_t i = 0; i < loads.size(); ++i) {
    loads[i].read = (loads[i].read - before[i].read) / span;
    loads[i].write = (loads[i].write - before[i].write) / span;
    loads[i].memory = (loads[i].memory - before[i].memory) / span;
  }
  return loads;
}

/// Carries the operation out ahead, and takes it back. `company`: as if nothing were booked.
RememberedOperation EngineTwin::find_out(uint64_t start, uint64_t targets, bool company) {
  StateWords here;
  const StateArchive::Counts before = save_state(start, here, targets);
  if (company) time_.bus()->forget(time_.initiator(), targets, now_cycle());
  const TargetLoads busy = time_.bus()->busy(targets);
  time_.look_ahead();
  looking_at_operation_ = true;
  const TwinOutcome outcome = core_->run(desc_.data(), start, port_);
  looking_at_operation_ = false;
  RememberedOperation operation = remember(outcome, start, before, targets);
  operation.apart = {operation_id(targets), config_.clock.ps(operation.done_cycles),
                     loads_since(busy, operation.done_cycles, targets),
                     operation.done_cycles < kShort};
  put_state(start, here, 0, difference({}, operation.counted), targets);
  time_.look_back();
  return operation;
}

}  // namespace systole
