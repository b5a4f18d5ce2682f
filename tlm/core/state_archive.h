// State relative to a moment: what decides how a model goes on, written down so that the same
// situation is recognised at another time, and put back there.
// Used by everything that takes part in skipping known traffic (docs/blocks/engine.md).
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace systole {

using StateWords = std::vector<uint64_t>;

/// One visit of a model's state, for saving or for loading: the model names each field once, in
/// `void state(StateArchive&)`, by what it is:
///
///   time(), time_ps()  a moment: kept relative to the archive's cycle. 0 (never) and ~0 (not
///   known)
///                      are kept as they are
///   past()             a moment that only matters if it is later than `floor`: earlier ones are
///                      all alike
///   number()           anything else that decides what happens
///   count()            a counter that decides nothing: not part of the state; loading adds what
///                      was counted between two savings
///
/// Two savings with equal words are the same situation: from there on everything that is done
/// alike takes the same cycles. Loading makes a situation that is equal to the one saved, moved
/// to the archive's cycle.
class StateArchive {
 public:
  static constexpr size_t kMaxCounts = 48;
  using Counts = std::array<uint64_t, kMaxCounts>;

  /// Appends to `words`; the counters as they are now go to counts().
  static StateArchive saving(uint64_t cycle, uint64_t period_ps, StateWords& words) {
    StateArchive a(cycle, period_ps, true);
    a.words_ = &words;
    return a;
  }
  /// Reads `words` from `first` on; `counted` is added to the counters, in the order of saving.
  static StateArchive loading(uint64_t cycle, uint64_t period_ps, const StateWords& words,
                              const Counts& counted, size_t first = 0) {
    StateArchive a(cycle, period_ps, false);
    a.from_ = words.data() + first;
    a.counts_ = counted;
    return a;
  }

  bool saving() const { return saving_; }
  uint64_t cycle() const { return cycle_; }
  uint64_t ps() const { return ps_; }
  /// Saving: every counter's value so far.
  const Counts& counts() const { return counts_; }

  void time(uint64_t& cycle) { moment(cycle, cycle_); }
  void time_ps(uint64_t& ps) { moment(ps, ps_); }
  void past(uint64_t& cycle, uint64_t floor) {
    if (saving_) {
      uint64_t value = cycle <= floor ? floor : cycle;
      moment(value, cycle_);
    } else {
      moment(cycle, cycle_);
    }
  }
  template <class T>
  void number(T& value) {
    if (saving_)
      words_->push_back(static_cast<uint64_t>(value));
    else
      value = static_cast<T>(*from_++);
  }
  /// For what follows from other fields when loading: saves `value`, returns what was saved.
  uint64_t mark(uint64_t value) {
    number(value);
    return value;
  }
  void count(uint64_t& counter) {
    uint64_t& slot = counts_[next_count_++];
    if (saving_)
      slot = counter;
    else
      counter += slot;
  }

 private:
  static constexpr uint64_t kBias = uint64_t{1} << 62;

  StateArchive(uint64_t cycle, uint64_t period_ps, bool saving)
      : cycle_(cycle), ps_(cycle * period_ps), saving_(saving) {}
  void moment(uint64_t& value, uint64_t reference) {
    if (saving_) {
      words_->push_back(value == 0 || value == ~uint64_t{0} ? value : value - reference + kBias);
    } else {
      const uint64_t word = *from_++;
      value = word == 0 || word == ~uint64_t{0} ? word : word - kBias + reference;
    }
  }

  uint64_t cycle_, ps_;
  bool saving_;
  StateWords* words_ = nullptr;
  const uint64_t* from_ = nullptr;
  Counts counts_{};
  size_t next_count_ = 0;
};

}  // namespace systole
