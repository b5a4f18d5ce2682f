// What the engine front-end looks at in a fetched descriptor, before the block's own checks.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "tlm/core/descriptor_header.h"

namespace systole {

constexpr uint64_t kAddressMask = (uint64_t{1} << 40) - 1;

/// ENGINE_ERR_NONE or ENGINE_ERR_ILLEGAL_DESC. `desc`: DESC_BYTES long.
inline uint8_t header_check(const uint8_t* desc) {
  const hw::DescriptorHeader h = header_of(desc);
  const auto misplaced = [](uint64_t addr, unsigned align) {
    return addr % align != 0 || addr > kAddressMask;
  };
  const auto used = [](uint8_t byte) { return byte != 0; };
  const bool bad =
      h.version != hw::DESC_VERSION || h.units != hw::DESC_UNITS || h.flags > 0xf ||
      h.reserved0 != 0 ||
      (h.flags & hw::DESC_FLAG_WAIT && (misplaced(h.wait_addr, 4) || h.wait_timeout == 0)) ||
      (h.flags & hw::DESC_FLAG_SIGNAL && misplaced(h.signal_addr, 4)) ||
      (h.flags & hw::DESC_FLAG_COMPLETE && misplaced(h.completion_addr, 8)) ||
      (h.opcode == hw::ENGINE_OP_NOP && std::any_of(desc + sizeof h, desc + hw::DESC_BYTES, used));
  return bad ? hw::ENGINE_ERR_ILLEGAL_DESC : hw::ENGINE_ERR_NONE;
}

/// The word is as the descriptor waits for. `word`: 4 bytes.
inline bool wait_is_over(const hw::DescriptorHeader& header, const uint8_t* word) {
  uint32_t value;
  std::memcpy(&value, word, sizeof value);
  return static_cast<int32_t>(value - header.wait_value) >= 0;
}

}  // namespace systole
