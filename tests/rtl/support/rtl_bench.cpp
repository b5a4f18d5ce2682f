#include "tests/rtl/support/rtl_bench.h"

#include <cstring>
#include <utility>

#include "tlm/gen/engine_regs.h"

namespace systole::rtl_test {

namespace {
constexpr uint64_t kRegisterLimit = 10000;  // cycles for one register access
constexpr size_t kMaxEarlyBeats = 64;       // write data accepted before its address
constexpr size_t kMaxViolations = 20;
}  // namespace

uint32_t AxiMemory::load32(uint64_t addr) {
  uint32_t value;
  std::memcpy(&value, map(addr, 4, false), 4);
  return value;
}

uint64_t AxiMemory::load64(uint64_t addr) {
  uint64_t value;
  std::memcpy(&value, map(addr, 8, false), 8);
  return value;
}

void AxiMemory::store32(uint64_t addr, uint32_t value) {
  std::memcpy(map(addr, 4, false), &value, 4);
}

RtlBench::RtlBench(std::shared_ptr<const RtlLibrary> library, const BenchOptions& options)
    : model_(std::move(library)),
      options_(options),
      data_bytes_(model_.api().data_bytes),
      random_(options.seed) {
  hard_reset();
}

void RtlBench::hard_reset() {
  systole_rtl_pins& p = model_.pins();
  std::memcpy(p.in_strap, options_.strap, sizeof p.in_strap);
  p.in_s_awvalid = p.in_s_wvalid = p.in_s_arvalid = 0;
  p.in_s_bready = p.in_s_rready = 0;
  p.in_arready = p.in_rvalid = p.in_awready = p.in_wready = p.in_bvalid = 0;
  model_.reset();
  before_valid_ = false;
  tail_ = 0;
}

void RtlBench::violate(const std::string& text) {
  if (violations_.size() < kMaxViolations)
    violations_.push_back("cycle " + std::to_string(cycles_) + ": " + text);
}

void RtlBench::check_address(const char* channel, uint64_t addr, unsigned len, unsigned size,
                             unsigned cache, bool write) {
  const std::string name = channel;
  const uint64_t bytes = uint64_t{len + 1} << size;
  if (addr & ((1u << size) - 1)) violate(name + " address not aligned to its size");
  if ((addr & 4095) + bytes > 4096) violate(name + " burst crosses 4 KiB");
  if (addr >> 40) violate(name + " address above 40 bits");
  if ((1u << size) == data_bytes_ && cache == 3) return;
  const bool word = cache == 0 && len == 0 && (size == 2 || (write && size == 3));
  if (!word) violate(name + " burst is neither full-width bulk nor a single device word");
}

/// Whatever was offered and not taken must be offered unchanged.
void RtlBench::check_stable() {
  if (!before_valid_) return;
  const systole_rtl_pins& b = before_;
  const systole_rtl_pins& p = model_.pins();
  if (b.out_arvalid && !b.in_arready &&
      (!p.out_arvalid || p.out_araddr != b.out_araddr || p.out_arlen != b.out_arlen ||
       p.out_arsize != b.out_arsize || p.out_arcache != b.out_arcache)) {
    violate("AR changed before it was taken");
  }
  if (b.out_awvalid && !b.in_awready &&
      (!p.out_awvalid || p.out_awaddr != b.out_awaddr || p.out_awlen != b.out_awlen ||
       p.out_awsize != b.out_awsize || p.out_awcache != b.out_awcache)) {
    violate("AW changed before it was taken");
  }
  if (b.out_wvalid && !b.in_wready &&
      (!p.out_wvalid || p.out_wlast != b.out_wlast || p.out_wstrb != b.out_wstrb ||
       std::memcmp(p.out_wdata, b.out_wdata, data_bytes_) != 0)) {
    violate("W changed before it was taken");
  }
  if (b.out_s_bvalid && !b.in_s_bready && (!p.out_s_bvalid || p.out_s_bresp != b.out_s_bresp)) {
    violate("register B changed before it was taken");
  }
  if (b.out_s_rvalid && !b.in_s_rready &&
      (!p.out_s_rvalid || p.out_s_rresp != b.out_s_rresp || p.out_s_rdata != b.out_s_rdata)) {
    violate("register R changed before it was taken");
  }
}

void RtlBench::drive_read() {
  systole_rtl_pins& p = model_.pins();
  // Data: a beat that was offered stays until it is taken.
  const bool held = before_valid_ && before_.in_rvalid && !before_.out_rready;
  if (!held) {
    p.in_rvalid = 0;
    if (!reads_.empty() && reads_.front().due <= cycles_ && !stall()) {
      const Burst& burst = reads_.front();
      const uint64_t addr = burst.addr + (uint64_t{burst.done} << burst.size);
      const uint64_t lane = addr & (data_bytes_ - 1);
      const uint64_t bytes = uint64_t{1} << burst.size;
      // Lanes outside the beat and data with an error carry noise.
      for (unsigned i = 0; i < data_bytes_; ++i)
        p.in_rdata[i] = static_cast<uint8_t>(0xa5 + cycles_ + i);
      if (const uint8_t* from = memory_.map(addr, bytes, false); from && !burst.resp) {
        std::memcpy(p.in_rdata + lane, from, bytes);
      }
      p.in_rvalid = 1;
      p.in_rresp = burst.resp;
      p.in_rlast = burst.done + 1 == burst.beats;
    }
  }
  if (p.in_rvalid && p.out_rready) {
    ++traffic_.read_beats;
    if (++reads_.front().done == reads_.front().beats) reads_.pop_front();
  }
  // Addresses
  p.in_arready = reads_.size() < options_.max_reads && !stall();
  if (p.out_arvalid && p.in_arready) {
    check_address("AR", p.out_araddr, p.out_arlen, p.out_arsize, p.out_arcache, false);
    const uint64_t bytes = uint64_t{p.out_arlen + 1u} << p.out_arsize;
    reads_.push_back({p.out_araddr, cycles_ + options_.read_latency, p.out_arlen + 1u, p.out_arsize,
                      p.out_arcache, 0, memory_.response(p.out_araddr, bytes, false)});
    ++traffic_.read_bursts;
  }
}

void RtlBench::take_write_beats() {
  while (!w_beats_.empty() && !writes_.empty()) {
    Burst& burst = writes_.front();
    const WriteBeat& beat = w_beats_.front();
    const uint64_t addr = burst.addr + (uint64_t{burst.done} << burst.size);
    const uint64_t base = addr & ~uint64_t{data_bytes_ - 1};
    const uint64_t bytes = uint64_t{1} << burst.size;
    const uint64_t lanes = (bytes >= 64 ? ~uint64_t{0} : (uint64_t{1} << bytes) - 1)
                           << (addr - base);
    if (beat.strobes & ~lanes) violate("strobe outside the beat's lanes");
    if (beat.last != (burst.done + 1 == burst.beats)) violate("wlast at the wrong beat");
    if (burst.cache == 0 && beat.strobes && beat.strobes != lanes) violate("partial device word");
    for (unsigned i = 0; i < data_bytes_ && !burst.resp; ++i) {
      if (beat.strobes >> i & 1) *memory_.at(base + i) = beat.data[i];
    }
    if (beat.strobes) {
      if (!traffic_.first_write_cycle) traffic_.first_write_cycle = cycles_;
      traffic_.last_write_cycle = cycles_;
    }
    w_beats_.pop_front();
    if (++burst.done == burst.beats) {
      answers_.push_back({cycles_ + options_.write_latency, burst.resp});
      writes_.pop_front();
    }
  }
}

void RtlBench::drive_write() {
  systole_rtl_pins& p = model_.pins();
  const bool held = before_valid_ && before_.in_bvalid && !before_.out_bready;
  if (!held) {
    p.in_bvalid = 0;
    if (!answers_.empty() && answers_.front().due <= cycles_ && !stall()) {
      p.in_bvalid = 1;
      p.in_bresp = answers_.front().resp;
    }
  }
  if (p.in_bvalid && p.out_bready) answers_.pop_front();

  p.in_awready = writes_.size() + answers_.size() < options_.max_writes && !stall();
  if (p.out_awvalid && p.in_awready) {
    check_address("AW", p.out_awaddr, p.out_awlen, p.out_awsize, p.out_awcache, true);
    const uint64_t bytes = uint64_t{p.out_awlen + 1u} << p.out_awsize;
    writes_.push_back({p.out_awaddr, 0, p.out_awlen + 1u, p.out_awsize, p.out_awcache, 0,
                       memory_.response(p.out_awaddr, bytes, true)});
    ++traffic_.write_bursts;
  }
  p.in_wready = w_beats_.size() < kMaxEarlyBeats && !stall();
  if (p.out_wvalid && p.in_wready) {
    WriteBeat beat;
    beat.strobes = p.out_wstrb;
    beat.last = p.out_wlast;
    std::memcpy(beat.data, p.out_wdata, sizeof beat.data);
    w_beats_.push_back(beat);
    ++traffic_.write_beats;
  }
  take_write_beats();
}

void RtlBench::tick() {
  check_stable();
  drive_read();
  drive_write();
  before_ = model_.pins();
  before_valid_ = true;
  model_.tick();
  ++cycles_;
}

bool RtlBench::run_until(const std::function<bool()>& done, uint64_t limit) {
  for (uint64_t i = 0; i < limit; ++i) {
    if (done()) return true;
    tick();
  }
  return done();
}

bool RtlBench::run_until_idle(uint64_t limit) {
  tick();
  while (limit-- > 0) {
    if (!model_.pins().out_busy) return true;
    tick();
  }
  return false;
}

RegisterAnswer RtlBench::read(uint32_t offset) {
  systole_rtl_pins& p = model_.pins();
  p.in_s_araddr = offset;
  p.in_s_arvalid = 1;
  p.in_s_rready = 1;
  RegisterAnswer answer{0, 0xff};
  for (uint64_t i = 0; i < kRegisterLimit; ++i) {
    const bool taken = p.in_s_arvalid && p.out_s_arready;
    const bool answered = p.out_s_rvalid;
    if (answered) answer = {p.out_s_rdata, p.out_s_rresp};
    tick();
    if (taken) p.in_s_arvalid = 0;
    if (answered) break;
  }
  if (answer.resp == 0xff) violate("register read not answered");
  p.in_s_rready = 0;
  return answer;
}

uint8_t RtlBench::write(uint32_t offset, uint32_t data, uint8_t strobes) {
  systole_rtl_pins& p = model_.pins();
  p.in_s_awaddr = offset;
  p.in_s_wdata = data;
  p.in_s_wstrb = strobes;
  p.in_s_awvalid = p.in_s_wvalid = p.in_s_bready = 1;
  uint8_t resp = 0xff;
  for (uint64_t i = 0; i < kRegisterLimit; ++i) {
    const bool aw = p.in_s_awvalid && p.out_s_awready;
    const bool w = p.in_s_wvalid && p.out_s_wready;
    const bool answered = p.out_s_bvalid;
    if (answered) resp = p.out_s_bresp;
    tick();
    if (aw) p.in_s_awvalid = 0;
    if (w) p.in_s_wvalid = 0;
    if (answered) break;
  }
  if (resp == 0xff) violate("register write not answered");
  p.in_s_bready = 0;
  return resp;
}

uint64_t RtlBench::read64(uint32_t offset) {
  const uint64_t low = read32(offset);
  return low | uint64_t{read32(offset + 4)} << 32;
}

void RtlBench::setup_ring(uint64_t base, uint32_t units, uint32_t irq_enable) {
  ring_base_ = base;
  ring_units_ = units;
  tail_ = read32(hw::ENGINE_HEAD_OFFSET);
  write(hw::ENGINE_RING_BASE_LO_OFFSET, static_cast<uint32_t>(base));
  write(hw::ENGINE_RING_BASE_HI_OFFSET, static_cast<uint32_t>(base >> 32));
  write(hw::ENGINE_RING_SIZE_OFFSET, units);
  write(hw::ENGINE_TAIL_OFFSET, tail_);
  write(hw::ENGINE_IRQ_ENABLE_OFFSET, irq_enable);
  write(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_ENABLE_MASK);
}

void RtlBench::push(const void* descriptor) {
  const auto* bytes = static_cast<const uint8_t*>(descriptor);
  for (unsigned unit = 0; unit < 2; ++unit) {
    std::memcpy(memory_.map(next_descriptor_addr(), 64, true), bytes + 64 * unit, 64);
    tail_ = (tail_ + 1) & (ring_units_ - 1);
  }
}

void RtlBench::doorbell() { write(hw::ENGINE_TAIL_OFFSET, tail_); }

bool RtlBench::run_one(const void* descriptor, uint64_t limit) {
  push(descriptor);
  doorbell();
  return run_until_idle(limit);
}

}  // namespace systole::rtl_test
