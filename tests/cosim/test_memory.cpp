#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "tests/cosim/support.h"
#include "tlm/memory/memory.h"

using namespace systole;
using test::Initiator;

namespace {
const PortShape kPort{Clock(1000), 128};

struct OneMemory {
  explicit OneMemory(std::unique_ptr<MemoryTiming> timing,
                     HostMemory memory = HostMemory::zeroed(65536))
      : ram("ram", std::move(memory), std::move(timing)) {
    a.socket.bind(ram.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  Initiator a{"a"};
  Memory ram;
};
}  // namespace

TEST_CASE("memory starts as zeros and keeps what is written", "[memory]") {
  OneMemory m(std::make_unique<DramTiming>(kPort, 60, 32));
  CHECK(m.ram.data()[12345] == 0);
  CHECK(m.a.write(100, 50).status == tlm::TLM_OK_RESPONSE);
  CHECK(m.ram.data()[99] == 0);
  CHECK(m.ram.data()[100] == 0xa5);
  CHECK(m.ram.data()[149] == 0xa5);
  CHECK(m.ram.data()[150] == 0);
  CHECK(m.ram.report().bytes_written == 50);
  CHECK(m.a.read(65536 - 4, 8).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(m.a.read(~uint64_t{0}, 4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_CASE("byte enables select bytes", "[memory]") {
  OneMemory m(std::make_unique<FlatTiming>(kPort, 0));
  uint8_t data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  m.a.access(tlm::TLM_WRITE_COMMAND, 16, data, 8, 0, {0xff, 0, 0xff, 0});
  const std::vector<uint8_t> expected{1, 0, 3, 0, 5, 0, 7, 0};
  CHECK(std::vector<uint8_t>(m.ram.data() + 16, m.ram.data() + 24) == expected);
}

TEST_CASE("DRAM: latency, then bandwidth", "[memory]") {
  OneMemory m(std::make_unique<DramTiming>(kPort, 60, 8));  // 8 GB/s: half the port
  CHECK(m.a.read(0, 256).ps == 60'000 + 32'000);
  CHECK(m.a.read(256, 256).ps == 60'000 + 64'000);
  // Written beats came in 1000-15 .. 1000; the channel takes 32 ns from there.
  CHECK(m.a.write(0, 256, 1000).ps == 1'000'000 - 15'000 + 32'000);
  CHECK(m.ram.report().bytes_read == 512);
}

TEST_CASE("SPM: banks serve one beat each per cycle", "[memory]") {
  SECTION("a burst runs at port speed") {
    SpmTiming t(kPort, 4, 2);
    CHECK(t.access(false, 0, 256, 0) == 18'000);
  }
  SECTION("reads and writes share banks without loss when there are banks enough") {
    SpmTiming t(kPort, 4, 2);
    CHECK(t.access(false, 0, 256, 0) == 18'000);
    CHECK(t.access(true, 0, 256, 17'000) == 18'000);
  }
  SECTION("one bank is one beat per cycle in all") {
    SpmTiming t(kPort, 1, 2);
    CHECK(t.access(false, 0, 256, 0) == 18'000);
    CHECK(t.access(true, 0, 256, 17'000) == 34'000);
  }
  SECTION("single beats collide in their bank only") {
    SpmTiming t(kPort, 4, 2);
    CHECK(t.access(false, 0, 16, 0) == 3'000);
    CHECK(t.access(false, 64, 16, 0) == 4'000);
    CHECK(t.access(false, 16, 16, 0) == 3'000);
    CHECK(t.utilization(1'000'000) == Approx(3.0 / 4000));
  }
}

TEST_CASE("a read-only image refuses writes and covers whole pages", "[memory]") {
  const std::string path = "cosim_image_" + std::to_string(::getpid());
  std::ofstream(path) << std::string(5000, 'x');
  OneMemory m(std::make_unique<FlatTiming>(kPort, 0), HostMemory::map_file(path));
  std::remove(path.c_str());
  CHECK(m.ram.size() == 8192);
  CHECK(m.ram.content_bytes() == 5000);
  CHECK(m.ram.data()[4999] == 'x');
  CHECK(m.ram.data()[5000] == 0);
  CHECK(m.a.write(0, 4).status == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(m.a.read(4992, 16).status == tlm::TLM_OK_RESPONSE);
  const char rom[] = {1, 2, 3};
  const HostMemory copy = HostMemory::copy_of(rom, sizeof rom);
  CHECK(copy.size() == 4096);
  CHECK(copy.data()[2] == 3);
  CHECK_FALSE(copy.writable());
  CHECK(HostMemory::zeroed(1024).size() == 1024);
  CHECK_THROWS_WITH(HostMemory::map_file("no/such/file"), Catch::Contains("no/such/file"));
}
