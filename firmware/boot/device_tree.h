// Reads a flattened device tree in place. Source: Devicetree Specification 0.4, chapter 5.
#pragma once
#include <cstdint>

namespace systole::firmware {

/// A node and what the firmware wants of it. Texts point into the tree; null or 0 if absent.
struct TreeNode {
  static constexpr uint32_t kMaxDepth = 8;

  const char* name = nullptr;        ///< with its unit address: "uart@10000000"
  const char* compatible = nullptr;  ///< a list of texts, each ended by NUL
  uint32_t compatible_bytes = 0;
  const char* device_type = nullptr;
  const char* bootargs = nullptr;
  uint32_t timebase_frequency = 0, clock_frequency = 0;
  uint64_t base = 0, bytes = 0;  ///< the first entry of `reg`; bytes 0: none

  /// True if `word` is one of the compatible texts.
  bool is(const char* word) const;
};

class DeviceTree {
 public:
  /// False if there is no whole tree of a known version at `blob` (8-byte aligned).
  bool open(const void* blob);

  /// Calls `visit(node)` for every node, in the order of the tree, until it returns true. False:
  /// it never did, or the tree is damaged.
  template <typename Visit>
  bool find(Visit visit) const {
    Walker walker(*this);
    TreeNode node;
    while (walker.next(&node)) {
      if (visit(node)) return true;
    }
    return false;
  }

 private:
  /// Yields nodes when all their properties are known.
  class Walker {
   public:
    explicit Walker(const DeviceTree& tree) : tree_(tree) {}
    bool next(TreeNode* node);

   private:
    struct Cells {
      uint32_t address = 2, size = 1;  ///< the specification's defaults
    };
    void property(TreeNode* node, const char* name, uint32_t at, uint32_t bytes);

    const DeviceTree& tree_;
    uint32_t at_ = 0, depth_ = 0;
    Cells cells_[TreeNode::kMaxDepth + 1];  ///< of the children of the node at each depth
  };

  uint32_t word(uint32_t offset) const;
  uint64_t number(uint32_t offset, uint32_t cells) const;
  /// The text at `offset` of the structure, or null if it does not end within `bytes`.
  const char* text(uint32_t offset, uint32_t bytes) const;

  const uint8_t* structure_ = nullptr;
  const char* strings_ = nullptr;
  uint32_t structure_bytes_ = 0, strings_bytes_ = 0;
};

}  // namespace systole::firmware
