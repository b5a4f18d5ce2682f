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
  return status_of(port_.read32(addr, value));
}

driver::Status PortHal::write32(uint64_t addr, uint32_t value) {
  return status_of(port_.write32(addr, value));
}

bool PortHal::wait_for_interrupt(uint64_t timeout_cycles) {
  for (uint64_t left = timeout_cycles; !stopping();) {
    const uint64_t slice = std::min(left, kSliceCycles);
    if (port_.wait_for_interrupt(slice)) return true;
    left -= slice;
    if (left == 0) return false;
  }
  return false;
}

}  // namespace systole
