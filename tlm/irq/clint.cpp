#include "tlm/irq/clint.h"

#include <algorithm>

namespace systole {
namespace {

constexpr uint64_t kTickPs = 1'000'000'000'000 / address_map::kTimebaseHz;
constexpr uint64_t kMsip = 0x0000, kMtimecmp = 0x4000, kMtime = 0xbff8;

uint64_t now_ps() { return sc_core::sc_time_stamp().value(); }

/// The 64-bit register `base` as seen by an access of `bytes` at `offset`; false if elsewhere.
bool within(uint64_t offset, unsigned bytes, uint64_t base) {
  return bytes >= 4 && offset >= base && offset + bytes <= base + 8;
}

uint64_t merge(uint64_t old, uint64_t value, unsigned bytes, uint64_t byte_offset) {
  if (bytes == 8) return value;
  const uint64_t mask = uint64_t{0xffff'ffff} << (8 * byte_offset);
  return (old & ~mask) | ((value << (8 * byte_offset)) & mask);
}

}  // namespace

Clint::Clint(const sc_core::sc_module_name& name) : RegisterDevice(name) {
  SC_HAS_PROCESS(Clint);
  SC_METHOD(update);
  sensitive << due_;
  dont_initialize();
}

uint64_t Clint::mtime() const { return now_ps() / kTickPs + offset_; }

void Clint::update() {
  const bool timer = mtime() >= mtimecmp_;
  if (timer != timer_line_) {
    timer_line_ = timer;
    if (on_timer_) on_timer_(timer);
  }
  if (msip_ != software_line_) {
    software_line_ = msip_;
    if (on_software_) on_software_(msip_);
  }
  due_.cancel();
  if (timer) return;
  const uint64_t ticks = now_ps() / kTickPs + (mtimecmp_ - mtime());
  if (ticks < ~uint64_t{0} / kTickPs && mtimecmp_ - mtime() < ~uint64_t{0} / kTickPs)
    due_.notify(sc_core::sc_time::from_value(ticks * kTickPs - now_ps()));
}

bool Clint::read(uint64_t offset, unsigned bytes, uint64_t* value, bool) {
  if (bytes < 4) return false;
  *value = 0;
  if (offset == kMsip) *value = msip_;
  if (within(offset, bytes, kMtimecmp)) *value = mtimecmp_ >> (8 * (offset - kMtimecmp));
  if (within(offset, bytes, kMtime)) *value = mtime() >> (8 * (offset - kMtime));
  return true;
}

bool Clint::write(uint64_t offset, unsigned bytes, uint64_t value) {
  if (bytes < 4) return false;
  if (offset == kMsip) msip_ = value & 1;
  if (within(offset, bytes, kMtimecmp))
    mtimecmp_ = merge(mtimecmp_, value, bytes, offset - kMtimecmp);
  if (within(offset, bytes, kMtime))
    offset_ = merge(mtime(), value, bytes, offset - kMtime) - now_ps() / kTickPs;
  update();
  return true;
}

}  // namespace systole
