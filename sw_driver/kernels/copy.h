// Two-dimensional copy and fill by a DMA.
#pragma once
#include "sw_driver/include/command_stream.h"

namespace systole::driver {

struct CopyArgs {
  uint64_t src = 0, dst = 0;  ///< any alignment; must not overlap
  uint32_t rows = 1;
  uint32_t row_bytes = 0;
  uint64_t src_stride = 0,
           dst_stride = 0;  ///< bytes, below 2^40; dst_stride at least row_bytes if rows > 1
  int instance = kAnyInstance;
};

struct FillArgs {
  uint64_t dst = 0;  ///< any alignment
  uint32_t rows = 1;
  uint32_t row_bytes = 0;
  uint64_t dst_stride = 0;
  uint32_t pattern = 0;  ///< byte i of every row = byte (i mod 4) of it, little-endian
  int instance = kAnyInstance;
};

/// Both append one operation. BadArgument before anything is touched; else as
/// CommandStream::append.
Status copy(CommandStream& stream, const CopyArgs& args, Ticket* ticket = nullptr);
Status fill(CommandStream& stream, const FillArgs& args, Ticket* ticket = nullptr);

}  // namespace systole::driver
