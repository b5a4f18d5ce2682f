#include "platform/soc/engine_twins.h"

#include <map>
#include <systemc>

#include "tlm/dma/dma_twin.h"
#include "tlm/gemm/gemm_twin.h"
#include "tlm/vpu/vpu_twin.h"

namespace systole {
namespace {

using MakeTwin = std::unique_ptr<EngineModule> (*)(const std::string& name, const Config& config,
                                                   bool functional);

uint32_t kib(uint64_t value) { return static_cast<uint32_t>(value * 1024); }

/// What every twin's configuration has.
template <class TwinConfig>
TwinConfig twin_config(const Config& config, bool functional) {
  TwinConfig twin;
  twin.clock = Clock(static_cast<unsigned>(config.clock_mhz));
  twin.batch_cycles = static_cast<unsigned>(config.engine_batch_cycles);
  twin.functional = functional;
  twin.remember = !functional;
  twin.apart = config.timing_only.contention == "apart";
  return twin;
}

std::unique_ptr<EngineModule> gemm_twin(const std::string& name, const Config& config,
                                        bool functional) {
  auto twin = twin_config<GemmTwinConfig>(config, functional);
  twin.repeat_alike = config.timing_only.repetition == "alike";
  twin.gemm.rows = static_cast<uint32_t>(config.gemm.rows);
  twin.gemm.cols = static_cast<uint32_t>(config.gemm.cols);
  twin.gemm.data_bytes = static_cast<uint32_t>(config.bus.width_bits / 8);
  twin.gemm.a_buffer_bytes = kib(config.gemm.a_buffer_kib);
  twin.gemm.b_buffer_bytes = kib(config.gemm.b_buffer_kib);
  twin.gemm.acc_buffer_bytes = kib(config.gemm.acc_buffer_kib);
  return make_gemm_twin(name, twin);
}

std::unique_ptr<EngineModule> vpu_twin(const std::string& name, const Config& config,
                                       bool functional) {
  auto twin = twin_config<VpuTwinConfig>(config, functional);
  twin.width_bits = static_cast<unsigned>(config.bus.width_bits);
  twin.lanes = static_cast<uint32_t>(config.vpu.lanes);
  return make_vpu_twin(name, twin);
}

std::unique_ptr<EngineModule> dma_twin(const std::string& name, const Config& config,
                                       bool functional) {
  auto twin = twin_config<DmaTwinConfig>(config, functional);
  twin.width_bits = static_cast<unsigned>(config.bus.width_bits);
  twin.straps = engine_straps("dma", config);
  return make_dma_twin(name, twin);
}

/// A twin is added here and to the models of its kind in platform/config/config_keys.cpp.
const std::map<std::string, MakeTwin> kTwins = {
    {"gemm", gemm_twin},
    {"vpu", vpu_twin},
    {"dma", dma_twin},
};

}  // namespace

std::array<uint32_t, 4> engine_straps(const std::string& kind, const Config& config) {
  if (kind == "gemm")
    return {kib(config.gemm.a_buffer_kib), kib(config.gemm.b_buffer_kib),
            kib(config.gemm.acc_buffer_kib), 0};
  if (kind == "dma")
    return {static_cast<uint32_t>(config.dma.max_outstanding),
            static_cast<uint32_t>(config.dma.max_burst_beats), 0, 0};
  return {};
}

std::unique_ptr<EngineModule> make_twin(const std::string& kind, const std::string& name,
                                        const Config& config, bool functional) {
  const auto entry = kTwins.find(kind);
  if (entry == kTwins.end()) SC_REPORT_FATAL("systole/soc", ("no twin of " + kind).c_str());
  return entry->second(name, config, functional);
}

}  // namespace systole
