#include "tlm/cpu/riscv/hart.h"

#include "tlm/cpu/riscv/trap.h"

namespace systole::riscv {

Hart::Hart(Bus& bus, const HartConfig& config)
    : config_(config), bus_(bus), regions_(bus), mmu_(s_, bus, regions_), csr_(s_, bus) {
  execute(&labels_);
  reset();
}

void Hart::reset() {
  const uint64_t lines = s_.mip_lines;
  s_ = State{};
  s_.mip_lines = lines;
  s_.pc = config_.reset_pc;
  waiting_ = lockup_ = false;
  rest_ = 0;
  forget_memory();
}

void Hart::forget_memory() {
  forget_pending_ = true;
  attend();
}

void Hart::forget_now() {
  forget_pending_ = false;
  drop_blocks();
  regions_.clear();
  flush_tlb();
  update_window();
  update_context();
  update_float();
}

void Hart::state_changed() {
  drop_pending_ = true;
  flush_tlb();
  update_window();
  update_context();
  update_float();
  attend();
}

void Hart::write_csr(unsigned number, uint64_t value) {
  csr_.write(number, value, instret_);
  state_changed();
}

void Hart::set_interrupt(uint64_t bit, bool level) {
  s_.mip_lines = level ? s_.mip_lines | bit : s_.mip_lines & ~bit;
  if (level) attend();
}

void Hart::request_stop() {
  stop_ = true;
  attend();
}

void Hart::code_written(uint64_t addr, uint64_t bytes) {
  if (!regions_.has_code(addr, bytes)) return;
  drop_pending_ = true;
  attend();
}

void Hart::update_context() {
  const bool was_flat = flat_data_ && flat_fetch_;
  flat_fetch_ = mmu_.flat(s_.privilege);
  flat_data_ = mmu_.flat(s_.data_privilege());
  context_ = flat_fetch_ ? 0 : ++last_context_;
  window_.bytes = flat_data_ && watchpoints_.empty() ? window_bytes_ : 0;
  if (!was_flat || !flat_data_ || !flat_fetch_) flush_tlb();
}

void Hart::update_window() {
  window_bytes_ = 0;
  Region* const ram = regions_.find(config_.ram_base, 1);
  if (!ram || !ram->writable) return;
  uint64_t first = config_.ram_base, end = ram->base + ram->size;
  mmu_.largest_unlocked(&first, &end);
  first = (first + 63) & ~uint64_t{63};
  if (first + 8 > end) return;
  if (first != window_.base) drop_pending_ = true;  // it is in the decoded operations
  window_bytes_ = end - 7 - first;
  window_ = {first, 0, ram->at(first),
             ram->code_lines.data() + ((first - ram->base) >> kLineShift)};
}

bool Hart::float_enabled(bool dirties) {
  if (s_.fs() == 0) return false;
  if (dirties) s_.mstatus |= mstatus::kFs;
  update_float();
  return true;
}

void Hart::trap(uint64_t cause, uint64_t value) {
  const uint64_t at = s_.pc;
  const Privilege from = s_.privilege;
  const bool was_machine = from == kMachine;
  take_trap(s_, cause, value);
  trap_before_ = last_trap_;
  last_trap_ = {cause, value, at, s_.pc, from, s_.privilege, instret_};
  ++traps_;
  const uint64_t cycles = config_.timing[static_cast<unsigned>(OpClass::System)];
  cycles_ += cycles;
  if (profile_) profile_->spend(s_.pc, cycles);
  waiting_ = false;
  update_context();
  const bool fetch = cause == kFetchAccess || cause == kFetchPage;
  if (fetch && was_machine && s_.pc == at) {
    lockup_ = true;
    attend();
  }
}

Stop Hart::run(uint64_t until_cycles) {
  until_ = until_cycles;
  float_.enter(s_.frm);
  const Stop reason = loop();
  s_.fflags |= float_.leave();
  return reason;
}

Stop Hart::loop() {
  for (;;) {
    if (forget_pending_) forget_now();
    if (rest_ && rest_pc_ != s_.pc) rest_ = 0;
    if (rest_ == 0) {
      if (drop_pending_) drop_blocks();
      if (stop_) return Stop::Requested;
      if (lockup_) return Stop::Lockup;
      if (waiting_ && !(s_.mip() & s_.mie)) return Stop::Wait;
      waiting_ = false;
      if (cycles_ >= until_) return Stop::Limit;
      if (const uint64_t cause = next_interrupt(s_)) {
        trap(cause, 0);
        ++interrupts_;
        if (single_) return Stop::Step;
      }
      limit_ = until_;
    }
    if (!(rest_ || single_) || enter_part()) execute(nullptr);
    if (debug_stop_ != Stop::Limit || single_) return stop_in_block();
  }
}

}  // namespace systole::riscv
