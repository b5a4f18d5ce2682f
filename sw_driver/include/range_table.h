// What operations that may be under way read and write, found by address.
// Upstream: CommandStream.
#pragma once
#include "sw_driver/include/engine_kind.h"
#include "sw_driver/include/memory_range.h"

namespace systole::driver {

/// One access of operation `sequence` of `engine`.
struct LiveRange {
  MemoryRange range;
  uint32_t engine = 0;
  uint32_t sequence = 0;
  bool write = false;
};

/// Up to kCapacity ranges in two balanced trees, reads and writes, over their first bytes; every
/// node knows how far the ranges below it reach, so that those near a place are found in
/// logarithmic time, however many there are. Deterministic; no heap.
class RangeTable {
 public:
  static constexpr uint32_t kCapacity = 512;

  RangeTable() { clear(); }
  void clear();
  uint32_t size() const { return size_; }
  bool full() const { return size_ == kCapacity; }

  /// Not while full(). An engine's ranges come in the order of their sequence numbers.
  void insert(const LiveRange& live);
  /// Removes what `engine` has completed when its sequence number is `completed`.
  void retire(uint32_t engine, uint32_t completed);
  /// The range that was inserted first. Not while empty.
  const LiveRange& oldest() const;

  /// Calls visit(live) for each write, and if `access` is a write for each read too, whose span
  /// (first to last byte) meets that of `access`.
  template <class Visit>
  void for_each_against(const Access& access, Visit visit) const {
    const auto see = [&](Index at) { visit(entries_[at].live); };
    walk(root_[kWrites], access.range.addr, access.range.end(), see);
    if (access.write) walk(root_[kReads], access.range.addr, access.range.end(), see);
  }
  /// Removes each read, and if `access` is a write each write too, whose span meets that of
  /// `access` and for which condition(live) is true.
  template <class Condition>
  void remove_under(const Access& access, Condition condition) {
    uint32_t count = 0;
    const auto see = [&](Index at) {
      if (condition(entries_[at].live)) removed_[count++] = at;
    };
    walk(root_[kReads], access.range.addr, access.range.end(), see);
    if (access.write) walk(root_[kWrites], access.range.addr, access.range.end(), see);
    for (uint32_t i = 0; i < count; ++i) remove(removed_[i]);
  }
  /// As remove_under(live, condition), but one range that is removed and lies exactly where `live`
  /// does, in the same tree, becomes `live`. False: there was none, insert() is left to do.
  template <class Condition>
  bool replace_under(const LiveRange& live, Condition condition) {
    const uint64_t begin = live.range.addr, end = live.range.end();
    uint32_t count = 0;
    Index same = kNone;
    const auto see = [&](Index at) {
      if (!condition(entries_[at].live)) return;
      const Node& node = nodes_[at];
      if (same == kNone && node.begin == begin && node.end == end &&
          entries_[at].live.write == live.write)
        same = at;
      else
        removed_[count++] = at;
    };
    walk(root_[kReads], begin, end, see);
    if (live.write) walk(root_[kWrites], begin, end, see);
    for (uint32_t i = 0; i < count; ++i) remove(removed_[i]);
    if (same == kNone) return false;
    leave_engine(same);
    enter(same, live);
    return true;
  }

 private:
  using Index = uint16_t;
  static constexpr Index kNone = 0xffff;
  static constexpr int kReads = 0, kWrites = 1;

  /// Where a range is in its tree.
  struct Node {
    uint64_t begin, end;  ///< of the range
    uint64_t reach;       ///< greatest end in the subtree
    uint32_t rank;        ///< pseudo-random, greatest at the top: what balances the tree
    Index left, right;    ///< subtree; `right` of a free node: the next free one
  };
  struct Entry {
    LiveRange live;
    uint32_t serial;     ///< counts insertions
    Index older, newer;  ///< of the same engine
  };

  template <class Visit>
  void walk(Index at, uint64_t begin, uint64_t end, const Visit& visit) const {
    while (at != kNone && nodes_[at].reach > begin) {
      const Node& node = nodes_[at];
      walk(node.left, begin, end, visit);
      if (node.begin >= end) return;  // what is to the right begins later still
      if (node.end > begin) visit(at);
      at = node.right;
    }
  }

  static bool before(const Node& a, Index index_a, const Node& b, Index index_b) {
    return a.begin != b.begin ? a.begin < b.begin : index_a < index_b;
  }
  void update(Index at);
  void link(Index at);
  void unlink(Index at);
  void remove(Index at);
  void enter(Index at, const LiveRange& live);
  void leave_engine(Index at);

  Node nodes_[kCapacity];
  Entry entries_[kCapacity];
  Index removed_[kCapacity];
  Index path_[kCapacity];  ///< from the root down, in link() and unlink()
  Index oldest_[kMaxEngines], newest_[kMaxEngines];
  Index root_[2], free_ = kNone;
  uint32_t size_ = 0, used_ = 0, serial_ = 0, random_ = 0;
};

}  // namespace systole::driver
