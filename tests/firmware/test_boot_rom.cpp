// The device tree that the platform makes, read back with the firmware's own reader.
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "firmware/boot/board.h"
#include "platform/boot/boot_rom.h"
#include "tlm/core/address_map.h"

using systole::BoardDescription;
using systole::firmware::Board;
using systole::firmware::DeviceTree;
using systole::firmware::TreeNode;
namespace map = systole::address_map;

namespace {

BoardDescription description() {
  BoardDescription board;
  board.clock_hz = 800'000'000;
  board.dram_bytes = uint64_t{6} << 30;
  board.spm_bytes = 512 << 10;
  board.engines = {{"gemm", 0x11000000, 32}, {"dma", 0x11010000, 33}};
  board.images = {{"model", map::kModelBase, 0x12345}};
  board.bootargs = "run prompt=Once upon a time";
  return board;
}

// The reader wants 8-byte alignment, as in the ROM.
std::vector<uint64_t> aligned(const std::vector<uint8_t>& bytes) {
  std::vector<uint64_t> words(bytes.size() / 8 + 2);
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

}  // namespace

TEST_CASE("Boot ROM: the firmware reads the machine from the device tree") {
  const auto tree = aligned(systole::make_device_tree(description()));
  Board board;
  REQUIRE(board.read(tree.data()) == nullptr);
  CHECK(board.uart == map::kUartBase);
  CHECK(board.clint == map::kClintBase);
  CHECK(board.plic == map::kPlicBase);
  CHECK(board.finisher == map::kFinisherBase);
  CHECK(board.sysctl == map::kSysctlBase);
  CHECK(board.timebase_hz == map::kTimebaseHz);
  CHECK(board.clock_hz == 800'000'000);
  CHECK(board.dram.base == map::kDramBase);
  CHECK(board.dram.bytes == uint64_t{6} << 30);
  CHECK(board.region_count == 3);
  CHECK(std::string(board.bootargs) == "run prompt=Once upon a time");
}

TEST_CASE("Boot ROM: engines have their registers in the device tree") {
  const auto bytes = aligned(systole::make_device_tree(description()));
  DeviceTree tree;
  REQUIRE(tree.open(bytes.data()));
  uint64_t gemm = 0, dma = 0;
  static_cast<void>(tree.find([&](const TreeNode& node) {
    if (node.is("systole,gemm")) gemm = node.base;
    if (node.is("systole,dma")) dma = node.base;
    return false;
  }));
  CHECK(gemm == 0x11000000);
  CHECK(dma == 0x11010000);
}

TEST_CASE("Boot ROM: the reset vector holds the entry, the tree follows it") {
  const auto rom = systole::make_boot_rom(description(), 0x80001234);
  uint64_t entry = 0;
  std::memcpy(&entry, rom.data() + 24, sizeof entry);
  CHECK(entry == 0x80001234);
  CHECK(rom[64] == 0xd0);
  CHECK(rom.size() <= map::kBootRomBytes);
}

TEST_CASE("Boot ROM: boot arguments that do not fit are refused with what is legal") {
  BoardDescription board = description();
  board.bootargs = std::string(map::kBootRomBytes, 'x');
  CHECK_THROWS_WITH(systole::make_boot_rom(board, map::kDramBase),
                    Catch::Contains("legal: up to 61440 bytes"));
}

TEST_CASE("Boot ROM: a damaged device tree is refused or read, never overrun") {
  const auto good = aligned(systole::make_device_tree(description()));
  const unsigned seed = 20261120;
  CAPTURE(seed);
  std::mt19937 random(seed);
  unsigned whole = 0;
  for (int round = 0; round < 20000; ++round) {
    auto bytes = good;
    auto* at = reinterpret_cast<uint8_t*>(bytes.data());
    // The total size stays: it is what bounds every access.
    const size_t tree_bytes = good.size() * 8 - 16;
    for (unsigned n = random() % 4 + 1; n > 0; --n)
      at[8 + random() % (tree_bytes - 8)] = static_cast<uint8_t>(random());
    Board board;
    whole += board.read(bytes.data()) == nullptr;
  }
  CHECK(whole > 100);
  CHECK(whole < 20000);
}
