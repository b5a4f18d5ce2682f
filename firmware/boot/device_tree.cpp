#include "firmware/boot/device_tree.h"

namespace systole::firmware {
namespace {

enum Token : uint32_t { kBeginNode = 1, kEndNode = 2, kProperty = 3, kNop = 4, kEnd = 9 };
constexpr uint32_t kMagic = 0xd00dfeed, kOldestReader = 17, kHeaderBytes = 40;
constexpr uint32_t kLargestTree = 1 << 20;

uint32_t big_endian(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | p[3];
}

bool equal(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return *a == *b;
}

}  // namespace

bool TreeNode::is(const char* word) const {
  for (uint32_t at = 0; at < compatible_bytes;) {
    if (equal(compatible + at, word)) return true;
    while (compatible[at]) ++at;
    ++at;
  }
  return false;
}

bool DeviceTree::open(const void* blob) {
  const auto* header = static_cast<const uint8_t*>(blob);
  if (blob == nullptr || reinterpret_cast<uint64_t>(blob) % 8 != 0) return false;
  if (big_endian(header) != kMagic) return false;
  const uint32_t total = big_endian(header + 4), last_compatible = big_endian(header + 24);
  const uint32_t structure = big_endian(header + 8), strings = big_endian(header + 12);
  strings_bytes_ = big_endian(header + 32);
  structure_bytes_ = big_endian(header + 36);
  if (last_compatible > kOldestReader || total < kHeaderBytes || total > kLargestTree) return false;
  if (structure > total || structure_bytes_ > total - structure) return false;
  if (strings > total || strings_bytes_ > total - strings) return false;
  structure_ = header + structure;
  strings_ = reinterpret_cast<const char*>(header + strings);
  return true;
}

uint32_t DeviceTree::word(uint32_t offset) const {
  if (offset > structure_bytes_ || structure_bytes_ - offset < 4) return kEnd;
  return big_endian(structure_ + offset);
}

uint64_t DeviceTree::number(uint32_t offset, uint32_t cells) const {
  uint64_t value = 0;
  for (uint32_t i = 0; i < cells; ++i) value = value << 32 | word(offset + 4 * i);
  return value;
}

const char* DeviceTree::text(uint32_t offset, uint32_t bytes) const {
  const char* begin = reinterpret_cast<const char*>(structure_) + offset;
  return bytes != 0 && begin[bytes - 1] == 0 ? begin : nullptr;
}

void DeviceTree::Walker::property(TreeNode* node, const char* name, uint32_t at, uint32_t bytes) {
  Cells& own = cells_[depth_];
  const Cells& parent = cells_[depth_ - 1];
  if (equal(name, "#address-cells") && bytes == 4) own.address = tree_.word(at);
  if (equal(name, "#size-cells") && bytes == 4) own.size = tree_.word(at);
  if (equal(name, "compatible")) {
    node->compatible = tree_.text(at, bytes);
    node->compatible_bytes = node->compatible ? bytes : 0;
  }
  if (equal(name, "device_type")) node->device_type = tree_.text(at, bytes);
  if (equal(name, "bootargs")) node->bootargs = tree_.text(at, bytes);
  if (equal(name, "timebase-frequency") && bytes == 4) node->timebase_frequency = tree_.word(at);
  if (equal(name, "clock-frequency") && bytes == 4) node->clock_frequency = tree_.word(at);
  if (equal(name, "reg") && parent.address <= 2 && parent.size <= 2 &&
      bytes >= 4 * (parent.address + parent.size)) {
    node->base = tree_.number(at, parent.address);
    node->bytes = tree_.number(at + 4 * parent.address, parent.size);
  }
}

bool DeviceTree::Walker::next(TreeNode* node) {
  *node = {};
  bool open = false;  // a node has begun and its properties are being read
  for (;;) {
    const uint32_t token = tree_.word(at_);
    if (open && (token == kBeginNode || token == kEndNode)) return true;
    if (token == kNop) {
      at_ += 4;
    } else if (token == kEndNode && depth_ > 0) {
      at_ += 4;
      --depth_;
    } else if (token == kBeginNode && depth_ < TreeNode::kMaxDepth) {
      at_ += 4;
      uint32_t length = 0;
      while (at_ + length < tree_.structure_bytes_ && tree_.structure_[at_ + length]) ++length;
      if (at_ + length >= tree_.structure_bytes_) return false;
      node->name = reinterpret_cast<const char*>(tree_.structure_ + at_);
      at_ += (length + 4) & ~3u;
      cells_[++depth_] = {};
      open = true;
    } else if (token == kProperty && open) {
      const uint32_t bytes = tree_.word(at_ + 4), name = tree_.word(at_ + 8), data = at_ + 12;
      if (data > tree_.structure_bytes_ || bytes > tree_.structure_bytes_ - data) return false;
      if (name >= tree_.strings_bytes_) return false;
      property(node, tree_.strings_ + name, data, bytes);
      at_ = data + ((bytes + 3) & ~3u);
    } else {
      return false;
    }
  }
}

}  // namespace systole::firmware
