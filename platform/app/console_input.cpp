#include "platform/app/console_input.h"

#include <poll.h>
#include <unistd.h>

namespace systole {

ConsoleInput::ConsoleInput(bool enabled) : open_(enabled) {
  terminal_ = enabled && isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before_) == 0;
  if (!terminal_) return;
  termios raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

ConsoleInput::~ConsoleInput() {
  if (terminal_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

void ConsoleInput::feed(Uart& uart) {
  while (open_ && uart.rx_room() > 0) {
    pollfd input = {STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, 0) <= 0 || !(input.revents & (POLLIN | POLLHUP | POLLERR))) return;
    uint8_t bytes[Uart::kRxFifo];
    const ssize_t count = ::read(STDIN_FILENO, bytes, uart.rx_room());
    if (count <= 0) open_ = false;
    for (ssize_t i = 0; i < count; ++i) uart.push_rx(bytes[i]);
  }
}

}  // namespace systole
