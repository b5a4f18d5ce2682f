#include "tlm/dma/dma_arith.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "tlm/gen/dma_regs.h"

namespace systole {

namespace {

constexpr uint64_t kAddressMask = (uint64_t{1} << 40) - 1;
constexpr uint64_t kPageBytes = 4096;

hw::DmaDescriptor decode(const uint8_t* bytes) {
  hw::DmaDescriptor desc;
  std::memcpy(&desc, bytes, sizeof desc);
  return desc;
}

bool is_zero(const uint8_t* bytes, size_t count) {
  return std::all_of(bytes, bytes + count, [](uint8_t b) { return b == 0; });
}

/// Calls f(burst start, first byte, bytes) for each burst of a segment; stops when f returns false.
template <class F>
bool for_each_burst(uint64_t addr, uint64_t bytes, const DmaConfig& config, F f) {
  while (bytes > 0) {
    const uint64_t start = addr & ~uint64_t{config.data_bytes - 1};
    const uint64_t end = std::min(start + uint64_t{config.data_bytes} * config.max_burst_beats,
                                  (start & ~(kPageBytes - 1)) + kPageBytes);
    const uint64_t count = std::min(bytes, end - addr);
    if (!f(start, addr, count)) return false;
    addr = (addr + count) & kAddressMask;
    bytes -= count;
  }
  return true;
}

/// The first burst of the rows that cannot be mapped, if any.
bool find_bad_burst(uint64_t base, uint64_t stride, const hw::DmaDescriptor& desc,
                    const DmaConfig& config, MemoryView& memory, bool write, uint64_t& bad) {
  for (uint64_t row = 0; row < desc.rows; ++row) {
    const uint64_t addr = (base + row * stride) & kAddressMask;
    if (memory.map(addr, desc.row_bytes, write)) continue;
    const bool fine = for_each_burst(
        addr, desc.row_bytes, config, [&](uint64_t start, uint64_t first, uint64_t count) {
          bad = start;
          const uint64_t lane_mask = config.data_bytes - 1;
          const uint64_t end =
              (first + count + lane_mask) & ~lane_mask;  // whole beats go over the bus
          return memory.map(start, end - start, write) != nullptr;
        });
    if (!fine) return true;
  }
  return false;
}

}  // namespace

uint8_t dma_check(const uint8_t* bytes, const DmaConfig&) {
  const hw::DmaDescriptor desc = decode(bytes);
  if (desc.opcode == hw::DMA_OP_NOP)
    return is_zero(bytes + 0x30, 0x50) ? 0 : hw::ENGINE_ERR_ILLEGAL_DESC;
  const bool fill = desc.opcode == hw::DMA_OP_FILL;
  if ((desc.opcode != hw::DMA_OP_COPY && !fill) || desc.src > kAddressMask ||
      desc.dst > kAddressMask || (fill ? desc.src != 0 : desc.pattern != 0) ||
      desc.reserved1 != 0 || !is_zero(bytes + 0x60, 0x20)) {
    return hw::ENGINE_ERR_ILLEGAL_DESC;
  }
  if (desc.rows == 0 || desc.row_bytes == 0 || desc.src_stride > kAddressMask ||
      desc.dst_stride > kAddressMask || (desc.rows > 1 && desc.dst_stride < desc.row_bytes)) {
    return hw::ENGINE_ERR_ILLEGAL_SIZE;
  }
  return 0;
}

OpResult dma_execute(const uint8_t* bytes, const DmaConfig& config, MemoryView& memory) {
  OpResult result;
  result.error_code = dma_check(bytes, config);
  const hw::DmaDescriptor desc = decode(bytes);
  if (result.error_code || desc.opcode == hw::DMA_OP_NOP) return result;
  const bool fill = desc.opcode == hw::DMA_OP_FILL;

  if (!fill &&
      find_bad_burst(desc.src, desc.src_stride, desc, config, memory, false, result.error_addr)) {
    result.error_code = hw::ENGINE_ERR_READ_BUS;
    return result;
  }
  if (find_bad_burst(desc.dst, desc.dst_stride, desc, config, memory, true, result.error_addr)) {
    result.error_code = hw::ENGINE_ERR_WRITE_BUS;
    return result;
  }

  std::vector<uint8_t> row(desc.row_bytes);
  for (uint64_t i = 0; fill && i < row.size(); ++i)
    row[i] = static_cast<uint8_t>(desc.pattern >> (8 * (i % 4)));
  for (uint64_t r = 0; r < desc.rows; ++r) {
    uint64_t done = 0;
    if (!fill) {
      for_each_burst((desc.src + r * desc.src_stride) & kAddressMask, row.size(), config,
                     [&](uint64_t, uint64_t addr, uint64_t count) {
                       std::memcpy(row.data() + done, memory.map(addr, count, false), count);
                       done += count;
                       return true;
                     });
    }
    done = 0;
    for_each_burst((desc.dst + r * desc.dst_stride) & kAddressMask, row.size(), config,
                   [&](uint64_t, uint64_t addr, uint64_t count) {
                     std::memcpy(memory.map(addr, count, true), row.data() + done, count);
                     done += count;
                     return true;
                   });
  }
  result.work = uint64_t{desc.rows} * desc.row_bytes;
  return result;
}

}  // namespace systole
