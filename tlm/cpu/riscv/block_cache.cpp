#include "tlm/cpu/riscv/block_cache.h"

#include <cstring>
#include <type_traits>

namespace systole::riscv {

static_assert(std::is_trivially_copyable_v<Block>, "blocks are stored cut off after their last op");

Block* BlockCache::find(uint64_t pc, uint64_t physical, bool flat) const {
  const auto found = blocks_[flat].find(Key{pc, physical});
  return found == blocks_[flat].end() ? nullptr : found->second;
}

Block* BlockCache::insert(const Block& block, uint64_t physical) {
  const size_t bytes = offsetof(Block, ops) + (block.count + 1) * sizeof(Op);
  if (used_ + bytes > kChunk) {
    chunks_.push_back(std::make_unique<uint8_t[]>(kChunk));
    used_ = 0;
  }
  auto* stored = reinterpret_cast<Block*>(chunks_.back().get() + used_);
  std::memcpy(static_cast<void*>(stored), &block, bytes);
  used_ += (bytes + 15) & ~size_t{15};
  bytes_ += bytes;
  blocks_[block.flat].emplace(Key{block.pc, physical}, stored);
  return stored;
}

void BlockCache::flush() {
  jumps_.assign(kSlots, Jump{});
  blocks_[0].clear();
  blocks_[1].clear();
  chunks_.clear();
  used_ = kChunk;
  bytes_ = 0;
}

}  // namespace systole::riscv
