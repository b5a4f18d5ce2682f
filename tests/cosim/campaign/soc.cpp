#include "tests/cosim/campaign/soc.h"

#include <map>

#include "tlm/dma/dma_twin.h"
#include "tlm/gemm/gemm_twin.h"
#include "tlm/verilated/rtl_engine.h"
#include "tlm/vpu/vpu_twin.h"

namespace systole::test::campaign {
namespace {

std::unique_ptr<EngineModule> make_rtl(const std::string& name, const SocConfig& config,
                                       unsigned kind) {
  static std::map<std::string, std::shared_ptr<const RtlLibrary>> libraries;
  auto& library = libraries[config.variants[kind]];
  if (!library) library = std::make_shared<const RtlLibrary>(config.variants[kind]);
  RtlEngineConfig c;
  c.batch_cycles = config.batch_cycles;
  if (kind == 0)
    c.straps = {config.gemm.a_buffer_bytes, config.gemm.b_buffer_bytes,
                config.gemm.acc_buffer_bytes, 0};
  if (kind == 2) c.straps = {config.dma_outstanding, config.dma_burst_beats, 0, 0};
  return std::make_unique<RtlEngine>(name.c_str(), library, c);
}

std::unique_ptr<EngineModule> make_twin(const std::string& name, const SocConfig& config,
                                        unsigned kind) {
  if (kind == 0) {
    GemmTwinConfig c;
    c.batch_cycles = config.batch_cycles;
    c.gemm = config.gemm;
    return make_gemm_twin(name, c);
  }
  if (kind == 1) {
    VpuTwinConfig c;
    c.batch_cycles = config.batch_cycles;
    c.width_bits = config.width_bits;
    c.lanes = config.vpu.lanes;
    return make_vpu_twin(name, c);
  }
  DmaTwinConfig c;
  c.batch_cycles = config.batch_cycles;
  c.width_bits = config.width_bits;
  c.straps = {config.dma_outstanding, config.dma_burst_beats, 0, 0};
  return make_dma_twin(name, c);
}

}  // namespace

Soc::Soc(const SocConfig& config, bool rtl, std::function<void(Soc&)> body) : rtl_(rtl) {
  const std::string name = config.name + (rtl ? "_rtl" : "_tlm");
  InterconnectConfig bus;
  bus.width_bits = config.width_bits;
  bus.does_looks = true;
  bus_ = std::make_unique<Interconnect>((name + "_bus").c_str(), bus);
  const PortShape port{Clock(1000), config.width_bits};
  dram_ = std::make_unique<Memory>((name + "_dram").c_str(), HostMemory::zeroed(kDramBytes),
                                   std::make_unique<DramTiming>(port, config.latency_ns, 32));
  spm_ = std::make_unique<Memory>((name + "_spm").c_str(), HostMemory::zeroed(kSpmBytes),
                                  std::make_unique<SpmTiming>(port, 4, 2));
  cpu_ = std::make_unique<Initiator>((name + "_cpu").c_str(),
                                     [this, body](Initiator&) { body(*this); });
  cpu_->on_pass = [this] { bus_->pass_by(); };
  bus_->connect_initiator("cpu", cpu_->socket);
  bus_->connect_target("dram", kDram, dram_->size(), dram_->socket, dram_.get());
  bus_->connect_target("spm", kSpm, spm_->size(), spm_->socket, spm_.get());
  for (unsigned kind = 0; kind < kKinds.size(); ++kind) {
    for (unsigned i = 0; i < config.count[kind]; ++i) {
      const std::string engine = name + "_" + kKinds[kind] + std::to_string(i);
      const uint64_t base = address_map::kEngineBase + engines_.size() * address_map::kEngineStride;
      engines_.push_back({kKinds[kind], kind, base,
                          rtl ? make_rtl(engine, config, kind) : make_twin(engine, config, kind)});
      EngineModule& module = *engines_.back().module;
      module.connect(*bus_, bus_->connect_initiator(engine, module.manager_socket(), true));
      bus_->connect_target(engine, base, address_map::kEngineBytes, module.target_socket());
      module.on_interrupt(
          [this, at = engines_.size() - 1](bool level) { engines_[at].irq = level; });
    }
  }
}

uint8_t* Soc::host(uint64_t addr) {
  if (addr >= kDram && addr < kDram + kDramBytes) return dram_->data() + (addr - kDram);
  if (addr >= kSpm && addr < kSpm + kSpmBytes) return spm_->data() + (addr - kSpm);
  return nullptr;
}

}  // namespace systole::test::campaign
