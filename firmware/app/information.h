// What the machine is, as text for people.
#pragma once
#include "firmware/boot/board.h"

namespace systole::firmware {

/// The banner's lines: memories, clock, engines, model.
void print_information(const Board& board);

}  // namespace systole::firmware
