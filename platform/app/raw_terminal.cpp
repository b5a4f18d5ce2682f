#include "platform/app/raw_terminal.h"

#include <termios.h>
#include <unistd.h>

#include <csignal>

namespace systole {
namespace {

termios g_before;
volatile std::sig_atomic_t g_raw = 0;

// Signals that end a process which does not ask for them. SIGINT and SIGTERM are the simulation's.
constexpr int kFatal[] = {SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

void on_fatal(int signal) {
  restore_terminal();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

void restore_terminal() {
  if (!g_raw) return;
  g_raw = 0;
  tcsetattr(STDIN_FILENO, TCSANOW, &g_before);
}

RawTerminal::RawTerminal()
    : active_(isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &g_before) == 0) {
  if (!active_) return;
  termios raw = g_before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
  raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL | INLCR);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  g_raw = 1;
  for (const int signal : kFatal) std::signal(signal, on_fatal);
  tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

RawTerminal::~RawTerminal() {
  if (!active_) return;
  restore_terminal();
  for (const int signal : kFatal) std::signal(signal, SIG_DFL);
}

}  // namespace systole
