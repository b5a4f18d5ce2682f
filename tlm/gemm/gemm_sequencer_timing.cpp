#include "tlm/gemm/gemm_sequencer_timing.h"

#include <algorithm>

namespace systole {

void GemmSequencerTiming::advance() {
  for (bool done = true; done;) {
    switch (phase_) {
      case Phase::Load:
        done = load();
        break;
      case Phase::Swap:
        done = swap();
        break;
      case Phase::Rows:
        done = rows();
        break;
    }
  }
}

/// The rows of the tiles before a column's last come first; of the tile at hand they may have.
uint64_t GemmSequencerTiming::to_result() {
  if (slabs_.empty()) return 0;
  const GemmSlab& slab = slabs_.front();
  const uint32_t column = slab.last ? 1 : slab.nts - nt_;
  const uint32_t tiles = column * slab.kts - 1 - kt_ + (slab.last ? 0 : 1);
  return uint64_t{tiles - (phase_ == Phase::Rows && tiles != 0 ? 1 : 0)} * slab.mrows;
}

void GemmSequencerTiming::begin_slab() {
  const GemmSlab& slab = slabs_.front();
  have_ = true;
  nt_ = kt_ = 0;
  nt_base_ = b_addr_ = 0;
  have_at_ = std::max(slab.announced + 2, last_load_ + 1);
  if (slab.first) progress_.blocks[slab.block % GemmProgress::kBlocks].clear();
}

bool GemmSequencerTiming::load() {
  if (!have_) {
    if (slabs_.empty()) return false;
    begin_slab();
  }
  const GemmSlab& slab = slabs_.front();
  const GemmBufferTiming::Half& half = progress_.b.half(slab.b_half);
  const uint64_t complete = half.complete, level = half.level, busy = last_row_ + 1;
  const uint64_t* const there_from = half.words.data();
  const uint32_t words = plan_.b_words, step = plan_.b_word_step, shift = plan_.b_shift;
  uint32_t i = load_i_, addr = b_addr_;
  if (complete == kGemmUnknown && addr >> shift >= level) return false;  // most often
  uint64_t look = std::max(have_at_, next_load_);
  bool known = true;
  uint64_t stall = 0;  // cycles in which weights are missing while no rows are under way
  while (i < words) {
    // the shadow weights are free once the tile before has been swapped in
    const uint64_t ready = i == 0 ? std::max(look, swap_) : look;
    const uint32_t word = addr >> shift;
    const uint64_t there = complete <= look ? 0 : word < level ? there_from[word] : complete;
    known = there != kGemmUnknown;
    if (!known) break;
    const uint64_t waits_from = std::max(look, busy);
    if (there > waits_from) stall += there - waits_from;
    const uint64_t cycle = std::max(ready, there);
    // Once everything is there, the rest follows in a row; also if it comes fast enough: words come
    // a cycle apart or more, and are read no faster than that.
    const uint32_t last = (addr + (words - 1 - i) * step) >> shift;
    const bool follows = complete <= cycle || (step <= 1u << shift && last < level &&
                                               there_from[last] <= cycle + (last - word));
    const uint32_t count = follows ? words - i : 1;
    if (i == 0) first_load_ = cycle;
    look = cycle + count;
    addr += count * step;
    i += count;
  }
  stall_ += stall;
  if (i != load_i_) {
    next_load_ = look;
    last_load_ = look - 1;
  }
  load_i_ = i;
  b_addr_ = addr;
  if (!known) return false;
  if (kt_ + 1 == slab.kts && nt_ + 1 == slab.nts && slab.release_b)
    progress_.b_releases.push(last_load_);
  phase_ = Phase::Swap;
  return true;
}

bool GemmSequencerTiming::swap() {
  const GemmSlab& slab = slabs_.front();
  uint64_t loaded = last_load_ + 1;
  if (plan_.early_swap) {
    const uint32_t last = b_addr_ - plan_.b_word_step;
    loaded = std::min(loaded, progress_.b.available(slab.b_half, last >> plan_.b_shift));
  }
  uint64_t cycle = std::max({first_load_ + 1, loaded, last_row_});
  if (slab.first && nt_ == 0 && kt_ == 0) {
    const uint64_t room = progress_.block_releases.at(int64_t{slab.block} - 2);
    if (room == kGemmUnknown) return false;
    if (slab.block >= 2) cycle = std::max(cycle, room + 1);
  }
  swap_ = cycle;
  next_row_ = cycle + 1;
  // two rows for one accumulator need a cycle in between
  if (slab.mrows == 1 && last_row_ != 0) next_row_ = std::max(next_row_, last_row_ + 2);
  row_i_ = 0;
  phase_ = Phase::Rows;
  return true;
}

bool GemmSequencerTiming::rows() {
  const GemmSlab& slab = slabs_.front();
  GemmBlockRows& block = progress_.blocks[slab.block % GemmProgress::kBlocks];
  const bool final_k = slab.last && kt_ + 1 == slab.kts;
  const bool last_nt = nt_ + 1 == slab.nts;
  const uint64_t to_drain = plan_.stages + 3;  // from the row to its place in the accumulators
  if (final_k && last_nt && block.last_tile.size() < slab.mrows) block.last_tile.resize(slab.mrows);

  const bool reads_acc = !(slab.first && kt_ == 0);
  if (final_k && last_nt) block.last_tile_reads = reads_acc;
  const uint32_t a_base = kt_ * plan_.rows;
  while (row_i_ < slab.mrows) {
    uint32_t count = 1;
    uint64_t cycle = next_row_;
    if (progress_.a.complete(slab.a_half) <= cycle) {
      count = slab.mrows - row_i_;  // everything is there: a row per cycle
    } else {
      const uint32_t word = (a_base + row_i_ * plan_.a_pitch) >> plan_.a_shift;
      const uint64_t there = progress_.a.available(slab.a_half, word);
      if (there == kGemmUnknown) return false;
      cycle = std::max(cycle, there);
    }
    if (row_i_ == 0) first_row_ = cycle;
    if (final_k && last_nt) {
      for (uint32_t i = 0; i < count; ++i) block.last_tile[row_i_ + i] = cycle + i + to_drain;
      block.rows = row_i_ + count;
    }
    row_i_ += count;
    last_row_ = cycle + count - 1;
    next_row_ = last_row_ + 1;
  }
  stall_ += last_row_ - swap_ - slab.mrows;

  if (final_k) {
    if (block.first_row.size() < slab.nts) block.first_row.resize(slab.nts);
    block.first_row[nt_] = first_row_ + to_drain;
    block.tiles = nt_ + 1;
  }
  const uint64_t length = last_row_ - first_row_ + 1;
  if (reads_acc && !(final_k && last_nt) && length < 2 * uint64_t{slab.mrows}) {
    const uint64_t begin = first_row_ + plan_.stages + 1, end = begin + length - 1;
    if (!block.reads.empty() && block.reads.back().end + 1 >= begin)
      block.reads.back().end = end;
    else
      block.reads.push_back({begin, end});
  }
  next_tile();
  return true;
}

void GemmSequencerTiming::state(StateArchive& a, const std::vector<GemmSlab>& slabs) {
  a.number(phase_);
  a.number(have_);
  a.number(nt_);
  a.number(kt_);
  a.number(load_i_);
  a.number(row_i_);
  a.number(nt_base_);
  a.number(b_addr_);
  for (uint64_t* cycle : {&have_at_, &first_load_, &next_load_, &last_load_, &swap_, &first_row_,
                          &next_row_, &last_row_})
    a.time(*cycle);
  count(a);
  if (!a.saving()) {
    slabs_.clear();
    for (const GemmSlab& slab : slabs) slabs_.push(slab);
  }
  for (size_t i = 0; i < slabs_.size(); ++i)
    if (!begun(i)) a.time(slabs_[i].announced);
}

void GemmSequencerTiming::next_tile() {
  const GemmSlab& slab = slabs_.front();
  phase_ = Phase::Load;
  load_i_ = 0;
  if (++kt_ == slab.kts) {
    kt_ = 0;
    nt_base_ += plan_.b_nt_step;
    ++nt_;
  }
  b_addr_ = nt_base_ + kt_ * plan_.b_kt_step;
  if (nt_ < slab.nts) return;
  if (slab.release_a) progress_.a_releases.push(last_row_);
  have_ = false;
  slabs_.pop();
}

}  // namespace systole
