#include "tlm/gemm/gemm_skip.h"

#include <algorithm>
#include <cstring>

#include "tlm/bus/skippable_bus.h"

namespace systole {
namespace {

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kAddressMask = (uint64_t{1} << 40) - 1;
constexpr uint32_t kNoPattern = ~0u;
constexpr uint64_t kMostQueued = 6;

void add(StateArchive::Counts& sum, const StateArchive::Counts& more) {
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
}

}  // namespace

GemmSkip::GemmSkip(const GemmPlan& plan, const std::vector<TwinOperand>& operands,
                   GemmMemory& memory, TwinPort& port, GemmProgress& progress,
                   GemmLoaderTiming& loader, GemmSequencerTiming& sequencer,
                   GemmOutputTiming& output)
    : plan_(plan),
      memory_(memory),
      port_(port),
      progress_(progress),
      loader_(loader),
      sequencer_(sequencer),
      output_(output),
      place_(plan) {
  possible_ = !plan.accumulate && port.bus().may_skip() && find_targets(operands);
  if (!possible_) return;
  memory_.trim();
  period_ps_ = port.bus().period_ps();
  place_.ahead.step();
  enter(place_);
}

/// The targets, and what all of the operation's slabs have in common.
bool GemmSkip::find_targets(const std::vector<TwinOperand>& operands) {
  const SkippableBus& bus = *port_.bus().skippable_bus();
  type_words_ = {plan_.d.tile,       plan_.d.b_layout, plan_.d.out_type,
                 plan_.d.gemm_flags, plan_.single_k,   plan_.single_n};
  for (const TwinOperand& operand : operands) {
    uint64_t addr;
    std::memcpy(&addr, reinterpret_cast<const uint8_t*>(&plan_.d) + operand.field, 8);
    const uint64_t target = bus.target_bit(addr, operand.bytes);
    if (target == 0) return false;
    const uint64_t period = bus.address_period(target);
    if (kPageBytes % period != 0 || bus.address_phase(addr) != addr % period) return false;
    bank_period_ = std::max(bank_period_, period);
    targets_ |= target;
    type_words_.insert(type_words_.end(), {operand.field, target});
  }
  operation_ = memory_.slabs.number(type_words_);
  return targets_ != 0;
}

// ------------------------------------------------------------------ types

/// How segments lie on beats, pages and banks.
uint32_t GemmSkip::pattern(uint64_t addr, uint64_t stride, uint32_t bytes, uint32_t count) {
  const uint64_t key = addr % kPageBytes | stride % kPageBytes << 12 | uint64_t{bytes} << 24 |
                       uint64_t{count} << 44 | uint64_t{bank_period_ > 1} << 63;
  const auto [entry, added] = memory_.patterns_of.emplace(key, 0);
  if (!added) return entry->second;
  const uint64_t beat = port_.data_bytes();
  StateWords words{bytes, count};
  for (uint32_t i = 0; i < count; ++i, addr += stride) {
    const uint64_t page_left = (kPageBytes - addr % kPageBytes + beat - 1) / beat;
    const uint64_t beats = port_.bus_beats(addr, bytes);
    const uint64_t split = page_left < beats ? page_left : 0;
    words.push_back(addr % beat | split << 8 | addr % bank_period_ / beat << 32);
  }
  return entry->second = memory_.patterns.number(words);
}

uint32_t GemmSkip::pattern(const GemmSlab& slab, GemmLoaderTiming::Group group) {
  const GemmLoaderTiming::Segments s = GemmLoaderTiming::segments(plan_, slab, group);
  return pattern(s.addr, s.stride, s.bytes, s.count);
}

uint32_t GemmSkip::type(const GemmSlab& s) {
  using Group = GemmLoaderTiming::Group;
  const uint64_t flags = s.first | s.last << 1 | s.last_block << 2 | s.load_a << 3 | s.load_b << 4 |
                         s.release_a << 5 | s.release_b << 6;
  const size_t kWords = 9;
  std::array<uint64_t, kWords> words{operation_,
                                     flags,
                                     s.mrows | uint64_t{s.ncols} << 32,
                                     s.krows,
                                     s.load_a ? pattern(s, Group::A) : kNoPattern,
                                     s.load_b ? pattern(s, Group::B) : kNoPattern,
                                     0,
                                     0,
                                     0};
  if (s.first) {
    words[6] =
        pattern(plan_.d.c_addr + uint64_t{s.m0} * plan_.d.ldc + uint64_t{s.n0} * plan_.element,
                plan_.d.ldc, s.ncols * plan_.element, s.mrows);
    if (plan_.is_float)
      words[7] = pattern(s, Group::RowScale) | uint64_t{pattern(s, Group::ColScale)} << 32;
    if (plan_.bias) words[8] = pattern(s, Group::Bias);
  }
  if (type_words_.size() == kWords && std::equal(words.begin(), words.end(), type_words_.begin()))
    return last_type_;
  type_words_.assign(words.begin(), words.end());
  return last_type_ = memory_.slabs.number(type_words_);
}

/// Fills in the slab at hand and what comes after it.
void GemmSkip::enter(Place& place) {
  const GemmSlab& slab = place.walk.slab();
  place.type = place.number == 0 ? type(slab) : place.next_type;
  place.slabs[place.number % place.slabs.size()] = slab;
  place.types[place.number % place.types.size()] = place.type;
  if (slab.first) {
    place.blocks[slab.block % place.blocks.size()] = slab;
    place.block_types[slab.block % place.block_types.size()] = place.type;
  }
  place.next_type = place.ahead.done() ? GemmMemory::kEnd : type(place.ahead.slab());
}

void GemmSkip::step(Place& place) {
  place.walk = place.ahead;
  place.ahead.step();
  ++place.number;
  enter(place);
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

bool GemmSkip::visit(StateArchive& a, uint64_t cycle, const Place& place) {
  const GemmSlab& s = place.walk.slab();
  port_.bus().bus_state(a, targets_);
  const uint64_t queued = a.mark(sequencer_.slabs()), blocks = a.mark(output_.blocks());
  const uint64_t next_block = s.block + (s.first ? 0 : 1);
  if (queued > std::min(kMostQueued, place.number) || blocks > std::min<uint64_t>(4, next_block))
    return false;
  for (uint64_t i = queued; i > 0; --i)
    a.mark(place.types[(place.number - i) % place.types.size()]);
  for (uint64_t i = blocks; i > 0; --i)
    a.mark(place.block_types[(next_block - i) % place.block_types.size()]);

  const bool announced = a.mark(output_.announced_block() != kGemmUnknown);
  const uint64_t block = s.block - a.mark(announced ? s.block - output_.announced_block() : 0);
  const uint64_t row = a.mark(announced ? output_.announced_row() : 0);
  const uint64_t reads = a.mark(port_.reads_pending()), writes = a.mark(port_.writes_pending());
  if (!find_pending(place, reads, writes, block, row)) return false;

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

/// After the last answer, in `cycle`.
bool GemmSkip::visit_end(StateArchive& a, uint64_t cycle) {
  port_.bus().bus_state(a, targets_);
  sequencer_.count(a);
  output_.count(a);
  if (a.saving() && (port_.reads_pending() || port_.writes_pending())) return false;
  port_.state(a, {cycle - 1, cycle - 1});
  return true;
}

void GemmSkip::load(uint32_t state, uint64_t cycle, const StateArchive::Counts& counted,
                    const Place& place) {
  StateArchive a = StateArchive::loading(cycle, period_ps_, memory_.states.words(state), counted);
  visit(a, cycle, place);
}

/// Keeps the step that ends in `state`, if it was timed without anybody else.
void GemmSkip::remember(uint32_t state, uint64_t cycle, const StateArchive::Counts& counts) {
  TwinBus& bus = port_.bus();
  const uint64_t disturbances = bus.disturbances(targets_);
  calm_ = timed_ && disturbances == undisturbed_;
  if (!calm_) return;
  GemmMemory::Step step{state, cycle - from_cycle_, bus.now_ps() - cycle * period_ps_, counts};
  for (size_t i = 0; i < counts.size(); ++i) step.counted[i] -= from_counts_[i];
  memory_.steps.emplace(from_, step);
}

GemmSkip::Went GemmSkip::slab(uint64_t cycle) {
  if (!possible_) return Went::Nowhere;
  if (!arrived_) step(place_);
  arrived_ = false;
  TwinBus& bus = port_.bus();
  if (!bus.may_skip() || !port_.repeatable() || !bus.quiet(targets_)) {
    timed_ = calm_ = false;
    return Went::Nowhere;
  }
  words_.clear();
  StateArchive a = StateArchive::saving(cycle, period_ps_, words_);
  if (!visit(a, cycle, place_)) {
    timed_ = false;
    return Went::Nowhere;
  }
  const uint32_t state = memory_.states.number(words_);
  const bool first = place_.number == 0;
  if (timed_) remember(state, cycle, a.counts());
  const bool try_it = !followed_ && (calm_ || first);
  followed_ = false;
  if (try_it) {
    const Went went = follow(state, cycle);
    if (went != Went::Nowhere) return went;
  }
  timed_ = true;
  from_ = {state, place_.type, place_.next_type};
  from_cycle_ = cycle;
  from_counts_ = a.counts();
  undisturbed_ = bus.disturbances(targets_);
  return Went::Nowhere;
}

/// From the slab at hand on over all that is known.
GemmSkip::Went GemmSkip::follow(uint32_t state, uint64_t cycle) {
  const uint32_t here = state;
  const uint64_t from = cycle;
  Place place = place_;
  StateArchive::Counts counted{};
  trail_.clear();
  bool ended = false;
  while (!ended) {
    const auto found = memory_.steps.find({state, place.type, place.next_type});
    if (found == memory_.steps.end()) break;
    const GemmMemory::Step& known = found->second;
    state = known.state;
    cycle += known.cycles;
    add(counted, known.counted);
    trail_.push_back({state, cycle, cycle * period_ps_ + known.now_ps});
    ended = place.next_type == GemmMemory::kEnd;
    if (!ended) step(place);
  }
  if (trail_.empty()) return Went::Nowhere;

  const uint64_t until = trail_.back().ps;
  const uint64_t reached = port_.bus().sleep(until, targets_);
  if (reached == 0) return Went::Nowhere;
  timed_ = false;
  if (reached >= until && ended) {
    StateArchive a =
        StateArchive::loading(cycle, period_ps_, memory_.states.words(state), counted, 1);
    visit_end(a, cycle);
    done_ = cycle;
    return Went::ToEnd;
  }
  arrived_ = followed_ = true;
  if (reached >= until) {
    place_ = place;
    load(state, cycle, counted, place_);
    return Went::Ahead;
  }
  // Somebody came: back to the last slab that had begun by then.
  state = here;
  cycle = from;
  counted = {};
  for (const Milestone& mark : trail_) {
    if (mark.ps > reached || place_.next_type == GemmMemory::kEnd) break;
    add(counted, memory_.steps.find({state, place_.type, place_.next_type})->second.counted);
    state = mark.state;
    cycle = mark.cycle;
    step(place_);
  }
  load(state, cycle, counted, place_);
  return Went::Ahead;
}

void GemmSkip::end(uint64_t done) {
  if (!possible_ || !timed_ || from_.next != GemmMemory::kEnd || !port_.repeatable()) return;
  words_.assign(1, GemmMemory::kEnd);
  StateArchive a = StateArchive::saving(done, period_ps_, words_);
  if (visit_end(a, done)) remember(memory_.states.number(words_), done, a.counts());
}

}  // namespace systole
