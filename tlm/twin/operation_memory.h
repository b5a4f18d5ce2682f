// Operations that an engine has carried out: from which state, with which end.
// Used by EngineTwin.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "tlm/bus/skippable_bus.h"
#include "tlm/core/state_archive.h"

namespace systole {

/// FNV-like hash over words; equality is always decided on the words themselves.
struct StateWordsHash {
  size_t operator()(const StateWords& words) const {
    uint64_t hash = 0x9e3779b97f4a7c15u ^ words.size();
    for (const uint64_t word : words) {
      hash = (hash ^ word) * 0xff51afd7ed558ccdu;
      hash ^= hash >> 32;
    }
    return static_cast<size_t>(hash);
  }
};

/// What an operation came to; cycles and picoseconds relative to its start.
struct RememberedOperation {
  StateWords end;                ///< of port and bus, relative to `done_cycles`
  StateArchive::Counts counted;  ///< from start to end
  uint64_t end_ps = 0;           ///< when the engine's thread is done with it
  uint64_t done_cycles = 0;
  uint64_t work = 0, read_stall_cycles = 0, write_stall_cycles = 0;
  ApartOperation apart;
};

/// Bounded: forgets everything when it has grown to kMaxWords.
class OperationMemory {
 public:
  const RememberedOperation* find(const StateWords& key) const {
    const auto found = operations_.find(key);
    return found == operations_.end() ? nullptr : &found->second;
  }
  void keep(const StateWords& key, RememberedOperation operation) {
    words_ += key.size() + operation.end.size() + sizeof operation / 8;
    if (words_ > kMaxWords) {
      operations_.clear();
      words_ = 0;
    }
    operations_.insert_or_assign(key, std::move(operation));
  }

 private:
  static constexpr size_t kMaxWords = 4u << 20;
  std::unordered_map<StateWords, RememberedOperation, StateWordsHash> operations_;
  size_t words_ = 0;
};

}  // namespace systole
