#include "tlm/memory/memory.h"

#include <cstring>

namespace systole {
namespace {

/// Moves the enabled bytes, run by run.
void copy_enabled(uint8_t* to, const uint8_t* from, const tlm::tlm_generic_payload& p) {
  const uint8_t* enable = p.get_byte_enable_ptr();
  const unsigned bytes = p.get_data_length();
  if (!enable) {
    std::memcpy(to, from, bytes);
    return;
  }
  const auto enabled = [&](unsigned i) { return enable[i % p.get_byte_enable_length()] != 0; };
  for (unsigned i = 0; i < bytes;) {
    unsigned end = i;
    while (end < bytes && enabled(end)) ++end;
    if (end != i) std::memcpy(to + i, from + i, end - i);
    for (i = end; i < bytes && !enabled(i);) ++i;
  }
}

}  // namespace

Memory::Memory(const sc_core::sc_module_name& name, HostMemory memory,
               std::unique_ptr<MemoryTiming> timing)
    : sc_module(name), memory_(std::move(memory)), timing_(std::move(timing)) {
  socket.register_b_transport(this, &Memory::b_transport);
  socket.register_transport_dbg(this, &Memory::transport_dbg);
  socket.register_get_direct_mem_ptr(this, &Memory::get_direct_mem_ptr);
}

bool Memory::holds(const tlm::tlm_generic_payload& p) const {
  return p.get_address() < size() && p.get_data_length() <= size() - p.get_address();
}

void Memory::b_transport(tlm::tlm_generic_payload& p, sc_core::sc_time& delay) {
  if (!holds(p) || p.get_data_length() == 0) {
    p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const bool is_write = p.is_write();
  if ((is_write && !writable()) || p.get_streaming_width() < p.get_data_length()) {
    p.set_response_status(is_write && !writable() ? tlm::TLM_GENERIC_ERROR_RESPONSE
                                                  : tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  const unsigned bytes = p.get_data_length();
  uint8_t* const here = data() + p.get_address();
  if (is_write) {
    if (p.get_data_ptr()) copy_enabled(here, p.get_data_ptr(), p);
    bytes_written_ += bytes;
  } else if (p.is_read()) {
    if (p.get_data_ptr()) copy_enabled(p.get_data_ptr(), here, p);
    bytes_read_ += bytes;
  }
  const uint64_t now = Clock::now_ps();
  timing_->prune(now);
  delay = Clock::span(timing_->access(is_write, p.get_address(), bytes, now + delay.value()) - now);
  p.set_dmi_allowed(true);
  p.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned Memory::transport_dbg(tlm::tlm_generic_payload& p) {
  if (!holds(p) || (p.is_write() && !writable())) return 0;
  if (p.is_write())
    std::memcpy(data() + p.get_address(), p.get_data_ptr(), p.get_data_length());
  else
    std::memcpy(p.get_data_ptr(), data() + p.get_address(), p.get_data_length());
  return p.get_data_length();
}

bool Memory::get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
  dmi.set_dmi_ptr(data());
  dmi.set_start_address(0);
  dmi.set_end_address(size() - 1);
  if (writable())
    dmi.allow_read_write();
  else
    dmi.allow_read();
  return true;
}

uint64_t Memory::pass(bool is_write, uint64_t offset, unsigned bytes, uint64_t time_ps) {
  (is_write ? bytes_written_ : bytes_read_) += bytes;
  timing_->prune(Clock::now_ps());
  return timing_->access(is_write, offset, bytes, time_ps);
}

void Memory::count(bool is_write, const BurstCounts& bursts, uint32_t beat_bytes) {
  (is_write ? bytes_written_ : bytes_read_) += bursts.beats() * beat_bytes;
  timing_->count(bursts, beat_bytes);
}

void Memory::count_looks(uint64_t times, uint32_t bytes) {
  bytes_read_ += times * bytes;
  BurstCounts looks;
  looks.of[1] = times;
  timing_->count(looks, bytes);
}

void Memory::state(StateArchive& archive, uint64_t now_cycle) {
  archive.count(bytes_read_);
  archive.count(bytes_written_);
  timing_->state(archive, now_cycle);
}

MemoryReport Memory::report() const {
  const uint64_t now = Clock::now_ps();
  return {name(), bytes_read_, bytes_written_, timing_->utilization(now),
          timing_->dram_report(now)};
}

}  // namespace systole
