// A mock SoC with the driver opened on it.
#pragma once
#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>

#include "sw_driver/include/device.h"
#include "tests/driver/mock/mock_hal.h"

namespace systole::driver {

struct System {
  explicit System(const MockOptions& mock = {}, const DeviceOptions& options = {})
      : hal(mock), device(std::make_unique<Device>()) {
    REQUIRE(device->open(hal, options) == Status::Ok);
  }

  CommandStream& stream() { return device->stream(); }
  Buffer spm(uint64_t bytes) {
    Buffer b;
    REQUIRE(device->spm().allocate(bytes, 64, &b) == Status::Ok);
    return b;
  }
  Buffer dram(uint64_t bytes) {
    Buffer b;
    REQUIRE(device->dram().allocate(bytes, 64, &b) == Status::Ok);
    return b;
  }

  MockHal hal;
  std::unique_ptr<Device> device;
};

/// The seed of a random test: SYSTOLE_TEST_SEED if set, else `fallback`. Print it with CAPTURE.
inline uint32_t test_seed(uint32_t fallback) {
  const char* set = std::getenv("SYSTOLE_TEST_SEED");
  return set != nullptr ? static_cast<uint32_t>(std::strtoul(set, nullptr, 0)) : fallback;
}

}  // namespace systole::driver
