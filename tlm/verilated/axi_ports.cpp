#include "tlm/verilated/axi_ports.h"

#include <algorithm>
#include <cstring>

namespace systole {
namespace {

void open_burst(AxiBurst& burst, uint64_t addr, uint8_t len, uint8_t size, uint8_t cache,
                uint32_t data_bytes) {
  burst.beat_bytes = std::min<uint32_t>(1u << (size & 7), data_bytes);
  burst.addr = addr & ~uint64_t{burst.beat_bytes - 1};
  burst.beats = len + 1u;
  burst.device = cache == 0;
  burst.response = kAxiOkay;
  burst.all_enabled = true;
  if (burst.data.size() < burst.bytes()) burst.data.resize(burst.bytes());
}

}  // namespace

void AxiReadPort::accept(uint64_t cycle) {
  AxiBurst& burst = ring_.next_free();
  open_burst(burst, pins_.out_araddr, pins_.out_arlen, pins_.out_arsize, pins_.out_arcache,
             data_bytes_);
  bus_.transact(false, burst, cycle);
  // From here on end_cycle is the cycle of the first beat.
  burst.end_cycle =
      std::max(cycle + 1, burst.end_cycle - std::min<uint64_t>(burst.end_cycle, burst.beats));
  ring_.push();
}

void AxiReadPort::drive(uint64_t cycle) {
  if (ring_.empty()) {
    pins_.in_rvalid = 0;
  } else {
    AxiBurst& burst = ring_.front();
    const bool due = cycle >= burst.end_cycle + beat_;
    pins_.in_rvalid = due;
    if (due) {
      const uint64_t at = burst.addr + uint64_t{beat_} * burst.beat_bytes;
      std::memcpy(pins_.in_rdata + at % data_bytes_,
                  burst.data.data() + size_t{beat_} * burst.beat_bytes, burst.beat_bytes);
      pins_.in_rresp = burst.response;
      pins_.in_rlast = beat_ + 1 == burst.beats;
      if (pins_.out_rready && ++beat_ == burst.beats) {
        beat_ = 0;
        ring_.pop();
      }
    }
  }
  pins_.in_arready = !ring_.full();
  if (pins_.out_arvalid && pins_.in_arready) accept(cycle);
}

void AxiWritePort::accept() {
  AxiBurst& burst = open_.next_free();
  open_burst(burst, pins_.out_awaddr, pins_.out_awlen, pins_.out_awsize, pins_.out_awcache,
             data_bytes_);
  if (burst.enable.size() < burst.bytes()) burst.enable.resize(burst.bytes());
  open_.push();
}

void AxiWritePort::take_beat(uint64_t cycle) {
  AxiBurst& burst = open_.front();
  const uint64_t lane = (burst.addr + uint64_t{beat_} * burst.beat_bytes) % data_bytes_;
  const size_t at = size_t{beat_} * burst.beat_bytes;
  std::memcpy(burst.data.data() + at, pins_.out_wdata + lane, burst.beat_bytes);
  const uint64_t all =
      burst.beat_bytes == 64 ? ~uint64_t{0} : (uint64_t{1} << burst.beat_bytes) - 1;
  const uint64_t strobes = (pins_.out_wstrb >> lane) & all;
  if (strobes != all && burst.all_enabled) {
    burst.all_enabled = false;
    std::memset(burst.enable.data(), 0xff, burst.bytes());
  }
  if (strobes != all)
    for (uint32_t i = 0; i < burst.beat_bytes; ++i)
      burst.enable[at + i] = (strobes >> i) & 1 ? 0xff : 0x00;
  if (++beat_ < burst.beats) return;
  beat_ = 0;
  bus_.transact(true, burst, cycle);
  answer_ring_[answers_.tail++ % kMaxUnanswered] = {std::max(burst.end_cycle, cycle + 1),
                                                    burst.response};
  open_.pop();
}

void AxiWritePort::drive(uint64_t cycle) {
  const bool answer =
      !answers_.empty() && cycle >= answer_ring_[answers_.head % kMaxUnanswered].cycle;
  pins_.in_bvalid = answer;
  if (answer) {
    pins_.in_bresp = answer_ring_[answers_.head % kMaxUnanswered].response;
    if (pins_.out_bready) ++answers_.head;
  }
  // The address goes first: a burst's first beat may come in the same cycle.
  pins_.in_awready = open_.size() + answers_.size() < kMaxUnanswered;
  if (pins_.out_awvalid && pins_.in_awready) accept();
  pins_.in_wready = !open_.empty();
  if (pins_.out_wvalid && pins_.in_wready) take_beat(cycle);
}

}  // namespace systole
