// What the arithmetic of every engine shares: how it sees memory and what it reports.
// No SystemC here: twins, mock hardware and tests all use it.
#pragma once
#include <cstdint>

namespace systole {

/// The memory an operation works on. One flat host view per range; ranges never overlap.
class MemoryView {
 public:
  virtual ~MemoryView() = default;
  /// Host pointer to [addr, addr + bytes), readable and, if `write`, writable; null if any byte is
  /// unmapped (or read-only with `write`). Valid until the memory itself is resized.
  virtual uint8_t* map(uint64_t addr, uint64_t bytes, bool write) = 0;
};

/// Outcome of one descriptor, as the engine's registers would show it.
struct OpResult {
  uint8_t error_code = 0;   ///< ERROR_CODE.CODE, 0 if done
  uint64_t error_addr = 0;  ///< ERROR_ADDR; not set by the arithmetic for ILLEGAL_* (the caller
                            ///< knows the descriptor's place)
  uint64_t work = 0;        ///< what WORK grows by
};

// Each block provides, in tlm/<block>/<block>_arith.h, with the descriptor as 128 little-endian
// bytes:
//   uint8_t  <block>_check(const uint8_t* desc, const <Block>Config&);          // 0, ILLEGAL_DESC
//   or ILLEGAL_SIZE: operands only OpResult <block>_execute(const uint8_t* desc, const
//   <Block>Config&, MemoryView&);  // check, then compute
// where <Block>Config holds the parameters that decide legality (array shape, buffer sizes, longest
// row). Results are the RTL's, to the bit; timing is not modelled here.

}  // namespace systole
