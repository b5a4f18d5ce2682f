// Dependencies between engines. Every engine has a vector clock: the sequence number of each other
// engine that its next operation may take as completed. A conflict with something later than that
// becomes a wait; the clock of the operation waited for is merged in, so that no wait is made
// twice, also not through a third engine.
#include "sw_driver/include/command_stream.h"

#include "sw_driver/gen/engine_regs.h"
#include "sw_driver/src/bytes.h"

namespace systole::driver {
namespace {

constexpr uint32_t kNoEngine = ~0u;

void raise(uint32_t* value, uint32_t to) {
  if (sequence_reached(to, *value)) *value = to;
}

hw::DescriptorHeader* header(void* descriptor) {
  return static_cast<hw::DescriptorHeader*>(descriptor);
}

/// A descriptor in the making.
struct alignas(8) Draft {
  uint8_t bytes[kDescriptorBytes];
};

}  // namespace

void CommandStream::Needs::add(uint32_t engine, uint32_t sequence) {
  if (needed[engine]) {
    raise(&at[engine], sequence);
  } else {
    needed[engine] = true;
    at[engine] = sequence;
  }
}

void CommandStream::init(Hal& hal, const Soc& soc, Plic& plic, Engine* engines,
                         const StreamOptions& options) {
  hal_ = &hal;
  soc_ = &soc;
  plic_ = &plic;
  engines_ = engines;
  engine_count_ = soc.engines();
  options_ = options;
  statistics_ = {};
  offload_ = {};
  restart();
}

void CommandStream::restart() {
  state_ = Status::Ok;
  faulty_engine_ = 0;
  live_.clear();
  for (uint32_t& next : next_) next = 0;
  for (uint32_t e = 0; e < engine_count_; ++e) retired_[e] = engines_[e].completed();
  for (uint32_t e = 0; e < engine_count_; ++e) {
    for (uint32_t f = 0; f < engine_count_; ++f) known_[e].at[f] = retired_[f];
  }
}

const EngineConfig* CommandStream::config(EngineKind kind) const {
  return instances(kind) == 0 ? nullptr : &engines_[soc_->engine_index(kind, 0)].config();
}

Status CommandStream::fail(Status status, uint32_t engine) {
  state_ = status;
  faulty_engine_ = engine;
  return status;
}

CommandStream::Clock& CommandStream::clock_of(uint32_t engine, uint32_t sequence) {
  return clocks_[engine][sequence & (kMaxRingDescriptors - 1)];
}

Status CommandStream::append(EngineKind kind, int instance, const void* descriptor,
                             const Access* accesses, uint32_t count, Ticket* ticket) {
  if (state_ != Status::Ok) return state_;
  const uint32_t available = instances(kind);
  if (descriptor == nullptr || available == 0) return Status::BadArgument;
  if (instance != kAnyInstance && (instance < 0 || static_cast<uint32_t>(instance) >= available)) {
    return Status::BadArgument;
  }
  uint32_t& next = next_[static_cast<uint32_t>(kind)];
  const uint32_t chosen = instance == kAnyInstance ? next : static_cast<uint32_t>(instance);
  if (instance == kAnyInstance) next = (next + 1) % available;
  const uint32_t engine = soc_->engine_index(kind, chosen);

  retire();
  Needs needs;
  if (options_.track_dependencies) {
    for (uint32_t i = 0; i < count; ++i) collect(accesses[i], engine, &needs);
    drop_implied(engine, &needs);
  }

  Draft draft;
  copy_bytes(draft.bytes, descriptor, kDescriptorBytes);
  // A descriptor has one wait: NOPs in front take all but the last. Each is pushed before the next
  // wait is made, so that its clock has only what has been waited for by then.
  uint32_t left = 0;
  for (uint32_t other = 0; other < engine_count_; ++other) left += needs.needed[other];
  for (uint32_t other = 0; other < engine_count_; ++other) {
    if (!needs.needed[other]) continue;
    Draft nop;
    clear_bytes(nop.bytes, kDescriptorBytes);
    header(nop.bytes)->version = hw::DESC_VERSION;
    header(nop.bytes)->units = hw::DESC_UNITS;
    const bool last = --left == 0;
    Status status = await(engine, other, needs.at[other], last ? draft.bytes : nop.bytes);
    if (status == Status::Ok && !last) {
      status = push(engine, nop.bytes, nullptr);
      ++statistics_.nops;
    }
    if (status != Status::Ok) return status;
  }

  uint32_t sequence = 0;
  Status status = push(engine, draft.bytes, &sequence);
  for (uint32_t i = 0; status == Status::Ok && i < count; ++i)
    status = remember(accesses[i], engine, sequence);
  if (status != Status::Ok) return status;
  ++statistics_.operations;
  if (ticket != nullptr) *ticket = {engine, sequence};
  return Status::Ok;
}

/// What `access` conflicts with on other engines than `engine`.
void CommandStream::collect(const Access& access, uint32_t engine, Needs* needs) const {
  live_.for_each_against(access, [&](const LiveRange& live) {
    if (live.engine != engine && overlaps(live.range, access.range))
      needs->add(live.engine, live.sequence);
  });
}

/// Takes out what `engine` knows already, or will know by one of the other waits.
void CommandStream::drop_implied(uint32_t engine, Needs* needs) {
  for (uint32_t f = 0; f < engine_count_; ++f) {
    if (needs->needed[f] && sequence_reached(known_[engine].at[f], needs->at[f]))
      needs->needed[f] = false;
  }
  for (uint32_t f = 0; f < engine_count_; ++f) {
    if (!needs->needed[f]) continue;
    const Clock& clock = clock_of(f, needs->at[f]);
    for (uint32_t g = 0; g < engine_count_; ++g) {
      if (g != f && needs->needed[g] && sequence_reached(clock.at[g], needs->at[g]))
        needs->needed[g] = false;
    }
  }
}

/// Lets `descriptor`, the next of `engine`, wait for operation `sequence` of `other`.
Status CommandStream::await(uint32_t engine, uint32_t other, uint32_t sequence, void* descriptor) {
  uint32_t signalled = 0;
  const Status status = engines_[other].request_signal(sequence, &signalled);
  if (status != Status::Ok) return status;
  hw::DescriptorHeader* h = header(descriptor);
  h->flags |= hw::DESC_FLAG_WAIT;
  h->wait_addr = engines_[other].word_addr();
  h->wait_value = signalled;
  h->wait_timeout = options_.wait_timeout_cycles;
  ++statistics_.waits;
  const Clock& clock = clock_of(other, signalled);
  for (uint32_t g = 0; g < engine_count_; ++g) raise(&known_[engine].at[g], clock.at[g]);
  return Status::Ok;
}

/// Into the ring; if it is full, everything recorded starts and the CPU sleeps until there is room.
Status CommandStream::push(uint32_t engine, const void* descriptor, uint32_t* sequence) {
  uint32_t number = 0;
  Status status = engines_[engine].append(descriptor, &number);
  while (status == Status::RingFull) {
    const uint32_t oldest = engines_[engine].completed() + 1;
    status = stall(engine, oldest);
    if (status == Status::Ok) status = engines_[engine].append(descriptor, &number);
  }
  if (status != Status::Ok) return status;
  known_[engine].at[engine] = number;
  clock_of(engine, number) = known_[engine];
  if (sequence != nullptr) *sequence = number;
  return Status::Ok;
}

/// Adds a range to the table. Entries that the new one stands for are replaced: a write covers all
/// that it had to wait for, a read covers earlier reads of its own engine.
Status CommandStream::remember(const Access& access, uint32_t engine, uint32_t sequence) {
  const LiveRange added{access.range, engine, sequence, access.write};
  const auto replaced = [&](const LiveRange& live) {
    const bool stands_for = access.write ? options_.track_dependencies : live.engine == engine;
    return stands_for && covers(access.range, live.range);
  };
  if (sequence_reached(retired_[engine], sequence)) {  // completed in a stall() before this
    live_.remove_under(access, replaced);
    return Status::Ok;
  }
  if (live_.replace_under(added, replaced)) return Status::Ok;
  while (live_.full()) {
    const Status status = stall(live_.oldest().engine, live_.oldest().sequence);
    if (status != Status::Ok) return status;
  }
  if (!sequence_reached(retired_[engine], sequence)) {  // it may have completed in stall()
    live_.insert(added);
  }
  return Status::Ok;
}

/// Forgets what has completed.
void CommandStream::retire() {
  bool idle = true;
  uint32_t changed = 0;
  for (uint32_t f = 0; f < engine_count_; ++f) {
    const uint32_t done = engines_[f].completed();
    idle = idle && done == engines_[f].appended();
    if (done == retired_[f]) continue;
    retired_[f] = done;
    for (uint32_t e = 0; e < engine_count_; ++e) raise(&known_[e].at[f], done);
    changed |= 1u << f;
  }
  if (idle) {
    live_.clear();
    return;
  }
  for (uint32_t f = 0; changed != 0; ++f, changed >>= 1) {
    if ((changed & 1) != 0) live_.retire(f, retired_[f]);
  }
}

/// True if no other engine's last operation comes after this engine's last one.
bool CommandStream::is_sink(uint32_t engine) {
  const uint32_t last = engines_[engine].appended();
  for (uint32_t f = 0; f < engine_count_; ++f) {
    if (f == engine || engines_[f].appended() == engines_[f].rung()) continue;
    if (sequence_reached(clock_of(f, engines_[f].appended()).at[engine], last)) return false;
  }
  return true;
}

Status CommandStream::flush() {
  if (state_ != Status::Ok) return state_;
  bool interrupt[kMaxEngines];
  for (uint32_t e = 0; e < engine_count_; ++e) interrupt[e] = is_sink(e);
  bool rang = false;
  for (uint32_t e = 0; e < engine_count_; ++e) {
    if (engines_[e].appended() == engines_[e].rung()) continue;
    const Status status = engines_[e].doorbell(interrupt[e]);
    if (status != Status::Ok) return fail(status, e);
    ++statistics_.doorbells;
    rang = true;
  }
  if (rang) ++statistics_.flushes;
  return Status::Ok;
}

/// Sleeps until one interrupt has been served.
Status CommandStream::sleep(uint64_t deadline) {
  const uint64_t now = hal_->now_cycles();
  if (now >= deadline || !hal_->wait_for_interrupt(deadline - now)) {
    // Not acted upon, but worth knowing: an engine may have stopped without its interrupt being
    // seen.
    uint32_t suspect = kNoEngine;
    for (uint32_t e = 0; e < engine_count_; ++e) {
      const bool stopped = engines_[e].refresh_fault() == Status::EngineError;
      if (stopped || (suspect == kNoEngine && !engines_[e].idle())) suspect = e;
      if (stopped) break;
    }
    return fail(Status::Timeout, suspect == kNoEngine ? 0 : suspect);
  }
  uint32_t source = 0;
  Status status = plic_->claim(&source);
  if (status != Status::Ok) return fail(status, 0);
  if (source == 0) return Status::Ok;
  ++statistics_.interrupts;
  const uint32_t engine = source - soc_->engine_irq;
  const bool ours = source >= soc_->engine_irq && engine < engine_count_;
  if (ours) status = engines_[engine].service_interrupt();
  const Status completed = plic_->complete(source);
  if (status == Status::Ok) status = completed;
  return status == Status::Ok ? status : fail(status, ours ? engine : 0);
}

/// Waits, in the middle of recording, for one operation.
Status CommandStream::stall(uint32_t engine, uint32_t sequence) {
  ++statistics_.stalls;
  Needs needs;
  needs.add(engine, sequence);
  return wait_needs(needs, 0);
}

Status CommandStream::wait_needs(const Needs& needs, uint64_t timeout_cycles) {
  const Status flushed = flush();
  if (flushed != Status::Ok) return flushed;
  const uint64_t deadline =
      hal_->now_cycles() + (timeout_cycles != 0 ? timeout_cycles : options_.cpu_timeout_cycles);
  for (;;) {
    bool reached = true;
    for (uint32_t e = 0; e < engine_count_; ++e) {
      if (needs.needed[e] && !sequence_reached(engines_[e].completed(), needs.at[e]))
        reached = false;
    }
    if (reached) break;
    const Status status = sleep(deadline);
    if (status != Status::Ok) return status;
  }
  retire();
  return Status::Ok;
}

Status CommandStream::wait(const Ticket& ticket, uint64_t timeout_cycles) {
  if (state_ != Status::Ok) return state_;
  if (ticket.engine >= engine_count_ ||
      !sequence_reached(engines_[ticket.engine].appended(), ticket.sequence)) {
    return Status::BadArgument;
  }
  Needs needs;
  needs.add(ticket.engine, ticket.sequence);
  return wait_needs(needs, timeout_cycles);
}

Status CommandStream::finish(uint64_t timeout_cycles) {
  if (state_ != Status::Ok) return state_;
  Needs needs;
  for (uint32_t e = 0; e < engine_count_; ++e) needs.add(e, engines_[e].appended());
  return wait_needs(needs, timeout_cycles);
}

Status CommandStream::wait_for(const Access& access, uint64_t timeout_cycles) {
  if (state_ != Status::Ok) return state_;
  Needs needs;
  collect(access, kNoEngine, &needs);
  return wait_needs(needs, timeout_cycles);
}

bool CommandStream::done(const Ticket& ticket) const {
  return ticket.engine < engine_count_ &&
         sequence_reached(engines_[ticket.engine].completed(), ticket.sequence);
}

}  // namespace systole::driver
