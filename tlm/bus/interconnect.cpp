#include "tlm/bus/interconnect.h"

#include <algorithm>

namespace systole {

namespace {
constexpr unsigned kSyncBytes = 4;  // words that engines wait for; bulk bursts are longer

unsigned log2_of(unsigned value) {
  unsigned shift = 0;
  while ((1u << shift) < value) ++shift;
  return shift;
}

/// Makes `module` the parent of what is constructed meanwhile.
class InsideModule {
 public:
  explicit InsideModule(sc_core::sc_module* module) : context_(module->simcontext()) {
    context_->hierarchy_push(module);
  }
  ~InsideModule() { context_->hierarchy_pop(); }

 private:
  sc_core::sc_simcontext* context_;
};
}  // namespace

/// A port's two data channels and what went through them.
struct Interconnect::Channels {
  Calendar read, write;
  PortReport report;
  uint64_t prune_at_ps = 0;

  void prune(uint64_t now_ps, const Clock& clock) {
    if (now_ps < prune_at_ps) return;
    const uint64_t now = clock.floor_cycles(now_ps);
    prune_at_ps = clock.ps(now + kPruneCycles);
    if (now <= kHorizonCycles) return;
    read.prune(now - kHorizonCycles);
    write.prune(now - kHorizonCycles);
  }
  void count(bool is_write, unsigned bytes, bool ok) {
    ++report.transactions;
    if (!ok)
      ++report.errors;
    else
      (is_write ? report.bytes_written : report.bytes_read) += bytes;
  }
  PortReport snapshot() const {
    PortReport result = report;
    result.read_busy_cycles = read.busy();
    result.write_busy_cycles = write.busy();
    return result;
  }
};

struct Interconnect::Initiator : Channels {
  explicit Initiator(const std::string& name) : socket(name.c_str()) {}
  tlm_utils::passthrough_target_socket_tagged<Interconnect> socket;
  Target* recent = nullptr;  ///< where the last transaction went
  bool runs_ahead = false;
  bool moves_bulk = false, polls = false;  ///< what the last transaction says
  bool front_end = false;                  ///< set_front_end()
};

struct Interconnect::Target : Channels {
  explicit Target(const std::string& name) : socket(name.c_str()) {}
  tlm_utils::simple_initiator_socket_tagged<Interconnect> socket;
  uint64_t base = 0, bytes = 0;
  std::unique_ptr<ArbitrationPolicy> policy;
  RepeatableTarget* repeatable = nullptr;
  std::vector<Skip> skips;
  struct Poller {
    unsigned initiator;
    Skipper* skipper;
  };
  std::vector<Poller> pollers;  ///< look at words here
  std::vector<uint64_t> uses;   ///< transactions by initiator
  uint64_t last_arrival = ~uint64_t{0};
  unsigned last_initiator = 0;

  /// A request from `now` on may still reach the target together with the last one.
  bool ahead(uint64_t now) const { return last_arrival != ~uint64_t{0} && last_arrival >= now; }
  bool holds(uint64_t addr, uint64_t length) const {
    return addr >= base && addr - base < bytes && length <= bytes - (addr - base);
  }
};

Interconnect::Interconnect(const sc_core::sc_module_name& name, const InterconnectConfig& config)
    : sc_module(name), config_(config), width_shift_(log2_of(config.width_bits / 8)) {
  const unsigned width = config_.width_bits;
  if (width < 32 || width > 512 || (width & (width - 1)))
    SC_REPORT_FATAL(this->name(), "bus.width_bits must be a power of two, 32 to 512");
  if (!make_arbitration(config_.arbitration))
    SC_REPORT_FATAL(this->name(), "bus.arbitration must be round_robin or fixed");
}

Interconnect::~Interconnect() = default;

unsigned Interconnect::connect_initiator(const std::string& port,
                                         tlm::tlm_initiator_socket<>& socket, bool runs_ahead) {
  const InsideModule inside(this);
  const unsigned id = static_cast<unsigned>(initiators_.size());
  initiators_.push_back(std::make_unique<Initiator>("in_" + port));
  Initiator& initiator = *initiators_.back();
  initiator.report.name = port;
  initiator.runs_ahead = runs_ahead;
  initiator.socket.register_b_transport(this, &Interconnect::b_transport, static_cast<int>(id));
  initiator.socket.register_transport_dbg(this, &Interconnect::transport_dbg, static_cast<int>(id));
  initiator.socket.register_get_direct_mem_ptr(this, &Interconnect::get_direct_mem_ptr,
                                               static_cast<int>(id));
  socket.bind(initiator.socket);
  return id;
}

unsigned Interconnect::connect_target(const std::string& port, uint64_t base, uint64_t bytes,
                                      tlm::tlm_target_socket<>& socket,
                                      RepeatableTarget* repeatable) {
  for (const auto& other : targets_)
    if (bytes == 0 || (base < other->base + other->bytes && other->base < base + bytes))
      SC_REPORT_FATAL(
          name(), ("window of " + port + " is empty or overlaps " + other->report.name).c_str());
  const InsideModule inside(this);
  const unsigned id = static_cast<unsigned>(targets_.size());
  targets_.push_back(std::make_unique<Target>("out_" + port));
  Target& target = *targets_.back();
  target.report.name = port;
  target.base = base;
  target.bytes = bytes;
  target.repeatable = repeatable;
  target.policy = make_arbitration(config_.arbitration);
  target.socket.register_invalidate_direct_mem_ptr(this, &Interconnect::invalidate_direct_mem_ptr,
                                                   static_cast<int>(id));
  target.socket.bind(socket);
  return id;
}

Interconnect::Target* Interconnect::decode(Initiator& initiator, uint64_t addr,
                                           uint64_t bytes) const {
  if (initiator.recent && initiator.recent->holds(addr, bytes)) return initiator.recent;
  for (const auto& target : targets_)
    if (target->holds(addr, bytes)) return initiator.recent = target.get();
  return nullptr;
}

uint64_t Interconnect::lost_tie(Target& target, unsigned initiator, uint64_t arrival) const {
  const bool tie = target.last_arrival == arrival && target.last_initiator != initiator;
  target.last_arrival = arrival;
  const unsigned other = target.last_initiator;
  target.last_initiator = initiator;
  return tie && target.policy->loses(initiator, other) ? 1 : 0;
}

const Interconnect::Skip* Interconnect::disturbed(unsigned initiator, const Target& to) const {
  for (const Skip& skip : to.skips) {
    if (skip.initiator == initiator || apart_.agree(initiator, skip.initiator)) continue;
    if (!(initiators_[initiator]->front_end && apart_.runs_long(skip.initiator))) return &skip;
  }
  return nullptr;
}

/// True if an access that `lead_ps` lies before could be placed after one that is due earlier.
bool Interconnect::must_wait(Initiator& from, bool disturbs, unsigned bytes, bool is_write,
                             uint64_t lead_ps) {
  const bool bulk = bytes > kSyncBytes, poll = !bulk && !is_write;
  moving_ += static_cast<unsigned>(bulk) - static_cast<unsigned>(from.moves_bulk);
  polling_ += static_cast<unsigned>(poll) - static_cast<unsigned>(from.polls);
  from.moves_bulk = bulk;
  from.polls = poll;
  if (!bulk || lead_ps == 0 || Clock::lag_ps() != 0) return false;
  if (disturbs) return true;
  if (moving_ == 1 && polling_ != 0) return false;
  return sc_core::sc_time_to_pending_activity(simcontext()).value() < lead_ps ||
         looks_.next_ps() < Clock::now_ps() + lead_ps;
}

/// Those that are due before the initiator's access of now.
void Interconnect::do_looks_before(unsigned initiator) {
  looks_.run(Clock::now_ps(),
             [&](unsigned other) { return !(initiator < other && ran_as_said(initiator)); });
}

void Interconnect::await_turn(unsigned initiator, Target& to, bool is_write, uint64_t addr,
                              unsigned bytes, uint64_t lead_ps) {
  Initiator& from = *initiators_[initiator];
  if (Clock::now_ps() >= soonest_ps_) let_others_go_first(initiator);
  do_looks_before(initiator);
  const bool disturbs = !to.skips.empty() && disturbed(initiator, to) != nullptr;
  if (from.runs_ahead && must_wait(from, disturbs, bytes, is_write, lead_ps)) {
    sc_core::wait(Clock::span(lead_ps));
    do_looks_before(initiator);
  }
  if (is_write) looks_.written(addr, bytes, initiator);
  while (const Skip* skip = to.skips.empty() ? nullptr : disturbed(initiator, to))
    skip->skipper->settle(initiator < skip->initiator && ran_as_said(initiator));
  for (size_t i = 0; is_write && i < to.pollers.size();) {
    const Target::Poller poller = to.pollers[i];
    if (poller.initiator == initiator) {
      ++i;
      continue;
    }
    poller.skipper->settle(initiator < poller.initiator && ran_as_said(initiator));
    i = 0;
  }
  if (to.uses.size() <= initiator) to.uses.resize(initiators_.size());
  ++to.uses[initiator];
}

void Interconnect::b_transport(int id, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const unsigned initiator = static_cast<unsigned>(id);
  Initiator& from = *initiators_[initiator];
  const Clock& clock = config_.clock;
  const uint64_t addr = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  const bool is_write = payload.is_write();
  Target* to = bytes ? decode(from, addr, bytes) : nullptr;
  const uint64_t entry = clock.ceil_cycles(Clock::now_ps() + delay.value());
  if (!to) {
    from.count(is_write, bytes, false);
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    delay = Clock::span(clock.ps(entry + config_.latency_cycles) - Clock::now_ps());
    return;
  }
  await_turn(initiator, *to, is_write, addr, bytes, delay.value());
  const uint64_t now = Clock::now_ps();
  const Passage passage = enter(initiator, *to, is_write, addr, bytes, entry);
  payload.set_address(addr - to->base);
  delay = Clock::span(clock.ps(passage.request) - now);
  to->socket->b_transport(payload, delay);
  payload.set_address(addr);

  // The target may have waited: what it annotated is relative to the time now.
  const uint64_t after = Clock::now_ps();
  const uint64_t end = leave(passage, clock.ceil_cycles(after + delay.value()));
  const bool ok = payload.is_response_ok();
  from.count(is_write, bytes, ok);
  to->count(is_write, bytes, ok);
  delay = Clock::span(clock.ps(end) - after);
}

uint64_t Interconnect::book(unsigned initiator, bool is_write, uint64_t addr, unsigned bytes,
                            uint64_t cycle) {
  Target* to = decode(*initiators_[initiator], addr, bytes);
  if (!to || !to->repeatable || (is_write && !to->repeatable->writable())) return kNoTarget;
  const Clock& clock = config_.clock;
  const uint64_t now = Clock::now_ps(), at = std::max(clock.ps(cycle), now);
  await_turn(initiator, *to, is_write, addr, bytes, at - now);
  return pass(initiator, *to, is_write, addr, bytes, clock.ceil_cycles(at));
}

Interconnect::Passage Interconnect::enter(unsigned initiator, Target& to, bool is_write,
                                          uint64_t addr, unsigned bytes, uint64_t entry) {
  Initiator& from = *initiators_[initiator];
  const uint64_t now = Clock::now_ps();
  from.prune(now, config_.clock);
  to.prune(now, config_.clock);
  const uint64_t width_mask = (uint64_t{1} << width_shift_) - 1;
  const uint64_t beats = ((addr & width_mask) + bytes + width_mask) >> width_shift_;
  uint64_t request = entry + config_.latency_cycles;
  request += lost_tie(to, initiator, request);
  uint64_t end = 0;
  if (is_write) {
    const uint64_t first = entry - std::min(entry, beats - 1);
    const uint64_t sent = from.write.book(first, beats);
    request += sent - std::min(sent, entry + 1);
    end = to.write.book(request - std::min(request, beats - 1), beats);
    request = end - 1;
  }
  return {from, to, is_write, beats, request, end};
}

uint64_t Interconnect::leave(const Passage& p, uint64_t answered) {
  if (p.is_write) return std::max(p.end, answered);
  const uint64_t ready = std::max(p.request, answered - std::min(answered, p.beats));
  const uint64_t left = p.to.read.book(ready, p.beats);
  return p.from.read.book(left - p.beats, p.beats);
}

// ------------------------------------------------------------------ skipping

namespace {
template <class Targets, class Function>
void for_each_of(uint64_t mask, Targets& targets, Function function) {
  for (size_t i = 0; mask != 0; ++i, mask >>= 1)
    if (mask & 1) function(*targets[i]);
}
}  // namespace

void Interconnect::settle() {
  looks_.run_due();
  const bool outside = !sc_core::sc_get_current_process_handle().valid();
  if (!outside) let_others_go_first(~0u);
  for (const auto& target : targets_) {
    for (const Skip& skip : target->skips)
      if (outside) skip.skipper->settle_soon();
    while (!outside && !target->skips.empty()) target->skips.front().skipper->settle(false);
    for (const Target::Poller& poller : target->pollers)
      if (outside) poller.skipper->settle_soon();
    while (!outside && !target->pollers.empty()) target->pollers.front().skipper->settle(false);
  }
}

uint64_t Interconnect::target_bit(uint64_t addr, uint64_t bytes) const {
  for (size_t i = 0; i < targets_.size() && i < 64; ++i)
    if (targets_[i]->holds(addr, bytes)) {
      const RepeatableTarget* target = targets_[i]->repeatable;
      return target && target->address_period() ? uint64_t{1} << i : 0;
    }
  return 0;
}

uint64_t Interconnect::address_phase(uint64_t addr) const {
  for (const auto& target : targets_)
    if (target->holds(addr, 1)) return (addr - target->base) % target->repeatable->address_period();
  return 0;
}

uint64_t Interconnect::address_period(uint64_t target) const {
  uint64_t period = 0;
  for_each_of(target, targets_, [&](Target& t) { period = t.repeatable->address_period(); });
  return period;
}

bool Interconnect::writable(uint64_t target) const {
  bool writable = true;
  for_each_of(target, targets_, [&](Target& t) { writable = t.repeatable->writable(); });
  return writable;
}

uint64_t Interconnect::pass(unsigned initiator, bool is_write, uint64_t addr, unsigned bytes,
                            uint64_t cycle) {
  Target& to = *decode(*initiators_[initiator], addr, bytes);
  if (to.uses.size() <= initiator) to.uses.resize(initiators_.size());
  ++to.uses[initiator];
  const uint64_t entry = std::max(cycle, config_.clock.ceil_cycles(Clock::now_ps()));
  return pass(initiator, to, is_write, addr, bytes, entry);
}

uint64_t Interconnect::pass(unsigned initiator, Target& to, bool is_write, uint64_t addr,
                            unsigned bytes, uint64_t entry) {
  const Clock& clock = config_.clock;
  const Passage passage = enter(initiator, to, is_write, addr, bytes, entry);
  const uint64_t answered =
      to.repeatable->pass(is_write, addr - to.base, bytes, clock.ps(passage.request));
  passage.from.count(is_write, bytes, true);
  to.count(is_write, bytes, true);
  return leave(passage, clock.ceil_cycles(answered));
}

Pace Interconnect::pace(uint64_t targets) const {
  Pace pace;
  pace.beat_bytes = config_.width_bits / 8;
  for_each_of(targets, targets_, [&](Target& t) { t.repeatable->pace(pace); });
  pace.latency_ps += config_.clock.ps(config_.latency_cycles);
  return pace;
}

void Interconnect::count(unsigned initiator, bool is_write, uint64_t addr,
                         const BurstCounts& bursts) {
  Initiator& from = *initiators_[initiator];
  Target& to = *decode(from, addr, 1);
  const uint64_t transactions = bursts.bursts(), beats = bursts.beats();
  if (to.uses.size() <= initiator) to.uses.resize(initiators_.size());
  to.uses[initiator] += transactions;
  for (Channels* channels : {static_cast<Channels*>(&from), static_cast<Channels*>(&to)}) {
    channels->report.transactions += transactions;
    (is_write ? channels->report.bytes_written : channels->report.bytes_read) += beats
                                                                                 << width_shift_;
    (is_write ? channels->write : channels->read).count(beats);
  }
  to.repeatable->count(is_write, bursts, config_.width_bits / 8);
}

void Interconnect::state(StateArchive& archive, unsigned initiator, uint64_t targets,
                         uint64_t now_cycle) {
  const auto channels = [&](Channels& c) {
    if (!archive.saving()) c.prune_at_ps = 0;
    c.read.state(archive, look_back(now_cycle), false);
    c.write.state(archive, look_back(now_cycle), false);
    archive.count(c.report.transactions);
    archive.count(c.report.bytes_read);
    archive.count(c.report.bytes_written);
  };
  channels(*initiators_[initiator]);
  for_each_of(targets, targets_, [&](Target& target) {
    channels(target);
    target.repeatable->state(archive, now_cycle);
    target.uses.resize(initiators_.size());
    archive.count(target.uses[initiator]);
    // A later request may tie with the last one, if that is still ahead.
    uint64_t arrival = target.ahead(now_cycle) ? target.last_arrival : 0;
    archive.time(arrival);
    if (archive.saving()) return;
    target.last_arrival = arrival == 0 ? ~uint64_t{0} : arrival;
    target.last_initiator = initiator;
  });
}

bool Interconnect::quiet(unsigned initiator, uint64_t targets, uint64_t now_cycle) const {
  if (apart_.running(initiator)) return apart_.is_undisturbed(initiator);
  bool quiet = true;
  for_each_of(targets, targets_, [&](const Target& target) {
    if (target.last_initiator != initiator && target.ahead(now_cycle)) quiet = false;
    for (const Skip& skip : target.skips)
      if (skip.initiator != initiator) quiet = false;
  });
  return quiet;
}

void Interconnect::set_front_end(unsigned initiator, bool is_front_end) {
  initiators_[initiator]->front_end = is_front_end;
}

/// A state that was saved when nothing was booked has nothing but zeros.
void Interconnect::forget(unsigned initiator, uint64_t targets, uint64_t now_cycle) {
  static const StateWords nothing(4096);
  StateArchive archive =
      StateArchive::loading(now_cycle, config_.clock.period_ps(), nothing, StateArchive::Counts{});
  state(archive, initiator, targets, now_cycle);
}

void Interconnect::reopen(unsigned initiator, uint64_t targets, uint64_t cycle) {
  const uint64_t from = cycle - std::min(cycle, kHorizonCycles);
  const auto channels = [&](Channels& c) {
    c.read.reopen(from);
    c.write.reopen(from);
  };
  channels(*initiators_[initiator]);
  for_each_of(targets, targets_, [&](Target& target) {
    channels(target);
    target.repeatable->reopen(config_.clock.ps(cycle));
  });
}

TargetLoads Interconnect::busy(uint64_t targets) const {
  TargetLoads loads;
  for_each_of(targets, targets_, [&](const Target& target) {
    loads.push_back({static_cast<double>(target.read.busy()),
                     static_cast<double>(target.write.busy()),
                     static_cast<double>(target.repeatable->busy_ps()) /
                         static_cast<double>(config_.clock.period_ps())});
  });
  return loads;
}

bool Interconnect::keeps_order(unsigned initiator) const {
  return initiators_[initiator]->runs_ahead;
}

uint64_t Interconnect::foreign(unsigned initiator, uint64_t targets) const {
  uint64_t uses = 0;
  for_each_of(targets, targets_, [&](Target& target) {
    for (size_t i = 0; i < target.uses.size(); ++i) uses += i == initiator ? 0 : target.uses[i];
  });
  return uses;
}

bool Interconnect::begin_skip(unsigned initiator, uint64_t targets, Skipper& skipper) {
  bool free = true;
  for_each_of(targets, targets_, [&](const Target& target) {
    for (const Skip& skip : target.skips) free = free && apart_.agree(initiator, skip.initiator);
  });
  if (!free) return false;
  for_each_of(targets, targets_, [&](Target& target) {
    target.skips.push_back({initiator, &skipper});
  });
  return true;
}

void Interconnect::end_skip(unsigned initiator, uint64_t targets) {
  for_each_of(targets, targets_, [&](Target& target) {
    auto& skips = target.skips;
    skips.erase(std::remove_if(skips.begin(), skips.end(),
                               [=](const Skip& skip) { return skip.initiator == initiator; }),
                skips.end());
  });
}

void Interconnect::begin_poll(unsigned initiator, uint64_t targets, Skipper& poller) {
  for_each_of(targets, targets_, [&](Target& target) {
    target.pollers.push_back({initiator, &poller});
  });
}

void Interconnect::end_poll(unsigned initiator, uint64_t targets) {
  for_each_of(targets, targets_, [&](Target& target) {
    auto& pollers = target.pollers;
    pollers.erase(std::remove_if(pollers.begin(), pollers.end(),
                                 [=](const auto& p) { return p.initiator == initiator; }),
                  pollers.end());
  });
}

void Interconnect::count_looks(unsigned initiator, uint64_t addr, uint64_t times) {
  Initiator& from = *initiators_[initiator];
  Target& to = *decode(from, addr, kSyncBytes);
  for (Channels* channels : {static_cast<Channels*>(&from), static_cast<Channels*>(&to)}) {
    channels->report.transactions += times;
    channels->report.bytes_read += times * kSyncBytes;
    channels->read.count(times);
  }
  to.repeatable->count_looks(times, kSyncBytes);
}

void Interconnect::will_run(unsigned initiator, uint64_t ps) {
  soonest_ps_ = std::min(soonest_ps_, ps);
  for (Run& run : runs_)
    if (run.initiator == initiator) {
      run.next_ps = ps;
      return;
    }
  runs_.push_back({initiator, ps, ~uint64_t{0}});
}

void Interconnect::runs(unsigned initiator, bool as_said) {
  for (Run& run : runs_)
    if (run.initiator == initiator) {
      run.next_ps = ~uint64_t{0};
      if (as_said) run.last_ps = Clock::real_ps();
    }
}

bool Interconnect::ran_as_said(unsigned initiator) const {
  const uint64_t now = Clock::real_ps();
  return std::any_of(runs_.begin(), runs_.end(), [=](const Run& run) {
    return run.initiator == initiator && run.last_ps == now;
  });
}

void Interconnect::let_others_go_first(unsigned initiator) {
  const uint64_t now = Clock::now_ps();
  if (now < soonest_ps_ || Clock::lag_ps() != 0) return;
  for (size_t i = 0; i < runs_.size(); ++i) {
    if (runs_[i].next_ps != now || runs_[i].initiator == initiator) continue;
    if (initiator < runs_[i].initiator && ran_as_said(initiator)) continue;
    sc_core::wait(sc_core::SC_ZERO_TIME);
    i = 0;
  }
  soonest_ps_ = ~uint64_t{0};
  for (const Run& run : runs_) soonest_ps_ = std::min(soonest_ps_, run.next_ps);
}

unsigned Interconnect::transport_dbg(int id, tlm::tlm_generic_payload& payload) {
  const uint64_t addr = payload.get_address();
  Target* to = decode(*initiators_[static_cast<size_t>(id)], addr, payload.get_data_length());
  if (!to) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return 0;
  }
  if (payload.is_write())
    looks_.written_directly(addr, payload.get_data_length(), static_cast<unsigned>(id));
  payload.set_address(addr - to->base);
  const unsigned done = to->socket->transport_dbg(payload);
  payload.set_address(addr);
  return done;
}

bool Interconnect::get_direct_mem_ptr(int id, tlm::tlm_generic_payload& payload,
                                      tlm::tlm_dmi& dmi) {
  const uint64_t addr = payload.get_address();
  dmi.set_start_address(addr);
  dmi.set_end_address(addr);
  Target* to = decode(*initiators_[static_cast<size_t>(id)], addr, 1);
  if (!to) return false;
  payload.set_address(addr - to->base);
  const bool granted = to->socket->get_direct_mem_ptr(payload, dmi);
  payload.set_address(addr);
  const uint64_t last = std::min<uint64_t>(dmi.get_end_address(), to->bytes - 1);
  dmi.set_start_address(to->base + dmi.get_start_address());
  dmi.set_end_address(to->base + last);
  return granted;
}

void Interconnect::invalidate_direct_mem_ptr(int id, sc_dt::uint64 start, sc_dt::uint64 end) {
  const Target& target = *targets_[static_cast<size_t>(id)];
  const uint64_t last = std::min<uint64_t>(end, target.bytes - 1);
  for (auto& initiator : initiators_)
    initiator->socket->invalidate_direct_mem_ptr(target.base + start, target.base + last);
}

std::vector<PortReport> Interconnect::initiator_reports() const {
  std::vector<PortReport> reports;
  for (const auto& port : initiators_) reports.push_back(port->snapshot());
  return reports;
}

std::vector<PortReport> Interconnect::target_reports() const {
  std::vector<PortReport> reports;
  for (const auto& port : targets_) reports.push_back(port->snapshot());
  return reports;
}

}  // namespace systole
