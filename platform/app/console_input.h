// Standard input as the UART's receive line.
#pragma once
#include <termios.h>

#include "tlm/uart/uart.h"

namespace systole {

/// While it lives a terminal is in character mode without echo: the program echoes. Ctrl-C still
/// interrupts. Does nothing if not enabled.
class ConsoleInput {
 public:
  explicit ConsoleInput(bool enabled);
  ~ConsoleInput();
  ConsoleInput(const ConsoleInput&) = delete;
  ConsoleInput& operator=(const ConsoleInput&) = delete;

  /// Hands over what has been typed, as far as the UART has room; does not wait.
  void feed(Uart& uart);
  /// More may come.
  bool open() const { return open_; }

 private:
  bool open_, terminal_ = false;
  termios before_ = {};
};

}  // namespace systole
