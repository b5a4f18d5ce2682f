// The terminal at standard input in raw mode, given back whole whatever ends the process.
#pragma once

namespace systole {

/// While it lives every key arrives at once, without echo and without becoming a signal. Output is
/// left alone. Standard input that is no terminal stays as it is. One at a time.
class RawTerminal {
 public:
  RawTerminal();
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  bool active() const { return active_; }

 private:
  bool active_;
};

/// Gives the terminal back now. Safe in a signal handler; does nothing if there is no RawTerminal.
void restore_terminal();

}  // namespace systole
