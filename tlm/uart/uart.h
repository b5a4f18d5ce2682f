// 16550-compatible UART: bytes out through a callback, bytes in through push_rx().
// Upstream: the CPU. Downstream: the console.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>

#include "tlm/core/register_device.h"

namespace systole {

/// Byte registers 0 to 7 (THR/RBR/DLL, IER/DLM, IIR/FCR, LCR, MCR, LSR, MSR, SCR); an access of
/// more bytes, or beyond offset 7, is refused. Source: NS16550A data sheet. The line is infinitely
/// fast: a byte written to THR is out at once, so THR and transmitter are always empty; divisor and
/// line format are stored, not modelled. The receive FIFO holds kRxFifo bytes; what comes when it
/// is full is lost and sets LSR.OE. No receive time-out: the trigger level is one byte. MCR.LOOP
/// feeds THR back to RBR.
class Uart : public RegisterDevice {
 public:
  static constexpr size_t kRxFifo = 16;

  Uart(const sc_core::sc_module_name& name, std::function<void(char)> output);

  /// A byte arrives from outside. Call from a SystemC process or between sc_start() calls.
  void push_rx(uint8_t byte);
  /// Room in the receive FIFO, bytes.
  size_t rx_room() const { return kRxFifo - rx_.size(); }
  /// Called when the interrupt line changes.
  void on_interrupt(std::function<void(bool)> callback) { on_interrupt_ = std::move(callback); }

 private:
  bool read(uint64_t offset, unsigned bytes, uint64_t* value, bool debug) override;
  bool write(uint64_t offset, unsigned bytes, uint64_t value) override;
  uint8_t read_rbr(bool debug);
  uint8_t read_iir(bool debug);
  uint8_t read_lsr(bool debug);
  void write_thr(uint8_t byte);
  void write_fcr(uint8_t value);
  bool dlab() const { return lcr_ & 0x80; }
  /// Recomputes the interrupt identification and the line.
  void update();

  std::function<void(char)> output_;
  std::function<void(bool)> on_interrupt_;
  std::deque<uint8_t> rx_;
  uint8_t ier_ = 0, iir_ = 1, fcr_ = 0, lcr_ = 0, mcr_ = 0, scr_ = 0, dll_ = 0, dlm_ = 0;
  bool overrun_ = false;
  bool thr_empty_pending_ = false;  ///< THR became empty since IIR last reported it
  bool line_ = false;
};

}  // namespace systole
