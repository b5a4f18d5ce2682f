#include "tlm/cpu/riscv_cpu.h"

#include <cstring>

#include "tlm/core/text_format.h"

namespace systole {
namespace {

riscv::HartConfig hart_config(const RiscvCpuConfig& config) {
  riscv::HartConfig hart;
  hart.reset_pc = config.reset_pc;
  hart.ram_base = config.ram_base;
  hart.timing = config.timing;
  return hart;
}

}  // namespace

RiscvCpu::RiscvCpu(const sc_core::sc_module_name& name, const RiscvCpuConfig& config)
    : sc_module(name), config_(config), hart_(*this, hart_config(config)) {
  socket.register_invalidate_direct_mem_ptr(this, &RiscvCpu::invalidate_direct_mem_ptr);
  SC_HAS_PROCESS(RiscvCpu);
  SC_THREAD(run);
}

void RiscvCpu::run() {
  while (!finish_code_ && !stop_) {
    const riscv::Stop reason = run_quantum(hart_.cycles() + config_.quantum_cycles);
    if (reason == riscv::Stop::Limit && alone()) continue;
    sync();
    if (reason == riscv::Stop::Lockup) {
      lost_ = true;
      break;
    }
    const riscv::State& s = hart_.state();
    if (reason == riscv::Stop::Wait && !(s.mip() & s.mie) && !stop_ && !finish_code_) sleep();
  }
  end(finish_code_.value_or(1));
}

riscv::Stop RiscvCpu::run_hart(uint64_t until_cycles, bool one_step) {
  if (tracer_) return one_step ? tracer_->step(until_cycles) : tracer_->run(until_cycles);
  return one_step ? hart_.step(until_cycles) : hart_.run(until_cycles);
}

/// A hold in the midst of the quantum leaves its end where it is.
riscv::Stop RiscvCpu::run_quantum(uint64_t until_cycles) {
  using riscv::Stop;
  if (!holder_) return run_hart(until_cycles, false);
  Stop held_for = Stop::Limit;
  for (;;) {
    Stop why = Stop::Requested;
    if (!holder_->wants_hold()) {
      why = run_hart(until_cycles, single_step_);
      const bool again = why == Stop::Lockup && held_for == Stop::Lockup;
      const bool held =
          why == Stop::Step || why == Stop::Break || why == Stop::Watch || why == Stop::Lockup;
      if (!held || again) return why;
    }
    held_for = why;
    const CpuHolder::Go go = holder_->hold(why);
    single_step_ = go == CpuHolder::Go::Step;
    if (go != CpuHolder::Go::End) continue;
    request_stop();
    return Stop::Requested;
  }
}

std::string RiscvCpu::failure(const std::function<std::string(uint64_t)>& place) const {
  const riscv::Trap &first = hart_.lost_by(), &last = hart_.last_trap();
  const std::string text = riscv::describe(first) + " at " + place(first.pc) +
                           ", and the trap handler at " + place(last.handler) +
                           " cannot be fetched";
  return first.cause == last.cause ? text : text + " (" + riscv::cause_name(last.cause) + ")";
}

void RiscvCpu::reset() {
  hart_.reset();
  hart_.clear_stop();
}

void RiscvCpu::end(int code) {
  exit_code_ = code;
  if (on_exit_) on_exit_(code);
}

void RiscvCpu::finish(int code) {
  if (!finish_code_) finish_code_ = code;
  hart_.request_stop();
  wake_.notify(sc_core::SC_ZERO_TIME);
}

void RiscvCpu::request_stop() {
  stop_ = true;
  hart_.request_stop();
  wake_.notify(sc_core::SC_ZERO_TIME);
}

void RiscvCpu::set_interrupt(uint64_t bit, bool level) {
  hart_.set_interrupt(bit, level);
  if (level) wake_.notify(sc_core::SC_ZERO_TIME);
}

void RiscvCpu::sleep() {
  const uint64_t since = cycle_count();
  wait(wake_);
  hart_.slept(cycle_count() - since);
}

/// True if no process runs and nobody looks until simulated time has passed the CPU's own.
bool RiscvCpu::alone() {
  const uint64_t ahead = ahead_ps();
  return Clock::now_ps() + ahead < horizon_ps_ &&
         sc_core::sc_time_to_pending_activity().value() > ahead;
}

void RiscvCpu::sync() {
  const uint64_t ahead = ahead_ps();
  synced_cycles_ = std::max(hart_.cycles(), synced_cycles_);
  if (ahead) wait(sc_core::sc_time::from_value(ahead));
}

bool RiscvCpu::transport(tlm::tlm_command command, uint64_t addr, unsigned bytes, void* data) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(addr);
  payload.set_data_ptr(static_cast<unsigned char*>(data));
  payload.set_data_length(bytes);
  payload.set_streaming_width(bytes);
  sync();
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  socket->b_transport(payload, delay);
  if (delay != sc_core::SC_ZERO_TIME) wait(delay);
  return payload.is_response_ok();
}

bool RiscvCpu::read(uint64_t addr, unsigned bytes, void* data) {
  return transport(tlm::TLM_READ_COMMAND, addr, bytes, data);
}

bool RiscvCpu::write(uint64_t addr, unsigned bytes, const void* data) {
  uint64_t copy = 0;
  std::memcpy(&copy, data, bytes);
  return transport(tlm::TLM_WRITE_COMMAND, addr, bytes, &copy);
}

bool RiscvCpu::debug(tlm::tlm_command command, uint64_t addr, uint64_t bytes, void* data) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(addr);
  payload.set_data_ptr(static_cast<unsigned char*>(data));
  payload.set_data_length(static_cast<unsigned>(bytes));
  payload.set_streaming_width(static_cast<unsigned>(bytes));
  return socket->transport_dbg(payload) == bytes;
}

bool RiscvCpu::peek(uint64_t addr, uint64_t bytes, void* data) {
  return debug(tlm::TLM_READ_COMMAND, addr, bytes, data);
}

bool RiscvCpu::poke(uint64_t addr, uint64_t bytes, const void* data) {
  if (!debug(tlm::TLM_WRITE_COMMAND, addr, bytes, const_cast<void*>(data))) return false;
  hart_.code_written(addr, bytes);
  return true;
}

bool RiscvCpu::direct(uint64_t addr, riscv::DirectRegion* region) {
  if (socket.size() == 0) return false;  // before elaboration has bound it
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(addr);
  tlm::tlm_dmi dmi;
  if (!socket->get_direct_mem_ptr(payload, dmi) || !dmi.is_read_allowed()) return false;
  region->base = dmi.get_start_address();
  region->size = dmi.get_end_address() - dmi.get_start_address() + 1;
  region->host = dmi.get_dmi_ptr();
  region->writable = dmi.is_write_allowed();
  return true;
}

void RiscvCpu::invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) { hart_.forget_memory(); }

uint64_t RiscvCpu::cycle_count() {
  return config_.clock.floor_cycles(Clock::now_ps() + ahead_ps());
}

uint64_t RiscvCpu::time_count() {
  constexpr uint64_t kTickPs = 1'000'000'000'000 / address_map::kTimebaseHz;
  uint64_t mtime = 0;
  (void)peek(config_.mtime_addr, sizeof mtime, &mtime);
  const uint64_t now = Clock::now_ps();
  return mtime + (now + ahead_ps()) / kTickPs - now / kTickPs;
}

}  // namespace systole
