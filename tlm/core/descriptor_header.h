// The header that every descriptor begins with.
#pragma once
#include <cstdint>
#include <cstring>

#include "tlm/gen/engine_regs.h"

namespace systole {

/// `desc`: DESC_BYTES long.
inline hw::DescriptorHeader header_of(const uint8_t* desc) {
  hw::DescriptorHeader header;
  std::memcpy(static_cast<void*>(&header), desc, sizeof header);
  return header;
}

}  // namespace systole
