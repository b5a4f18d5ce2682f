#include "tlm/twin/engine_twin.h"

#include <algorithm>
#include <cstring>

#include "tlm/twin/header_check.h"

namespace systole {
namespace {

constexpr uint64_t kRegisterBytes = 0x1000;
constexpr uint64_t kAccessCycles = 3;  ///< a register access, first handshake to answer
constexpr uint64_t kEffectCycles = 2;  ///< first handshake of a write to its effect
constexpr uint32_t kWordBytes = 4;     ///< of a look
constexpr uint64_t kMostAlone = 512;   ///< cycles; less than what calendars remember
constexpr uint32_t kIrqMask = hw::ENGINE_IRQ_STATUS_DONE_MASK | hw::ENGINE_IRQ_STATUS_ERROR_MASK |
                              hw::ENGINE_IRQ_STATUS_ABORTED_MASK;

}  // namespace

EngineTwin::EngineTwin(const sc_core::sc_module_name& name, const EngineTwinConfig& config,
                       std::unique_ptr<TwinCore> core)
    : sc_module(name), config_(config), core_(std::move(core)), port_(config.port, *this, *this) {
  if (config_.batch_cycles == 0) SC_REPORT_FATAL(this->name(), "batch_cycles must be at least 1");
  for (const hw::RegisterInfo& reg : *config_.registers) by_offset_[reg.offset / 4] = &reg;
  counts_.name = this->name();
  counts_.parameters = config_.parameters;
  target.register_b_transport(this, &EngineTwin::b_transport);
  target.register_transport_dbg(this, &EngineTwin::transport_dbg);
  manager.register_invalidate_direct_mem_ptr(this, &EngineTwin::invalidate_dmi);
  SC_HAS_PROCESS(EngineTwin);
  SC_THREAD(run);
  set_stack_size(256 * 1024);
  SC_METHOD(drive_interrupt);
  sensitive << irq_change_;
  dont_initialize();
}

// ------------------------------------------------------------------ time

void EngineTwin::wait_until(uint64_t cycle) {
  const uint64_t at = config_.clock.ps(cycle), now = Clock::now_ps();
  if (at <= now) return;
  time_.wait_until(at);
  ++counts_.batches;
}

/// Simulated time reaches `cycle`; register accesses are served on the way.
void EngineTwin::advance(uint64_t cycle) {
  while (config_.clock.ps(cycle) > Clock::now_ps()) {
    const uint64_t step = config_.clock.floor_cycles(Clock::now_ps()) + config_.batch_cycles;
    wait_until(step < cycle && !alone_until(cycle) ? step : cycle);
    serve();
  }
}

/// Simulated time stays close enough behind `cycle`.
void EngineTwin::lead(uint64_t cycle) {
  if (cycle <= config_.batch_cycles) return;
  const uint64_t behind_ps = config_.clock.ps(cycle - config_.batch_cycles);
  if (behind_ps <= Clock::now_ps() || behind_ps <= alone_ps_) return;
  if (!goes_on_alone(cycle - config_.batch_cycles / 4)) advance(cycle - config_.batch_cycles / 4);
}

/// Nobody else runs in the simulation up to `cycle`, but for looks that the bus does.
bool EngineTwin::alone_until(uint64_t cycle) const {
  if (config_.remember || !looks() || !accesses_.empty()) return false;
  return sc_core::sc_time_to_pending_activity(simcontext()).value() >
         config_.clock.ps(cycle) - Clock::now_ps();
}

/// Instead of letting simulated time reach `cycle`: nobody else would run, and who waits for a word
/// has its looks done. What is booked, and in which order, is the same.
bool EngineTwin::goes_on_alone(uint64_t cycle) {
  const uint64_t at = config_.clock.ps(cycle);
  if (at - Clock::now_ps() > config_.clock.ps(kMostAlone) || !alone_until(cycle)) return false;
  looks()->run(at, [this](unsigned other) { return other < time_.initiator(); });
  alone_ps_ = at;
  return true;
}

/// Nothing else happens in the simulation up to `cycle`, which is near: a look at a word there sees
/// what it sees now, nobody books before it, and nobody asks whether this thread is due until then
/// (Interconnect, "Order").
bool EngineTwin::undisturbed_until(uint64_t cycle) const {
  if (config_.remember || !time_.bus() || time_.bus()->many_move()) return false;
  const uint64_t at = config_.clock.ps(cycle), now = Clock::now_ps();
  if (at <= now) return true;
  return at - now <= config_.clock.ps(config_.batch_cycles) &&
         sc_core::sc_time_to_pending_activity(simcontext()).value() > at - now &&
         (!looks() || looks()->next_ps() > at);
}

// ------------------------------------------------------------------ bus

TwinBus::Answer EngineTwin::transact(const Burst& burst, uint64_t cycle) {
  // Who has caught up with the others does not run ahead of them once more.
  const bool arrives = time_.catching_up() && time_.bus()->keeps_order(time_.initiator()) &&
                       config_.clock.ps(cycle) > Clock::real_ps();
  if ((burst.device && !looking_ahead_) || arrives)
    advance(cycle);
  else
    lead(cycle);
  if (time_.looking_ahead()) {
    operation_.skipped = true;
    const uint64_t end_cycle =
        time_.bus()->pass(time_.initiator(), burst.is_write, burst.addr, burst.bytes, cycle);
    see_burst(burst.is_write, cycle, config_.clock.ps(end_cycle));
    return {end_cycle, kAxiOkay};
  }
  if (!accesses_.empty()) serve();  // the interconnect may have let time pass
  if (config_.remember && config_.apart && time_.bus())
    time_.bus()->set_front_end(time_.initiator(), burst.front_end);
  const bool looks = burst.data && !burst.is_write && burst.bytes == kWordBytes;
  const Mapping* mapping = !burst.data || looks ? find_mapping(burst.addr, burst.bytes) : nullptr;
  if (mapping && time_.bus()) {
    const uint8_t* const here = mapping->data + (burst.addr - mapping->base);
    const uint64_t end_cycle = book(burst, cycle);
    if (end_cycle != SkippableBus::kNoTarget) {
      if (looks) std::memcpy(burst.data, here, kWordBytes);
      return {end_cycle, kAxiOkay};
    }
  }
  uint8_t* data = burst.data;
  if (!data && !mapping) {
    scratch_.assign(burst.bytes, 0);
    data = scratch_.data();
  }
  const uint64_t at = config_.clock.ps(cycle), now = Clock::now_ps();
  sc_core::sc_time delay = Clock::span(at > now ? at - now : 0);
  payload_.set_command(burst.is_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload_.set_address(burst.addr);
  payload_.set_data_ptr(data);
  payload_.set_data_length(burst.bytes);
  payload_.set_streaming_width(burst.bytes);
  payload_.set_byte_enable_ptr(const_cast<uint8_t*>(burst.enable));
  payload_.set_byte_enable_length(burst.enable ? burst.bytes : 0);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  manager->b_transport(payload_, delay);
  Answer answer{config_.clock.ceil_cycles(Clock::now_ps() + delay.value()), kAxiOkay};
  if (operation_.running && !burst.device)
    see_burst(burst.is_write, cycle, Clock::now_ps() + delay.value());
  if (!payload_.is_response_ok()) {
    answer.response =
        payload_.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE ? kAxiDecerr : kAxiSlverr;
    // Nothing was booked: of a burst that comes late (TwinPort, Order) the answer does not.
    if (now > at) answer.end_cycle -= config_.clock.ceil_cycles(now) - cycle;
  }
  return answer;
}

/// A burst to memory that moves no data.
uint64_t EngineTwin::book(const Burst& burst, uint64_t cycle) {
  const uint64_t begin_ps = std::max(config_.clock.ps(cycle), Clock::now_ps());
  const uint64_t end_cycle =
      time_.bus()->book(time_.initiator(), burst.is_write, burst.addr, burst.bytes, cycle);
  if (end_cycle == SkippableBus::kNoTarget) return end_cycle;
  const uint64_t end_ps = config_.clock.ps(end_cycle);
  if (operation_.running && !burst.device) see_burst(burst.is_write, cycle, end_ps);
  if (!on_booked_) return end_cycle;
  const auto enabled =
      burst.enable ? std::count(burst.enable, burst.enable + burst.bytes, 0xff) : burst.bytes;
  on_booked_({burst.is_write, burst.bytes, static_cast<uint32_t>(enabled), begin_ps, end_ps});
  return end_cycle;
}

/// Of the running operation: when it went out and was answered.
void EngineTwin::see_burst(bool is_write, uint64_t cycle, uint64_t end_ps) {
  if (operation_.first_ps == 0)
    operation_.first_ps = config_.clock.ps(cycle) - operation_.start_ps + 1;
  if (is_write) operation_.last_ps = end_ps;
}

const EngineTwin::Mapping* EngineTwin::search_mapping(uint64_t addr, uint64_t bytes) {
  for (recent_mapping_ = 0; recent_mapping_ < mappings_.size(); ++recent_mapping_)
    if (mappings_[recent_mapping_].holds(addr, bytes)) return &mappings_[recent_mapping_];
  tlm::tlm_generic_payload payload;
  tlm::tlm_dmi dmi;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(addr);
  if (!manager->get_direct_mem_ptr(payload, dmi)) return nullptr;
  const Mapping found{dmi.get_start_address(), dmi.get_end_address(), dmi.get_dmi_ptr(),
                      dmi.is_write_allowed()};
  if (!found.holds(addr, bytes)) return nullptr;
  mappings_.push_back(found);
  return &mappings_.back();
}

uint8_t* EngineTwin::map(uint64_t addr, uint64_t bytes, bool write) {
  const Mapping* mapping = bytes ? find_mapping(addr, bytes) : nullptr;
  if (!mapping || (write && !mapping->writable)) return nullptr;
  if (write && on_direct_write_) on_direct_write_(addr, bytes);
  if (write && looks()) looks()->written_directly(addr, bytes, time_.initiator());
  return mapping->data + (addr - mapping->base);
}

void EngineTwin::invalidate_dmi(sc_dt::uint64, sc_dt::uint64) { mappings_.clear(); }

// ------------------------------------------------------------------ registers

void EngineTwin::b_transport(tlm::tlm_generic_payload& p, sc_core::sc_time& delay) {
  const bool shape_ok = p.get_data_length() == 4 && p.get_address() % 4 == 0 &&
                        p.get_address() < kRegisterBytes && !p.get_byte_enable_ptr() &&
                        (p.is_read() || p.is_write());
  if (!shape_ok || called_by_engine()) {
    p.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  if (delay != sc_core::SC_ZERO_TIME) wait(delay);
  if (time_.runs_now()) wait(sc_core::SC_ZERO_TIME);
  if (looks()) looks()->run_due();

  Access access{p.is_write(), static_cast<uint32_t>(p.get_address()), 0};
  if (access.is_write) std::memcpy(&access.data, p.get_data_ptr(), 4);
  accesses_.push_back(&access);
  wake_.notify(sc_core::SC_ZERO_TIME);
  while (!access.done) wait(access_done_);

  if (!access.is_write && access.ok) std::memcpy(p.get_data_ptr(), &access.data, 4);
  const uint64_t end = config_.clock.ps(access.end_cycle), now = Clock::now_ps();
  delay = Clock::span(end > now ? end - now : 0);
  p.set_response_status(access.ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

void EngineTwin::serve() {
  if (serving_ || time_.catching_up()) return;
  answer_accesses();
}

void EngineTwin::answer_accesses() {
  serving_ = true;
  while (!accesses_.empty()) {
    Access& access = *accesses_.front();
    accesses_.pop_front();
    const uint64_t cycle = std::max(now_cycle(), register_free_);
    register_free_ = cycle + kAccessCycles;
    carry_out(access, cycle);
    access.end_cycle = register_free_;
    access.done = true;
    ++counts_.register_accesses;
    access_done_.notify(sc_core::SC_ZERO_TIME);
  }
  serving_ = false;
}

void EngineTwin::carry_out(Access& access, uint64_t cycle) {
  const hw::RegisterInfo* reg = by_offset_[access.addr / 4];
  access.ok = reg && !(access.is_write && reg->locked_by_enable && enable_);
  if (!access.ok) return;
  if (!access.is_write)
    access.data = read_register(access.addr, cycle + 1);
  else if (reg->access != hw::Access::Ro)
    write_register(access.addr, access.data, cycle + kEffectCycles);
}

uint64_t EngineTwin::counter(unsigned index, uint64_t cycle) const {
  uint64_t value = counters_[index];
  if (index == kBusy && busy_) value += cycle - std::min(cycle, busy_from_);
  if (index == kWaited && waiting_) value += cycle - std::min(cycle, wait_from_);
  if (index == kRead) value += port_.bytes_read();
  if (index == kWritten) value += port_.bytes_written();
  return value;
}

uint32_t EngineTwin::read_register(uint32_t offset, uint64_t cycle) {
  if (offset >= hw::ENGINE_BUSY_CYCLES_OFFSET) {
    const unsigned index = (offset - hw::ENGINE_BUSY_CYCLES_OFFSET) / 8;
    if (offset % 8) return latched_[index];
    const uint64_t value = counter(index, cycle);
    latched_[index] = static_cast<uint32_t>(value >> 32);
    return static_cast<uint32_t>(value);
  }
  if (offset >= hw::ENGINE_CONFIG_OFFSET(0))
    return config_.config_words[(offset - hw::ENGINE_CONFIG_OFFSET(0)) / 4];
  switch (offset) {
    case hw::ENGINE_CTRL_OFFSET:
      return (enable_ ? hw::ENGINE_CTRL_ENABLE_MASK : 0) |
             (reset_ ? hw::ENGINE_CTRL_SOFT_RESET_MASK : 0) |
             (abort_ ? hw::ENGINE_CTRL_ABORT_MASK : 0);
    case hw::ENGINE_STATUS_OFFSET:
      return (busy_ && cycle >= busy_from_ ? hw::ENGINE_STATUS_BUSY_MASK : 0) |
             (waiting_ ? hw::ENGINE_STATUS_WAITING_MASK : 0) |
             (halted_ ? hw::ENGINE_STATUS_HALTED_MASK : 0) |
             (draining_ ? hw::ENGINE_STATUS_DRAINING_MASK : 0);
    case hw::ENGINE_IRQ_STATUS_OFFSET:
      return irq_status_;
    case hw::ENGINE_IRQ_ENABLE_OFFSET:
      return irq_enable_;
    case hw::ENGINE_ERROR_CODE_OFFSET:
      return error_code_;
    case hw::ENGINE_ERROR_ADDR_LO_OFFSET:
      return static_cast<uint32_t>(error_addr_);
    case hw::ENGINE_ERROR_ADDR_HI_OFFSET:
      return static_cast<uint32_t>(error_addr_ >> 32);
    case hw::ENGINE_RING_BASE_LO_OFFSET:
      return static_cast<uint32_t>(ring_base_);
    case hw::ENGINE_RING_BASE_HI_OFFSET:
      return static_cast<uint32_t>(ring_base_ >> 32);
    case hw::ENGINE_RING_SIZE_OFFSET:
      return ring_size_;
    case hw::ENGINE_HEAD_OFFSET:
      return head_;
    case hw::ENGINE_TAIL_OFFSET:
      return tail_;
    default:
      return by_offset_[offset / 4]->reset;  // ID, VERSION
  }
}

unsigned EngineTwin::transport_dbg(tlm::tlm_generic_payload& p) {
  const bool shape_ok = p.is_read() && p.get_data_length() == 4 && p.get_address() % 4 == 0 &&
                        p.get_address() < kRegisterBytes;
  if (!shape_ok || !by_offset_[p.get_address() / 4]) return 0;
  const std::array<uint32_t, 8> latched = latched_;
  const uint32_t value = read_register(static_cast<uint32_t>(p.get_address()), now_cycle());
  latched_ = latched;
  std::memcpy(p.get_data_ptr(), &value, 4);
  return 4;
}

/// The write takes effect in `effect`.
void EngineTwin::write_register(uint32_t offset, uint32_t value, uint64_t effect) {
  switch (offset) {
    case hw::ENGINE_CTRL_OFFSET:
      enable_ = value & hw::ENGINE_CTRL_ENABLE_MASK;
      if (!enable_) forget_fetch();
      if (value & hw::ENGINE_CTRL_SOFT_RESET_MASK) reset_ = true;
      if (value & hw::ENGINE_CTRL_ABORT_MASK) abort_ = true;
      if (value & (hw::ENGINE_CTRL_SOFT_RESET_MASK | hw::ENGINE_CTRL_ABORT_MASK)) {
        set_busy(effect);
        port_.stop(effect);
      }
      see_ring(effect);
      break;
    case hw::ENGINE_TAIL_OFFSET:
      tail_ = value;
      see_ring(effect);
      break;
    case hw::ENGINE_IRQ_STATUS_OFFSET:
      irq_status_ &= ~value;
      schedule_interrupt(effect);
      break;
    case hw::ENGINE_IRQ_ENABLE_OFFSET:
      irq_enable_ = value & kIrqMask;
      schedule_interrupt(effect);
      break;
    case hw::ENGINE_RING_BASE_LO_OFFSET:
      ring_base_ = (ring_base_ & ~uint64_t{0xffffffff}) | value;
      break;
    case hw::ENGINE_RING_BASE_HI_OFFSET:
      ring_base_ = (ring_base_ & 0xffffffff) | uint64_t{value} << 32;
      break;
    case hw::ENGINE_RING_SIZE_OFFSET:
      ring_size_ = value;
      break;
    default:
      break;
  }
}

/// ENABLE or TAIL is as it is from `effect` on.
void EngineTwin::see_ring(uint64_t effect) {
  if (!enable_ || halted_) return;
  if (ring_bad()) {
    ring_failed_ = true;
    set_busy(effect + 1);
    port_.stop(effect + 1);
  } else {
    try_fetch(effect);
  }
}

bool EngineTwin::ring_bad() const {
  return ring_base_ % 64 != 0 || ring_base_ > kAddressMask || ring_size_ < 4 ||
         ring_size_ > 65536 || (ring_size_ & (ring_size_ - 1)) != 0 || tail_ >= ring_size_;
}

void EngineTwin::schedule_interrupt(uint64_t cycle) {
  const uint64_t at = config_.clock.ps(cycle), now = Clock::now_ps();
  irq_change_.notify(Clock::span(at > now ? at - now : 0));
}

void EngineTwin::drive_interrupt() {
  const bool level = (irq_status_ & irq_enable_) != 0;
  if (level == irq_) return;
  irq_ = level;
  if (on_interrupt_) on_interrupt_(irq_);
}

/// Sets causes as of `cycle`; a change of the level comes at its exact time.
void EngineTwin::raise(uint32_t causes, uint64_t cycle) {
  if (!irq_ && (causes & irq_enable_)) wait_until(cycle);
  irq_status_ |= causes;
  drive_interrupt();
}

void EngineTwin::set_busy(uint64_t cycle) {
  if (busy_) return;
  busy_ = true;
  busy_from_ = cycle;
}

void EngineTwin::set_idle(uint64_t cycle) {
  if (busy_) counters_[kBusy] += cycle - std::min(cycle, busy_from_);
  busy_ = false;
}

// ------------------------------------------------------------------ ring

void EngineTwin::run() {
  for (;;) {
    serve();
    if (port_.stop_cycle() != TwinPort::kNever) {
      stop(port_.stop_cycle(), nullptr);
      continue;
    }
    if (!next_.active) try_fetch(std::max(cycle_, now_cycle()));
    if (next_.active) {
      next_descriptor();
      continue;
    }
    set_idle(std::max(cycle_ + 1, busy_from_ + 1));
    if (config_.clock.ps(cycle_ + 1) <= Clock::now_ps()) time_.caught_up();
    if (config_.clock.ps(cycle_ + 1) > Clock::now_ps()) {
      advance(cycle_ + 1);
    } else if (accesses_.empty()) {
      wait(wake_);
      cycle_ = std::max(cycle_, now_cycle());
    }
  }
}

/// Fetches the next descriptor if there is one and none is held; `go`: the cycle of fetch_go; no
/// request after `last`.
void EngineTwin::try_fetch(uint64_t go, uint64_t last) {
  if (!enable_ || halted_ || next_.active || ring_bad() || port_.stop_cycle() != TwinPort::kNever)
    return;
  const uint32_t unit = (head_ + (running_ ? hw::DESC_UNITS : 0)) & ring_mask();
  if (((tail_ - unit) & ring_mask()) <= 1) return;
  go = std::max(go, fetch_free_);
  set_busy(go);
  next_.active = true;
  next_.known = false;
  next_.unit = unit;
  if (asleep_) {
    fetch_apart(go);
    return;
  }
  for (unsigned i = 0; i < 2 && next_.active; ++i) {
    next_.numbers[i] = port_.front_end_issue(go + 1 + i, unit_addr(unit + i), false,
                                             next_.bytes.data() + size_t{i} * 64);
    if (go + 2 + i > last) next_.active = false;
  }
}

/// True if it follows from what the core has taken when the fetched descriptor is ready.
bool EngineTwin::fetch_known() {
  if (!next_.active || next_.known) return next_.active;
  const TwinPort::FrontEndRead units[] = {port_.front_end_read(next_.numbers[0]),
                                          port_.front_end_read(next_.numbers[1])};
  if (units[1].last_cycle == TwinPort::kNever) return false;
  next_.known = true;
  next_.ready = units[1].last_cycle + 2;
  next_.bad = header_check(next_.bytes.data());
  for (uint8_t i = 2; i-- > 0;) {
    if (!(units[i].response & 2)) continue;
    next_.bad = hw::ENGINE_ERR_FETCH_BUS;
    next_.bad_unit = i;
    next_.resp = units[i].response;
  }
  return true;
}

/// A ring that is stopped or set up anew forgets what was fetched.
void EngineTwin::forget_fetch() {
  if (next_.active && fetch_known()) fetch_free_ = next_.ready - 1;
  next_.active = false;
  poll_.begun = false;
}

// ------------------------------------------------------------------ descriptors

void EngineTwin::next_descriptor() {
  if (!fetch_known()) SC_REPORT_FATAL(name(), "a fetch waits for data that nobody takes");
  const uint64_t take = std::max(cycle_, next_.ready);
  lead(take);
  if (!next_.active || port_.stop_cycle() <= take) return;
  if (next_.bad) {
    const uint32_t unit = next_.unit + (next_.bad == hw::ENGINE_ERR_FETCH_BUS ? next_.bad_unit : 0);
    const uint8_t resp = next_.bad == hw::ENGINE_ERR_FETCH_BUS ? next_.resp : 0;
    const Failure failure{take, next_.bad, resp, unit_addr(unit)};
    stop(take, &failure);
    return;
  }
  // A failure is handled outside of the handler: stop() waits.
  Failure failure{TwinPort::kNever, 0, 0, 0};
  try {
    execute(take);
    return;
  } catch (const Failure& found) {
    failure = found;
  } catch (const TwinStop&) {
    const TwinPort::Error &read = port_.read_error(), &write = port_.write_error();
    if (read.cycle <= write.cycle)
      failure = {read.cycle, hw::ENGINE_ERR_READ_BUS, read.response, read.addr};
    else
      failure = {write.cycle, hw::ENGINE_ERR_WRITE_BUS, write.response, write.addr};
  }
  const uint64_t stopped = port_.stop_cycle();
  if (failure.cycle == TwinPort::kNever && stopped == TwinPort::kNever)
    SC_REPORT_FATAL(name(), "the core took a beat that it had not asked for");
  if (failure.cycle < stopped)
    stop(failure.cycle, &failure);
  else
    stop(stopped, nullptr);
}

/// From the take of a descriptor to its end. Throws Failure or TwinStop.
void EngineTwin::execute(uint64_t take) {
  desc_ = next_.bytes;
  next_.active = false;
  running_ = true;
  const hw::DescriptorHeader header = header_of(desc_.data());
  const bool waits = header.flags & hw::DESC_FLAG_WAIT;
  uint64_t at = take + 1;
  if (waits && !poll_.begun) {  // goes before the fetch
    waiting_ = true;
    wait_from_ = at;
    poll(at, header);
  }
  const uint8_t code =
      header.opcode == hw::ENGINE_OP_NOP ? hw::ENGINE_ERR_NONE : core_->check(desc_.data());
  // An illegal descriptor stops the fetch of the next one between its units.
  try_fetch(at, code && !waits ? at + core_->check_cycles(desc_.data()) + 1 : TwinPort::kNever);

  if (waits) at = await_word(take, header);
  poll_.begun = false;
  uint64_t work = 0;
  const bool words = header.flags & (hw::DESC_FLAG_SIGNAL | hw::DESC_FLAG_COMPLETE);
  if (header.opcode != hw::ENGINE_OP_NOP) {
    if (code) throw Failure{at + core_->check_cycles(desc_.data()), code, 0, unit_addr(head_)};
    const TwinOutcome outcome = run_core(at);
    work = outcome.work;
    counters_[kReadStall] += outcome.read_stall_cycles;
    counters_[kWriteStall] += outcome.write_stall_cycles;
    lead(outcome.done_cycle);
    if (port_.stop_cycle() <= outcome.done_cycle) throw TwinStop{};
    at = outcome.done_cycle + (words ? 1 : 0);
  }
  if (words) at = write_words(at, header);
  lead(at);
  if (port_.stop_cycle() <= at) throw TwinStop{};
  retire(at, work, header.flags & hw::DESC_FLAG_IRQ);
}

/// Looks at the next descriptor's word while the running one is retired, from `from` on.
void EngineTwin::early_poll(uint64_t from) {
  if (poll_.begun || !enable_ || !fetch_known() || next_.bad || next_.ready > from) return;
  const hw::DescriptorHeader next = header_of(next_.bytes.data());
  if (next.flags & hw::DESC_FLAG_WAIT) poll(from, next);
}

/// Signal and completion word, the first valid in `from`; the cycle of retirement.
uint64_t EngineTwin::write_words(uint64_t from, const hw::DescriptorHeader& header) {
  early_poll(from);
  uint64_t answered = 0;
  Failure failure{0, 0, 0, 0};
  const auto write = [&](uint64_t addr, const void* data, uint32_t bytes) {
    if (port_.stop_cycle() < from) throw TwinStop{};
    AxiResponse response;
    answered =
        port_.front_end_write(from++, addr, static_cast<const uint8_t*>(data), bytes, &response);
    if (response & 2 && !failure.code)
      failure = {answered + 1, hw::ENGINE_ERR_SYNC_BUS, response, addr};
  };
  if (header.flags & hw::DESC_FLAG_SIGNAL) write(header.signal_addr, &header.signal_value, 4);
  if (header.flags & hw::DESC_FLAG_COMPLETE) {
    const uint32_t completion[] = {header.tag, 1};
    write(header.completion_addr, completion, 8);
  }
  if (failure.code) throw failure;
  const uint64_t retire = std::max(answered + 1, from);
  if (fetch_known() && next_.ready <= retire) early_poll(std::max(next_.ready, from));
  return retire;
}

void EngineTwin::retire(uint64_t cycle, uint64_t work, bool interrupt) {
  head_ = (head_ + hw::DESC_UNITS) & ring_mask();
  ++counters_[kDescriptors];
  counters_[kWork] += work;
  running_ = false;
  cycle_ = cycle;
  if (interrupt) raise(hw::ENGINE_IRQ_STATUS_DONE_MASK, cycle + 1);
}

/// Stops everything: `cycle` is the last before the state DRAIN. An error if `failure`.
void EngineTwin::stop(uint64_t cycle, const Failure* failure) {
  Failure ring{cycle, hw::ENGINE_ERR_ILLEGAL_RING, 0, ring_base_ & kAddressMask};
  if (!failure && ring_failed_ && !abort_ && !reset_) failure = &ring;
  ring_failed_ = false;
  const uint64_t drained = std::max(port_.drain(cycle + 1), cycle + 2);
  if (waiting_) counters_[kWaited] += cycle + 1 - std::min(cycle + 1, wait_from_);
  waiting_ = false;
  draining_ = true;
  forget_fetch();
  advance(drained);
  draining_ = running_ = false;
  forget_fetch();
  cycle_ = drained;
  if (reset_) {
    reset_registers();
    schedule_interrupt(drained + 1);
  } else {
    uint32_t causes = 0;
    if (failure) {
      halted_ = true;
      error_code_ = failure->code | static_cast<uint32_t>(failure->resp)
                                        << hw::ENGINE_ERROR_CODE_RESP_LSB;
      error_addr_ = failure->addr;
      causes |= hw::ENGINE_IRQ_STATUS_ERROR_MASK;
    }
    if (abort_) {
      enable_ = abort_ = false;
      causes |= hw::ENGINE_IRQ_STATUS_ABORTED_MASK;
    }
    raise(causes, drained + 1);
  }
  port_.resume();
}

void EngineTwin::reset_registers() {
  enable_ = halted_ = abort_ = reset_ = false;
  irq_status_ = irq_enable_ = error_code_ = ring_size_ = tail_ = head_ = 0;
  error_addr_ = ring_base_ = 0;
}

RtlReport EngineTwin::report() const {
  RtlReport report = counts_;
  report.ticks = counter(kBusy, config_.clock.now_cycles());
  report.read_bursts = port_.read_bursts();
  report.write_bursts = port_.write_bursts();
  report.bytes_read = port_.bytes_read();
  report.bytes_written = port_.bytes_written();
  return report;
}

}  // namespace systole
