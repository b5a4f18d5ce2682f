#include "platform/replay/result_bytes.h"

#include <algorithm>

namespace systole {
namespace {

constexpr uint64_t kPage = Recording::kPageBytes;

}  // namespace

void ResultBytes::add(const Span& span) {
  for (uint64_t row = 0; row < span.rows; ++row) {
    for (uint64_t at = span.row(row), end = at + span.row_bytes; at < end;) {
      const uint64_t stop = std::min(end, (at / kPage + 1) * kPage);
      auto& page = pages_[at / kPage];
      for (; at < stop; ++at) page.set(at % kPage);
    }
  }
}

void ResultBytes::for_each(const MapMemory& map,
                           const std::function<void(uint64_t, uint8_t)>& see) const {
  for (const auto& [number, written] : pages_) {
    const uint8_t* const host = map(number * kPage, kPage);
    for (uint64_t i = 0; i < kPage && host; ++i)
      if (written[i]) see(number * kPage + i, host[i]);
  }
}

std::map<uint64_t, uint64_t> ResultBytes::hashes(const MapMemory& map) const {
  std::map<uint64_t, uint64_t> hashes;
  for (const auto& [number, written] : pages_) {
    const uint8_t* const host = map(number * kPage, kPage);
    if (!host) continue;
    uint64_t hash = 0xcbf29ce484222325ull;
    for (uint64_t i = 0; i < kPage; ++i)
      hash = (hash ^ (written[i] ? host[i] : 0)) * 0x100000001b3ull;
    hashes[number] = hash;
  }
  return hashes;
}

}  // namespace systole
