#include "platform/soc/engine_probe.h"

#include <algorithm>
#include <cstring>

#include "platform/soc/operation_names.h"
#include "tlm/core/clock.h"
#include "tlm/gen/dma_regs.h"
#include "tlm/gen/gemm_regs.h"
#include "tlm/gen/vpu_regs.h"

namespace systole {
namespace {

constexpr uint64_t kUnitBytes = 64;
constexpr uint64_t kSyncBytes = 8;  // wait, signal and completion words are at most this long

template <typename Descriptor>
Descriptor as(const uint8_t* bytes) {
  Descriptor descriptor;
  std::memcpy(static_cast<void*>(&descriptor), bytes, sizeof descriptor);
  return descriptor;
}

uint64_t enabled_bytes(const tlm::tlm_generic_payload& payload) {
  const unsigned char* enable = payload.get_byte_enable_ptr();
  if (!enable) return payload.get_data_length();
  return static_cast<uint64_t>(payload.get_data_length()) -
         static_cast<uint64_t>(std::count(enable, enable + payload.get_data_length(), 0));
}

}  // namespace

EngineProbe::EngineProbe(const sc_core::sc_module_name& name, const std::string& kind,
                         uint64_t clock_period_ps)
    : sc_module(name), kind_(kind), period_ps_(clock_period_ps) {
  data_in.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
  data_out.register_invalidate_direct_mem_ptr(this, &EngineProbe::invalidate_direct_mem_ptr);
  registers_in.register_b_transport(this, &EngineProbe::register_transport);
  registers_in.register_transport_dbg(this, &EngineProbe::register_transport_dbg);
}

void EngineProbe::register_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  registers_out->b_transport(payload, delay);
  if (!payload.is_response_ok() || !payload.is_write() || payload.get_data_length() != 4) return;
  uint32_t value;
  std::memcpy(&value, payload.get_data_ptr(), 4);
  switch (payload.get_address()) {
    case hw::GEMM_RING_BASE_LO_OFFSET:
      ring_base_ = (ring_base_ & ~uint64_t{0xffffffff}) | value;
      break;
    case hw::GEMM_RING_BASE_HI_OFFSET:
      ring_base_ = (ring_base_ & 0xffffffff) | (uint64_t{value} << 32);
      break;
    case hw::GEMM_RING_SIZE_OFFSET:
      ring_bytes_ = value * kUnitBytes;
      break;
    case hw::GEMM_CTRL_OFFSET:
      if (value & (hw::GEMM_CTRL_SOFT_RESET_MASK | hw::GEMM_CTRL_ABORT_MASK)) forget();
      break;
    default:
      break;
  }
}

unsigned EngineProbe::register_transport_dbg(tlm::tlm_generic_payload& payload) {
  return registers_out->transport_dbg(payload);
}

void EngineProbe::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const uint64_t begin = Clock::now_ps() + delay.value();
  data_out->b_transport(payload, delay);
  if (!payload.is_response_ok()) return;
  const uint64_t addr = payload.get_address();
  const uint32_t bytes = payload.get_data_length();
  if (payload.is_write()) {
    if (on_write_ && payload.get_data_ptr()) on_write_(addr, bytes);
  } else if (addr - ring_base_ < ring_bytes_) {
    return see_fetch(addr, payload.get_data_ptr(), bytes);
  }
  see_access({payload.is_write(), bytes, static_cast<uint32_t>(enabled_bytes(payload)), begin,
              Clock::now_ps() + delay.value()});
}

void EngineProbe::see_access(const EngineModule::BusAccess& access) {
  if (access.bytes >= kSyncBytes) {
    see_operand(access);
  } else if (!access.is_write && !running_ && !waiting_) {
    waiting_ = true;
    wait_begin_ps_ = access.begin_ps;
  }
}

tlm::tlm_sync_enum EngineProbe::nb_transport_fw(tlm::tlm_generic_payload& payload,
                                                tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  return data_out->nb_transport_fw(payload, phase, delay);
}

unsigned EngineProbe::transport_dbg(tlm::tlm_generic_payload& payload) {
  return data_out->transport_dbg(payload);
}

bool EngineProbe::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  return data_out->get_direct_mem_ptr(payload, dmi);
}

void EngineProbe::invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) {
  data_in->invalidate_direct_mem_ptr(start, end);
}

void EngineProbe::see_fetch(uint64_t addr, const uint8_t* data, uint64_t bytes) {
  for (uint64_t at = 0; at + kUnitBytes <= bytes; at += kUnitBytes) {
    const bool second = ((addr + at - ring_base_) / kUnitBytes) % 2 != 0;
    std::memcpy(fetched_.data() + (second ? kUnitBytes : 0), data + at, kUnitBytes);
    if (second) pending_.push_back(decode(fetched_.data()));
  }
}

/// False if no operation was fetched that has not begun. A NOP touches no operands, so an access
/// belongs to the first descriptor that is none.
bool EngineProbe::find_operation() {
  while (!pending_.empty() && pending_.front().opcode == 0) {
    ++totals_[0].descriptors;
    pending_.pop_front();
  }
  return !pending_.empty();
}

void EngineProbe::begin_operation(uint64_t begin_ps) {
  current_ = pending_.front();
  pending_.pop_front();
  running_ = true;
  if (waiting_) {
    ++waits_.descriptors;
    waits_.picoseconds += begin_ps - wait_begin_ps_;
    waiting_ = false;
  }
  begin_ps_ = end_ps_ = begin_ps;
  read_ = written_ = 0;
}

void EngineProbe::end_operation() {
  running_ = false;
  Totals& totals = totals_[current_.opcode % totals_.size()];
  ++totals.descriptors;
  totals.picoseconds += end_ps_ - begin_ps_;
  totals.work += current_.work;
  totals.bytes_read += read_;
  totals.bytes_written += written_;
  totals.seen_picoseconds += end_ps_ - begin_ps_;
}

void EngineProbe::see_operand(const EngineModule::BusAccess& access) {
  if (!running_) {
    if (!find_operation()) return;  // the completion word of an operation that has ended
    if (access.is_write && access.bytes == kSyncBytes) return;
    begin_operation(access.begin_ps);
  }
  end_ps_ = std::max(end_ps_, access.end_ps);
  (access.is_write ? written_ : read_) += access.enabled;
  if (written_ >= current_.result_bytes) see_result();
}

/// The last byte of the operation at hand has been written.
void EngineProbe::see_result() { end_operation(); }

void EngineProbe::see_skipped(uint64_t first_ps, uint64_t last_ps, uint64_t bytes_read) {
  if (!running_ && begin_ps_ >= first_ps) {  // it has ended here: all of its results came by
    totals_[current_.opcode % totals_.size()].bytes_read += bytes_read - read_;
    return;
  }
  if (!running_) {
    if (!find_operation()) return;
    begin_operation(first_ps);
  }
  end_ps_ = std::max(end_ps_, last_ps);
  read_ = bytes_read;
  written_ = current_.result_bytes;
  end_operation();
}

void EngineProbe::forget() {
  pending_.clear();
  running_ = waiting_ = false;
}

EngineProbe::Operation EngineProbe::decode(const uint8_t* descriptor) const {
  Operation operation;
  if (kind_ == "gemm") {
    const auto d = as<hw::GemmDescriptor>(descriptor);
    operation.opcode = d.opcode;
    operation.work = 2 * uint64_t{d.m} * d.n * d.k;
    operation.result_bytes = uint64_t{d.m} * d.n * (d.out_type == hw::GEMM_OUT_TYPE_INT8 ? 1 : 4);
  } else if (kind_ == "vpu") {
    const auto d = as<hw::VpuDescriptor>(descriptor);
    operation.opcode = d.opcode;
    operation.work = uint64_t{d.rows} * d.cols;
    const bool quantised = (d.vpu_flags & hw::VPU_FLAGS_QUANT_OUT_MASK) != 0;
    operation.result_bytes =
        quantised ? uint64_t{d.rows} * (d.cols + 4) : uint64_t{d.rows} * d.cols * 4;
  } else {
    const auto d = as<hw::DmaDescriptor>(descriptor);
    operation.opcode = d.opcode;
    operation.result_bytes = uint64_t{d.rows} * d.row_bytes;
  }
  return operation;
}

std::vector<OperationReport> EngineProbe::operations() const {
  std::vector<OperationReport> operations;
  for (unsigned opcode = 0; opcode < totals_.size(); ++opcode) {
    if (totals_[opcode].descriptors == 0) continue;
    OperationReport operation;
    operation.operation = operation_name(kind_, opcode);
    operation.descriptors = totals_[opcode].descriptors;
    operation.cycles = totals_[opcode].picoseconds / period_ps_;
    operation.seen_cycles = totals_[opcode].seen_picoseconds / period_ps_;
    operation.work = totals_[opcode].work;
    operation.bytes_read = totals_[opcode].bytes_read;
    operation.bytes_written = totals_[opcode].bytes_written;
    operations.push_back(operation);
  }
  if (waits_.descriptors != 0) {
    OperationReport waiting;
    waiting.operation = "waiting";
    waiting.descriptors = waits_.descriptors;
    waiting.cycles = waits_.picoseconds / period_ps_;
    operations.push_back(waiting);
  }
  return operations;
}

}  // namespace systole
