// The HAL inside the simulator: forwards to callbacks that the platform connects to its host CPU.
// Knows nothing of SystemC: sleeping and time are the platform's.
#pragma once
#include "sw_driver/hal/hal.h"

namespace systole::driver {

/// What the platform provides; `context` is handed back. All must be set. The meaning, units and
/// results are those of the Hal methods of the same name; read32 and write32 return true if the bus
/// answered without an error.
struct NativePort {
  void* context = nullptr;
  bool (*read32)(void* context, uint64_t addr, uint32_t* value) = nullptr;
  bool (*write32)(void* context, uint64_t addr, uint32_t value) = nullptr;
  void* (*map)(void* context, uint64_t addr, uint64_t bytes) = nullptr;
  void (*fence)(void* context) = nullptr;
  uint64_t (*now_cycles)(void* context) = nullptr;
  bool (*wait_for_interrupt)(void* context, uint64_t timeout_cycles) = nullptr;
  void (*pause)(void* context, uint64_t cycles) = nullptr;
  void (*putc)(void* context, char c) = nullptr;
};

class NativeHal : public Hal {
 public:
  explicit NativeHal(const NativePort& port) : port_(port) {}

  Status read32(uint64_t addr, uint32_t* value) override;
  Status write32(uint64_t addr, uint32_t value) override;
  void* map(uint64_t addr, uint64_t bytes) override {
    return port_.map(port_.context, addr, bytes);
  }
  void fence() override { port_.fence(port_.context); }
  uint64_t now_cycles() override { return port_.now_cycles(port_.context); }
  bool wait_for_interrupt(uint64_t timeout_cycles) override {
    return port_.wait_for_interrupt(port_.context, timeout_cycles);
  }
  void pause(uint64_t cycles) override { port_.pause(port_.context, cycles); }
  void putc(char c) override { port_.putc(port_.context, c); }

 private:
  NativePort port_;
};

}  // namespace systole::driver
