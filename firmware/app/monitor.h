// A small monitor at the UART: looks at the SoC, runs the engines, runs the model.
#pragma once
#include "firmware/boot/board.h"

namespace systole::firmware {

/// Reads commands until "quit". Returns the exit code given with it.
uint32_t monitor(const Board& board);

}  // namespace systole::firmware
