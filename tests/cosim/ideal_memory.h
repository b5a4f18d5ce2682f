// The fastest memory a bare verilated loop can have: one cycle of latency, never a stall.
// No SystemC. What the wrapped block's speed is compared with.
#pragma once
#include <cstring>
#include <deque>
#include <vector>

#include "tlm/verilated/rtl_library.h"

namespace systole::test {

/// Serves one model's AXI port from `bytes` at `base`; addresses outside are a bug of the caller.
class IdealMemory {
 public:
  IdealMemory(RtlModel& model, uint64_t base, uint64_t bytes)
      : model_(model),
        pins_(model.pins()),
        width_(model.api().data_bytes),
        base_(base),
        data_(bytes) {
    pins_.in_arready = pins_.in_awready = 1;
  }

  uint8_t* data() { return data_.data(); }
  uint64_t beats() const { return beats_; }

  void tick() {
    if (!reads_.empty()) {
      Burst& r = reads_.front();
      std::memcpy(pins_.in_rdata + r.addr % width_, &data_[r.addr - base_], r.size);
      pins_.in_rvalid = 1;
      pins_.in_rlast = r.beats == 1;
      if (pins_.out_rready) advance(reads_);
    } else {
      pins_.in_rvalid = 0;
    }
    pins_.in_bvalid = answers_ > 0;
    if (pins_.in_bvalid && pins_.out_bready) --answers_;
    pins_.in_wready = !writes_.empty();
    if (pins_.out_wvalid && pins_.in_wready) {
      Burst& w = writes_.front();
      const uint64_t lane = w.addr % width_;
      uint8_t* const to = &data_[w.addr - base_];
      const uint64_t strobes = pins_.out_wstrb >> lane;
      const uint64_t all = w.size == 64 ? ~uint64_t{0} : (uint64_t{1} << w.size) - 1;
      if ((strobes & all) == all) {
        std::memcpy(to, pins_.out_wdata + lane, w.size);
      } else {
        for (unsigned i = 0; i < w.size; ++i)
          if ((strobes >> i) & 1) to[i] = pins_.out_wdata[lane + i];
      }
      if (advance(writes_)) ++answers_;
    }
    if (pins_.out_arvalid)
      reads_.push_back({pins_.out_araddr, pins_.out_arlen + 1u, 1u << pins_.out_arsize});
    if (pins_.out_awvalid)
      writes_.push_back({pins_.out_awaddr, pins_.out_awlen + 1u, 1u << pins_.out_awsize});
    model_.tick();
  }

  /// A register write, some ticks long.
  void write(uint32_t addr, uint32_t value) {
    pins_.in_s_awaddr = addr;
    pins_.in_s_wdata = value;
    pins_.in_s_wstrb = 0xf;
    pins_.in_s_awvalid = pins_.in_s_wvalid = pins_.in_s_bready = 1;
    for (bool answered = false; !answered;) {
      const bool address = pins_.out_s_awready, data = pins_.out_s_wready;
      answered = pins_.out_s_bvalid;
      tick();
      if (address) pins_.in_s_awvalid = 0;
      if (data) pins_.in_s_wvalid = 0;
    }
    pins_.in_s_bready = 0;
  }

 private:
  struct Burst {
    uint64_t addr;
    uint32_t beats, size;
  };
  bool advance(std::deque<Burst>& queue) {
    ++beats_;
    queue.front().addr += queue.front().size;
    if (--queue.front().beats) return false;
    queue.pop_front();
    return true;
  }

  RtlModel& model_;
  systole_rtl_pins& pins_;
  uint32_t width_;
  uint64_t base_;
  std::vector<uint8_t> data_;
  std::deque<Burst> reads_, writes_;
  unsigned answers_ = 0;
  uint64_t beats_ = 0;
};

}  // namespace systole::test
