#include "tlm/cpu/riscv/profile.h"

#include "tlm/cpu/riscv/hart.h"

namespace systole::riscv {

ProfileCount Profile::total() const {
  ProfileCount sum;
  for (const auto& [pc, count] : counts_) sum += count;
  return sum;
}

void Profile::add(const Block& block, const Op* from, uint64_t runs, const ClassCycles& cycles) {
  for (const Op* op = from; op < block.ops + block.count; ++op) {
    ProfileCount& count = counts_[block.pc + 2 * uint64_t{op->offset2}];
    count.instructions += runs;
    count.cycles += runs * cycles[static_cast<unsigned>(op->op_class)];
  }
}

void Profile::ran(const Block& block, uint64_t runs, const ClassCycles& cycles) {
  add(block, block.ops, runs, cycles);
}

void Profile::not_run(const Block& block, const Op* from, const ClassCycles& cycles) {
  add(block, from, ~uint64_t{0}, cycles);  // minus one: counts wrap back
}

// ------------------------------------------------------------------ the hart's part

void Hart::set_profile(Profile* profile) {
  collect_profile();
  profile_ = profile;
  state_changed();  // blocks are decoded anew, with or without counting
}

void Hart::count_runs(Block& block) {
  block.first = block.ops[0].handler;
  set_handler(block.ops[0], OpCode::Counted);
}

void Hart::take_runs(Block& block) {
  if (block.runs != 0) profile_->ran(block, block.runs, config_.timing);
  block.runs = 0;
}

void Hart::collect_profile() {
  if (!profile_) return;
  cache_.for_each([this](Block& block) { take_runs(block); });
  take_runs(scratch_);
}

void Hart::slept(uint64_t soc_cycles) {
  constexpr uint64_t kWfiBytes = 4;
  if (profile_) profile_->sleep(s_.pc - kWfiBytes, soc_cycles);
}

}  // namespace systole::riscv
