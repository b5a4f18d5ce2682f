// A hand-written block behind rtl_abi.h: a copy engine whose every cycle is known, for wrapper
// tests that do not depend on RTL. All outputs are registered. Registers:
//   0x00 ID 'FAKE'   0x04 source   0x08 destination   0x0c bursts   0x10 beats per burst
//   0x14 GO          0x18 state: [0] busy, [9:8] worst RRESP, [17:16] worst BRESP
//   0x1c write: lowers the interrupt      0x20 cycles from GO to the end
//   0x24 address of a word that is written (device access) with 1 at the end; 0: none
//   0x28 reads in flight, at most     anything else: SLVERR
#include <cstring>
#include <deque>

#include "tlm/verilated/rtl_abi.h"

namespace {

constexpr uint32_t kBytes = 16;
struct Beat {
  uint8_t data[kBytes];
};

struct Fake {
  systole_rtl_pins p{};
  uint64_t ticks = 0;
  uint32_t source = 0, target = 0, bursts = 0, beats = 1, signal = 0, inflight = 4, cycles = 0;
  uint32_t rresp = 0, bresp = 0;
  uint32_t ar = 0, r_beats = 0, aw = 0, w_burst = 0, w_beat = 0, b = 0;
  bool running = false, signalling = false, aw_open = false;
  std::deque<Beat> fifo;

  bool write_register(uint32_t at, uint32_t v) {
    switch (at) {
      case 0x04:
        source = v;
        return true;
      case 0x08:
        target = v;
        return true;
      case 0x0c:
        bursts = v;
        return true;
      case 0x10:
        beats = v;
        return true;
      case 0x14:
        ar = r_beats = aw = w_burst = w_beat = b = cycles = rresp = bresp = 0;
        running = true;
        return true;
      case 0x1c:
        p.out_irq = 0;
        return true;
      case 0x24:
        signal = v;
        return true;
      case 0x28:
        inflight = v;
        return true;
      default:
        return false;
    }
  }
  bool read_register(uint32_t at, uint32_t* v) const {
    switch (at) {
      case 0x00:
        *v = 0x46414b45;
        return true;
      case 0x04:
        *v = source;
        return true;
      case 0x18:
        *v = running | rresp << 8 | bresp << 16;
        return true;
      case 0x20:
        *v = cycles;
        return true;
      default:
        return false;
    }
  }

  void registers() {
    if (p.out_s_bvalid && p.in_s_bready) p.out_s_bvalid = 0;
    if (p.out_s_rvalid && p.in_s_rready) p.out_s_rvalid = 0;
    if (p.in_s_awvalid && p.in_s_wvalid && p.out_s_awready) {
      p.out_s_bresp = write_register(p.in_s_awaddr, p.in_s_wdata) ? 0 : 2;
      p.out_s_bvalid = 1;
    }
    if (p.in_s_arvalid && p.out_s_arready) {
      p.out_s_rdata = 0;
      p.out_s_rresp = read_register(p.in_s_araddr, &p.out_s_rdata) ? 0 : 2;
      p.out_s_rvalid = 1;
    }
  }

  void copy() {
    ++cycles;
    // Handshakes of this edge.
    if (p.out_arvalid && p.in_arready) ++ar, p.out_arvalid = 0;
    if (p.in_rvalid && p.out_rready) {
      fifo.emplace_back();
      std::memcpy(fifo.back().data, p.in_rdata, kBytes);
      rresp = p.in_rresp > rresp ? p.in_rresp : rresp;
      ++r_beats;
    }
    if (p.out_awvalid && p.in_awready) p.out_awvalid = 0, aw_open = true;
    if (p.out_wvalid && p.in_wready) {
      p.out_wvalid = 0;
      if (!signalling) fifo.pop_front();
      if (p.out_wlast) aw_open = false, ++w_burst, w_beat = 0;
    }
    if (p.in_bvalid && p.out_bready) ++b, bresp = p.in_bresp > bresp ? p.in_bresp : bresp;
    // Outputs of the next cycle.
    if (!p.out_arvalid && ar < bursts && ar - r_beats / beats < inflight) {
      p.out_arvalid = 1;
      p.out_araddr = source + uint64_t{ar} * beats * kBytes;
      p.out_arlen = static_cast<uint8_t>(beats - 1);
      p.out_arsize = 4;
      p.out_arcache = 3;
    }
    if (!p.out_awvalid && !aw_open && aw < bursts && (fifo.size() >= 1)) {
      p.out_awvalid = 1;
      p.out_awaddr = target + uint64_t{aw++} * beats * kBytes;
      p.out_awlen = static_cast<uint8_t>(beats - 1);
      p.out_awsize = 4;
      p.out_awcache = 3;
    }
    if (!p.out_wvalid && !signalling && !fifo.empty() && (aw_open || p.out_awvalid)) {
      p.out_wvalid = 1;
      p.out_wstrb = 0xffff;
      p.out_wlast = w_beat + 1 == beats;
      ++w_beat;
      std::memcpy(p.out_wdata, fifo.front().data, kBytes);
    }
    if (b == bursts && r_beats == bursts * beats && signal && !signalling) {
      signalling = true;
      p.out_awvalid = p.out_wvalid = p.out_wlast = 1;
      p.out_awaddr = signal;
      p.out_awlen = 0;
      p.out_awsize = 2;
      p.out_awcache = 0;
      const uint32_t lane = signal % kBytes, one = 1;
      p.out_wstrb = uint64_t{0xf} << lane;
      std::memcpy(p.out_wdata + lane, &one, 4);
    }
    if (b == bursts + (signal ? 1 : 0)) {
      running = signalling = aw_open = false;
      p.out_irq = 1;
    }
  }

  void tick() {
    ++ticks;
    registers();
    if (running) copy();
    p.out_s_awready = p.out_s_wready = !p.out_s_bvalid;
    p.out_s_arready = !p.out_s_rvalid;
    p.out_busy = running;
    p.out_rready = p.out_bready = 1;
  }
};

const systole_rtl_api kApi = {SYSTOLE_RTL_ABI_VERSION,
                              sizeof(systole_rtl_api),
                              "fake",
                              "DataWidth=128",
                              kBytes,
                              [] { return static_cast<void*>(new Fake); },
                              [](void* m) { delete static_cast<Fake*>(m); },
                              [](void* m) { return &static_cast<Fake*>(m)->p; },
                              [](void* m) { static_cast<Fake*>(m)->tick(); },
                              [](void* m) { static_cast<Fake*>(m)->tick(); },
                              [](void* m) { return static_cast<Fake*>(m)->ticks; },
                              nullptr,
                              nullptr};

}  // namespace

extern "C" const systole_rtl_api* systole_rtl_get_api(void) { return &kApi; }
