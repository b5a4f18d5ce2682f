#include "sw_driver/hal/baremetal/baremetal_hal.h"

#include "sw_driver/hal/baremetal/mmio.h"

namespace systole::driver {
namespace {

constexpr uint64_t kTimer = 1 << 7, kExternal = 1 << 11;  // bits of mie and mip
constexpr uint64_t kMtimecmp = 0x4000, kMtime = 0xbff8;   // CLINT
constexpr uint64_t kLineStatus = 5;                       // UART
constexpr uint8_t kTransmitterEmpty = 0x20;
constexpr uint64_t kNever = ~uint64_t{0};

volatile uint64_t& reg64(uint64_t addr) { return *reinterpret_cast<volatile uint64_t*>(addr); }
volatile uint8_t& reg8(uint64_t addr) { return *reinterpret_cast<volatile uint8_t*>(addr); }

void write_mie(uint64_t value) { asm volatile("csrw mie, %0" ::"r"(value) : "memory"); }

uint64_t read_mip() {
  uint64_t value;
  asm volatile("csrr %0, mip" : "=r"(value)::"memory");
  return value;
}

}  // namespace

Status BareMetalHal::read32(uint64_t addr, uint32_t* value) {
  return systole_mmio_read32(addr, value) == 0 ? Status::Ok : Status::BusError;
}

Status BareMetalHal::write32(uint64_t addr, uint32_t value) {
  return systole_mmio_write32(addr, value) == 0 ? Status::Ok : Status::BusError;
}

void* BareMetalHal::map(uint64_t addr, uint64_t bytes) {
  for (uint32_t i = 0; i < config_.region_count; ++i) {
    const MemoryRegion& region = config_.regions[i];
    if (addr >= region.base && addr - region.base <= region.bytes &&
        bytes <= region.bytes - (addr - region.base)) {
      return reinterpret_cast<void*>(addr);
    }
  }
  return nullptr;
}

void BareMetalHal::fence() { asm volatile("fence iorw, iorw" ::: "memory"); }

uint64_t BareMetalHal::now_cycles() {
  uint64_t cycles;
  asm volatile("csrr %0, mcycle" : "=r"(cycles)::"memory");
  return cycles;
}

uint64_t BareMetalHal::sleep(uint64_t interrupts, uint64_t timeout_cycles) {
  fence();
  uint64_t pending = read_mip() & interrupts;
  if (pending != 0) return pending;
  // Ticks, rounded up, so that at least the time-out passes; an endless one cannot overflow.
  const uint64_t cycles_per_tick =
      config_.clock_hz > config_.timebase_hz ? config_.clock_hz / config_.timebase_hz : 1;
  const uint64_t ticks = timeout_cycles == kNever ? kNever : timeout_cycles / cycles_per_tick + 1;
  const uint64_t now = reg64(config_.clint_base + kMtime);
  reg64(config_.clint_base + kMtimecmp) = ticks < kNever - now ? now + ticks : kNever;
  write_mie(interrupts | kTimer);
  // With mstatus.MIE clear a pending interrupt ends WFI and is not taken.
  while (((pending = read_mip()) & (interrupts | kTimer)) == 0) asm volatile("wfi" ::: "memory");
  write_mie(0);
  reg64(config_.clint_base + kMtimecmp) = kNever;
  return pending & interrupts;
}

bool BareMetalHal::wait_for_interrupt(uint64_t timeout_cycles) {
  return sleep(kExternal, timeout_cycles) != 0;
}

void BareMetalHal::pause(uint64_t cycles) {
  const uint64_t start = now_cycles();
  const uint64_t tick =
      config_.clock_hz > config_.timebase_hz ? config_.clock_hz / config_.timebase_hz : 1;
  if (cycles >= 4 * tick) static_cast<void>(sleep(0, cycles));
  while (now_cycles() - start < cycles) {
  }
}

void BareMetalHal::putc(char c) {
  while (!(reg8(config_.uart_base + kLineStatus) & kTransmitterEmpty)) {
  }
  reg8(config_.uart_base) = static_cast<uint8_t>(c);
}

}  // namespace systole::driver
