// A treap (Aragon and Seidel, 1989): a search tree by first byte, a heap by pseudo-random rank.
#include "sw_driver/include/range_table.h"

#include "sw_driver/include/engine.h"

namespace systole::driver {

void RangeTable::clear() {
  for (uint32_t e = 0; e < kMaxEngines; ++e) oldest_[e] = newest_[e] = kNone;
  root_[kReads] = root_[kWrites] = free_ = kNone;
  size_ = used_ = serial_ = 0;
  random_ = 0x9e3779b9;
}

void RangeTable::update(Index at) {
  Node& node = nodes_[at];
  uint64_t reach = node.end;
  if (node.left != kNone && nodes_[node.left].reach > reach) reach = nodes_[node.left].reach;
  if (node.right != kNone && nodes_[node.right].reach > reach) reach = nodes_[node.right].reach;
  node.reach = reach;
}

/// Puts `at` where its rank belongs; what is below is taken apart into what begins before and
/// after.
void RangeTable::link(Index at) {
  Node& node = nodes_[at];
  Index* slot = &root_[entries_[at].live.write ? kWrites : kReads];
  Index below = *slot;
  while (below != kNone && nodes_[below].rank >= node.rank) {
    Node& above = nodes_[below];
    if (node.end > above.reach) above.reach = node.end;
    slot = before(node, at, above, below) ? &above.left : &above.right;
    below = *slot;
  }
  *slot = at;
  Index *left = &node.left, *right = &node.right;
  uint32_t count = 0;
  while (below != kNone) {
    path_[count++] = below;
    Node& part = nodes_[below];
    if (before(node, at, part, below)) {
      *right = below;
      right = &part.left;
      below = part.left;
    } else {
      *left = below;
      left = &part.right;
      below = part.right;
    }
  }
  *left = *right = kNone;
  while (count > 0) update(path_[--count]);
  update(at);
}

/// Takes `at` out: its two subtrees become one, by rank.
void RangeTable::unlink(Index at) {
  const Node& node = nodes_[at];
  uint32_t count = 0;
  Index* slot = &root_[entries_[at].live.write ? kWrites : kReads];
  while (*slot != at) {
    path_[count++] = *slot;
    Node& above = nodes_[*slot];
    slot = before(node, at, above, *slot) ? &above.left : &above.right;
  }
  Index left = node.left, right = node.right;
  while (left != kNone && right != kNone) {
    const bool first = nodes_[left].rank > nodes_[right].rank;
    Index& top = first ? left : right;
    *slot = top;
    path_[count++] = top;
    slot = first ? &nodes_[top].right : &nodes_[top].left;
    top = *slot;
  }
  *slot = left != kNone ? left : right;
  while (count > 0) update(path_[--count]);
}

void RangeTable::insert(const LiveRange& live) {
  const Index at = free_ != kNone ? free_ : static_cast<Index>(used_++);
  Node& node = nodes_[at];
  if (at == free_) free_ = node.right;
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  node.begin = live.range.addr;
  node.end = live.range.end();
  node.rank = random_;
  enter(at, live);
  link(at);
  ++size_;
}

/// The newest of its engine.
void RangeTable::enter(Index at, const LiveRange& live) {
  Entry& entry = entries_[at];
  entry.live = live;
  entry.serial = serial_++;
  entry.older = newest_[live.engine];
  entry.newer = kNone;
  (entry.older == kNone ? oldest_[live.engine] : entries_[entry.older].newer) = at;
  newest_[live.engine] = at;
}

void RangeTable::leave_engine(Index at) {
  const Entry& entry = entries_[at];
  const uint32_t engine = entry.live.engine;
  (entry.older == kNone ? oldest_[engine] : entries_[entry.older].newer) = entry.newer;
  (entry.newer == kNone ? newest_[engine] : entries_[entry.newer].older) = entry.older;
}

void RangeTable::remove(Index at) {
  unlink(at);
  leave_engine(at);
  nodes_[at].right = free_;
  free_ = at;
  --size_;
}

void RangeTable::retire(uint32_t engine, uint32_t completed) {
  while (oldest_[engine] != kNone &&
         sequence_reached(completed, entries_[oldest_[engine]].live.sequence)) {
    remove(oldest_[engine]);
  }
}

const LiveRange& RangeTable::oldest() const {
  Index found = kNone;
  for (const Index at : oldest_) {
    if (at == kNone) continue;
    if (found == kNone || static_cast<int32_t>(entries_[at].serial - entries_[found].serial) < 0)
      found = at;
  }
  return entries_[found].live;
}

}  // namespace systole::driver
