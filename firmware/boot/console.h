// Text to the UART (16550), and characters from it.
#pragma once
#include "firmware/boot/text.h"

namespace systole::firmware {

class Console : public Formatter<Console> {
 public:
  /// Until this is called the UART is where the address map has it.
  void set_base(uint64_t base) { base_ = base; }
  /// A quiet console drops what operator<< is given; put() still sends.
  void set_quiet(bool quiet) { quiet_ = quiet; }

  /// One character, once the transmitter has room.
  void put(char c);
  /// True if a character has arrived; does not wait.
  bool get(char* c);
  /// Whether the UART interrupts while a character is there.
  void interrupt_on_receipt(bool on);
  void take(char c) {
    if (!quiet_) put(c);
  }

 private:
  uint64_t base_ = 0x1000'0000;
  bool quiet_ = false;
};

extern Console console;

}  // namespace systole::firmware
