#include "tlm/gemm/gemm_output_timing.h"

#include <algorithm>

namespace systole {

/// The first cycle in which the piece at hand is final.
uint64_t GemmOutputTiming::final_cycle() {
  const GemmSlab& block = blocks_.front();
  const GemmBlockRows& rows = progress_.blocks[block.block % GemmProgress::kBlocks];
  const uint32_t nt = n_ >> plan_.cols_shift;
  if (m_ == 0 && nt + 1 < block.nts) return nt < rows.tiles ? rows.first_row[nt] : kGemmUnknown;
  return m_ < rows.rows ? rows.last_tile[m_] : kGemmUnknown;
}

/// The cycle in which the piece at hand is issued, kGemmUnknown if that does not follow yet.
uint64_t GemmOutputTiming::piece_cycle(uint64_t horizon) {
  const uint64_t room = beats_ >= kFifo ? puts_[beats_ % kFifo] + 1 : 0;
  if (undisturbed_ && n_ > 0 && !plan_.accumulate) return piece_ = std::max(piece_, room);
  const GemmSlab& block = blocks_.front();
  uint64_t cycle = final_cycle();
  if (cycle == kGemmUnknown) return kGemmUnknown;
  cycle = std::max(cycle, piece_);
  if (plan_.is_float) {
    const uint64_t scales = progress_.scales.at(block.block);
    if (scales == kGemmUnknown) return kGemmUnknown;
    cycle = std::max(cycle, scales);
  }
  if (plan_.accumulate) {
    if (progress_.c_read >= progress_.c_arrived) return kGemmUnknown;
    cycle = std::max(cycle, progress_.c_arrivals[progress_.c_read % progress_.c_depth]);
  }
  cycle = std::max(cycle, room);
  if (n_ == 0) cycle = std::max(cycle, accepted_);
  // compute reads the accumulators first
  const GemmBlockRows& rows = progress_.blocks[block.block % GemmProgress::kBlocks];
  while (read_i_ < rows.reads.size() && rows.reads[read_i_].end < cycle) ++read_i_;
  for (size_t i = read_i_; i < rows.reads.size() && rows.reads[i].begin <= cycle; ++i)
    cycle = rows.reads[i].end + 1;
  if (rows.last_tile_reads) {
    while (row_i_ < rows.rows && rows.last_tile[row_i_] < cycle + kReadToFinal) ++row_i_;
    for (uint32_t i = row_i_; i < rows.rows && rows.last_tile[i] == cycle + kReadToFinal; ++i)
      ++cycle;
  }
  // rows that are not known yet read later than `horizon`
  const bool quiet = rows.rows > 0 && !rows.last_tile_reads;
  const bool open = !quiet && rows.rows < block.mrows && horizon != kGemmUnknown;
  if (open && cycle >= horizon + plan_.stages + 2) return kGemmUnknown;
  undisturbed_ = m_ > 0 && read_i_ == rows.reads.size() && (quiet || row_i_ == block.mrows);
  piece_ = cycle;
  return cycle;
}

uint64_t GemmOutputTiming::segment_addr() {
  const GemmSlab& block = blocks_.front();
  return plan_.d.c_addr + uint64_t{block.m0 + m_} * plan_.d.ldc +
         uint64_t{block.n0} * plan_.element;
}

uint64_t GemmOutputTiming::floor(uint64_t next_row) {
  const uint64_t final = blocks_.empty() ? kGemmUnknown : final_cycle();
  const uint64_t piece = final == kGemmUnknown ? next_row : final;
  const uint64_t margin = plan_.convert_cycles + 4;
  return beat_ == kGemmUnknown ? piece : std::min(piece, beat_ - std::min(beat_, margin));
}

void GemmOutputTiming::announce_segment(uint64_t cycle) {
  announced_row_ = m_;
  announced_block_ = blocks_.front().block;
  const uint32_t bytes = blocks_.front().ncols * plan_.element;
  const uint64_t addr = segment_addr() & ((uint64_t{1} << 40) - 1);
  port_.write(cycle + 1, addr, bytes);
  extra_beat_ = port_.bus_beats(addr, bytes) > port_.beats(bytes);
  accepted_ = std::max(cycle + 1, accepted_ + 1);
  if (segments_ >= kQueue)
    accepted_ = std::max(accepted_, pops_[(segments_ - kQueue) % pops_.size()] + 1);
  ++segments_;
}

bool GemmOutputTiming::advance(uint64_t horizon) {
  while (beat_ == kGemmUnknown && !blocks_.empty()) {
    const uint64_t cycle = piece_cycle(horizon);
    if (cycle == kGemmUnknown) return false;
    if (n_ == 0) announce_segment(cycle);
    const uint32_t row_end = blocks_.front().ncols;
    do {
      n_ += plan_.lanes;
      ++piece_of_beat_;
      ++piece_;
    } while (undisturbed_ && piece_of_beat_ < plan_.beat_pieces && n_ < row_end);
    row_end_ = n_ >= row_end;
    if (piece_of_beat_ < plan_.beat_pieces && !row_end_) continue;
    piece_of_beat_ = 0;
    const uint64_t issued = piece_ - 1;
    beat_ = issued + plan_.convert_cycles + 2;
    if (plan_.accumulate) progress_.c_reads[progress_.c_read++ % progress_.c_depth] = issued;
    if (row_end_) return next_row(issued);
  }
  return false;
}

bool GemmOutputTiming::next_row(uint64_t cycle) {
  n_ = 0;
  if (++m_ < blocks_.front().mrows) return false;
  m_ = 0;
  read_i_ = 0;
  row_i_ = 0;
  last_ = blocks_.front().last_block;
  blocks_.pop();
  progress_.block_releases.push(cycle);
  return true;
}

void GemmOutputTiming::put() {
  const uint64_t offered = std::max(beat_, put_ + 1);
  put_ = put_beat();
  stall_ += put_ - offered;
  puts_[beats_++ % kFifo] = put_;
  if (row_end_) pops_[(segments_ - 1) % pops_.size()] = put_ + extra_beat_;
  beat_ = kGemmUnknown;
  finished_ = last_ && put_ != kStopped;
  if (undisturbed_ && !row_end_) put_steadily();
}

/// A piece is a beat, and nothing has held the last one back: the others of its row, but for the
/// last one, and of its burst follow cycle by cycle as long as the buffer has room.
void GemmOutputTiming::put_steadily() {
  if (plan_.accumulate || plan_.beat_pieces != 1 || port_.reads_fail() ||
      put_ != piece_ + plan_.convert_cycles + 1)
    return;
  const uint64_t of_row = (blocks_.front().ncols - n_ - 1) / plan_.lanes;
  const uint64_t most = std::min(port_.steady_puts(), of_row);
  uint64_t count = 0;
  for (; count < most; ++count) {
    uint64_t& slot = puts_[beats_ % kFifo];
    if (beats_ >= kFifo && slot + 1 > piece_) break;
    slot = ++put_;
    ++beats_;
    ++piece_;
  }
  n_ += static_cast<uint32_t>(count) * plan_.lanes;
  port_.put_steady(count);
}

/// The cycle in which the beat at hand is put. If that is later than the operation is stopped, this
/// stage goes on as far as there is room, since the loader depends on it.
uint64_t GemmOutputTiming::put_beat() {
  if (put_ == kStopped) return kStopped;
  try {
    return port_.put(beat_);
  } catch (const TwinStop&) {
    return kStopped;
  }
}

}  // namespace systole
