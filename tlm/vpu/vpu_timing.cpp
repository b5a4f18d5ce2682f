// One row after the other through load, passes and store. Each part keeps the cycles of what it has
// done so far and is asked to go on only as far as another needs it, so that the port's bursts come
// nearly in the order of time.
#include "tlm/vpu/vpu_timing.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "tlm/gen/vpu_regs.h"
#include "tlm/twin/ring.h"
#include "tlm/vpu/vpu_gearbox_timing.h"
#include "tlm/vpu/vpu_microcode.h"

namespace systole {
namespace {

using hw::VpuDescriptor;

constexpr uint64_t kAddressMask = (uint64_t{1} << 40) - 1;
constexpr uint64_t kStep = 8;        // cycles in which the order of bursts does not matter
constexpr uint32_t kEntries = 31;    // entries of the store that a pass may use
constexpr uint64_t kBlocksFrom = 2;  // cycles from a word's issue to its way back to x, at least

/// Everything a part needs to know of the operation.
struct Operation {
  Operation(const uint8_t* desc, const VpuConfig& c) : config(c) {
    std::memcpy(&d, desc, sizeof d);
    quantises = d.vpu_flags & hw::VPU_FLAGS_QUANT_OUT_MASK;
    causal = d.vpu_flags & hw::VPU_FLAGS_CAUSAL_MASK;
    int8_in = d.opcode == hw::VPU_OP_DEQUANTIZE;
    layernorm = d.opcode == hw::VPU_OP_LAYERNORM;
    rotary = d.opcode == hw::VPU_OP_ROTARY;
    softmax = d.opcode == hw::VPU_OP_SOFTMAX;
    norms = layernorm || d.opcode == hw::VPU_OP_RMSNORM;
    uses_y = norms || rotary || (d.vpu_flags & hw::VPU_FLAGS_MUL_Y_MASK) ||
             d.opcode == hw::VPU_OP_ADD || d.opcode == hw::VPU_OP_MUL ||
             d.opcode == hw::VPU_OP_SWIGLU;
    fixed_y = d.y_stride == 0;
    two_rows = uint64_t{d.cols} * (layernorm ? 4 : 2) <= c.max_cols;
    words = (d.cols + c.lanes - 1) / c.lanes;
  }

  VpuDescriptor d;
  VpuConfig config;
  bool quantises, causal, int8_in, layernorm, rotary, softmax, norms, uses_y, fixed_y, two_rows;
  uint32_t words;  ///< of a row
};

/// The cycles in which the lanes write the x buffer, which keeps the loader from it.
class BlockedCycles {
 public:
  void add(uint64_t begin, uint64_t count) {
    if (!items_.empty() && items_.back().end == begin)
      items_.back().end += count;
    else
      items_.push_back({begin, begin + count});
    if (head_ < kKept || 2 * head_ < items_.size()) return;
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  /// First free cycle from t on. Later calls have later t.
  uint64_t next_free(uint64_t t) {
    while (head_ < items_.size() && items_[head_].end <= t) ++head_;
    if (head_ == items_.size()) {
      items_.clear();
      head_ = 0;
      return t;
    }
    return items_[head_].begin <= t ? items_[head_].end : t;
  }
  /// The cycle after the n-th free one from t on. May be asked ahead of next_free().
  uint64_t after_free(uint64_t t, uint64_t n) const {
    for (size_t i = head_; i < items_.size() && items_[i].begin < t + n; ++i) {
      if (items_[i].begin > t) n -= items_[i].begin - t;
      t = std::max(t, items_[i].end);
    }
    return t + n;
  }

 private:
  struct Item {
    uint64_t begin, end;
  };
  static constexpr size_t kKept = 64;  ///< passed intervals that may stay
  std::vector<Item> items_;
  size_t head_ = 0;
};

class Store;

/// vpu_load: from the start of a descriptor to words in the row buffers.
class Loader {
 public:
  Loader(const Operation& op, TwinPort& port, uint64_t start)
      : op_(op),
        port_(port),
        words_per_beat_(1 + op.config.data_bytes / (op.config.lanes * 4) * (op.int8_in ? 4 : 1)),
        gearbox_(op.config.lanes * 4, *this) {
    for (uint32_t half = 0; half < (op.two_rows ? 2u : 1u); ++half) {
      x_[half].reserve(op.words);
      if (op.uses_y) y_[half].reserve(op.layernorm ? 2 * op.words : op.words);
    }
    announce(start);
    if (op_.two_rows) announce(start);
  }

  /// Before a beat is taken that lets reads out, `store` goes on until then.
  void goes_with(Store& store) { store_ = &store; }
  BlockedCycles& blocked() { return blocked_; }

  /// Cycles from which the words of a row can be processed, as far as known.
  const std::vector<uint64_t>& x(uint32_t half) const { return x_[half]; }
  const std::vector<uint64_t>& y(uint32_t half) const { return y_[half]; }

  /// The oldest row is done with its buffers in cycle t.
  void release(uint64_t t) {
    x_[half_released_].clear();
    if (!op_.fixed_y) y_[half_released_].clear();
    half_released_ ^= op_.two_rows ? 1 : 0;
    announce(t + 1);
  }

  bool holds_word() const { return gearbox_.holds_word(); }
  /// Goes on by a word or a beat; there must be one to come.
  void step() {
    if (gearbox_.holds_word())
      gearbox_.give_one();
    else
      process_beat(port_.next_beat());
  }

  /// Goes on with what arrives before cycle t, as far as that is certain while blocked() knows the
  /// cycles before `horizon`.
  void run_until(uint64_t t, uint64_t horizon) {
    while (!segments_.empty()) {
      const uint64_t beat = port_.peek_beat();
      // What fails stops the operation then; until then the lanes go on.
      if (beat >= t || port_.next_fails()) return;
      const uint64_t from = std::max(beat, gearbox_.now());
      if (blocked_.after_free(from, words_per_beat_) > horizon) return;
      process_beat(beat);
    }
  }

  // The receiver of the gearbox's words.
  uint64_t earliest(uint64_t t) { return to_x_ ? blocked_.next_free(t) : t; }
  void give(uint64_t t) { (to_x_ ? x_ : y_)[half_].push_back(t + 1); }

 private:
  enum class What : uint8_t { kScale, kX, kY };
  struct Segment {
    uint32_t bytes;
    What what;
    uint8_t half;
    bool group_end;
  };

  void read(uint64_t from, What what, uint64_t addr, uint32_t bytes, bool group_end = true) {
    const uint32_t half = what == What::kY && op_.fixed_y ? 0 : row_half_;
    segments_.push({bytes, what, static_cast<uint8_t>(half), group_end});
    port_.read(from, addr & kAddressMask, bytes);
  }

  /// Asks for the next row, if there is one, from cycle `from` on.
  void announce(uint64_t from) {
    if (row_ == op_.d.rows) return;
    const VpuDescriptor& d = op_.d;
    const bool y = op_.uses_y && (row_ == 0 || !op_.fixed_y);
    const bool late = op_.norms || op_.softmax;
    if (op_.int8_in) read(from, What::kScale, d.s_addr + uint64_t{row_} * 4, 4);
    if (y && !late) announce_y(from);
    read(from, What::kX, d.x_addr + uint64_t{row_} * d.x_stride, d.cols * (op_.int8_in ? 1 : 4));
    if (y && late) announce_y(from);
    ++row_;
    row_half_ ^= op_.two_rows ? 1 : 0;
  }

  void announce_y(uint64_t from) {
    const VpuDescriptor& d = op_.d;
    const uint64_t addr = d.y_addr + uint64_t{row_} * d.y_stride;
    const uint32_t cols = op_.rotary ? d.period : d.cols;
    for (uint32_t col = cols; col <= d.cols; col += cols)
      read(from, What::kY, addr, cols * 4, col == d.cols);
    if (op_.layernorm) read(from, What::kY, addr + uint64_t{cols} * 4, cols * 4);
  }

  void process_beat(uint64_t t) {
    const Segment& s = segments_.front();
    const uint32_t left = s.bytes - done_bytes_;
    const uint32_t bytes = std::min(left, port_.data_bytes());
    const bool last = bytes == left;
    if (s.what == What::kX && op_.int8_in)
      t = take_int8(t, bytes, last);
    else if (s.what != What::kScale)
      t = gearbox_.take(t, bytes, last && s.group_end);
    if (s.what != What::kScale) {
      to_x_ = s.what == What::kX;
      half_ = s.half;
    }
    if (port_.reads_waiting()) run_store_until(t);
    port_.take(t);
    done_bytes_ += bytes;
    if (!last) return;
    done_bytes_ = 0;
    segments_.pop();
  }

  /// Four pieces at most, a quarter of the beat each, as float32.
  uint64_t take_int8(uint64_t t, uint32_t bytes, bool last) {
    const uint32_t piece = port_.data_bytes() / 4;
    for (uint32_t at = 0;; at += piece) {
      const bool end = at + piece >= bytes;
      t = gearbox_.take(t, 4 * std::min(piece, bytes - at), last && end);
      to_x_ = true;
      half_ = segments_.front().half;
      if (end) return t;
      ++t;
    }
  }

  void run_store_until(uint64_t t);

  const Operation& op_;
  TwinPort& port_;
  Store* store_ = nullptr;
  const uint32_t words_per_beat_;  ///< at most, and one for the time to take it
  uint32_t row_ = 0, row_half_ = 0, half_released_ = 0;
  Ring<Segment> segments_;   ///< asked for and not wholly taken
  uint32_t done_bytes_ = 0;  ///< of the oldest
  VpuGearboxTiming<Loader> gearbox_;
  BlockedCycles blocked_;
  bool to_x_ = true;  ///< where the gearbox's words go
  uint32_t half_ = 0;
  std::vector<uint64_t> x_[2], y_[2];
};

/// vpu_store: from entries of the passes to beats of the writer.
class Store {
 public:
  Store(const Operation& op, TwinPort& port, Loader& load)
      : op_(op), port_(port), load_(load), gearbox_(op.config.data_bytes, *this) {
    load.goes_with(*this);
  }

  /// The next row's results will come; in cycle t.
  void announce(uint64_t t) {
    const VpuDescriptor& d = op_.d;
    if (op_.quantises) port_.write(t + 1, (d.s_addr + row_ * 4) & kAddressMask, 4);
    port_.write(t + 1, (d.d_addr + row_ * d.d_stride) & kAddressMask,
                d.cols * (op_.quantises ? 1 : 4));
    ++row_;
  }
  /// An entry of `bytes` bytes reaches the store in cycle t.
  void push(uint64_t t, uint32_t bytes, bool last) {
    entries_[pushed_++ % kRing] = {t + 1, bytes, last};
  }
  /// Cycle from which there is room for one more entry.
  uint64_t room() {
    if (pushed_ < kEntries) return 0;
    while (popped_ + kEntries <= pushed_) take_entry();
    return pops_[(pushed_ - kEntries) % kRing] + 1;
  }
  /// Goes on with what can leave before cycle t.
  void run_until(uint64_t t) {
    if (giving_) return;
    while (popped_ < pushed_ && std::max(entries_[popped_ % kRing].cycle, gearbox_.now()) < t)
      take_entry();
    gearbox_.give_until(t);
  }
  /// Everything has left.
  void finish() {
    while (popped_ < pushed_) take_entry();
    while (gearbox_.holds_word()) gearbox_.give_one();
  }

  // The receiver of the gearbox's words.
  uint64_t earliest(uint64_t t) { return std::max(t, port_.put_ready()); }
  void give(uint64_t t) {
    // A failing read stops the operation in the cycle that the beats before it lead to.
    if (port_.reads_fail()) {
      giving_ = true;
      load_.run_until(t, t + kBlocksFrom);
      giving_ = false;
    }
    port_.put(t);
  }

 private:
  static constexpr uint32_t kRing = 64;
  struct Entry {
    uint64_t cycle;
    uint32_t bytes;
    bool last;
  };

  void take_entry() {
    const Entry& e = entries_[popped_ % kRing];
    pops_[popped_ % kRing] = gearbox_.take(e.cycle, e.bytes, e.last);
    ++popped_;
  }

  const Operation& op_;
  TwinPort& port_;
  Loader& load_;
  uint64_t row_ = 0;
  Entry entries_[kRing];
  uint64_t pops_[kRing] = {};
  uint64_t pushed_ = 0, popped_ = 0;
  bool giving_ = false;
  VpuGearboxTiming<Store> gearbox_;
};

void Loader::run_store_until(uint64_t t) { store_->run_until(t); }

/// vpu_core: the sequence of passes.
class Core {
 public:
  Core(const uint8_t* desc, const VpuConfig& config, TwinPort& port, uint64_t start)
      : op_(desc, config),
        program_(vpu_program(op_.d)),
        port_(port),
        checked_(start + (op_.rotary ? 9 : 1)),
        load_(op_, port, checked_ + 1),
        store_(op_, port, load_) {}

  VpuRun run() {
    try {
      return run_rows();
    } catch (const TwinStop&) {
      leave();
      throw;
    }
  }

 private:
  /// What came until the operation was stopped is still taken, and lets other reads out; what had
  /// left the lanes is still written.
  void leave() {
    const uint64_t last = port_.last_cycle();
    load_.run_until(last + 1, last + kBlocksFrom);
    try {
      store_.finish();
    } catch (const TwinStop&) {
    }
  }

  VpuRun run_rows() {
    t_ = checked_ + 1;
    if (op_.norms) t_ += 1 + vpu_scalar_cycles(VpuScalar::kRecip);
    uint32_t modulo = 0;
    for (row_ = 0; row_ < op_.d.rows; ++row_) {
      const uint32_t valid = op_.softmax ? op_.d.valid + modulo : op_.d.cols;
      if (op_.causal && ++modulo == op_.d.period) modulo = 0;
      valid_words_ = (valid + op_.config.lanes - 1) / op_.config.lanes;
      for (uint32_t p = 0; p < program_.count; ++p) run_pass(program_.passes[p]);
      half_ ^= op_.two_rows ? 1 : 0;
    }
    store_.finish();
    const uint64_t finish = first_drained_ + 1;
    const uint64_t idle = std::max(drained_ + 1, port_.write_idle());
    result_.write_stall_cycles += idle - finish + 1;
    result_.end_cycle = idle + 1;
    return result_;
  }

  void run_pass(const VpuPass& p) {
    const uint32_t words = p.valid_only ? valid_words_ : op_.words;
    const uint32_t y_at = p.second_y ? op_.words : 0;
    const uint32_t pace = op_.config.lanes == 32 && p.reduction == VpuReduction::kSum ? 2 : 1;
    const auto& x = load_.x(half_);
    const auto& y = load_.y(op_.fixed_y ? 0 : half_);
    uint64_t t = t_;
    for (uint32_t w = 0; w < words; ++w) {
      if (w > 0) t += pace;
      const bool here = x.size() >= words && x[words - 1] <= t &&
                        (!p.uses_y || (y.size() >= y_at + words && y[y_at + words - 1] <= t));
      if (here && !p.last) {
        t = run_on(p, t, words - w, pace);
        break;
      }
      if (!here) {
        const uint64_t have = await_word(x, y, w, p.uses_y, y_at);
        const uint64_t base = w > 0 ? t - pace + 1 : t;
        result_.read_stall_cycles += std::max(have, base) - base;
        t = std::max(have, t);
      }
      if (p.last) {
        const uint64_t room = store_.room();
        result_.write_stall_cycles += std::max(room, t) - t;
        t = std::max(room, t);
        if (!op_.quantises && w == 0) store_.announce(t);
        push(t + 2 + p.latency, w, words);
      }
      store_.run_until(t);
      if (p.store_x) load_.blocked().add(t + 2 + p.latency, 1);
      if (w % kStep == kStep - 1 && port_.reads_waiting())
        load_.run_until(t + 1, t + 3 + p.latency);
    }
    if (p.last) {
      store_.run_until(t);
      load_.release(t);
    }
    drained_ = t + 2 + p.latency;
    const bool streaming = program_.count == 1;  // rows follow each other without a gap
    note_drained(streaming ? t : drained_ - 1);
    t_ = streaming && row_ + 1 < op_.d.rows ? t + 1 : after_pass(p);
    load_.run_until(t_, t_ + kBlocksFrom);
    store_.run_until(t_);
  }

  /// The cycle from which word w of x and, if used, its word of y are here.
  uint64_t await_word(const std::vector<uint64_t>& x, const std::vector<uint64_t>& y, uint32_t w,
                      bool uses_y, uint32_t y_at) {
    while (x.size() <= w) step();
    if (!uses_y) return x[w];
    while (y.size() <= y_at + w) step();
    return std::max(x[w], y[y_at + w]);
  }

  void step() {
    if (!load_.holds_word()) store_.run_until(port_.next_beat());
    load_.step();
  }

  /// The rest of a pass whose operands are here, `words` from cycle t on; returns the last's cycle.
  uint64_t run_on(const VpuPass& p, uint64_t t, uint32_t words, uint32_t pace) {
    const uint64_t last = t + uint64_t{words - 1} * pace;
    if (p.store_x && pace == 1) load_.blocked().add(t + 2 + p.latency, words);
    if (p.store_x && pace == 2)
      for (uint64_t i = t; i <= last; i += 2) load_.blocked().add(i + 2 + p.latency, 1);
    if (port_.reads_waiting()) {
      for (uint64_t now = t; now < last; now += kStep) {
        load_.run_until(now + 1, last + 3 + p.latency);
        store_.run_until(now);
      }
    }
    store_.run_until(last);
    return last;
  }

  /// The core counts the first row's end that it sees after the last word's issue as the last's.
  void note_drained(uint64_t issued) {
    while (!drains_.empty() && drains_.front() <= issued) drains_.pop();
    drains_.push(drained_);
    first_drained_ = drains_.front();
  }

  /// Words of the row: a full entry each, but the last.
  void push(uint64_t t, uint32_t w, uint32_t words) {
    const bool last = w + 1 == words;
    const uint32_t lanes = op_.config.lanes;
    const uint32_t elements = last ? op_.d.cols - w * lanes : lanes;
    store_.push(t, elements * (op_.quantises ? 1 : 4), last);
  }

  /// Reduction and scalar step; the next pass's first cycle.
  uint64_t after_pass(const VpuPass& p) {
    uint64_t t = drained_ + vpu_reduction_cycles(p.reduction, op_.config.lanes);
    if (p.scalar != VpuScalar::kNone) t += vpu_scalar_cycles(p.scalar);
    if (p.scalar == VpuScalar::kQuant) {
      store_.announce(t);
      store_.push(t, 4, true);
    }
    return t + 1;
  }

  const Operation op_;
  const VpuProgram program_;
  TwinPort& port_;
  const uint64_t checked_;  ///< the check is done
  Loader load_;
  Store store_;
  uint64_t t_ = 0;        ///< first cycle of the pass
  uint64_t drained_ = 0;  ///< the last word of the pass is at the end of the lanes
  uint64_t first_drained_ = 0;
  Ring<uint64_t> drains_;
  uint32_t row_ = 0, half_ = 0, valid_words_ = 0;
  VpuRun result_;
};

}  // namespace

VpuRun vpu_run_timing(const uint8_t* desc, const VpuConfig& config, TwinPort& port,
                      uint64_t start_cycle) {
  return Core(desc, config, port, start_cycle).run();
}

}  // namespace systole
