#include "tlm/bus/side_by_side.h"

#include <algorithm>

namespace systole {
namespace {

constexpr double kMostRate = 3;  // of a delay: two that shared a moment say little

uint64_t bit(unsigned initiator) { return uint64_t{1} << initiator; }

uint64_t pair_key(uint64_t of, uint64_t beside) { return of * 0x9e3779b97f4a7c15 + beside; }

/// What the operation takes of the target.
TargetLoad load_of(const ApartOperation& operation, uint64_t targets, uint64_t target) {
  if (!(targets & target)) return {};
  return operation.loads[static_cast<size_t>(__builtin_popcountll(targets & (target - 1)))];
}

}  // namespace

const SideBySide::Running* SideBySide::find(unsigned initiator) const {
  for (const Running& running : running_)
    if (running.initiator == initiator) return &running;
  return nullptr;
}

/// Null: not known.
const SideBySide::Cost* SideBySide::cost(uint64_t of, uint64_t beside) const {
  const auto found = costs_.find(pair_key(of, beside));
  return found == costs_.end() ? nullptr : &found->second;
}

/// Three or more.
bool SideBySide::has_room(const Running& more) const {
  if (running_.size() < 2) return true;
  for (uint64_t left = more.targets; left != 0; left &= left - 1) {
    const uint64_t target = left & -left;
    TargetLoad sum = load_of(*more.operation, more.targets, target);
    for (const Running& other : running_) {
      const TargetLoad load = load_of(*other.operation, other.targets, target);
      sum.read += load.read;
      sum.write += load.write;
      sum.memory += load.memory;
    }
    if (std::max({sum.read, sum.write, sum.memory}) > kMostLoad) return false;
  }
  return true;
}

bool SideBySide::begin(unsigned initiator, uint64_t targets, const ApartOperation& operation,
                       uint64_t now) {
  Running more{initiator, targets, &operation, now, 0, {}, 0};
  bool agree = has_room(more);
  for (const Running& other : running_) {
    if (!(other.targets & targets)) continue;
    const Cost* const own = cost(operation.id, other.operation->id);
    const Cost* const others = cost(other.operation->id, operation.id);
    agree = agree && !operation.is_short && !other.operation->is_short && own && !own->too_long &&
            others && !others->too_long;
  }
  for (Running& other : running_) {
    if (!agree || !(other.targets & targets)) continue;
    other.agrees_with |= bit(initiator);
    more.agrees_with |= bit(other.initiator);
  }
  running_.push_back(std::move(more));
  return agree;
}

/// What those beside it cost an operation that was carried out burst by burst.
void SideBySide::learn(const Running& ended, uint64_t now) {
  uint64_t beside = 0;
  for (const Met& met : ended.met) beside += met.beside;
  const auto took = static_cast<double>(now - ended.begin);
  const auto alone = static_cast<double>(ended.operation->alone_ps);
  const double longer = std::max(0.0, took - alone);
  for (const Met& met : ended.met) {
    Cost& cost = costs_[pair_key(ended.operation->id, met.id)];
    cost.too_long = cost.too_long || longer > kMostDelay * alone;
    if (met.beside <= cost.beside) continue;
    cost.beside = met.beside;
    cost.delay = std::min(kMostRate, longer / static_cast<double>(beside));
  }
}

void SideBySide::end(unsigned initiator, uint64_t now, bool in_detail) {
  const auto at = std::find_if(running_.begin(), running_.end(), [=](const Running& running) {
    return running.initiator == initiator;
  });
  Running ended = std::move(*at);
  running_.erase(at);
  const auto meet = [](Running& self, uint64_t id, uint64_t beside) {
    const auto met = std::find_if(self.met.begin(), self.met.end(),
                                  [=](const Met& known) { return known.id == id; });
    if (met == self.met.end())
      self.met.push_back({id, beside});
    else
      met->beside += beside;
  };
  for (Running& other : running_) {
    if (!(other.targets & ended.targets)) continue;
    const uint64_t since = std::max(other.begin, ended.begin);
    const uint64_t beside = now - std::min(now, since);
    meet(ended, other.operation->id, beside);
    meet(other, ended.operation->id, beside);
    if (!(other.agrees_with & bit(initiator))) continue;
    other.agrees_with &= ~bit(initiator);
    other.delay +=
        cost(other.operation->id, ended.operation->id)->delay * static_cast<double>(beside);
  }
  if (in_detail) learn(ended, now);
}

uint64_t SideBySide::delay(unsigned initiator, uint64_t now) const {
  const Running& self = *find(initiator);
  double delay = self.delay;
  for (const Running& other : running_) {
    if (!(self.agrees_with & bit(other.initiator))) continue;
    const uint64_t since = std::max(other.begin, self.begin);
    delay += cost(self.operation->id, other.operation->id)->delay *
             static_cast<double>(now - std::min(now, since));
  }
  return static_cast<uint64_t>(delay);
}

bool SideBySide::agree(unsigned initiator, unsigned other) const {
  const Running* const running = find(initiator);
  return running && running->agrees_with & bit(other);
}

bool SideBySide::has_company(unsigned initiator, uint64_t targets) const {
  return std::any_of(running_.begin(), running_.end(), [=](const Running& other) {
    return other.initiator != initiator && other.targets & targets;
  });
}

bool SideBySide::is_undisturbed(unsigned initiator) const {
  const Running& self = *find(initiator);
  return std::all_of(running_.begin(), running_.end(), [&](const Running& other) {
    return &other == &self || !(other.targets & self.targets) ||
           self.agrees_with & bit(other.initiator);
  });
}

}  // namespace systole
