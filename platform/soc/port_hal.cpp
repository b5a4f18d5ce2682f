#include "platform/soc/port_hal.h"

#include <algorithm>

namespace systole {
namespace {

constexpr uint64_t kSliceCycles = 10000;

driver::Status status_of(HostStatus status) {
  return status == HostStatus::Ok ? driver::Status::Ok : driver::Status::BusError;
}

}  // namespace

driver::Status PortHal::read32(uint64_t addr, uint32_t* value) {
  const driver::Status status = status_of(port_.read32(addr, value));
  if (observer_) observer_->on_read(addr, *value);
  return status;
}

driver::Status PortHal::write32(uint64_t addr, uint32_t value) {
  if (observer_) observer_->before_write(addr, value);
  const driver::Status status = status_of(port_.write32(addr, value));
  if (observer_) observer_->on_write(addr, value);
  return status;
}

bool PortHal::wait_for_interrupt(uint64_t timeout_cycles) {
  bool pending = false;
  for (uint64_t left = timeout_cycles; !stopping();) {
    const uint64_t slice = std::min(left, kSliceCycles);
    pending = port_.wait_for_interrupt(slice);
    left -= slice;
    if (pending || left == 0) break;
  }
  if (observer_) observer_->on_wake();
  return pending;
}

void PortHal::pause(uint64_t cycles) {
  port_.pause(cycles);
  if (observer_) observer_->on_pause(cycles);
}

void PortHal::putc(char c) {
  port_.putc(c);
  if (observer_) observer_->on_putc(c);
}

}  // namespace systole
