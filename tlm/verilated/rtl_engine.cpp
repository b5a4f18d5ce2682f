#include "tlm/verilated/rtl_engine.h"

#include <algorithm>
#include <cstring>

#include "tlm/verilated/register_peek.h"

namespace systole {
namespace {

/// Ticks after a register access before BUSY and the interrupt are believed.
constexpr unsigned kSettleTicks = 4;
constexpr uint64_t kRegisterBytes = 0x1000;

}  // namespace

RtlEngine::RtlEngine(const sc_core::sc_module_name& name, std::shared_ptr<const RtlLibrary> library,
                     const RtlEngineConfig& config)
    : sc_module(name),
      config_(config),
      model_(std::move(library)),
      pins_(model_.pins()),
      reads_(pins_, model_.api().data_bytes, *this),
      writes_(pins_, model_.api().data_bytes, *this) {
  if (config_.batch_cycles == 0) SC_REPORT_FATAL(this->name(), "batch_cycles must be at least 1");
  std::copy(config_.straps.begin(), config_.straps.end(), pins_.in_strap);
  model_.reset();
  reset_ticks_ = model_.ticks();
  counts_.name = this->name();
  counts_.parameters = model_.api().parameters;
  target.register_b_transport(this, &RtlEngine::b_transport);
  target.register_transport_dbg(this, &RtlEngine::transport_dbg);
  SC_HAS_PROCESS(RtlEngine);
  SC_THREAD(run);
  set_stack_size(256 * 1024);
}

bool RtlEngine::asleep() const {
  return !pins_.out_busy && accesses_.empty() && settle_ == 0 && reads_.idle() && writes_.idle();
}

void RtlEngine::run() {
  for (;;) {
    if (asleep()) {
      wait(wake_);
      cycle_ = std::max(cycle_, config_.clock.ceil_cycles(Clock::now_ps()));
    }
    run_batch();
    ++counts_.batches;
    synchronise();
    if (bool(pins_.out_irq) != irq_) {
      irq_ = pins_.out_irq;
      if (on_interrupt_) on_interrupt_(irq_);
    }
  }
}

void RtlEngine::run_batch() {
  uint64_t start = Clock::now_ps();
  uint64_t limit = config_.clock.floor_cycles(start) + config_.batch_cycles;
  do {
    step();
    if (start != Clock::now_ps()) {  // a device access synchronised
      start = Clock::now_ps();
      limit = config_.clock.floor_cycles(start) + config_.batch_cycles;
    }
  } while (cycle_ < limit && bool(pins_.out_irq) == irq_ && !asleep());
}

void RtlEngine::step() {
  reads_.drive(cycle_);
  writes_.drive(cycle_);
  if (registers_active_) drive_registers();
  model_.tick();
  ++cycle_;
  if (settle_) --settle_;
}

void RtlEngine::drive_registers() {
  registers_active_ = !accesses_.empty();
  Access none{false, 0, 0};
  Access& access = registers_active_ ? *accesses_.front() : none;
  const bool writing = registers_active_ && access.is_write;
  const bool reading = registers_active_ && !access.is_write;
  pins_.in_s_awaddr = pins_.in_s_araddr = access.addr;
  pins_.in_s_wdata = access.data;
  pins_.in_s_wstrb = 0xf;
  pins_.in_s_awvalid = writing && !access.address_done;
  pins_.in_s_wvalid = writing && !access.data_done;
  pins_.in_s_arvalid = reading && !access.address_done;
  pins_.in_s_bready = writing;
  pins_.in_s_rready = reading;
  if ((pins_.in_s_awvalid && pins_.out_s_awready) || (pins_.in_s_arvalid && pins_.out_s_arready))
    access.address_done = true;
  if (pins_.in_s_wvalid && pins_.out_s_wready) access.data_done = true;
  if (writing && pins_.out_s_bvalid) finish_access(pins_.out_s_bresp == kAxiOkay);
  if (reading && pins_.out_s_rvalid) {
    access.data = pins_.out_s_rdata;
    finish_access(pins_.out_s_rresp == kAxiOkay);
  }
}

void RtlEngine::finish_access(bool ok) {
  Access& access = *accesses_.front();
  accesses_.pop_front();
  access.ok = ok;
  access.done = true;
  access.end_cycle = cycle_ + 1;
  settle_ = kSettleTicks;
  ++counts_.register_accesses;
  access_done_.notify(sc_core::SC_ZERO_TIME);
}

void RtlEngine::synchronise() {
  const uint64_t local = config_.clock.ps(cycle_), now = Clock::now_ps();
  if (local > now) wait(sc_core::sc_time::from_value(local - now));
}

void RtlEngine::transact(bool is_write, AxiBurst& burst, uint64_t cycle) {
  if (burst.device) synchronise();
  const uint64_t at = config_.clock.ps(cycle), now = Clock::now_ps();
  sc_core::sc_time delay = sc_core::sc_time::from_value(at > now ? at - now : 0);
  payload_.set_command(is_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload_.set_address(burst.addr);
  payload_.set_data_ptr(burst.data.data());
  payload_.set_data_length(burst.bytes());
  payload_.set_streaming_width(burst.bytes());
  payload_.set_byte_enable_ptr(is_write && !burst.all_enabled ? burst.enable.data() : nullptr);
  payload_.set_byte_enable_length(is_write && !burst.all_enabled ? burst.bytes() : 0);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  manager->b_transport(payload_, delay);
  burst.end_cycle = config_.clock.ceil_cycles(Clock::now_ps() + delay.value());
  if (!payload_.is_response_ok())
    burst.response =
        payload_.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE ? kAxiDecerr : kAxiSlverr;
  ++(is_write ? counts_.write_bursts : counts_.read_bursts);
  (is_write ? counts_.bytes_written : counts_.bytes_read) += burst.bytes();
}

void RtlEngine::b_transport(tlm::tlm_generic_payload& p, sc_core::sc_time& delay) {
  const bool shape_ok = p.get_data_length() == 4 && p.get_address() % 4 == 0 &&
                        p.get_address() < kRegisterBytes && !p.get_byte_enable_ptr() &&
                        (p.is_read() || p.is_write());
  if (!shape_ok || called_by_engine()) {
    p.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  if (delay != sc_core::SC_ZERO_TIME) wait(delay);

  Access access{p.is_write(), static_cast<uint32_t>(p.get_address()), 0};
  if (access.is_write) std::memcpy(&access.data, p.get_data_ptr(), 4);
  accesses_.push_back(&access);
  registers_active_ = true;
  wake_.notify(sc_core::SC_ZERO_TIME);
  while (!access.done) wait(access_done_);

  if (!access.is_write && access.ok) std::memcpy(p.get_data_ptr(), &access.data, 4);
  const uint64_t end = config_.clock.ps(access.end_cycle), now = Clock::now_ps();
  delay = sc_core::sc_time::from_value(end > now ? end - now : 0);
  p.set_response_status(access.ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

unsigned RtlEngine::transport_dbg(tlm::tlm_generic_payload& p) {
  const bool shape_ok = p.is_read() && p.get_data_length() == 4 && p.get_address() % 4 == 0 &&
                        p.get_address() < kRegisterBytes;
  if (!shape_ok || !accesses_.empty()) return 0;
  const auto value = peek_register(model_, static_cast<uint32_t>(p.get_address()));
  if (!value) return 0;
  std::memcpy(p.get_data_ptr(), &*value, 4);
  return 4;
}

RtlReport RtlEngine::report() const {
  RtlReport report = counts_;
  report.ticks = model_.ticks() - reset_ticks_;
  return report;
}

}  // namespace systole
