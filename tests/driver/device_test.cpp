// Bring-up of the whole device on good and on broken hardware.
#include "sw_driver/kernels/copy.h"
#include "tests/driver/mock/system.h"

using namespace systole::driver;

TEST_CASE("opening finds everything and leaves the rest of SPM and DRAM to the arenas",
          "[device]") {
  MockOptions mock;
  mock.gemm_count = 2;
  mock.vpu_count = 3;
  System s(mock);
  const Soc& soc = s.device->soc();
  REQUIRE(soc.engines() == 6);
  REQUIRE(soc.engine_index(EngineKind::Vpu, 1) == 3);
  REQUIRE(soc.kind_of(1) == EngineKind::Gemm);
  REQUIRE(soc.kind_of(4) == EngineKind::Vpu);
  REQUIRE(soc.kind_of(5) == EngineKind::Dma);
  REQUIRE(soc.clock_mhz == 1000);
  REQUIRE(s.device->spm().used_bytes() == 6 * (128 * 128 + 64));
  REQUIRE(s.device->dram().capacity_bytes() == 4 << 20);
  REQUIRE(s.device->model().bytes == 0);
  REQUIRE(s.device->engine(EngineKind::Dma).kind() == EngineKind::Dma);
  uint64_t cycles = 0;
  REQUIRE(read_soc_cycles(s.hal, &cycles) == Status::Ok);
  REQUIRE(cycles > 0);
}

TEST_CASE("several instances of a kind take turns, or are chosen", "[device]") {
  MockOptions mock;
  mock.dma_count = 3;
  System s(mock);
  const Buffer b = s.dram(4096);
  for (uint32_t i = 0; i < 6; ++i) {
    Ticket t;
    REQUIRE(fill(s.stream(), {b.addr + 64 * i, 1, 64, 64, i}, &t) == Status::Ok);
    REQUIRE(t.engine == 2 + i % 3);
  }
  FillArgs args = {b.addr, 1, 64, 64, 9};
  args.instance = 2;
  Ticket t;
  REQUIRE(fill(s.stream(), args, &t) == Status::Ok);
  REQUIRE(t.engine == 4);
  REQUIRE(s.stream().finish() == Status::Ok);
  REQUIRE(b.as<uint8_t>()[0] == 9);
}

TEST_CASE("broken or unknown hardware is refused", "[device]") {
  MockHal hal;
  auto device = std::make_unique<Device>();
  SECTION("no system control") {
    hal.refused.insert(kSysctlBase);
    REQUIRE(device->open(hal) == Status::BusError);
  }
  SECTION("not this system") {
    hal.fixed[kSysctlBase] = 0x1234;
    REQUIRE(device->open(hal) == Status::BadHardware);
  }
  SECTION("another map") {
    hal.fixed[kSysctlBase + 4] = 2 << 16;
    REQUIRE(device->open(hal) == Status::BadHardware);
  }
  SECTION("more engines than anyone can have") {
    hal.fixed[kSysctlBase + 0x3c] = 0xfffffff0;
    REQUIRE(device->open(hal) == Status::BadHardware);
  }
  SECTION("memory that is not there") {
    hal.fixed[kSysctlBase + 0x18] = 1 << 20;
    REQUIRE(device->open(hal) == Status::BadHardware);
  }
  SECTION("an engine of another kind") {
    hal.fixed[MockHal::kEngineBase + MockHal::kEngineStride] = 0x44444444;
    REQUIRE(device->open(hal) == Status::BadHardware);
    REQUIRE(device->failed_engine() == 1);
  }
  SECTION("an engine that does not come out of reset") {
    hal.engine(2).stuck_reset = true;
    REQUIRE(device->open(hal) == Status::Timeout);
    REQUIRE(device->failed_engine() == 2);
  }
  SECTION("the interrupt controller refuses") {
    hal.refused.insert(kPlicBase + 4 * 33);
    REQUIRE(device->open(hal) == Status::BusError);
    REQUIRE(device->failed_engine() == 1);
  }
}

TEST_CASE("options are checked, and SPM must hold the rings", "[device]") {
  auto device = std::make_unique<Device>();
  MockHal hal;
  DeviceOptions options;
  options.ring_descriptors = 100;
  REQUIRE(device->open(hal, options) == Status::BadArgument);
  options.ring_descriptors = 512;
  REQUIRE(device->open(hal, options) == Status::BadArgument);
  options.ring_descriptors = 64;
  options.dram_reserved_bytes = 4 << 20;
  REQUIRE(device->open(hal, options) == Status::BadArgument);
  options.dram_reserved_bytes = 1 << 20;
  REQUIRE(device->open(hal, options) == Status::Ok);
  REQUIRE(device->dram().memory().addr == MockHal::kDramBase + (1 << 20));
  MockOptions small;
  small.spm_kib = 16;
  MockHal tight(small);
  REQUIRE(device->open(tight, {}) == Status::NoMemory);
}
