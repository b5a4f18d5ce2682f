// A treap (Aragon and Seidel, 1989): a search tree by first byte, a heap by pseudo-random rank.
#include "sw_driver/include/range_table.h"

#include "sw_driver/include/engine.h"

namespace systole::driver {

void RangeTable::clear() {
  for (Index i = 0; i < kCapacity; ++i) nodes_[i].right = i + 1u < kCapacity ? Index(i + 1) : kNone;
  for (uint32_t e = 0; e < kMaxEngines; ++e) oldest_[e] = newest_[e] = kNone;
  root_ = kNone;
  free_ = 0;
  size_ = serial_ = 0;
  random_ = 0x9e3779b9;
}

bool RangeTable::before(Index a, Index b) const {
  const uint64_t first = nodes_[a].live.range.addr, second = nodes_[b].live.range.addr;
  return first != second ? first < second : a < b;
}

void RangeTable::update(Index at) {
  Node& node = nodes_[at];
  node.reach = node.end;
  if (node.left != kNone && nodes_[node.left].reach > node.reach)
    node.reach = nodes_[node.left].reach;
  if (node.right != kNone && nodes_[node.right].reach > node.reach)
    node.reach = nodes_[node.right].reach;
}

/// `tree` with `at`, which is not in it; the new top.
RangeTable::Index RangeTable::put(Index tree, Index at) {
  if (tree == kNone || nodes_[at].rank > nodes_[tree].rank) {
    split(tree, at, &nodes_[at].left, &nodes_[at].right);
    update(at);
    return at;
  }
  Node& node = nodes_[tree];
  Index& side = before(at, tree) ? node.left : node.right;
  side = put(side, at);
  if (nodes_[at].end > node.reach) node.reach = nodes_[at].end;
  return tree;
}

/// Takes `tree` apart: what comes before `at`, and what after.
void RangeTable::split(Index tree, Index at, Index* before_at, Index* after_at) {
  if (tree == kNone) {
    *before_at = *after_at = kNone;
    return;
  }
  if (before(tree, at)) {
    *before_at = tree;
    split(nodes_[tree].right, at, &nodes_[tree].right, after_at);
  } else {
    *after_at = tree;
    split(nodes_[tree].left, at, before_at, &nodes_[tree].left);
  }
  update(tree);
}

/// One tree of two; all of `first` come before all of `second`.
RangeTable::Index RangeTable::join(Index first, Index second) {
  if (first == kNone) return second;
  if (second == kNone) return first;
  if (nodes_[first].rank > nodes_[second].rank) {
    nodes_[first].right = join(nodes_[first].right, second);
    update(first);
    return first;
  }
  nodes_[second].left = join(first, nodes_[second].left);
  update(second);
  return second;
}

/// `tree` without `at`, which is in it.
RangeTable::Index RangeTable::take(Index tree, Index at) {
  Node& node = nodes_[tree];
  if (tree == at) return join(node.left, node.right);
  Index& side = before(at, tree) ? node.left : node.right;
  side = take(side, at);
  update(tree);
  return tree;
}

void RangeTable::insert(const LiveRange& live) {
  const Index at = free_;
  Node& node = nodes_[at];
  free_ = node.right;
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  node.live = live;
  node.end = live.range.end();
  node.rank = random_;
  node.serial = serial_++;
  node.older = newest_[live.engine];
  node.newer = kNone;
  (node.older == kNone ? oldest_[live.engine] : nodes_[node.older].newer) = at;
  newest_[live.engine] = at;
  root_ = put(root_, at);
  ++size_;
}

void RangeTable::remove(Index at) {
  root_ = take(root_, at);
  Node& node = nodes_[at];
  const uint32_t engine = node.live.engine;
  (node.older == kNone ? oldest_[engine] : nodes_[node.older].newer) = node.newer;
  (node.newer == kNone ? newest_[engine] : nodes_[node.newer].older) = node.older;
  node.right = free_;
  free_ = at;
  --size_;
}

void RangeTable::retire(uint32_t engine, uint32_t completed) {
  while (oldest_[engine] != kNone &&
         sequence_reached(completed, nodes_[oldest_[engine]].live.sequence)) {
    remove(oldest_[engine]);
  }
}

const LiveRange& RangeTable::oldest() const {
  Index found = kNone;
  for (const Index at : oldest_) {
    if (at == kNone) continue;
    if (found == kNone || static_cast<int32_t>(nodes_[at].serial - nodes_[found].serial) < 0)
      found = at;
  }
  return nodes_[found].live;
}

}  // namespace systole::driver
