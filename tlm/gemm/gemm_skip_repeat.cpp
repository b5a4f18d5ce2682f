// What comes again within an operation: GemmSkip's search for it.
#include <algorithm>

#include "tlm/bus/skippable_bus.h"
#include "tlm/gemm/gemm_skip.h"

namespace systole {
namespace {

constexpr uint32_t kMostPeriod = 16;
constexpr uint32_t kLeastRows = 16;   // so many lie in all ways on beats
constexpr unsigned kAlikeShift = 12;  // what differs by less than 2^-12 of a length is alike
constexpr uint64_t kPast = 512;       // cycles: what was before does not matter

/// So many steps lead from the one at `at` to the last whole one of `all`.
uint32_t steps_left(uint32_t all, uint32_t at, uint32_t step) {
  const uint32_t whole = all / step, here = at / step;
  return here + 1 < whole ? whole - 1 - here : 0;
}

}  // namespace

// ------------------------------------------------------------------ the same state

/// Segments of `bytes` that are `shift` further in memory are cut into the same bursts, and meet
/// the same banks; `addresses`: all that their places are sums of multiples of.
bool GemmSkip::same_bursts(uint64_t addresses, uint64_t shift, uint64_t bytes) const {
  constexpr uint64_t kPageBytes = 4096;
  if (shift % kPageBytes == 0 && kPageBytes % address_period_ == 0) return true;
  const uint64_t all = addresses | shift, unit = all & -all;
  const uint64_t burst = uint64_t{port_.max_burst_beats()} * port_.data_bytes();
  return unit % address_period_ == 0 &&
         (unit % burst == 0 || (bytes <= unit && (bytes & (bytes - 1)) == 0));
}

void GemmSkip::find_periods() {
  const hw::GemmDescriptor& d = plan_.d;
  const uint64_t nc = plan_.tile_nc, kr = plan_.tile_kr, cols = plan_.cols, b = plan_.b_stride;
  const bool rows = d.b_layout == hw::GEMM_B_LAYOUT_ROWS;
  const bool packed = !rows && d.b_layout != hw::GEMM_B_LAYOUT_TRANSPOSED;
  const uint64_t b_bytes = rows ? nc : packed ? kr * cols : kr;  // of a segment
  const uint64_t b_places = d.b_addr | b | b_bytes;
  const auto least = [](auto same_after) -> uint32_t {
    for (uint32_t period = 1; period <= kMostPeriod; period *= 2)
      if (same_after(period)) return period;
    return 0;
  };
  slab_period_ = least([&](uint64_t i) {
    return same_bursts(d.a_addr | d.lda, i * kr, kr) && same_bursts(b_places,
                                                                    i * (rows     ? kr * b
                                                                         : packed ? kr * cols
                                                                                  : kr),
                                                                    b_bytes);
  });
  const auto same_loads = [&](uint64_t i) {
    return same_bursts(b_places,
                       i * (rows     ? nc
                            : packed ? nc / cols * b
                                     : nc * b),
                       b_bytes) &&
           (!plan_.is_float || same_bursts(d.col_scale_addr, i * nc * 4, nc * 4)) &&
           (!plan_.bias || same_bursts(d.bias_addr, i * nc * 4, nc * 4));
  };
  block_period_ = least([&](uint64_t i) {
    return same_loads(i) &&
           same_bursts(d.c_addr | d.ldc, i * nc * plan_.element, nc * plan_.element);
  });
  // The ends of pages cost little where the bursts under way last half of a read's round trip.
  alike_slabs_ = kr % plan_.bus_bytes == 0 &&
                 2 * port_.beats(kr) * port_.max_reads() >= read_round_trip(port_, targets_);
  alike_blocks_ = nc * plan_.element % plan_.bus_bytes == 0;
  may_be_calm_ = calm_.prepare(targets_, same_loads(1));
}

/// What a state remembers, slabs that compute has not done and blocks that have not left, lies in
/// steps of one kind: those of this block, or whole blocks of this row of blocks.
bool GemmSkip::repeat(uint64_t cycle) {
  const GemmSlab& slab = place_.walk.slab();
  const uint32_t slabs = (plan_.d.k + plan_.tile_kr - 1) / plan_.tile_kr;
  const uint32_t k = slab.k0 / plan_.tile_kr, n = slab.n0 / plan_.tile_nc;
  const uint32_t columns = plan_.d.n / plan_.tile_nc;  // whole blocks
  const auto queued = static_cast<uint32_t>(sequencer_.slabs());
  const auto blocks = static_cast<uint32_t>(output_.blocks());
  const auto due = [&](uint32_t place, uint32_t before, uint32_t period, uint32_t places) {
    return period != 0 && place > before && place + period + 2 < places && place % period == 0;
  };
  if (slab.first && due(n, std::max(blocks, (queued + slabs - 1) / slabs), block_period_, columns))
    return repeat(cycle, block_mark_, uint64_t{block_period_} * slabs,
                  (columns - 2 - n) / block_period_);
  if (blocks == 1 && port_.writes_pending() == 0 && due(k, queued, slab_period_, slabs))
    return repeat(cycle, slab_mark_, slab_period_, (slabs - 3 - k) / slab_period_);
  return false;
}

/// If the state is that of `period` slabs ago: over up to `most` periods.
bool GemmSkip::repeat(uint64_t cycle, Mark& mark, uint64_t period, uint64_t most) {
  Kept now(place_, cycle);
  const bool may = save(now);
  const bool again = may && mark.valid && mark.at.place.number + period == place_.number &&
                     mark.at.words == now.words;
  return go_on_from(mark, now, may, again ? most : 0, false);
}

// ------------------------------------------------------------------ nearly the same

/// From a row of blocks, block or slab to later ones of the same extents. Only where so many rows
/// take part that it does not matter how each lies.
bool GemmSkip::repeat_alike(uint64_t cycle) {
  const GemmPlan& p = plan_;
  if (p.tile_m < kLeastRows) return false;
  const GemmSlab& slab = place_.walk.slab();
  const uint32_t rows = steps_left(p.d.m, slab.m0, p.tile_m);
  const uint32_t columns = steps_left(p.d.n, slab.n0, p.tile_nc);
  const uint32_t slabs = steps_left(p.d.k, slab.k0, p.tile_kr);
  const bool last_whole = slab.n0 / p.tile_nc + 1 == std::max(p.d.n / p.tile_nc, 1u);
  if (rows != 0 && (landed_ || (slab.first && last_whole)) &&
      repeat_alike(cycle, row_mark(), {p.tile_m, 0, 0}, rows))
    return true;
  if (landed_) return false;
  if (slab.first)
    return columns != 0 && alike_blocks_ &&
           repeat_alike(cycle, alike_block_, {0, p.tile_nc, 0}, columns);
  const bool drained = output_.blocks() == 1 && port_.writes_pending() == 0;
  return drained && slabs != 0 && alike_slabs_ &&
         repeat_alike(cycle, alike_slab_, {0, 0, p.tile_kr}, slabs);
}

/// The mark of this slab in the row of blocks before, or a new one.
GemmSkip::Mark& GemmSkip::row_mark() {
  const GemmSlab& slab = place_.walk.slab();
  const auto is_old = [&](const Mark& mark) {
    return mark.at.place.walk.slab().m0 + plan_.tile_m < slab.m0;
  };
  row_marks_.erase(std::remove_if(row_marks_.begin(), row_marks_.end(), is_old), row_marks_.end());
  for (Mark& mark : row_marks_) {
    const GemmSlab& at = mark.at.place.walk.slab();
    if (at.n0 == slab.n0 && at.k0 == slab.k0) return mark;
  }
  row_marks_.emplace_back(place_);
  return row_marks_.back();
}

/// If `mark` is a step ago, and everything is about as it was then: what went by since comes up to
/// `most` times again. Not after calm slabs: if it also took about as long as the one before it.
bool GemmSkip::repeat_alike(uint64_t cycle, Mark& mark, const Step& step, uint64_t most) {
  const GemmSlab slab = place_.walk.slab(), before = mark.at.place.walk.slab();
  Kept now(place_, cycle);
  const bool may = save(now);
  const bool next = may && mark.valid && before.m0 + step.m == slab.m0 &&
                    before.n0 + step.n == slab.n0 && before.k0 + step.k == slab.k0;
  const uint64_t length = next ? cycle - mark.at.cycle : 0;
  const uint64_t slack = length >> kAlikeShift;
  const uint64_t off = std::max(length, mark.length) - std::min(length, mark.length);
  Outline outline = this->outline(cycle);
  const bool again = next && (landed_ || off <= slack) && outline.is_about(mark.outline, slack);
  mark.length = length;
  mark.outline = std::move(outline);
  return go_on_from(mark, now, may, again ? most : 0, true);
}

// ------------------------------------------------------------------ further

GemmSkip::Outline GemmSkip::outline(uint64_t cycle) {
  Outline outline;
  outline.shapes = {output_.row(), port_.reads_pending(), port_.writes_pending()};
  const auto add_moment = [&](uint64_t moment) {
    outline.moments.push_back(std::max(moment + kPast, cycle) - cycle);
  };
  const auto add = [&](const GemmSlab& slab) {
    outline.shapes.insert(outline.shapes.end(), {slab.mrows, slab.ncols, slab.krows});
  };
  for (size_t i = 0; i < output_.blocks(); ++i) add(output_.block(i));
  for (size_t i = 0; i < sequencer_.slabs(); ++i) add(sequencer_.slab(i));
  for (const uint64_t doing : sequencer_.at().doing()) outline.shapes.push_back(doing);
  for (const uint64_t moment : sequencer_.at().moments()) add_moment(moment);
  add_moment(port_.last_answer());
  add_moment(port_.last_read());
  return outline;
}

bool GemmSkip::Outline::is_about(const Outline& o, uint64_t slack) const {
  return shapes == o.shapes &&
         std::equal(moments.begin(), moments.end(), o.moments.begin(), o.moments.end(),
                    [=](uint64_t a, uint64_t b) { return a - b + slack <= 2 * slack; });
}

bool GemmSkip::save(Kept& now) {
  // so that it does not matter how far behind it was
  port_.bus().pass_time(now.cycle * period_ps_);
  StateArchive saving = StateArchive::saving(now.cycle, period_ps_, now.words);
  const bool may = port_.repeatable() && visit(saving, now.cycle, place_);
  now.counts = saving.counts();
  return may;
}

/// What happened from `mark` to `now` happens up to `most` times again; not once: `now`, which
/// `may` come again, is the mark. `same_segments`: visit()'s.
bool GemmSkip::go_on_from(Mark& mark, Kept& now, bool may, uint64_t most, bool same_segments) {
  const uint64_t length = now.cycle - mark.at.cycle, end = limit();
  const uint64_t times =
      most != 0 && now.cycle < end ? std::min(most, (end - now.cycle) / length) : 0;
  if (times == 0) {
    mark.valid = may;
    std::swap(mark.at, now);
    return false;
  }
  mark.valid = false;
  StateArchive::Counts counted;
  for (size_t i = 0; i < counted.size(); ++i)
    counted[i] = times * (now.counts[i] - mark.at.counts[i]);
  const uint64_t slabs = times * (place_.number - mark.at.place.number);
  for (uint64_t i = 0; i < slabs; ++i) place_.step();
  const uint64_t cycle = now.cycle + times * length;
  StateArchive loading = StateArchive::loading(cycle, period_ps_, now.words, counted);
  visit(loading, cycle, place_, same_segments);
  arrived_ = landed_ = true;
  by_calm_ = false;
  return true;
}

void GemmSkip::forget_marks() {
  for (Mark* mark : {&slab_mark_, &block_mark_, &alike_block_, &alike_slab_}) mark->valid = false;
  row_marks_.clear();
  calm_.forget();
}

}  // namespace systole
