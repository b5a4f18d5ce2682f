// Register accesses of the native HAL.
#include "sw_driver/hal/native/native_hal.h"

namespace systole::driver {

Status NativeHal::read32(uint64_t addr, uint32_t* value) {
  return port_.read32(port_.context, addr, value) ? Status::Ok : Status::BusError;
}

Status NativeHal::write32(uint64_t addr, uint32_t value) {
  return port_.write32(port_.context, addr, value) ? Status::Ok : Status::BusError;
}

}  // namespace systole::driver
