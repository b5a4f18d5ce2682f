#include "tlm/gemm/gemm_calm.h"

#include <algorithm>
#include <cmath>

#include "tlm/bus/skippable_bus.h"

namespace systole {
namespace {

using Group = GemmLoaderTiming::Group;

constexpr uint64_t kLongSince = 1;  // the cycle of an event that nobody waits for
constexpr uint64_t kPipeline = 12;  // cycles from an announcement to a burst, and back to its data
constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kSettled = 84;  // more than the thread runs ahead of simulated time
constexpr double kMostShare = 0.9;

uint64_t cycles_of(double value) { return static_cast<uint64_t>(std::ceil(value)); }

}  // namespace

uint64_t read_round_trip(TwinPort& port, uint64_t targets) {
  TwinBus& bus = port.bus();
  const auto latency = static_cast<double>(bus.pace(targets).latency_ps);
  return cycles_of(latency / static_cast<double>(bus.period_ps())) + kPipeline +
         BurstCounts::kMostBeats;
}

GemmCalm::GemmCalm(const GemmPlan& plan, TwinPort& port, GemmProgress& progress,
                   GemmLoaderTiming& loader, GemmSequencerTiming& sequencer,
                   GemmOutputTiming& output)
    : plan_(plan),
      port_(port),
      progress_(progress),
      loader_(loader),
      sequencer_(sequencer),
      output_(output),
      cutter_(port.data_bytes()),
      at_(plan),
      end_(plan),
      compute_(plan, there_) {}

bool GemmCalm::prepare(uint64_t targets, bool alike) {
  const hw::GemmDescriptor& d = plan_.d;
  const Pace pace = port_.bus().pace(targets);
  if (plan_.accumulate || plan_.single_k || pace.beat_bytes != port_.data_bytes() ||
      port_.max_burst_beats() != BurstCounts::kMostBeats)
    return false;
  const auto period = static_cast<double>(port_.bus().period_ps());
  for (size_t i = 0; i < busy_.size(); ++i)
    busy_[i] = static_cast<double>(pace.busy_ps[i]) / period;
  round_trip_ = read_round_trip(port_, targets);
  least_ = (round_trip_ + port_.max_reads()) / port_.max_reads();

  const uint64_t tile_nc = plan_.tile_nc, tile_kr = plan_.tile_kr, element = plan_.element;
  a_lie_ = lie(d.a_addr | d.lda | tile_kr, tile_kr);
  c_lie_ = lie(d.c_addr | d.ldc | tile_nc * element, tile_nc * element);
  if (d.b_layout == hw::GEMM_B_LAYOUT_ROWS)
    b_lie_ = lie(d.b_addr | plan_.b_stride | tile_nc, tile_nc);
  else if (d.b_layout == hw::GEMM_B_LAYOUT_TRANSPOSED)
    b_lie_ = lie(d.b_addr | plan_.b_stride | tile_kr, tile_kr);
  else
    b_lie_ = lie(d.b_addr | plan_.b_stride | tile_kr * plan_.cols, tile_kr * plan_.cols);

  double row = 0;
  for (uint64_t left = port_.beats(tile_nc * element) + !c_lie_.aligned, beats; left > 0;
       left -= beats) {
    beats = std::min<uint64_t>(left, BurstCounts::kMostBeats);
    write_share_ = std::max(write_share_, busy_[beats] / static_cast<double>(beats));
    row += busy_[beats];
  }
  if (!c_lie_.within_pages) row += busy_[1];
  block_writes_ = cycles_of(row * plan_.tile_m);
  // With a memory that takes reads and writes at full rate a leaving block does not delay loads.
  alike_ = alike && write_share_ <= 0.5 && busy_.back() <= 0.5 * BurstCounts::kMostBeats;
  return true;
}

GemmCalm::Lie GemmCalm::lie(uint64_t addresses, uint64_t bytes) const {
  const uint64_t unit = addresses & -addresses;
  return {unit >= port_.data_bytes(), bytes <= unit && (bytes & (bytes - 1)) == 0};
}

// ------------------------------------------------------------------ what bursts can take

/// Beats follow each other on the link, one per cycle, unless the memory takes longer (`slower`: by
/// as much as others take from it) or the bursts outstanding are not enough for their round trip.
uint64_t GemmCalm::burst_cycles(uint64_t beats, double slower) const {
  return std::max({beats, least_, cycles_of(busy_[beats] * slower)});
}

/// A segment that is not aligned takes a beat more. What page ends add comes on top.
uint64_t GemmCalm::segment_cycles(Lie lie, uint64_t bytes, double slower) const {
  constexpr uint64_t kMost = BurstCounts::kMostBeats;
  const uint64_t beats = port_.beats(bytes) + !lie.aligned, rest = beats % kMost;
  return beats / kMost * burst_cycles(kMost, slower) + (rest ? burst_cycles(rest, slower) : 0);
}

/// Another burst for every page's end.
uint64_t GemmCalm::group_cycles(const GemmSlab& slab, Group group, double slower) {
  const GemmLoaderTiming::Segments s = GemmLoaderTiming::segments(plan_, slab, group);
  const Lie lie = group == Group::A ? a_lie_ : group == Group::B ? b_lie_ : Lie{};
  uint64_t ends = lie.within_pages ? 0 : s.count * (s.bytes / kPageBytes + 1);
  if (group == Group::A && ends != 0) ends = a_page_ends(slab);
  return s.count * segment_cycles(lie, s.bytes, slower) + ends * burst_cycles(1, slower);
}

/// The most rows of A in a slab of the same rows as this that meet a page's end.
uint64_t GemmCalm::a_page_ends(const GemmSlab& slab) {
  if (a_ends_of_ == slab.m0) return a_ends_;
  constexpr uint64_t kUnit = 64;
  const uint64_t span =
      (plan_.tile_kr + kUnit - 2) / kUnit + 1;  // units that may hold such a start
  std::array<uint32_t, kPageBytes / kUnit> rows{};
  for (uint32_t m = slab.m0; m < slab.m0 + slab.mrows; ++m)
    ++rows[(plan_.d.a_addr + m * uint64_t{plan_.d.lda}) % kPageBytes / kUnit];
  a_ends_of_ = slab.m0;
  a_ends_ = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    uint64_t sum = 0;
    for (size_t j = 0; j < std::min(span, rows.size()); ++j) sum += rows[(i + j) % rows.size()];
    a_ends_ = std::max(a_ends_, sum);
  }
  return a_ends_;
}

/// What a memory has to do for a slab, apart from page ends.
uint64_t GemmCalm::memory_cycles(const GemmSlab& slab) const {
  double sum = 0;
  for (const Group group : {Group::A, Group::B}) {
    const GemmLoaderTiming::Segments s = GemmLoaderTiming::segments(plan_, slab, group);
    uint64_t beats = port_.beats(s.bytes) + 1;
    for (; beats > BurstCounts::kMostBeats; beats -= BurstCounts::kMostBeats)
      sum += s.count * busy_.back();
    sum += s.count * (busy_[beats] + busy_[1]);
  }
  return cycles_of(sum) + 64;
}

/// From a slab's announcement to its last beat, or that of its weights. While blocks leave
/// (`draining`) they take their share of the memory, and no more than it needs for a whole block.
uint64_t GemmCalm::load_cycles(const GemmSlab& slab, bool draining, bool weights_only) {
  const auto all = [&](double slower) {
    uint64_t cycles = round_trip_;
    if (slab.first && plan_.is_float) {
      cycles += group_cycles(slab, Group::RowScale, slower);
      cycles += group_cycles(slab, Group::ColScale, slower);
      if (plan_.bias) cycles += group_cycles(slab, Group::Bias, slower);
    }
    cycles += group_cycles(slab, Group::B, slower);
    if (!weights_only || !plan_.b_first) cycles += group_cycles(slab, Group::A, slower);
    return cycles;
  };
  if (!draining) return all(1);
  const uint64_t whole = all(1) + block_writes_;
  if (write_share_ >= kMostShare) return whole;
  return std::min(whole, all(1 / (1 - write_share_)) + 2 * cycles_of(busy_.back()));
}

/// From a block's last row, or from when the block before has left, to its last answer, but for
/// what reads take from the memory.
uint64_t GemmCalm::drain_cycles(const GemmSlab& slab) const {
  const uint64_t pieces = (slab.ncols + plan_.lanes - 1) / plan_.lanes;
  uint64_t row = std::max(pieces, segment_cycles(c_lie_, slab.ncols * plan_.element, 1)) + 2;
  if (!c_lie_.within_pages) row += cycles_of(busy_[1]) + 1;
  return slab.mrows * row + plan_.convert_cycles + round_trip_;
}

// ------------------------------------------------------------------ slab by slab

/// Nothing is under way but the slabs that compute knows all of.
bool GemmCalm::is_idle(uint64_t cycle, const GemmSlab& slab) {
  return !slab.first && sequencer_.idle() && loader_.idle() && port_.idle() && output_.idle() &&
         output_.block(0).block == slab.block && progress_.block_releases.count() == slab.block &&
         (!plan_.is_float || progress_.scales.count() == slab.block + 1) &&
         sequencer_.at().last_row_ >= cycle;
}

/// Announces the slab at hand, and goes on to the next; false: it is not calm, or the last.
bool GemmCalm::step() {
  const uint64_t cycle = at_.cycle;
  GemmSlab slab = at_.walk.slab();
  slab.announced = cycle;
  const GemmSequencerState before = compute_.at();
  length_ = 0;

  const bool draining = drained_ > cycle;
  const uint64_t loaded = cycle + load_cycles(slab, draining, false);
  const uint64_t weights = cycle + load_cycles(slab, draining, true);
  const uint64_t look = std::max({cycle + 2, before.last_load_ + 1, before.next_load_});
  if (weights > std::max(look, before.swap_) || loaded > before.last_row_ + 1) return false;
  const uint64_t in_memory = memory_cycles(slab);
  if (drained_before_ > cycle) drained_before_ += in_memory;
  if (draining) drained_ += in_memory;
  if (slab.first) {
    if (drained_before_ >= before.last_row_) return false;
    at_.block = slab;
    if (plan_.is_float) there_.scales.push(kLongSince);
  }

  compute_.announce(slab);
  compute_.advance();
  if (!compute_.idle()) return false;
  if (slab.last) {
    const GemmBlockRows& rows = there_.blocks[slab.block % GemmProgress::kBlocks];
    drained_before_ = drained_;
    drained_ = std::max(drained_, rows.last_tile[slab.mrows - 1]) + drain_cycles(slab) + in_memory;
    there_.block_releases.push(kLongSince);
  }

  at_.walk.step();
  if (at_.walk.done()) return false;
  const auto released = [](const GemmEvents& events, uint64_t loads) {
    return events.at(static_cast<int64_t>(loads) - 2);
  };
  at_.cycle = std::max(released(there_.a_releases, at_.walk.a_loads()),
                       released(there_.b_releases, at_.walk.b_loads())) +
              1;
  if (loaded + 2 > at_.cycle) return false;
  loaded_ = loaded;
  ++at_.slabs;
  const GemmSlab& next = at_.walk.slab();
  if (!slab.first && !next.last && next.krows == slab.krows && drained_ <= at_.cycle &&
      compute_.at().is_later(before, at_.cycle - cycle)) {
    length_ = at_.cycle - cycle;
    stalls_ = compute_.at().stall_ - before.stall_;
  }
  return true;
}

/// The slab before was like all up to the block's last: over them, but not beyond `limit`.
void GemmCalm::repeat(uint64_t limit) {
  if (length_ == 0 || at_.cycle >= limit) return;
  const uint32_t left = (plan_.d.k - at_.walk.slab().k0 - 1) / plan_.tile_kr;
  const auto times = static_cast<uint32_t>(std::min<uint64_t>(left, (limit - at_.cycle) / length_));
  if (times == 0) return;
  const uint64_t cycles = times * length_;
  GemmSequencerState compute = compute_.at();
  compute.shift(cycles);
  compute.stall_ += times * stalls_;
  compute_.go_to(compute);
  there_.a_releases.repeat(times, length_);
  there_.b_releases.repeat(times, length_);
  for (auto& read : there_.blocks[at_.block.block % GemmProgress::kBlocks].reads) {
    read.begin += cycles;
    read.end += cycles;
  }
  at_.walk.skip(times);
  at_.cycle += cycles;
  at_.slabs += times;
  loaded_ += cycles;
}

/// A block is about to begin. If the one before, of as many columns, left everything as it was when
/// it began: over the whole blocks that follow, but not beyond `limit`.
void GemmCalm::repeat_blocks(uint64_t limit) {
  const GemmSlab& slab = at_.walk.slab();
  if (!slab.first) return;
  const auto before = block_;
  block_ = {slab.n0 != 0, slab.n0,  at_.cycle,       at_.slabs,
            loaded_,      drained_, drained_before_, compute_.at()};
  const uint64_t length = at_.cycle - before.cycle, slabs = at_.slabs - before.slabs;
  const uint32_t left = plan_.d.n / plan_.tile_nc - slab.n0 / plan_.tile_nc;
  if (!before.valid || before.n0 + plan_.tile_nc != slab.n0 || left < 2 || at_.cycle >= limit ||
      loaded_ != before.loaded + length || drained_ != before.drained + length ||
      drained_before_ != before.drained_before + length ||
      !compute_.at().is_later(before.compute, length))
    return;
  const auto times =
      static_cast<uint32_t>(std::min<uint64_t>(left - 1, (limit - at_.cycle) / length));
  if (times == 0) return;
  const uint64_t cycles = times * length;
  GemmSequencerState compute = compute_.at();
  compute.shift(cycles);
  compute.stall_ += times * (compute.stall_ - before.compute.stall_);
  compute_.go_to(compute);
  at_.walk.skip_blocks(times);
  at_.cycle += cycles;
  at_.slabs += times * slabs;
  loaded_ += cycles;
  drained_ += cycles;
  drained_before_ += cycles;
  there_.a_releases.go_on(times * slabs, cycles);
  there_.b_releases.go_on(times * slabs, cycles);
  there_.block_releases.go_on(times, cycles);
  there_.scales.go_on(plan_.is_float ? times : 0, cycles);
  block_.valid = false;
}

/// Everything is idle when the slab at hand is announced, `from` the one it began with.
bool GemmCalm::may_end(uint64_t from) const {
  const uint64_t by = at_.cycle - std::min(at_.cycle, kSettled);
  return at_.slabs >= 2 && at_.cycle > from + kSettled && !at_.walk.slab().first && loaded_ <= by &&
         drained_ <= by && drained_before_ <= by;
}

void GemmCalm::keep_end() {
  found_ = true;
  end_.walk = at_.walk;
  end_.block = at_.block;
  end_.cycle = at_.cycle;
  end_.slabs = at_.slabs;
  end_.quiet_from = std::max({loaded_, drained_, drained_before_});
  end_.compute = compute_.at();
  end_.a_releases = there_.a_releases;
  end_.b_releases = there_.b_releases;
  end_.block_releases = there_.block_releases;
  end_.scales = there_.scales;
  end_.rows.reads = there_.blocks[at_.block.block % GemmProgress::kBlocks].reads;
}

/// From one block to the same slab of another, as long as it took from the block before to this.
bool GemmCalm::skip_blocks(uint64_t cycle, const GemmWalk& walk, const GemmSlab& block,
                           uint64_t limit) {
  const GemmSlab& slab = walk.slab();
  const auto before = idle_;
  idle_ = {true, slab, cycle, sequencer_.at()};
  const uint64_t length = cycle - before.cycle;
  if (!alike_ || !before.valid || before.slab.m0 != slab.m0 || before.slab.k0 != slab.k0 ||
      before.slab.n0 + plan_.tile_nc != slab.n0 || !idle_.compute.is_later(before.compute, length))
    return false;
  const uint32_t left = plan_.d.n / plan_.tile_nc - slab.n0 / plan_.tile_nc;
  if (left < 3 || cycle >= limit) return false;
  const auto times = static_cast<uint32_t>(std::min<uint64_t>(left - 2, (limit - cycle) / length));
  if (times == 0) return false;
  idle_.valid = false;

  const uint64_t cycles = times * length;
  end_.walk = walk;
  end_.walk.skip_blocks(times);
  end_.block = block;
  end_.block.n0 += times * plan_.tile_nc;
  end_.block.block += times;
  end_.cycle = end_.quiet_from = cycle + cycles;
  end_.slabs = end_.walk.a_loads() - walk.a_loads();
  GemmSequencerState compute = sequencer_.at();
  compute.shift(cycles);
  compute.stall_ += times * (compute.stall_ - before.compute.stall_);
  sequencer_.go_to(compute);
  progress_.a_releases.go_on(end_.slabs, cycles);
  progress_.b_releases.go_on(end_.slabs, cycles);
  progress_.block_releases.go_on(times, cycles);
  progress_.scales.go_on(plan_.is_float ? times : 0, cycles);
  const auto reads = progress_.blocks[block.block % GemmProgress::kBlocks].reads;
  GemmBlockRows& rows = progress_.blocks[end_.block.block % GemmProgress::kBlocks];
  rows.clear();
  rows.reads = reads;
  for (auto& read : rows.reads) {
    read.begin += cycles;
    read.end += cycles;
  }
  progress_.a.all_there(static_cast<uint8_t>(end_.walk.a_loads() & 1));
  progress_.b.all_there(static_cast<uint8_t>(end_.walk.b_loads() & 1));
  loader_.go_to(end_.walk);
  count(slab, end_.walk.slab());
  port_.bus().pass_time((end_.cycle - kSettled) * port_.bus().period_ps());
  return true;
}

bool GemmCalm::go(uint64_t cycle, const GemmWalk& walk, const GemmSlab& block, uint64_t limit) {
  if (!is_idle(cycle, walk.slab())) return false;
  if (skip_blocks(cycle, walk, block, limit)) return true;
  const uint32_t place = walk.slab().block % GemmProgress::kBlocks;
  const auto a_half = static_cast<uint8_t>(walk.a_loads() & 1);
  const auto b_half = static_cast<uint8_t>(walk.b_loads() & 1);
  at_.walk = walk;
  at_.block = block;
  at_.cycle = cycle;
  at_.slabs = 0;
  there_.a_releases = progress_.a_releases;
  there_.b_releases = progress_.b_releases;
  there_.block_releases = progress_.block_releases;
  there_.scales = progress_.scales;
  there_.blocks[place] = progress_.blocks[place];
  there_.a.all_there(a_half);
  there_.b.all_there(b_half);
  compute_.go_to(sequencer_.at());
  loaded_ = drained_ = drained_before_ = 0;
  block_.valid = false;
  found_ = false;
  while (at_.cycle <= limit && step()) {
    repeat(limit);
    repeat_blocks(limit);
    if (at_.cycle <= limit && (at_.walk.slab().last || length_ != 0) && may_end(cycle)) keep_end();
  }
  compute_.clear();
  if (!found_) return false;

  const uint32_t to = end_.block.block % GemmProgress::kBlocks;
  progress_.a_releases = end_.a_releases;
  progress_.b_releases = end_.b_releases;
  progress_.block_releases = end_.block_releases;
  progress_.scales = end_.scales;
  progress_.blocks[to].clear();
  progress_.blocks[to].reads = end_.rows.reads;
  progress_.a.all_there(static_cast<uint8_t>(end_.walk.a_loads() & 1));
  progress_.b.all_there(static_cast<uint8_t>(end_.walk.b_loads() & 1));
  sequencer_.go_to(end_.compute);
  loader_.go_to(end_.walk);
  count(walk.slab(), end_.walk.slab());
  port_.bus().pass_time((end_.cycle - kSettled) * port_.bus().period_ps());
  return true;
}

// ------------------------------------------------------------------ traffic

/// What is loaded for the slabs from `from` up to `to`, and what leaves of the blocks before it.
void GemmCalm::count(const GemmSlab& from, const GemmSlab& to) {
  Traffic sum;
  const uint32_t k = plan_.d.k, n = plan_.d.n;
  if (from.block == to.block) {
    count_blocks(sum, from.m0, from.n0, from.n0 + from.ncols, from.k0, to.k0);
  } else {
    count_blocks(sum, from.m0, from.n0, from.n0 + from.ncols, from.k0, k);
    count_blocks(sum, to.m0, to.n0, to.n0 + to.ncols, 0, to.k0);
    for (uint32_t m0 = from.m0; m0 <= to.m0; m0 += plan_.tile_m) {
      const uint32_t first = m0 == from.m0 ? from.n0 : 0, last = m0 == to.m0 ? to.n0 : n;
      const uint32_t inner = m0 == from.m0 ? from.n0 + from.ncols : 0;
      if (inner < last) count_blocks(sum, m0, inner, last, 0, k);
      if (first < last) count_c(sum, m0, first, last);
    }
  }
  const hw::GemmDescriptor& d = plan_.d;
  port_.count(false, d.a_addr, sum.a);
  port_.count(false, d.b_addr, sum.b);
  port_.count(true, d.c_addr, sum.c);
  if (plan_.is_float) {
    port_.count(false, d.row_scale_addr, sum.row_scale);
    port_.count(false, d.col_scale_addr, sum.col_scale);
  }
  if (plan_.bias) port_.count(false, d.bias_addr, sum.bias);
  output_.go_to(end_.block, sum.extra);
}

/// Loads of the blocks that start at row `m0` and column `from_n` up to `to_n`.
void GemmCalm::count_blocks(Traffic& sum, uint32_t m0, uint32_t from_n, uint32_t to_n,
                            uint32_t from_k, uint32_t to_k) {
  const hw::GemmDescriptor& d = plan_.d;
  const bool whole = from_k == 0 && to_k == d.k;
  const uint32_t mrows = std::min(plan_.tile_m, d.m - m0);
  const uint32_t columns = (to_n - from_n + plan_.tile_nc - 1) / plan_.tile_nc;
  if (!whole || a_counted_ != m0) {
    BurstCounts rows;
    for (uint32_t m = m0; m < m0 + mrows; ++m)
      cutter_.row(rows, d.a_addr + m * uint64_t{d.lda} + from_k, to_k - from_k, plan_.tile_kr);
    sum.a.add(rows, columns);
    if (whole) {
      a_count_ = rows;
      a_counted_ = m0;
    }
  } else {
    sum.a.add(a_count_, columns);
  }
  if (whole && b_counts_.empty())
    for (uint32_t n0 = 0; n0 < d.n; n0 += plan_.tile_nc) b_counts_.push_back(count_b(n0, 0, d.k));
  for (uint32_t n0 = from_n; n0 < to_n; n0 += plan_.tile_nc)
    sum.b.add(whole ? b_counts_[n0 / plan_.tile_nc] : count_b(n0, from_k, to_k));
  if (!plan_.is_float || from_k != 0) return;
  for (uint32_t n0 = from_n; n0 < to_n; n0 += plan_.tile_nc) {
    const uint64_t bytes = uint64_t{std::min(plan_.tile_nc, d.n - n0)} * 4;
    cutter_.segment(sum.row_scale, d.row_scale_addr + uint64_t{m0} * 4, uint64_t{mrows} * 4);
    cutter_.segment(sum.col_scale, d.col_scale_addr + uint64_t{n0} * 4, bytes);
    if (plan_.bias) cutter_.segment(sum.bias, d.bias_addr + uint64_t{n0} * 4, bytes);
  }
}

BurstCounts GemmCalm::count_b(uint32_t n0, uint32_t from_k, uint32_t to_k) const {
  const hw::GemmDescriptor& d = plan_.d;
  const uint64_t stride = plan_.b_stride;
  const uint32_t ncols = std::min(plan_.tile_nc, d.n - n0), depth = to_k - from_k;
  BurstCounts sum;
  if (d.b_layout == hw::GEMM_B_LAYOUT_ROWS) {
    for (uint32_t k = from_k; k < to_k; ++k)
      cutter_.segment(sum, d.b_addr + k * stride + n0, ncols);
  } else if (d.b_layout == hw::GEMM_B_LAYOUT_TRANSPOSED) {
    for (uint32_t n = n0; n < n0 + ncols; ++n)
      cutter_.row(sum, d.b_addr + n * stride + from_k, depth, plan_.tile_kr);
  } else {
    const uint32_t first = n0 / plan_.cols, tiles = (ncols + plan_.cols - 1) / plan_.cols;
    const uint64_t rows = (depth + plan_.rows - 1) / plan_.rows * uint64_t{plan_.rows};
    for (uint32_t tile = first; tile < first + tiles; ++tile)
      cutter_.row(sum, d.b_addr + tile * stride + uint64_t{from_k} * plan_.cols, rows * plan_.cols,
                  uint64_t{plan_.tile_kr} * plan_.cols);
  }
  return sum;
}

/// The results of the blocks that start at row `m0` and column `from_n` up to `to_n`.
void GemmCalm::count_c(Traffic& sum, uint32_t m0, uint32_t from_n, uint32_t to_n) const {
  const hw::GemmDescriptor& d = plan_.d;
  const uint64_t piece = uint64_t{plan_.tile_nc} * plan_.element;
  const uint64_t bytes = uint64_t{to_n - from_n} * plan_.element;
  const uint32_t end = std::min(m0 + plan_.tile_m, d.m);
  const bool piece_is_beat = plan_.lanes * plan_.element == plan_.bus_bytes;
  for (uint32_t m = m0; m < end; ++m) {
    const uint64_t addr = d.c_addr + m * uint64_t{d.ldc} + uint64_t{from_n} * plan_.element;
    cutter_.row(sum.c, addr, bytes, piece);
    // A bus beat that takes no data holds the next row's first beat up for a cycle.
    if (!piece_is_beat || m + 1 == end) continue;
    for (uint64_t at = 0; at < bytes; at += piece) {
      const uint64_t length = std::min(piece, bytes - at);
      sum.extra += port_.bus_beats(addr + at, length) > port_.beats(length);
    }
  }
}

}  // namespace systole
