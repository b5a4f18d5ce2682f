#include "tlm/twin/twin_port.h"

#include <cassert>

#include "tlm/twin/header_check.h"

namespace systole {
namespace {

constexpr uint32_t kUnitBytes = 64;

uint32_t log2_of(uint32_t value) {
  uint32_t shift = 0;
  while ((1u << shift) < value) ++shift;
  return shift;
}

}  // namespace

TwinPort::TwinPort(const Config& config, TwinBus& bus, MemoryView& memory)
    : config_(config),
      bus_(bus),
      memory_(memory),
      shift_(log2_of(config.data_bytes)),
      mask_(config.data_bytes - 1) {}

void TwinPort::begin(Segment& s, uint64_t from, uint64_t addr, uint32_t bytes) const {
  s.first_byte = addr & kAddressMask;
  s.bytes = bytes;
  s.addr = s.first_byte & ~uint64_t{mask_};
  s.left = bus_beats(addr, bytes);
  s.from = from;
  s.accepted = kNever;
  s.begun = false;
  s.puts = 0;
  s.burst_left = s.burst_beats = 0;
}

// ------------------------------------------------------------------ reads: requests

void TwinPort::read(uint64_t from, uint64_t addr, uint32_t bytes, uint8_t* data) {
  Segment& s = requests_.segments.push();
  begin(s, from, addr, bytes);
  s.data = data;
  requests_.accept();
  issue_reads();
}

void TwinPort::issue_reads() {
  while (!requests_.segments.empty()) {
    Segment& s = requests_.segments.front();
    uint64_t at = std::max(issue_, s.accepted) + 1;
    if (bursts_issued_ >= config_.max_reads) {
      const uint64_t before = bursts_issued_ - config_.max_reads;
      if (bursts_done_ <= before) return;
      at = std::max(at, last_r_[before % last_r_.size()] + 1);
    }
    while (at == front_end_ar_[0] || at == front_end_ar_[1]) ++at;
    if (at > limit_) return;

    Inflight now;
    Inflight& burst = config_.in_order ? unsent_.push() : now;
    burst.addr = s.addr;
    burst.issued = at;
    burst.response = kAxiOkay;
    burst.front_end = false;
    burst.number = 0;
    burst.beats = burst_beats(s);
    burst.off = static_cast<uint32_t>(s.first_byte & mask_);
    burst.end_lane = static_cast<uint32_t>((s.first_byte + s.bytes - 1) & mask_);
    burst.seg_first = !s.begun;
    burst.seg_last = burst.beats == s.left;
    const uint32_t bytes = burst.beats << shift_;
    burst.data = s.data;
    if (s.data) s.data += bytes;
    s.begun = true;
    s.left -= burst.beats;
    s.addr = (s.addr + bytes) & kAddressMask;
    issue_ = at;
    ++bursts_issued_;
    if (burst.seg_last) requests_.pop(at);
    if (!config_.in_order) send_read(burst);
  }
}

void TwinPort::send_read(Inflight& burst) {
  push_read(burst, {false, false, burst.addr, burst.beats << shift_, burst.data, nullptr},
            burst.issued + 1);
}

void TwinPort::send_unsent(uint64_t until) {
  if (sending_) return;  // a register access that is served meanwhile has started a fetch
  sending_ = true;
  while (!unsent_.empty() && unsent_.front().issued <= std::min(until, limit_)) {
    Inflight burst = unsent_.front();
    unsent_.pop();
    send_read(burst);
  }
  sending_ = false;
}

void TwinPort::push_read(Inflight& burst, const TwinBus::Burst& transaction, uint64_t cycle) {
  const TwinBus::Answer answer = bus_.transact(transaction, cycle);
  burst.first =
      std::max(cycle + 1, answer.end_cycle - std::min<uint64_t>(answer.end_cycle, burst.beats));
  burst.response = answer.response;
  bytes_read_ += transaction.bytes;
  ++read_bursts_;
  if (answer.response & 2 && !burst.front_end) reads_fail_ = true;
  inflight_.push(burst);
}

// ------------------------------------------------------------------ reads: beats

bool TwinPort::offer() {
  if (tail_) {
    offer_cycle_ = delivered_ + 1;
    offer_last_ = offer_tail_ = offered_ = true;
    return true;
  }
  for (;;) {
    if (beat_ == 0) settle_front_end();
    if (inflight_.empty() && !unsent_.empty() && unsent_.front().issued <= limit_) {
      send_reads(unsent_.front().issued);
      continue;
    }
    if (inflight_.empty()) {  // no burst was issued after the limit, or there is no segment
      assert(limit_ != kNever && "no read segment is outstanding");
      return false;
    }
    const Inflight& burst = inflight_.front();
    r_ = std::max({burst.first + beat_, r_ + 1, take_[0] + 1});
    const uint64_t seen = std::max(r_, take_[1]) + 1;
    if (config_.in_order && beat_ + 1 == burst.beats) end_burst();
    if (burst.response & 2) {
      offer_cycle_ = seen;
      offer_last_ = offer_tail_ = false;
      offered_ = offer_fails_ = true;
      read_error_ = {seen, burst.response, burst.addr};
      limit_ = std::min(limit_, seen);
      if (config_.in_order) issue_reads();
      return true;
    }
    const bool first = burst.seg_first && beat_ == 0;
    const bool last = burst.seg_last && beat_ + 1 == burst.beats;
    if (burst.off != 0 && first && !last) {  // silent
      take_[0] = take_[1];
      take_[1] = std::max(seen, delivered_);
      finish_beat();
      continue;
    }
    offer_leaves_tail_ = burst.off != 0 && last && !first && burst.end_lane >= burst.off;
    offer_last_ = last && !offer_leaves_tail_;
    offer_cycle_ = std::max(seen, delivered_ + 1);
    offer_tail_ = false;
    offered_ = true;
    if (config_.in_order) issue_reads();
    return true;
  }
}

void TwinPort::take(uint64_t cycle) {
  demand();
  send_reads(cycle - 1);
  offered_ = false;
  delivered_ = cycle;
  if (offer_tail_) {
    tail_ = false;
    return;
  }
  take_[0] = take_[1];
  take_[1] = cycle;
  tail_ = offer_leaves_tail_;
  finish_beat();
}

void TwinPort::finish_beat() {
  if (++beat_ < inflight_.front().beats) return;
  beat_ = 0;
  if (!config_.in_order) end_burst();
  inflight_.pop();
  issue_reads();
}

uint64_t TwinPort::take_segment(uint64_t from, uint64_t* cycles) {
  for (;;) {
    const uint64_t cycle = std::max(next_beat(), from);
    const bool last = offer_last_;
    if (cycles) *cycles++ = cycle;
    take(cycle);
    if (last) return cycle;
    const uint64_t more = delivered_ >= from ? steady_reads() : 0;
    for (uint64_t i = 1; cycles && i <= more; ++i) *cycles++ = cycle + i;
    skip_reads(more);
  }
}

uint64_t TwinPort::steady_puts() {
  if (writes_.segments.empty()) return 0;
  const Segment& s = writes_.segments.front();
  return s.burst_left > 1 && put_ + s.burst_left < limit_ ? s.burst_left - 1 : 0;
}

void TwinPort::put_steady(uint64_t beats) {
  Segment& s = writes_.segments.front();
  s.addr = (s.addr + (beats << shift_)) & kAddressMask;
  s.left -= beats;
  s.puts -= beats;
  s.burst_left -= static_cast<uint32_t>(beats);
  put_ += beats;
}

uint64_t TwinPort::pass_steady() {
  if (put_ != delivered_) return 0;
  const uint64_t reads = steady_reads();
  if (reads == 0) return 0;
  const uint64_t beats = std::min(reads, steady_puts());
  if (beats == 0) return 0;
  skip_reads(beats);
  put_steady(beats);
  return beats;
}

// ------------------------------------------------------------------ writes

void TwinPort::write(uint64_t from, uint64_t addr, uint32_t bytes, const uint8_t* data) {
  Segment& s = writes_.segments.push();
  begin(s, from, addr, bytes);
  s.source = data;
  s.puts = beats(bytes);
  writes_.accept();
}

uint64_t TwinPort::next_put(const Segment& s) {
  uint64_t at = std::max(put_, s.accepted) + 1;
  if (s.burst_left == 0 && write_opened_ >= kUnanswered)
    at = std::max(at, answers_[write_opened_ % kUnanswered] + 1);
  return at;
}

uint64_t TwinPort::put_ready() { return next_put(writes_.segments.front()); }

uint64_t TwinPort::put_bus_beat(uint64_t from) {
  Segment& s = writes_.segments.front();
  const uint64_t at = std::max(next_put(s), from);
  check_stop(at);
  if (s.burst_left == 0) {
    s.burst_addr = s.addr;
    s.burst_beats = s.burst_left = burst_beats(s);
    ++write_opened_;
  }
  s.addr = (s.addr + config_.data_bytes) & kAddressMask;
  --s.left;
  put_ = at;
  if (--s.burst_left == 0) {
    const Segment done = s;  // a register access that is served meanwhile finds the queue in order
    if (done.left == 0) writes_.pop(at);
    write_burst(done, at + 1);
  }
  return at;
}

uint64_t TwinPort::put(uint64_t from) {
  Segment& s = writes_.segments.front();
  const bool last = --s.puts == 0;
  const bool extra = last && s.left == 2;  // the last bus beat takes no data
  const uint64_t at = put_bus_beat(from);
  if (extra) put_bus_beat(0);
  return at;
}

uint64_t TwinPort::put_segment(uint64_t from, uint64_t interval, uint64_t* cycles) {
  uint64_t cycle = 0;
  for (uint64_t left = writes_.segments.front().puts; left > 0;) {
    cycle = put(from);
    if (cycles) *cycles++ = cycle;
    from += interval;
    if (--left == 0 || interval > 1 || from > cycle + 1) continue;
    const uint64_t more = std::min(steady_puts(), left - 1);
    if (more == 0) continue;
    put_steady(more);
    for (uint64_t i = 1; cycles && i <= more; ++i) *cycles++ = cycle + i;
    from += more * interval;
    left -= more;
  }
  return cycle;
}

void TwinPort::write_burst(const Segment& s, uint64_t cycle) {
  send_reads(cycle - 1);  // of the same cycle: reads first
  const uint32_t bytes = s.burst_beats << shift_;
  // Addresses are modulo 2^40; only a segment's first beat begins before it.
  const uint64_t into = (s.burst_addr - s.first_byte) & kAddressMask;
  const uint64_t behind = (s.first_byte - s.burst_addr) & kAddressMask;
  const uint64_t skip = behind < config_.data_bytes ? behind : 0;
  const uint64_t left = skip ? s.bytes + skip : s.bytes - into;
  const uint64_t end = std::min<uint64_t>(bytes, left);
  const bool partial = skip != 0 || end != bytes;
  if (partial) {
    enable_.assign(bytes, 0);
    std::fill(enable_.begin() + static_cast<std::ptrdiff_t>(skip),
              enable_.begin() + static_cast<std::ptrdiff_t>(end), 0xff);
  }
  const std::ptrdiff_t offset =
      skip ? -static_cast<std::ptrdiff_t>(skip) : static_cast<std::ptrdiff_t>(into);
  uint8_t* const data = s.source ? const_cast<uint8_t*>(s.source) + offset : nullptr;
  const TwinBus::Answer answer = bus_.transact(
      {true, false, s.burst_addr, bytes, data, partial ? enable_.data() : nullptr}, cycle);
  bytes_written_ += bytes;
  ++write_bursts_;
  if (answer.response & 2 && write_error_.cycle == kNever) {
    write_error_ = {std::max({answer.end_cycle, cycle + 1, last_answer_ + 1}) + 1, answer.response,
                    s.burst_addr};
    limit_ = std::min(limit_, write_error_.cycle);
  }
  answered(answer.end_cycle, cycle);
}

uint64_t TwinPort::answered(uint64_t end_cycle, uint64_t cycle) {
  last_answer_ = std::max({end_cycle, cycle + 1, last_answer_ + 1});
  answers_[write_answered_++ % kUnanswered] = last_answer_;
  return last_answer_;
}

uint64_t TwinPort::write_idle() {
  if (write_error_.cycle != kNever) throw TwinStop{};
  return last_answer_ + 1;
}

// ------------------------------------------------------------------ the front-end's own

unsigned TwinPort::front_end_issue(uint64_t cycle, uint64_t addr, bool poll, uint8_t* data) {
  send_reads(cycle);
  const unsigned number = front_end_count_++ % kFrontEndReads;
  front_end_ar_[number % 2] = cycle;
  front_end_reads_[number] = FrontEndRead{};
  Inflight burst{};
  burst.addr = addr;
  burst.beats = poll ? 1 : kUnitBytes >> shift_;
  burst.front_end = true;
  burst.number = static_cast<uint8_t>(number);
  push_read(burst, {false, poll, addr, poll ? 4 : kUnitBytes, data, nullptr, true}, cycle + 1);
  return number;
}

void TwinPort::settle_front_end() {
  while (!inflight_.empty() && inflight_.front().front_end) {
    const Inflight& burst = inflight_.front();
    r_ = std::max(burst.first, r_ + 1) + burst.beats - 1;
    front_end_reads_[burst.number] = {r_, burst.response};
    inflight_.pop();
  }
}

TwinPort::FrontEndRead TwinPort::front_end_read(unsigned number) {
  if (beat_ == 0) settle_front_end();
  return front_end_reads_[number];
}

uint64_t TwinPort::front_end_write(uint64_t cycle, uint64_t addr, const uint8_t* data,
                                   uint32_t bytes, AxiResponse* response) {
  put_ = std::max(put_ + 1, cycle);
  ++write_opened_;
  send_reads(put_);
  const TwinBus::Answer answer =
      bus_.transact({true, true, addr, bytes, const_cast<uint8_t*>(data), nullptr, true}, put_ + 1);
  bytes_written_ += bytes;
  ++write_bursts_;
  *response = answer.response;
  return answered(answer.end_cycle, put_ + 1);
}

/// Up to two beats go into the reader's queue before `cycle`, which the core has not taken; what
/// they end lets others out. How many.
unsigned TwinPort::fill_beat_queue(uint64_t cycle) {
  limit_ = std::min(limit_, cycle - 1);
  // The operation is gone, and its data with it.
  for (size_t i = 0; i < requests_.segments.size(); ++i) requests_.segments[i].data = nullptr;
  for (size_t i = 0; i < unsent_.size(); ++i) unsent_[i].data = nullptr;
  send_reads(limit_);
  if (beat_ == 0) settle_front_end();
  if (!offered_ && !inflight_.empty()) offer();
  for (unsigned held = 0; held < 2; ++held) {
    if (beat_ == 0) settle_front_end();
    if (inflight_.empty()) return held;
    const Inflight& burst = inflight_.front();
    const bool known = held == 0 && offered_ && !offer_tail_;
    const uint64_t at = known ? r_ : std::max({burst.first + beat_, r_ + 1, take_[held] + 1});
    if (at >= cycle) {
      if (known) --r_;  // not yet: as before that beat
      return held;
    }
    r_ = at;
    if (config_.in_order && !known && beat_ + 1 == burst.beats) end_burst();
    finish_beat();
    send_reads(limit_);
  }
  return 2;
}

uint64_t TwinPort::drain(uint64_t cycle) {
  // A full queue takes no beat in the cycle in which it is flushed.
  const uint64_t from = fill_beat_queue(cycle) == 2 ? cycle + 1 : 0;
  unsent_.clear();  // issued later: they were not
  while (!inflight_.empty()) {
    const Inflight& burst = inflight_.front();
    if (!burst.front_end && burst.issued >= cycle) {  // it was not, as is known now
      bytes_read_ -= uint64_t{burst.beats} << shift_;
      --read_bursts_;
      ++bursts_done_;
      beat_ = 0;
      inflight_.pop();
      continue;
    }
    const uint64_t due = std::max(burst.first + beat_, r_ + 1);
    r_ = (burst.front_end ? due : std::max(due, from)) + burst.beats - beat_ - 1;
    beat_ = 0;
    if (burst.front_end)
      front_end_reads_[burst.number] = {r_, burst.response};
    else
      end_burst();
    inflight_.pop();
  }
  if (!writes_.segments.empty() && writes_.segments.front().burst_left != 0) {
    Segment open = writes_.segments.front();
    put_ = std::max(put_ + 1, cycle) + open.burst_left - 1;
    open.source = nullptr;
    writes_.clear();
    write_burst(open, put_ + 1);
  }
  requests_.clear();
  writes_.clear();
  offered_ = offer_fails_ = reads_fail_ = tail_ = false;
  // A burst that was issued counts, one that is pending in issue_reads() was not.
  bursts_done_ = bursts_issued_;
  stop_cycle_ = limit_ = kNever;
  read_error_ = write_error_ = Error{};
  return std::max(r_, last_answer_) + 1;
}

}  // namespace systole
