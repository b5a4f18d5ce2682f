// When the pieces and words of rtl/vpu/vpu_gearbox.sv move. Downstream: vpu_timing.cpp.
#pragma once
#include <algorithm>
#include <cstdint>

namespace systole {

/// Out: the receiver of words.
///   uint64_t earliest(uint64_t t)  first cycle from t on in which it takes a word
///   void give(uint64_t t)          it takes one in cycle t
/// Words may be given ahead of pieces that come earlier than they (give_until, give_one): such a
/// piece is still taken in its own cycle, as long as that was possible.
template <class Out>
class VpuGearboxTiming {
 public:
  VpuGearboxTiming(uint32_t out_bytes, Out& out) : out_bytes_(out_bytes), out_(out) {}

  /// The first cycle that nothing has been decided about.
  uint64_t now() const { return now_; }
  bool holds_word() const { return fill_ >= out_bytes_ || flush_; }

  /// Offers a piece from cycle `t` on; returns the cycle in which it is taken.
  uint64_t take(uint64_t t, uint32_t bytes, bool last) {
    if (t < now_ && ready_from_ < now_) {  // before words already given
      const uint64_t taken = std::max(t, ready_from_);
      return accept(taken, bytes, last);
    }
    give_until(t);
    now_ = std::max(now_, t);
    while (holds_word()) {
      const uint64_t g = out_.earliest(now_);
      const bool fits = !flush_ && fill_ - out_bytes_ <= out_bytes_;
      give(g);
      if (fits) return accept(g, bytes, last);
    }
    return accept(now_++, bytes, last);
  }

  /// Gives the words that can leave before cycle `t`.
  void give_until(uint64_t t) {
    while (holds_word()) {
      const uint64_t g = out_.earliest(now_);
      if (g >= t) return;
      give(g);
    }
  }

  /// Gives the next word; there must be one.
  void give_one() { give(out_.earliest(now_)); }

 private:
  uint64_t accept(uint64_t cycle, uint32_t bytes, bool last) {
    fill_ += bytes;
    flush_ = last;
    ready_from_ = now_;
    return cycle;
  }

  void give(uint64_t g) {
    // Could a piece have been taken in this cycle too, and in those before it?
    if (flush_ || fill_ - out_bytes_ > out_bytes_)
      ready_from_ = g + 1;
    else if (g > now_)
      ready_from_ = g;
    else
      ready_from_ = std::min(ready_from_, g);
    now_ = g + 1;
    out_.give(g);
    if (flush_ && fill_ <= out_bytes_) {
      fill_ = 0;
      flush_ = false;
    } else {
      fill_ -= out_bytes_;
    }
  }

  uint32_t out_bytes_;
  Out& out_;
  uint32_t fill_ = 0;
  bool flush_ = false;
  uint64_t now_ = 0;         ///< the cycle in which the state is as held here
  uint64_t ready_from_ = 0;  ///< a piece could be taken in every cycle from here to now_ - 1
};

}  // namespace systole
