// Breakpoints, watchpoints and single steps. A breakpoint is a decoded operation whose handler is
// exchanged; a watched page is kept out of the short paths of loads and stores.
#include <algorithm>

#include "tlm/cpu/riscv/decode.h"
#include "tlm/cpu/riscv/hart.h"

namespace systole::riscv {
namespace {

constexpr uint64_t kPageMask = 4095;

}  // namespace

Stop Hart::step(uint64_t until_cycles) {
  single_ = true;
  const Stop reason = run(until_cycles);
  single_ = false;
  return reason;
}

/// Blocks that are already decoded stay: decoding anew could divide the program differently.
void Hart::mark_breakpoint(uint64_t pc) {
  cache_.for_each([&](Block& block) {
    if (pc >= block.pc && pc < block.end_pc) set_handlers(block);
  });
}

void Hart::add_breakpoint(uint64_t pc) {
  breakpoints_.insert(pc);
  mark_breakpoint(pc);
}

void Hart::remove_breakpoint(uint64_t pc) {
  const auto found = breakpoints_.find(pc);
  if (found == breakpoints_.end()) return;
  breakpoints_.erase(found);
  mark_breakpoint(pc);
}

void Hart::add_watchpoint(const Watchpoint& watchpoint) {
  watchpoints_.push_back(watchpoint);
  flush_tlb();
  update_context();
}

void Hart::remove_watchpoint(const Watchpoint& watchpoint) {
  const auto found = std::find(watchpoints_.begin(), watchpoints_.end(), watchpoint);
  if (found == watchpoints_.end()) return;
  watchpoints_.erase(found);
  flush_tlb();
  update_context();
}

bool Hart::page_watched(uint64_t addr) const {
  const uint64_t page = addr & ~kPageMask;
  return std::any_of(watchpoints_.begin(), watchpoints_.end(), [&](const Watchpoint& w) {
    return w.addr <= (page | kPageMask) && w.addr + w.bytes > page;
  });
}

Hart::Memory Hart::see_watched(uint64_t addr, unsigned bytes, bool reads, bool writes, const Op* op,
                               Memory result) {
  if (result == Memory::Fault) return result;
  for (const Watchpoint& w : watchpoints_) {
    const bool touched = addr < w.addr + w.bytes && w.addr < addr + bytes;
    if (!touched || !((reads && w.read) || (writes && w.write))) continue;
    watch_hit_ = w;
    debug_stop_ = Stop::Watch;
    if (result == Memory::Leave) return result;
    rest_ = tail_ + static_cast<unsigned>(block_->ops + block_->count - (op + 1));
    rest_pc_ = block_->pc + 2 * uint64_t{op->offset2} + op->length;
    return Memory::Leave;
  }
  return result;
}

/// The interpreter has met a Break operation.
void Hart::broke(const Op* op) {
  const auto left = static_cast<unsigned>(block_->ops + block_->count - op);
  rest_ = tail_ + left;
  rest_pc_ = s_.pc;
  if (left) debug_stop_ = Stop::Break;
}

/// Prepares what execute() runs next: the rest of the block that was left, or one instruction.
/// False: a trap was taken instead.
bool Hart::enter_part() {
  if (rest_) {
    part_ = single_ ? build_part(1, rest_ > 1) : build_part(rest_, false);
    tail_ = single_ ? rest_ - 1 : 0;
  } else {
    part_ = fetch(s_.pc);
    if (part_ && part_->cached) {
      tail_ = part_->count - 1;
      part_ = build_part(1, tail_ != 0);
    }
  }
  rest_ = 0;
  if (!part_) {
    trap(trap_cause_, trap_value_);
    return false;
  }
  if (single_) set_handler(part_->ops[0], part_->ops[0].code);
  if (profile_) profile_->ran(*part_, 1, config_.timing);
  if (limit_) limit_ = single_ ? 1 : until_;  // 1: execute() returns behind the instruction
  return true;
}

/// `ops` instructions from pc on, not cached; `more`: Break behind them instead of what follows.
Block* Hart::build_part(unsigned ops, bool more) {
  const uint64_t pc = s_.pc;
  const Translation t = mmu_.translate(pc, 2, Access::Fetch, s_.privilege);
  if (!t.ok) {
    trap_cause_ = t.cause;
    trap_value_ = pc;
    return nullptr;
  }
  begin_block(pc);
  const Region* region = t.uniform ? regions_.find(t.addr, 2) : nullptr;
  if (region) decode_run(t.addr, *region, ops);
  if (scratch_.count == 0) return build_single(pc);
  seal();
  Op& end = scratch_.ops[scratch_.count];
  if (more && !ends_block(scratch_.ops[scratch_.count - 1].code)) {
    end.code = OpCode::Break;
    set_handler(end, OpCode::Break);
  }
  return &scratch_;
}

/// After execute(): why run() returns.
Stop Hart::stop_in_block() {
  const Stop reason = debug_stop_ != Stop::Limit ? debug_stop_ : Stop::Step;
  debug_stop_ = Stop::Limit;
  tail_ = 0;
  return reason;
}

}  // namespace systole::riscv
