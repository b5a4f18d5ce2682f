#include "tlm/gemm/gemm_skip.h"

#include <algorithm>
#include <cstring>

#include "tlm/bus/skippable_bus.h"

namespace systole {
namespace {

constexpr uint64_t kAddressMask = (uint64_t{1} << 40) - 1;
constexpr uint64_t kMostQueued = 6;
constexpr uint64_t kKeepEvery = 1u << 16;  // cycles
constexpr uint64_t kSettled = 344;         // cycles; longer than any booking goes back
constexpr uint64_t kNever = ~uint64_t{0};

}  // namespace

void GemmSkip::Place::enter() {
  const GemmSlab& slab = walk.slab();
  slabs[number % slabs.size()] = slab;
  if (slab.first) blocks[slab.block % blocks.size()] = slab;
}

void GemmSkip::Place::step() {
  walk.step();
  ++number;
  enter();
}

GemmSkip::GemmSkip(const GemmPlan& plan, const std::vector<TwinOperand>& operands,
                   GemmLookAhead& length, TwinPort& port, GemmProgress& progress,
                   GemmLoaderTiming& loader, GemmSequencerTiming& sequencer,
                   GemmOutputTiming& output)
    : plan_(plan),
      length_(length),
      port_(port),
      progress_(progress),
      loader_(loader),
      sequencer_(sequencer),
      output_(output),
      calm_(plan, port, progress, loader, sequencer, output),
      place_(plan),
      slab_mark_(place_),
      block_mark_(place_),
      alike_block_(place_),
      alike_slab_(place_) {
  possible_ = !plan.accumulate && port.bus().may_skip() && find_targets(operands);
  if (!possible_) return;
  period_ps_ = port.bus().period_ps();
  if (port.bus().looks_ahead()) undisturbed_ps_ = kNever;
  find_periods();
}

bool GemmSkip::find_targets(const std::vector<TwinOperand>& operands) {
  const SkippableBus& bus = *port_.bus().skippable_bus();
  for (const TwinOperand& operand : operands) {
    uint64_t addr;
    std::memcpy(&addr, reinterpret_cast<const uint8_t*>(&plan_.d) + operand.field, 8);
    const uint64_t target = bus.target_bit(addr, operand.bytes);
    if (target == 0 || (operand.written && !bus.writable(target))) return false;
    targets_ |= target;
    address_period_ = std::max(address_period_, bus.address_period(target));
  }
  return targets_ != 0;
}

// ------------------------------------------------------------------ states

/// The first bytes of segments that are announced and not finished: reads are the last of the slab
/// before, writes the rows up to `row` of `block`.
bool GemmSkip::find_pending(const Place& place, uint64_t reads, uint64_t writes, uint64_t block,
                            uint64_t row) {
  reads_.resize(reads);
  writes_.resize(writes);
  if (reads > 0) {
    if (place.number == 0) return false;
    const GemmSlab& slab = place.slabs[(place.number - 1) % place.slabs.size()];
    const auto s =
        GemmLoaderTiming::segments(plan_, slab, GemmLoaderTiming::last_group(plan_, slab));
    if (reads > s.count) return false;
    for (uint64_t i = 0; i < reads; ++i)
      reads_[i] = (s.addr + (s.count - reads + i) * s.stride) & kAddressMask;
  }
  for (uint64_t i = writes; i-- > 0;) {
    const GemmSlab& slab = place.blocks[block % place.blocks.size()];
    if (slab.block != block) return false;
    writes_[i] =
        (plan_.d.c_addr + (slab.m0 + row) * plan_.d.ldc + uint64_t{slab.n0} * plan_.element) &
        kAddressMask;
    if (row-- > 0) continue;
    if (block-- == 0) return i == 0;
    row = place.blocks[block % place.blocks.size()].mrows - 1;
  }
  return true;
}

bool GemmSkip::visit(StateArchive& a, uint64_t cycle, const Place& place, bool same_segments) {
  const GemmSlab& s = place.walk.slab();
  port_.bus().bus_state(a, targets_);
  const uint64_t queued = a.mark(sequencer_.slabs()), blocks = a.mark(output_.blocks());
  const uint64_t next_block = s.block + (s.first ? 0 : 1);
  if (queued > std::min(kMostQueued, place.number) || blocks > std::min<uint64_t>(4, next_block))
    return false;

  const bool announced = a.mark(output_.announced_block() != kGemmUnknown);
  const uint64_t block = s.block - a.mark(announced ? s.block - output_.announced_block() : 0);
  const uint64_t row = a.mark(announced ? output_.announced_row() : 0);
  const uint64_t reads = a.mark(port_.reads_pending()), writes = a.mark(port_.writes_pending());
  if (!same_segments && !find_pending(place, reads, writes, block, row)) return false;

  if (!a.saving()) {
    output_.set_announced(announced ? block : kGemmUnknown, announced ? row : kGemmUnknown);
    queue_.clear();
    for (uint64_t i = blocks; i > 0; --i)
      queue_.push_back(place.blocks[(next_block - i) % place.blocks.size()]);
    output_.set_blocks(queue_);
    queue_.clear();
    for (uint64_t i = queued; i > 0; --i)
      queue_.push_back(place.slabs[(place.number - i) % place.slabs.size()]);
  }
  loader_.state(a, cycle, place.walk);
  sequencer_.state(a, queue_);
  const uint64_t next_row = sequencer_.next_row();
  const uint64_t floor = a.saving() ? output_.floor(next_row) : 0;
  output_.state(a, next_row, floor, [&](uint32_t number) {
    for (size_t i = 0; i < sequencer_.slabs(); ++i) {
      const GemmSlab& slab = sequencer_.slab(i);
      if (slab.first && slab.block == number && !sequencer_.begun(i)) return false;
    }
    return true;
  });

  const uint64_t swap = std::min(cycle, sequencer_.last_row());
  progress_.a_releases.state(a, place.walk.a_loads(), 2, cycle - 1);
  progress_.b_releases.state(a, place.walk.b_loads(), 2, cycle - 1);
  progress_.block_releases.state(a, s.block, 6, swap > 0 ? swap - 1 : 0);
  if (plan_.is_float) progress_.scales.state(a, s.block, 5, floor);
  const auto live = [&](uint8_t half, bool a_side) {
    for (size_t i = 0; i < sequencer_.slabs(); ++i)
      if ((a_side ? sequencer_.slab(i).a_half : sequencer_.slab(i).b_half) == half) return true;
    return a_side ? !s.load_a && s.a_half == half : !s.load_b && s.b_half == half;
  };
  const auto a_half = static_cast<uint8_t>(place.walk.a_loads() & 1);
  const auto b_half = static_cast<uint8_t>(place.walk.b_loads() & 1);
  progress_.a.state(a, a_half, {live(a_half, true), live(a_half ^ 1, true)}, next_row);
  progress_.b.state(a, b_half, {live(b_half, false), live(b_half ^ 1, false)},
                    sequencer_.load_floor());
  port_.state(a, {cycle, floor}, reads_.data(), writes_.data());
  return true;
}

bool GemmSkip::keep(uint64_t cycle) {
  Kept kept(place_, cycle, port_.bus().now_ps());
  StateArchive a = StateArchive::saving(cycle, period_ps_, kept.words);
  if (!visit(a, cycle, place_)) return false;
  kept.counts = a.counts();
  kept_.push_back(std::move(kept));
  return true;
}

// ------------------------------------------------------------------ ahead

bool GemmSkip::slab(uint64_t cycle) {
  if (!possible_) return false;
  if (!arrived_) {
    place_.step();
    landed_ = false;
    settled_ = true;
  }
  arrived_ = false;
  TwinBus& bus = port_.bus();
  const bool far = ahead_ && settled_ && cycle - kept_.front().cycle >= length_.cycles();
  if (far && !live_through()) return true;
  if (!ahead_ && bus.now_ps() >= undisturbed_ps_) {
    if (length_.pauses() || !port_.repeatable() || !bus.look_ahead(targets_)) return false;
    kept_.clear();
    ahead_ = keep(cycle);
    if (!ahead_) bus.live_through(targets_);
  } else if (ahead_ && settled_ && cycle - kept_.back().cycle >= kKeepEvery) {
    keep(cycle);
  }
  const bool may_repeat = ahead_ || undisturbed_ps_ == kNever;
  const bool may_repeat_alike = may_repeat && bus.repeats_alike();
  if (landed_) return by_calm_ && may_repeat_alike && repeat_alike(cycle);
  return (may_be_calm_ && go_on_calmly(cycle)) || (may_repeat && repeat(cycle)) ||
         (may_repeat_alike && repeat_alike(cycle));
}

/// No cycle beyond this is to be reached before time has passed.
uint64_t GemmSkip::limit() const {
  return ahead_ ? kept_.front().cycle + length_.cycles() : undisturbed_ps_ / period_ps_;
}

/// Over slabs whose operands are there in time, while nobody comes.
bool GemmSkip::go_on_calmly(uint64_t cycle) {
  if (!ahead_ && port_.bus().now_ps() >= undisturbed_ps_) return false;
  const GemmSlab& slab = place_.walk.slab();
  const GemmSlab& block = place_.blocks[slab.block % place_.blocks.size()];
  if (!calm_.go(cycle, place_.walk, block, limit())) return false;
  settled_ = calm_.quiet_from() + kSettled <= calm_.cycle();
  place_.walk = calm_.walk();
  place_.number += calm_.slabs();
  place_.blocks[calm_.block().block % place_.blocks.size()] = calm_.block();
  place_.enter();
  arrived_ = landed_ = by_calm_ = true;
  return true;
}

bool GemmSkip::end() { return !ahead_ || live_through(); }

/// What was found out comes to pass; false: not all of it, everything is put back.
bool GemmSkip::live_through() {
  TwinBus& bus = port_.bus();
  const StateArchive::Counts counted = counts();
  const uint64_t now = bus.now_ps(), reached = bus.live_through(targets_);
  ahead_ = false;
  if (reached >= now) {
    bus.lag_to(now);
    length_.nobody_came();
    return true;
  }
  put_back(reached, counted);
  return false;
}

/// The counters now, in the order of visit().
StateArchive::Counts GemmSkip::counts() {
  StateWords words;
  StateArchive now = StateArchive::saving(kept_.back().cycle, period_ps_, words);
  port_.bus().bus_state(now, targets_);
  sequencer_.count(now);
  output_.count(now);
  port_.state(now, {});
  return now.counts();
}

/// Into the last state that was kept by `reached`. `counted`: by what was found out.
void GemmSkip::put_back(uint64_t reached, const StateArchive::Counts& counted) {
  while (kept_.size() > 1 && kept_.back().ps > reached) kept_.pop_back();
  const Kept& kept = kept_.back();
  undisturbed_ps_ = reached;
  length_.somebody_came(reached > kept_.front().ps ? (reached - kept_.front().ps) / period_ps_ : 0);
  StateArchive::Counts undone = kept.counts;
  for (size_t i = 0; i < undone.size(); ++i) undone[i] -= counted[i];
  StateArchive a = StateArchive::loading(kept.cycle, period_ps_, kept.words, undone);
  place_ = kept.place;
  visit(a, kept.cycle, place_);
  arrived_ = settled_ = true;
  landed_ = false;
  forget_marks();
}

}  // namespace systole
