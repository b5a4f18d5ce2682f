#include "tlm/bus/looks.h"

#include <algorithm>

namespace systole {
namespace {

constexpr uint64_t kWordBytes = 4;

}  // namespace

void Looks::begin(unsigned initiator, uint64_t addr, uint64_t first_ps, Looker& looker) {
  looks_.push_back({initiator, addr, first_ps, &looker});
  find_next();
}

void Looks::end(unsigned initiator) {
  looks_.erase(std::remove_if(looks_.begin(), looks_.end(),
                              [=](const Look& look) { return look.initiator == initiator; }),
               looks_.end());
  find_next();
}

void Looks::find_next() {
  next_ps_ = Looker::kNoLook;
  for (const Look& look : looks_) next_ps_ = std::min(next_ps_, look.due_ps);
}

void Looks::do_looks(uint64_t now_ps, const std::function<bool(unsigned)>& first) {
  next_ps_ = Looker::kNoLook;  // a look comes by here itself
  for (;;) {
    Look* next = nullptr;
    for (Look& look : looks_) {
      const bool due = look.due_ps < now_ps || (look.due_ps == now_ps && first(look.initiator));
      const bool sooner = !next || look.due_ps < next->due_ps ||
                          (look.due_ps == next->due_ps && look.initiator < next->initiator);
      if (due && sooner) next = &look;
    }
    if (!next) break;
    next->due_ps = next->looker->look();
  }
  find_next();
}

void Looks::written(uint64_t addr, uint64_t bytes, unsigned by) {
  for (const Look& look : looks_)
    if (look.initiator != by && look.addr < addr + bytes && addr < look.addr + kWordBytes)
      look.looker->wake();
}

void Looks::pass_by() {
  run_due();
  for (const Look& look : looks_)
    if (look.looker->sees()) look.looker->wake();
}

}  // namespace systole
