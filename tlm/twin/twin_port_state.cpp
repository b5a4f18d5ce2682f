// What TwinPort's recurrences remember, for skipping: values that no later beat can tell apart are
// saved as equal.
#include "tlm/twin/twin_port.h"

namespace systole {

bool TwinPort::repeatable() {
  if (limit_ != kNever || write_error_.cycle != kNever || !unsent_.empty()) return false;
  for (size_t i = 0; i < requests_.segments.size(); ++i)
    if (requests_.segments[i].data) return false;
  for (size_t i = 0; i < writes_.segments.size(); ++i)
    if (writes_.segments[i].source) return false;
  for (size_t i = 0; i < inflight_.size(); ++i)
    if (inflight_[i].response & 2) return false;
  return true;
}

void TwinPort::Queue::state(StateArchive& a, uint64_t floor, const uint64_t* first_bytes) {
  const uint64_t count = a.mark(segments.size());
  a.past(last_accept, floor);
  if (!a.saving()) {
    segments.clear();
    for (uint64_t i = 0; i < count; ++i) segments.push(Segment{});
    popped += kQueue;  // from now on room depends on `pops`
    accepted = popped + a.mark(0);
  } else {
    a.mark(accepted - popped);
  }
  for (size_t i = 0; i < kQueue; ++i)
    a.past(pops[(popped + i) % kQueue], std::max(floor, last_accept));
  for (uint64_t i = 0; i < count; ++i) {
    Segment& s = segments[i];
    a.time(s.from);
    a.time(s.accepted);
    a.number(s.bytes);
    a.number(s.begun);
    a.number(s.left);
    a.number(s.puts);
    a.number(s.burst_left);
    a.number(s.burst_beats);
    if (!a.saving()) s.first_byte = first_bytes[i];
    s.addr = s.first_byte + a.mark(s.addr - s.first_byte);
    const uint64_t burst = a.mark(s.burst_left ? s.burst_addr - s.first_byte : 0);
    if (s.burst_left) s.burst_addr = s.first_byte + burst;
  }
}

void TwinPort::state(StateArchive& a, const Bounds& bounds, const uint64_t* reads,
                     const uint64_t* writes) {
  a.count(bytes_read_);
  a.count(bytes_written_);
  a.count(read_bursts_);
  a.count(write_bursts_);

  // reader: requests
  const uint64_t asked = requests_.segments.empty() ? bounds.reads : 0;
  requests_.state(a, asked, reads);
  a.past(issue_, asked);
  for (unsigned i = 1; i <= front_end_ar_.size(); ++i)
    a.past(front_end_ar_[(front_end_count_ - i) % 2], std::max(asked, issue_));
  if (a.saving()) {
    a.mark(bursts_issued_ - bursts_done_);
  } else {
    bursts_issued_ += last_r_.size();  // from now on what may be issued depends on `last_r_`
    bursts_done_ = bursts_issued_ - a.mark(0);
  }
  for (uint64_t i = bursts_issued_ - bursts_done_ + 1; i <= config_.max_reads; ++i)
    a.past(last_r_[(bursts_issued_ - i) % last_r_.size()], std::max(asked, issue_));

  // reader: beats
  const uint64_t count = a.mark(inflight_.size());
  if (!a.saving()) {
    inflight_.clear();
    for (uint64_t i = 0; i < count; ++i) inflight_.push(Inflight{});
  }
  for (uint64_t i = 0; i < count; ++i) {
    Inflight& burst = inflight_[i];
    a.time(burst.first);
    a.number(burst.beats);
    a.number(burst.off);
    a.number(burst.end_lane);
    a.number(burst.response);
    a.number(burst.seg_first);
    a.number(burst.seg_last);
    a.number(burst.front_end);
    // fetches and polls by how long ago they were
    const uint64_t ago = a.mark(burst.front_end ? (front_end_count_ - burst.number) & 3 : 0);
    if (burst.front_end) burst.number = static_cast<uint8_t>((front_end_count_ - ago) & 3);
  }
  a.number(beat_);
  a.number(tail_);
  a.number(offered_);
  if (offered_) {
    a.number(offer_last_);
    a.number(offer_tail_);
    a.number(offer_leaves_tail_);
    a.time(offer_cycle_);
  }
  const bool between = beat_ == 0 && !tail_ && !offered_;
  const uint64_t beats = !between ? 0 : inflight_.empty() ? asked : inflight_.front().first - 1;
  a.past(r_, beats);
  a.past(take_[0], beats);
  a.past(take_[1], beats);
  a.past(delivered_, beats);
  for (unsigned i = 1; i <= kFrontEndReads; ++i) {
    FrontEndRead& read = front_end_reads_[(front_end_count_ - i) % kFrontEndReads];
    a.past(read.last_cycle, bounds.reads > 2 ? bounds.reads - 2 : 0);
    a.number(read.response);
  }

  // writer
  const uint64_t put = writes_.segments.empty() ? bounds.writes : 0;
  writes_.state(a, put, writes);
  a.past(put_, put);
  if (a.saving()) {
    a.mark(write_opened_ - write_answered_);
  } else {
    write_answered_ += kUnanswered;  // from now on a burst's room depends on `answers_`
    write_opened_ = write_answered_ + a.mark(0);
  }
  for (unsigned i = 1; i <= kUnanswered; ++i)
    a.past(answers_[(write_answered_ - i) % kUnanswered], std::max(put, put_));
  a.past(last_answer_, std::max(put, put_));
}

}  // namespace systole
