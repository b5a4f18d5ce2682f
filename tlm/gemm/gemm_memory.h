// Slabs that a GEMM engine has timed: from which state, with which end.
// Used by GemmSkip; lives as long as the engine.
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "tlm/core/state_archive.h"
#include "tlm/twin/operation_memory.h"

namespace systole {

/// Numbers for word sequences: equal sequences, equal numbers.
class GemmNumbering {
 public:
  uint32_t number(const StateWords& words) {
    const auto [entry, added] = numbers_.emplace(words, static_cast<uint32_t>(words_.size()));
    if (added) {
      words_.push_back(&entry->first);
      size_ += words.size();
    }
    return entry->second;
  }
  const StateWords& words(uint32_t number) const { return *words_[number]; }
  size_t size() const { return size_; }  ///< words kept

 private:
  std::unordered_map<StateWords, uint32_t, StateWordsHash> numbers_;
  std::vector<const StateWords*> words_;
  size_t size_ = 0;
};

/// Cycles are those of slab announcements. Exact: an entry is found only by the whole state.
struct GemmMemory {
  static constexpr uint32_t kEnd = ~0u;  ///< the type of the slab after the last

  /// The state before a slab, and the slab and its successor by type.
  struct Key {
    uint32_t state, slab, next;
    bool operator==(const Key& o) const {
      return state == o.state && slab == o.slab && next == o.next;
    }
  };
  struct KeyHash {
    size_t operator()(const Key& k) const {
      uint64_t hash = (uint64_t{k.state} << 32 | k.slab) * 0xff51afd7ed558ccdu;
      hash = (hash ^ hash >> 29 ^ k.next) * 0xc4ceb9fe1a85ec53u;
      return static_cast<size_t>(hash ^ hash >> 32);
    }
  };
  /// From one announcement to the next, or to the end of the operation.
  struct Step {
    uint32_t state;   ///< there
    uint64_t cycles;  ///< until then
    uint64_t now_ps;  ///< the engine's thread then, relative to that cycle
    StateArchive::Counts counted;
  };

  GemmNumbering states, slabs, patterns;
  std::unordered_map<Key, Step, KeyHash> steps;
  /// Patterns by what they follow from (GemmSkip::pattern).
  std::unordered_map<uint64_t, uint32_t> patterns_of;

  /// Bounded: forgets everything when it has grown too much. Only between operations.
  void trim() {
    constexpr size_t kMostWords = 8u << 20, kMostSteps = 100'000;
    if (states.size() + slabs.size() + patterns.size() < kMostWords && steps.size() < kMostSteps &&
        patterns_of.size() < 10 * kMostSteps)
      return;
    *this = GemmMemory{};
  }
};

}  // namespace systole
