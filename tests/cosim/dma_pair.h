// The DMA in both fidelities. Needs the variants' paths: VARIANT_DMA_W64 to VARIANT_DMA_W512.
#pragma once
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/cosim/twin_pair.h"
#include "tests/rtl/support/random.h"
#include "tlm/dma/dma_twin.h"
#include "tlm/verilated/rtl_engine.h"

namespace systole::test {

inline constexpr std::array<uint32_t, 4> kDmaStraps = {8, 16, 0, 0};

inline std::shared_ptr<RtlLibrary> dma_library(unsigned width) {
  return std::make_shared<RtlLibrary>(width == 64    ? VARIANT_DMA_W64
                                      : width == 128 ? VARIANT_DMA_W128
                                      : width == 256 ? VARIANT_DMA_W256
                                                     : VARIANT_DMA_W512);
}

/// The same program on an RTL and on a TLM side.
struct DmaPair {
  DmaPair(const std::string& name, const SideConfig& config, const Side::Program& program,
          const std::array<uint32_t, 4>& straps = kDmaStraps) {
    RtlEngineConfig rtl_config;
    rtl_config.batch_cycles = config.batch_cycles;
    rtl_config.straps = straps;
    DmaTwinConfig tlm_config;
    tlm_config.batch_cycles = config.batch_cycles;
    tlm_config.width_bits = config.width_bits;
    tlm_config.straps = straps;
    rtl = std::make_unique<Side>(
        name + "_rtl", config,
        std::make_unique<RtlEngine>((name + "_rtl_dma").c_str(), dma_library(config.width_bits),
                                    rtl_config),
        program);
    tlm = std::make_unique<Side>(name + "_tlm", config,
                                 make_dma_twin(name + "_tlm_dma", tlm_config), program);
    for (Side* side : {rtl.get(), tlm.get()}) {
      rtl_test::Random random(7);
      for (uint64_t i = 0; i < side->config().dram_bytes; i += 8) {
        const uint64_t word = random.next();
        std::memcpy(side->dram().data() + i, &word, 8);
      }
    }
  }
  void check_same() const {
    CHECK(rtl->finished());
    CHECK(tlm->finished());
    UNSCOPED_INFO(first_difference(rtl->seen, tlm->seen));
    CHECK((rtl->seen == tlm->seen));
    CHECK(std::memcmp(rtl->dram().data(), tlm->dram().data(), rtl->dram().size()) == 0);
    CHECK(std::memcmp(rtl->spm().data(), tlm->spm().data(), rtl->spm().size()) == 0);
  }
  std::unique_ptr<Side> rtl, tlm;
};

}  // namespace systole::test
