#include "firmware/boot/console.h"

namespace systole::firmware {
namespace {

constexpr uint64_t kData = 0, kInterruptEnable = 1, kLineStatus = 5;
constexpr uint8_t kReceived = 0x01, kTransmitterEmpty = 0x20, kOnReceipt = 0x01;

volatile uint8_t& reg(uint64_t addr) { return *reinterpret_cast<volatile uint8_t*>(addr); }

}  // namespace

Console console;

void Console::put(char c) {
  while (!(reg(base_ + kLineStatus) & kTransmitterEmpty)) {
  }
  reg(base_ + kData) = static_cast<uint8_t>(c);
}

bool Console::get(char* c) {
  if (!(reg(base_ + kLineStatus) & kReceived)) return false;
  *c = static_cast<char>(reg(base_ + kData));
  return true;
}

void Console::interrupt_on_receipt(bool on) { reg(base_ + kInterruptEnable) = on ? kOnReceipt : 0; }

}  // namespace systole::firmware
