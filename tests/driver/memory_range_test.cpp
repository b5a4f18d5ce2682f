// Overlap and cover against sets of bytes.
#include "sw_driver/include/memory_range.h"

#include <random>
#include <set>

#include "tests/driver/mock/system.h"

using namespace systole::driver;

namespace {

std::set<uint64_t> bytes_of(const MemoryRange& r) {
  std::set<uint64_t> bytes;
  for (uint64_t i = 0; i < r.rows; ++i) {
    for (uint64_t j = 0; j < r.row_bytes; ++j) bytes.insert(r.addr + i * r.stride + j);
  }
  return bytes;
}

MemoryRange random_range(std::mt19937& random) {
  static const uint64_t strides[] = {0, 8, 8, 8, 12, 16};
  return MemoryRange::matrix(100 + random() % 40, 1 + random() % 10, 1 + random() % 4,
                             strides[random() % 6]);
}

}  // namespace

TEST_CASE("no overlap is ever missed, no cover ever claimed wrongly", "[range]") {
  const uint32_t seed = test_seed(11);
  std::mt19937 random(seed);
  uint32_t disjoint = 0, covered = 0;
  for (uint32_t i = 0; i < 20000; ++i) {
    const MemoryRange a = random_range(random), b = random_range(random);
    const std::set<uint64_t> x = bytes_of(a), y = bytes_of(b);
    uint32_t common = 0;
    for (uint64_t byte : y) common += x.count(byte);
    CAPTURE(seed, i, a.addr, a.row_bytes, a.rows, a.stride, b.addr, b.row_bytes, b.rows, b.stride);
    if (common != 0) REQUIRE(overlaps(a, b));
    if (covers(a, b)) REQUIRE(common == y.size());
    REQUIRE(overlaps(a, b) == overlaps(b, a));
    disjoint += !overlaps(a, b);
    covered += covers(a, b);
  }
  REQUIRE(disjoint > 1000);
  REQUIRE(covered > 200);
}

TEST_CASE("columns of one matrix do not overlap", "[range]") {
  const MemoryRange left = MemoryRange::matrix(0x1000, 32, 8, 64),
                    right = MemoryRange::matrix(0x1020, 32, 8, 64);
  REQUIRE_FALSE(overlaps(left, right));
  REQUIRE(overlaps(left, MemoryRange::matrix(0x101f, 1, 8, 64)));
  REQUIRE_FALSE(overlaps(left, MemoryRange::bytes(0x1060, 32)));
  REQUIRE(overlaps(left, MemoryRange::bytes(0x1060, 33)));
  REQUIRE(covers(MemoryRange::bytes(0x1000, 512), right));
  REQUIRE(covers(left, left));
  REQUIRE_FALSE(covers(left, right));
}
