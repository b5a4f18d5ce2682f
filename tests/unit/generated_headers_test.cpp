// The generated headers of twin and driver say the same, and descriptors lie in memory as
// documented.
#include <catch2/catch.hpp>
#include <cstring>

#include "sw_driver/gen/dma_regs.h"
#include "sw_driver/gen/gemm_regs.h"
#include "sw_driver/gen/sysctl_regs.h"
#include "sw_driver/gen/vpu_regs.h"
#include "tlm/gen/dma_regs.h"
#include "tlm/gen/gemm_regs.h"
#include "tlm/gen/sysctl_regs.h"
#include "tlm/gen/vpu_regs.h"

namespace model = systole::hw;
namespace driver = systole::driver::hw;

TEST_CASE("Twin and driver agree on the register map") {
  CHECK(model::GEMM_CTRL_ENABLE_MASK == driver::GEMM_CTRL_ENABLE_MASK);
  CHECK(model::GEMM_CONFIG_OFFSET(7) == driver::GEMM_CONFIG_OFFSET(7));
  CHECK(model::ENGINE_ERR_ILLEGAL_RING == driver::ENGINE_ERR_ILLEGAL_RING);
  CHECK(model::SYSCTL_TOKENIZER_BYTES_OFFSET == driver::SYSCTL_TOKENIZER_BYTES_OFFSET);
}

TEST_CASE("Block identifiers are their four characters, first in the most significant byte") {
  CHECK(model::GEMM_ID_VALUE == 0x47454d4d);
  CHECK(model::VPU_ID_VALUE == 0x56505530);
  CHECK(model::DMA_ID_VALUE == 0x444d4130);
  CHECK(model::SYSCTL_ID_VALUE == 0x53595354);
}

TEST_CASE("A fresh descriptor is a legal NOP: version and units set, everything else zero") {
  uint8_t bytes[model::DESC_BYTES];
  auto check = [&bytes](const auto& descriptor) {
    static_assert(sizeof(descriptor) == model::DESC_BYTES);
    std::memcpy(bytes, &descriptor, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); ++i) {
      CAPTURE(i);
      CHECK(bytes[i] == (i == 0 ? model::DESC_VERSION : i == 2 ? model::DESC_UNITS : 0));
    }
  };
  check(driver::GemmDescriptor{});
  check(driver::VpuDescriptor{});
  check(driver::DmaDescriptor{});
}

TEST_CASE("Operands lie little-endian at their offsets") {
  driver::GemmDescriptor gemm;
  gemm.b_layout = driver::GEMM_B_LAYOUT_PACKED;
  gemm.a_addr = 0x0123456789abcdef;
  gemm.tile =
      3u << driver::GEMM_TILE_M_LSB | 2u << driver::GEMM_TILE_N_LSB | 5u << driver::GEMM_TILE_K_LSB;
  uint8_t bytes[model::DESC_BYTES];
  std::memcpy(bytes, &gemm, sizeof(bytes));
  CHECK(bytes[0x3c] == 2);
  CHECK(bytes[0x40] == 0xef);
  CHECK(bytes[0x47] == 0x01);
  CHECK((bytes[0x7c] | bytes[0x7d] << 8 | bytes[0x7e] << 16 | bytes[0x7f] << 24) ==
        (3 | 2 << 11 | 5 << 18));
}
