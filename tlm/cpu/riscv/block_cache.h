// Decoded blocks and the ways to find them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "tlm/cpu/riscv/op.h"

namespace systole::riscv {

inline constexpr unsigned kMaxBlockOps = 64;

/// A straight run of instructions in one page; the last operation ends the block or is Fall.
struct Block {
  uint64_t runs = 0;            ///< while a profile is taken: how often it was entered
  const void* first = nullptr;  ///< the same: the handler of the first operation
  uint64_t pc = 0;              ///< virtual
  Block* chain[2] = {};      ///< successors: taken or only, not taken; after a call: callee, return
  uint64_t count = 0;        ///< instructions; Fall is none
  uint64_t cycles = 0;       ///< of all of them
  uint64_t end_pc = 0;       ///< of the instruction after the last
  bool cached = false;       ///< may be linked to
  bool flat = false;         ///< virtual addresses are physical: links may leave the page
  Op ops[kMaxBlockOps + 1];  ///< only count + 1 are stored
};

/// Blocks are owned by the cache until flush(). A jump table by virtual address answers most
/// look-ups; it is keyed by a context number that changes with the translation.
class BlockCache {
 public:
  /// Null if the address is not in the table for this context.
  Block* jump(uint64_t pc, uint64_t context) const {
    const Jump& entry = jumps_[slot(pc)];
    return entry.pc == pc && entry.context == context ? entry.block : nullptr;
  }
  void remember(uint64_t pc, uint64_t context, Block* block) {
    jumps_[slot(pc)] = {pc, context, block};
  }

  Block* find(uint64_t pc, uint64_t physical, bool flat) const;
  /// Copies `block` into the cache.
  Block* insert(const Block& block, uint64_t physical);
  /// Calls `visit` with every block.
  template <typename Visit>
  void for_each(Visit visit) {
    for (auto& blocks : blocks_)
      for (auto& entry : blocks) visit(*entry.second);
  }
  bool full() const { return bytes_ > kCapacity; }
  void flush();

 private:
  struct Jump {
    uint64_t pc = ~uint64_t{0}, context = 0;
    Block* block = nullptr;
  };
  struct Key {
    uint64_t pc, physical;
    bool operator==(const Key& other) const { return pc == other.pc && physical == other.physical; }
  };
  struct Hash {
    size_t operator()(const Key& key) const {
      return (key.pc ^ (key.physical << 1)) * 0x9e37'79b9'7f4a'7c15u >> 17;
    }
  };
  static constexpr size_t kSlots = 1u << 14, kChunk = 1u << 20, kCapacity = 64u << 20;
  static size_t slot(uint64_t pc) { return (pc >> 1 ^ pc >> 15) & (kSlots - 1); }

  std::vector<Jump> jumps_{kSlots};
  std::unordered_map<Key, Block*, Hash> blocks_[2];  ///< by flat
  std::vector<std::unique_ptr<uint8_t[]>> chunks_;
  size_t used_ = kChunk;  ///< of the last chunk
  size_t bytes_ = 0;
};

}  // namespace systole::riscv
