// Operations that are carried out side by side: which of them leave each other room, and what each
// costs the other. Used by Interconnect, for operations that are timed apart
// (docs/blocks/engine.md).
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "tlm/bus/skippable_bus.h"

namespace systole {

/// Two operations are tried when they are first seen side by side: carried out burst by burst. How
/// much longer than alone each took, for every moment they were side by side, is what they cost
/// each other from then on. They agree if both are long, and neither took more than kMostDelay of
/// its time alone longer. Three and more need each two to agree, and what all of them take of a
/// channel or memory to be at most kMostLoad. Times are absolute, in picoseconds.
class SideBySide {
 public:
  static constexpr double kMostDelay = 3, kMostLoad = 0.95;

  /// The initiator begins `operation`, at `targets`. True: it agrees with all that are in the midst
  /// of one there. The operation must outlive it.
  bool begin(unsigned initiator, uint64_t targets, const ApartOperation& operation, uint64_t now);
  /// It ends. `in_detail`: it was carried out burst by burst.
  void end(unsigned initiator, uint64_t now, bool in_detail);
  /// By how much those that it agrees with have delayed it by now.
  uint64_t delay(unsigned initiator, uint64_t now) const;

  bool running(unsigned initiator) const { return find(initiator) != nullptr; }
  bool runs_long(unsigned initiator) const {
    const Running* const running = find(initiator);
    return running && !running->operation->is_short;
  }
  /// The operations of both agree. Not if one has none.
  bool agree(unsigned initiator, unsigned other) const;
  /// Somebody else is in the midst of an operation at one of `targets`.
  bool has_company(unsigned initiator, uint64_t targets) const;
  /// All of them agree with the initiator's.
  bool is_undisturbed(unsigned initiator) const;

 private:
  struct Met {
    uint64_t id;
    uint64_t beside;  ///< time side by side
  };
  struct Running {
    unsigned initiator;
    uint64_t targets;
    const ApartOperation* operation;
    uint64_t begin;
    uint64_t agrees_with;  ///< initiators, bits
    std::vector<Met> met;  ///< operations that have ended
    double delay;          ///< by those of them that agree
  };
  /// What an operation made of another one beside it.
  struct Cost {
    uint64_t beside = 0;  ///< for how long it was seen; 0: not yet
    double delay = 0;     ///< for every moment side by side
    bool too_long = false;
  };

  const Running* find(unsigned initiator) const;
  bool has_room(const Running& more) const;
  const Cost* cost(uint64_t of, uint64_t beside) const;
  void learn(const Running& ended, uint64_t now);

  std::vector<Running> running_;
  std::unordered_map<uint64_t, Cost> costs_;
};

}  // namespace systole
