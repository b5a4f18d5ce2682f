// Checks of hart and machine that need no engine: the same on the virtual SoC and on QEMU's `virt`.
#pragma once
#include "firmware/boot/board.h"

namespace systole::firmware {

/// Prints a line per check. True: all passed. Ends with interrupts off.
bool self_test(const Board& board);

/// Provokes a fatal trap by name: "illegal", "load", "store", "rom", "jump", "stack"; or loops
/// for ever: "spin". Returns if the name is none of these.
void provoke(const char* fault);

}  // namespace systole::firmware
