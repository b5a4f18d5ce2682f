#include "tlm/gemm/gemm_loader_timing.h"

#include <algorithm>

namespace systole {
namespace {

constexpr uint64_t kAddressMask = (uint64_t{1} << 40) - 1;
constexpr size_t kQueue = 4;  // requests the reader holds

}  // namespace

/// The cycle in which the next slab is announced, as far as room for it is known.
uint64_t GemmLoaderTiming::announce_cycle() {
  uint64_t cycle = ready_;
  const auto after = [&](uint64_t released) {
    cycle = released == kGemmUnknown ? kGemmUnknown : std::max(cycle, released + 1);
  };
  const GemmSlab& slab = walk_.slab();
  if (slab.first && slab.block >= GemmProgress::kBlocks)
    after(progress_.block_releases.at(int64_t{slab.block} - GemmProgress::kBlocks));
  if (cycle != kGemmUnknown && slab.load_a && a_loads_ >= 2)
    after(progress_.a_releases.at(static_cast<int64_t>(a_loads_) - 2));
  if (cycle != kGemmUnknown && slab.load_b && b_loads_ >= 2)
    after(progress_.b_releases.at(static_cast<int64_t>(b_loads_) - 2));
  return cycle;
}

/// The cycle in which the next row of old C is first requested, as far as room for it is known.
uint64_t GemmLoaderTiming::fetch_cycle() {
  if (fetch_blocks_.empty() || fetch_ready_ == kGemmUnknown) return kGemmUnknown;
  const GemmSlab& block = fetch_blocks_.front();
  uint64_t cycle = std::max({fetch_ready_, block.announced + 1, ready_ - 1});
  const uint64_t needed = fetch_beats_ + port_.beats(uint64_t{block.ncols} * 4);
  if (needed > progress_.c_depth) {
    const uint64_t read = needed - progress_.c_depth;  // beats that must have been read
    if (read > progress_.c_read) return kGemmUnknown;
    cycle = std::max(cycle, progress_.c_reads[(read - 1) % progress_.c_depth] + 1);
  }
  return cycle;
}

GemmLoaderTiming::Next GemmLoaderTiming::next() {
  const uint64_t beat = segments_.empty() ? kGemmUnknown : port_.peek_beat();
  Event event = Event::Request;
  uint64_t cycle = kGemmUnknown;
  if (port_.reads_pending() < kQueue) {
    if (group_ != Group::None) {
      cycle = ready_;
    } else {
      event = Event::Announce;
      cycle = walk_.done() ? kGemmUnknown : announce_cycle();
      const uint64_t fetched = plan_.accumulate ? fetch_cycle() : kGemmUnknown;
      if (fetched != kGemmUnknown && fetched <= cycle) {
        event = Event::Fetch;
        cycle = fetched;
      }
    }
  }
  if (cycle <= beat && cycle != kGemmUnknown) return {event, cycle, cycle};
  return {Event::Beat, beat, cycle};
}

GemmSlab GemmLoaderTiming::announce(uint64_t cycle) {
  slab_ = walk_.slab();
  slab_.announced = cycle;
  if (slab_.load_a) {
    ++a_loads_;
    progress_.a.announce(slab_.a_half);
  }
  if (slab_.load_b) {
    ++b_loads_;
    progress_.b.announce(slab_.b_half);
  }
  if (slab_.first && plan_.accumulate) fetch_blocks_.push(slab_);
  a_done_ = !slab_.load_a;
  b_done_ = !slab_.load_b;
  ready_ = cycle + 1;
  next_group();
  return slab_;
}

GemmLoaderTiming::Segments GemmLoaderTiming::segments(const GemmPlan& plan, const GemmSlab& s,
                                                      Group group) {
  const hw::GemmDescriptor& d = plan.d;
  switch (group) {
    case Group::RowScale:
      return {d.row_scale_addr + uint64_t{s.m0} * 4, 0, s.mrows * 4, 1};
    case Group::ColScale:
      return {d.col_scale_addr + uint64_t{s.n0} * 4, 0, s.ncols * 4, 1};
    case Group::Bias:
      return {d.bias_addr + uint64_t{s.n0} * 4, 0, s.ncols * 4, 1};
    case Group::A:
      return {d.a_addr + s.m0 * uint64_t{d.lda} + s.k0, d.lda, s.krows, s.mrows};
    default:
      break;
  }
  const uint64_t stride = plan.b_stride;
  if (d.b_layout == hw::GEMM_B_LAYOUT_ROWS)
    return {d.b_addr + s.k0 * stride + s.n0, stride, s.ncols, s.krows};
  if (d.b_layout == hw::GEMM_B_LAYOUT_TRANSPOSED)
    return {d.b_addr + s.n0 * stride + s.k0, stride, s.krows, s.ncols};
  return {d.b_addr + s.n0 / plan.cols * stride + uint64_t{s.k0} * plan.cols, stride,
          s.kts * plan.rows * plan.cols, s.nts};
}

GemmLoaderTiming::Group GemmLoaderTiming::last_group(const GemmPlan& plan, const GemmSlab& slab) {
  return (plan.b_first ? slab.load_a : !slab.load_b) ? Group::A : Group::B;
}

void GemmLoaderTiming::go_to(const GemmWalk& walk) {
  walk_ = walk;
  a_loads_ = walk.a_loads();
  b_loads_ = walk.b_loads();
}

void GemmLoaderTiming::state(StateArchive& a, uint64_t cycle, const GemmWalk& walk) {
  a.past(ready_, cycle);
  const uint64_t count = a.mark(segments_.size());
  if (!a.saving()) {
    walk_ = walk;
    a_loads_ = walk.a_loads();
    b_loads_ = walk.b_loads();
    segments_.clear();
    for (uint64_t i = 0; i < count; ++i) segments_.push(Segment{});
  }
  for (uint64_t i = 0; i < count; ++i) {
    a.number(segments_[i].group);
    a.number(segments_[i].last);
  }
}

/// Chooses the segments that are requested after those of the group at hand.
void GemmLoaderTiming::next_group() {
  const GemmSlab& s = slab_;
  if (group_ == Group::None && s.first && plan_.is_float) {
    group_ = Group::RowScale;
  } else if (group_ == Group::RowScale) {
    group_ = Group::ColScale;
  } else if (group_ == Group::ColScale && plan_.bias) {
    group_ = Group::Bias;
  } else if (!b_done_ && (plan_.b_first || a_done_)) {
    b_done_ = true;
    group_ = Group::B;
  } else if (!a_done_) {
    a_done_ = true;
    group_ = Group::A;
  } else {
    group_ = Group::None;
    return;
  }
  const Segments next = segments(plan_, s, group_);
  addr_ = next.addr;
  stride_ = next.stride;
  bytes_ = next.bytes;
  count_ = next.count;
}

void GemmLoaderTiming::requests(uint64_t limit) {
  do request();
  while (group_ != Group::None && port_.reads_pending() < kQueue && ready_ <= limit);
}

void GemmLoaderTiming::request() {
  port_.read(ready_, addr_ & kAddressMask, bytes_);
  addr_ += stride_;
  const bool last = --count_ == 0;
  const bool set_end = group_ == (plan_.bias ? Group::Bias : Group::ColScale);
  segments_.push({group_, group_ < Group::A ? set_end : last});
  ready_ = port_.read_accepted() + 1;
  if (!last) return;
  next_group();
  if (group_ != Group::None) return;
  if (fetch_ready_ == kGemmUnknown) fetch_ready_ = ready_;
  ++ready_;  // a cycle to step
  walk_.step();
}

void GemmLoaderTiming::fetch(uint64_t cycle) {
  const GemmSlab& block = fetch_blocks_.front();
  const uint64_t addr =
      plan_.d.c_addr + uint64_t{block.m0 + fetch_m_} * plan_.d.ldc + uint64_t{block.n0} * 4;
  port_.read(cycle, addr & kAddressMask, block.ncols * 4);
  segments_.push({Group::None, false});
  fetch_ready_ = port_.read_accepted() + 1;
  fetch_beats_ += port_.beats(uint64_t{block.ncols} * 4);
  if (++fetch_m_ < block.mrows) return;
  fetch_m_ = 0;
  fetch_blocks_.pop();
}

void GemmLoaderTiming::beats(uint64_t cycle, uint64_t limit) {
  const bool waiting = group_ != Group::None && port_.reads_pending() >= kQueue;
  for (;;) {
    const Segment segment = segments_.front();
    const bool end = port_.next_is_last();
    port_.take(cycle);
    beat(segment, cycle, end);
    if (end) segments_.pop();
    if (segments_.empty() || (waiting && port_.reads_pending() < kQueue)) return;
    if (!end && cycle < limit) {
      const uint64_t more = port_.take_steady(limit - cycle);
      if (segment.group == Group::A)
        progress_.a.beats(cycle + 1, more);
      else if (segment.group == Group::B)
        progress_.b.beats(cycle + 1, more);
      else
        for (uint64_t i = 1; i <= more; ++i) beat(segment, cycle + i, false);
    }
    cycle = port_.peek_beat();
    if (cycle > limit || port_.next_fails()) return;
  }
}

void GemmLoaderTiming::beat(const Segment& segment, uint64_t cycle, bool end) {
  switch (segment.group) {
    case Group::A:
      progress_.a.beat(cycle, end, segment.last);
      break;
    case Group::B:
      progress_.b.beat(cycle, end, segment.last);
      break;
    case Group::None:
      progress_.c_arrivals[progress_.c_arrived++ % progress_.c_depth] = cycle + 1;
      break;
    default:
      if (end && segment.last) progress_.scales.push(cycle + 1);
  }
}

}  // namespace systole
