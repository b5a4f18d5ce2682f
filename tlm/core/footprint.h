// Which bytes a descriptor reads and writes. No SystemC.
// Upstream: descriptors (rtl/regs). Downstream: whoever must know what an operation touches.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace systole {

/// `rows` rows of `row_bytes`, `stride` apart; addresses are modulo 2^40.
struct Span {
  uint64_t addr = 0, row_bytes = 0, rows = 1, stride = 0;
  bool write = false;

  uint64_t row(uint64_t index) const { return (addr + index * stride) & ((uint64_t{1} << 40) - 1); }
};

/// The operands and results of a legal descriptor (128 bytes) of engine kind "gemm", "vpu" or
/// "dma"; what is read and written, as accumulation is, comes twice. Rings and the words of waits,
/// signals and completions are not in it. A NOP or an unknown opcode has none. Not for illegal
/// descriptors. `array_rows`, `array_cols`: GEMM's CONFIG0, which decides how packed weights lie.
std::vector<Span> footprint(const std::string& kind, const uint8_t* descriptor, uint32_t array_rows,
                            uint32_t array_cols);

}  // namespace systole
