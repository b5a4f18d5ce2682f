#include "tlm/uart/uart.h"

namespace systole {
namespace {

enum Register : uint64_t { kData, kIer, kIirFcr, kLcr, kMcr, kLsr, kMsr, kScr };
constexpr uint8_t kIerRx = 1, kIerTx = 2, kIerLine = 4, kIerMask = 0x0f;
constexpr uint8_t kIirNone = 1, kIirTx = 2, kIirRx = 4, kIirLine = 6, kIirFifo = 0xc0;
constexpr uint8_t kFcrEnable = 1, kFcrClearRx = 2, kFcrStored = 0xc9;
constexpr uint8_t kLsrData = 0x01, kLsrOverrun = 0x02, kLsrThrEmpty = 0x20, kLsrIdle = 0x40;
constexpr uint8_t kMcrLoop = 0x10, kMcrMask = 0x1f;
constexpr uint8_t kMsrCtsDsrDcd = 0xb0;

}  // namespace

Uart::Uart(const sc_core::sc_module_name& name, std::function<void(char)> output)
    : RegisterDevice(name), output_(std::move(output)) {}

void Uart::push_rx(uint8_t byte) {
  if (rx_.size() == kRxFifo)
    overrun_ = true;
  else
    rx_.push_back(byte);
  update();
}

uint8_t Uart::read_rbr(bool debug) {
  if (rx_.empty()) return 0;
  const uint8_t byte = rx_.front();
  if (!debug) {
    rx_.pop_front();
    update();
  }
  return byte;
}

uint8_t Uart::read_iir(bool debug) {
  const uint8_t value = iir_ | (fcr_ & kFcrEnable ? kIirFifo : 0);
  if (!debug && iir_ == kIirTx) {
    thr_empty_pending_ = false;
    update();
  }
  return value;
}

uint8_t Uart::read_lsr(bool debug) {
  const uint8_t value =
      kLsrThrEmpty | kLsrIdle | (rx_.empty() ? 0 : kLsrData) | (overrun_ ? kLsrOverrun : 0);
  if (!debug) {
    overrun_ = false;
    update();
  }
  return value;
}

void Uart::write_thr(uint8_t byte) {
  thr_empty_pending_ = true;
  if (mcr_ & kMcrLoop)
    push_rx(byte);
  else if (output_)
    output_(static_cast<char>(byte));
  update();
}

void Uart::write_fcr(uint8_t value) {
  if ((value & kFcrClearRx) || ((value ^ fcr_) & kFcrEnable)) rx_.clear();
  fcr_ = value & kFcrStored;
  update();
}

void Uart::update() {
  iir_ = kIirNone;
  if ((ier_ & kIerTx) && thr_empty_pending_) iir_ = kIirTx;
  if ((ier_ & kIerRx) && !rx_.empty()) iir_ = kIirRx;
  if ((ier_ & kIerLine) && overrun_) iir_ = kIirLine;
  const bool line = iir_ != kIirNone;
  if (line == line_) return;
  line_ = line;
  if (on_interrupt_) on_interrupt_(line);
}

bool Uart::read(uint64_t offset, unsigned bytes, uint64_t* value, bool debug) {
  if (bytes != 1) return false;
  switch (offset) {
    case kData:
      *value = dlab() ? dll_ : read_rbr(debug);
      return true;
    case kIer:
      *value = dlab() ? dlm_ : ier_;
      return true;
    case kIirFcr:
      *value = read_iir(debug);
      return true;
    case kLcr:
      *value = lcr_;
      return true;
    case kMcr:
      *value = mcr_;
      return true;
    case kLsr:
      *value = read_lsr(debug);
      return true;
    case kMsr:
      *value = kMsrCtsDsrDcd;
      return true;
    case kScr:
      *value = scr_;
      return true;
    default:
      return false;
  }
}

bool Uart::write(uint64_t offset, unsigned bytes, uint64_t value) {
  if (bytes != 1) return false;
  const uint8_t byte = static_cast<uint8_t>(value);
  switch (offset) {
    case kData:
      if (dlab())
        dll_ = byte;
      else
        write_thr(byte);
      return true;
    case kIer:
      if (dlab()) {
        dlm_ = byte;
        return true;
      }
      if ((byte & kIerTx) && !(ier_ & kIerTx)) thr_empty_pending_ = true;
      ier_ = byte & kIerMask;
      update();
      return true;
    case kIirFcr:
      write_fcr(byte);
      return true;
    case kLcr:
      lcr_ = byte;
      return true;
    case kMcr:
      mcr_ = byte & kMcrMask;
      return true;
    case kLsr:
    case kMsr:
      return true;
    case kScr:
      scr_ = byte;
      return true;
    default:
      return false;
  }
}

}  // namespace systole
