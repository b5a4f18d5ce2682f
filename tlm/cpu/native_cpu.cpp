#include "tlm/cpu/native_cpu.h"

#include <algorithm>
#include <exception>

namespace systole {

NativeCpu::NativeCpu(const sc_core::sc_module_name& name, const NativeCpuConfig& config,
                     Entry entry)
    : sc_module(name), config_(config), entry_(std::move(entry)) {
  socket.register_invalidate_direct_mem_ptr(this, &NativeCpu::invalidate_direct_mem_ptr);
  SC_HAS_PROCESS(NativeCpu);
  SC_THREAD(run);
  set_stack_size(config_.stack_bytes);
}

void NativeCpu::run() {
  int code = 1;
  try {
    code = entry_(*this);
  } catch (const sc_core::sc_unwind_exception&) {
    throw;  // SystemC ends the process
  } catch (const std::exception& error) {
    failure_ = error.what();
  }
  exit_code_ = code;
  if (on_exit_) on_exit_(code);
}

void NativeCpu::set_external_interrupt(bool level) {
  if (level && !interrupt_) wake_.notify(sc_core::SC_ZERO_TIME);
  interrupt_ = level;
}

void NativeCpu::request_stop() {
  stop_ = true;
  wake_.notify(sc_core::SC_ZERO_TIME);
}

void NativeCpu::pass(const sc_core::sc_time& longest, bool until_woken) {
  on_pass_();
  if (until_woken)
    wait(longest, wake_);
  else
    wait(longest);
  on_pass_();
}

HostStatus NativeCpu::transport(tlm::tlm_command command, uint64_t addr, void* data,
                                unsigned bytes) {
  if (stop_) return HostStatus::Stopped;
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(addr);
  payload.set_data_ptr(static_cast<unsigned char*>(data));
  payload.set_data_length(bytes);
  payload.set_streaming_width(bytes);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  on_pass_();
  socket->b_transport(payload, delay);
  if (delay != sc_core::SC_ZERO_TIME)
    pass(delay, false);
  else
    on_pass_();
  return payload.is_response_ok() ? HostStatus::Ok : HostStatus::BusError;
}

HostStatus NativeCpu::read32(uint64_t addr, uint32_t* value) {
  return transport(tlm::TLM_READ_COMMAND, addr, value, 4);
}

HostStatus NativeCpu::write32(uint64_t addr, uint32_t value) {
  return transport(tlm::TLM_WRITE_COMMAND, addr, &value, 4);
}

void NativeCpu::putc(char c) {
  (void)transport(tlm::TLM_WRITE_COMMAND, config_.uart_thr_addr, &c, 1);
}

void* NativeCpu::map(uint64_t addr, uint64_t bytes) {
  const auto holds = [=](const Mapping& m) {
    return addr >= m.base && addr <= m.last && bytes <= m.last - addr + 1;
  };
  if (bytes == 0) return nullptr;
  auto found = std::find_if(mappings_.begin(), mappings_.end(), holds);
  if (found == mappings_.end()) {
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(addr);
    tlm::tlm_dmi dmi;
    if (!socket->get_direct_mem_ptr(payload, dmi)) return nullptr;
    mappings_.push_back({dmi.get_start_address(), dmi.get_end_address(), dmi.get_dmi_ptr()});
    found = mappings_.end() - 1;
    if (!holds(*found)) return nullptr;
  }
  return found->data + (addr - found->base);
}

void NativeCpu::invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) {
  mappings_.erase(
      std::remove_if(mappings_.begin(), mappings_.end(),
                     [=](const Mapping& m) { return m.base <= end && start <= m.last; }),
      mappings_.end());
}

bool NativeCpu::wait_for_interrupt(uint64_t timeout_cycles) {
  const uint64_t start = Clock::now_ps();
  const uint64_t period = config_.clock.period_ps();
  const uint64_t longest = (~uint64_t{0} - start) / period;
  const uint64_t end = start + std::min(timeout_cycles, longest) * period;
  while (!interrupt_ && !stop_ && Clock::now_ps() < end)
    pass(sc_core::sc_time::from_value(end - Clock::now_ps()), true);
  return interrupt_;
}

void NativeCpu::pause(uint64_t cycles) {
  if (!stop_) {
    const uint64_t end = Clock::now_ps() + config_.clock.ps(cycles);
    while (!stop_ && Clock::now_ps() < end)
      pass(sc_core::sc_time::from_value(end - Clock::now_ps()), true);
  }
}

}  // namespace systole
