// The stack of buffers.
#include "sw_driver/include/arena.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace systole::driver;

TEST_CASE("buffers are aligned by address, disjoint and inside", "[arena]") {
  std::vector<uint8_t> memory(1000);
  Arena arena;
  arena.init({0x40000010, memory.data(), memory.size()});
  Buffer a, b, c;
  REQUIRE(arena.allocate(1, 1, &a) == Status::Ok);
  REQUIRE(a.addr == 0x40000010);
  REQUIRE(arena.allocate(100, 64, &b) == Status::Ok);
  REQUIRE(b.addr == 0x40000040);
  REQUIRE(b.as<uint8_t>() == memory.data() + 0x30);
  REQUIRE(arena.allocate(8, 8, &c) == Status::Ok);
  REQUIRE(c.addr >= b.addr + b.bytes);
  REQUIRE(c.addr % 8 == 0);
}

TEST_CASE("exhaustion changes nothing, the last byte can be had", "[arena]") {
  std::vector<uint8_t> memory(256);
  Arena arena;
  arena.init({0x1000, memory.data(), memory.size()});
  Buffer b;
  REQUIRE(arena.allocate(257, 1, &b) == Status::NoMemory);
  REQUIRE(arena.allocate(~uint64_t{0}, 1, &b) == Status::NoMemory);
  REQUIRE(arena.used_bytes() == 0);
  REQUIRE(arena.allocate(256, 1, &b) == Status::Ok);
  REQUIRE(arena.free_bytes() == 0);
  REQUIRE(arena.allocate(1, 1, &b) == Status::NoMemory);
  REQUIRE(arena.allocate(1, 4096, &b) == Status::NoMemory);
}

TEST_CASE("senseless requests are refused", "[arena]") {
  std::vector<uint8_t> memory(256);
  Arena arena;
  arena.init({0x1000, memory.data(), memory.size()});
  Buffer b;
  REQUIRE(arena.allocate(0, 1, &b) == Status::BadArgument);
  REQUIRE(arena.allocate(1, 0, &b) == Status::BadArgument);
  REQUIRE(arena.allocate(1, 3, &b) == Status::BadArgument);
  REQUIRE(arena.allocate(1, 1, nullptr) == Status::BadArgument);
  REQUIRE(arena.release(1) == Status::BadArgument);
}

TEST_CASE("a scope gives back what was allocated in it", "[arena]") {
  std::vector<uint8_t> memory(256);
  Arena arena;
  arena.init({0x1000, memory.data(), memory.size()});
  Buffer kept, inner, again;
  REQUIRE(arena.allocate(10, 1, &kept) == Status::Ok);
  {
    ArenaScope scope(arena);
    REQUIRE(arena.allocate(200, 1, &inner) == Status::Ok);
  }
  REQUIRE(arena.used_bytes() == 10);
  REQUIRE(arena.peak_bytes() == 210);
  REQUIRE(arena.allocate(200, 1, &again) == Status::Ok);
  REQUIRE(again.addr == inner.addr);
}

TEST_CASE("a slice stays within its buffer", "[arena]") {
  uint8_t memory[16];
  const Buffer b = {0x100, memory, 16};
  REQUIRE(b.slice(4, 12).addr == 0x104);
  REQUIRE(b.slice(4, 12).host == memory + 4);
  REQUIRE(b.slice(4, 13).bytes == 0);
  REQUIRE(b.slice(17, 0).host == nullptr);
  REQUIRE(b.slice(1, ~uint64_t{0}).host == nullptr);
}
