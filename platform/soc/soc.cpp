#include "platform/soc/soc.h"

#include <algorithm>
#include <cstdio>

#include "platform/boot/boot_rom.h"
#include "platform/soc/engine_twins.h"
#include "tlm/core/address_map.h"
#include "tlm/memory/banked_dram.h"
#include "tlm/verilated/rtl_engine.h"
#include "tlm/verilated/rtl_library.h"

namespace systole {
namespace {

namespace map = address_map;

std::unique_ptr<MemoryTiming> dram_timing(const PortShape& port, const Config& config) {
  if (const DramPreset* preset = find_dram_preset(config.dram.preset)) {
    BankedDramConfig banked;
    banked.preset = preset;
    banked.channels = static_cast<unsigned>(config.dram.channels);
    banked.open_page = config.dram.page_policy == "open";
    banked.mapping = config.dram.mapping;
    banked.hashed = config.dram.bank_hash == "xor";
    banked.controller_ps = config.dram.controller_ns * 1000;
    return std::make_unique<BankedDramTiming>(port, banked);
  }
  return std::make_unique<DramTiming>(port, static_cast<double>(config.dram.latency_ns),
                                      static_cast<double>(config.dram.bandwidth_gbps));
}

std::unique_ptr<MemoryTiming> spm_timing(const PortShape& port, const Config& config) {
  return std::make_unique<SpmTiming>(port, static_cast<unsigned>(config.spm.banks),
                                     static_cast<unsigned>(config.spm.latency_cycles));
}

InterconnectConfig bus_config(const Clock& clock, const Config& config) {
  InterconnectConfig bus;
  bus.clock = clock;
  bus.width_bits = static_cast<unsigned>(config.bus.width_bits);
  bus.latency_cycles = static_cast<unsigned>(config.bus.latency_cycles);
  bus.arbitration = config.bus.arbitration;
  bus.does_looks = config.cpu.model == "native";  // it says when it may have written memory
  return bus;
}

NativeCpuConfig cpu_config(const Clock& clock) {
  NativeCpuConfig cpu;
  cpu.clock = clock;
  cpu.uart_thr_addr = map::kUartBase;
  return cpu;
}

RtlEngineConfig engine_config(const Clock& clock, unsigned batch,
                              const std::array<uint32_t, 4>& straps) {
  RtlEngineConfig engine;
  engine.clock = clock;
  engine.batch_cycles = batch;
  engine.straps = straps;
  return engine;
}

void to_stdout(char c) {
  std::fputc(c, stdout);
  std::fflush(stdout);
}

}  // namespace

// An engine, verilated or twin, behind its probe.
struct Soc::EngineSlot {
  EngineSlot(const std::string& name, const std::string& kind, std::unique_ptr<EngineModule> module,
             uint64_t period_ps)
      : engine(std::move(module)), probe((name + "_probe").c_str(), kind, period_ps) {
    engine->manager_socket().bind(probe.data_in);
    probe.registers_out.bind(engine->target_socket());
  }
  std::unique_ptr<EngineModule> engine;
  EngineProbe probe;
};

Soc::Soc(const sc_core::sc_module_name& name, const Config& config, VariantCache& variants,
         const SocImages& images, SocSoftware software, bool functional)
    : sc_module(name),
      clock_(static_cast<unsigned>(config.clock_mhz)),
      port_{clock_, static_cast<unsigned>(config.bus.width_bits)},
      batch_cycles_(static_cast<unsigned>(config.engine_batch_cycles)),
      functional_(functional),
      bus_("bus", bus_config(clock_, config)),
      dram_("dram", HostMemory::zeroed(config.dram.size_mib << 20), dram_timing(port_, config)),
      spm_("spm", HostMemory::zeroed(config.spm.size_kib << 10), spm_timing(port_, config)),
      plic_("plic"),
      clint_("clint"),
      uart_("uart", software.console ? std::move(software.console) : to_stdout),
      finisher_("finisher", [this](int code) {
        finished_ = code;
        if (riscv_) riscv_->finish(code);
      }) {
  make_cpu(config, std::move(software.native));
  uint64_t next_image = map::kModelBase;
  if (!images.model.empty()) add_image("model", images.model, next_image);
  if (!images.tokenizer.empty()) add_image("tokenizer", images.tokenizer, next_image);
  sysctl_ = std::make_unique<SystemControl>("sysctl", system_info(config));

  bus_.connect_initiator("cpu", cpu_->bus_socket());
  bus_.connect_target("dram", map::kDramBase, dram_.size(), dram_.socket, &dram_);
  bus_.connect_target("spm", map::kSpmBase, spm_.size(), spm_.socket, &spm_);
  bus_.connect_target("plic", map::kPlicBase, map::kPlicBytes, plic_.socket);
  bus_.connect_target("clint", map::kClintBase, map::kClintBytes, clint_.socket);
  bus_.connect_target("uart", map::kUartBase, map::kUartBytes, uart_.socket);
  bus_.connect_target("sysctl", map::kSysctlBase, map::kSysctlBytes, sysctl_->socket);
  bus_.connect_target("finisher", map::kFinisherBase, map::kFinisherBytes, finisher_.socket);

  plic_.on_interrupt(0, [this](bool level) { cpu_->set_external_interrupt(level); });
  plic_.on_interrupt(1, [this](bool level) { cpu_->set_supervisor_interrupt(level); });
  clint_.on_timer_interrupt([this](bool level) { cpu_->set_timer_interrupt(level); });
  clint_.on_software_interrupt([this](bool level) { cpu_->set_software_interrupt(level); });
  uart_.on_interrupt([this](bool level) { plic_.set_source(map::kUartIrq, level); });

  infos_ = engine_infos(config);
  add_engines("gemm", config.gemm.count, config, gemm_variant(config), variants);
  add_engines("vpu", config.vpu.count, config, vpu_variant(config), variants);
  add_engines("dma", config.dma.count, config, dma_variant(config), variants);
  if (riscv_ && software.program) load_program(*software.program, software.bootargs);
}

Soc::~Soc() = default;

void Soc::make_cpu(const Config& config, NativeCpu::Entry native) {
  if (config.cpu.model == "native") {
    auto cpu = std::make_unique<NativeCpu>("cpu", cpu_config(clock_), std::move(native));
    cpu->on_pass([this] { bus_.pass_by(); });
    cpu_ = std::move(cpu);
    return;
  }
  RiscvCpuConfig riscv;
  riscv.clock = clock_;
  riscv.quantum_cycles = config.quantum_cycles;
  auto cpu = std::make_unique<RiscvCpu>("cpu", riscv);
  riscv_ = cpu.get();
  cpu_ = std::move(cpu);
}

void Soc::load_program(const ElfFile& program, const std::string& bootargs) {
  BoardDescription board;
  board.clock_hz = 1'000'000'000'000 / clock_.period_ps();
  board.dram_bytes = dram_.size();
  board.spm_bytes = spm_.size();
  for (const EngineInfo& engine : infos_)
    board.engines.push_back({engine.kind, engine.base, engine.irq});
  for (size_t i = 0; i < images_.size(); ++i)
    board.images.push_back({images_[i]->basename(), image_bases_[i], images_[i]->size()});
  board.bootargs = bootargs;
  boot_rom_ = std::make_unique<RomImage>("boot_rom", make_boot_rom(board, program.entry()),
                                         std::make_unique<FlatTiming>(port_, 1));
  bus_.connect_target("boot_rom", map::kBootRomBase, boot_rom_->size(), boot_rom_->socket);
  copy_segments(program);
}

void Soc::copy_segments(const ElfFile& program) {
  for (const ElfSegment& segment : program.segments()) {
    const bool in_dram = segment.addr >= map::kDramBase;
    uint8_t* place = in_dram ? dram_.data() + (segment.addr - map::kDramBase)
                             : spm_.data() + (segment.addr - map::kSpmBase);
    std::copy(segment.content.begin(), segment.content.end(), place);
  }
}

void Soc::reset_cpu(const ElfFile& program) {
  copy_segments(program);
  riscv_->reset();
}

void Soc::add_image(const std::string& name, const std::string& path, uint64_t& next_base) {
  images_.push_back(
      std::make_unique<RomImage>(name.c_str(), path, std::make_unique<FlatTiming>(port_, 1)));
  image_bases_.push_back(next_base);
  RomImage& image = *images_.back();
  bus_.connect_target(name, next_base, image.size(), image.socket, &image);
  next_base += (image.size() + map::kImageAlign - 1) / map::kImageAlign * map::kImageAlign;
}

void Soc::add_engines(const std::string& kind, uint64_t count, const Config& config,
                      const Variant& variant, VariantCache& variants) {
  std::shared_ptr<const RtlLibrary> library;
  for (unsigned i = 0; i < count; ++i) {
    const EngineInfo& info = infos_[engines_.size()];
    const std::string name = kind + "_" + std::to_string(i);
    const std::string port = kind + "[" + std::to_string(i) + "]";
    std::unique_ptr<EngineModule> engine;
    if (info.fidelity == "tlm") {
      engine = make_twin(kind, name, config, functional_);
    } else if (!functional_) {
      SC_REPORT_FATAL(this->name(), (port + " computes on data and cannot leave it out").c_str());
    } else {
      if (!library) library = std::make_shared<const RtlLibrary>(variants.get(variant));
      engine = std::make_unique<RtlEngine>(
          name.c_str(), library, engine_config(clock_, batch_cycles_, engine_straps(kind, config)));
    }
    engines_.push_back(
        std::make_unique<EngineSlot>(name, kind, std::move(engine), clock_.period_ps()));
    EngineSlot& slot = *engines_.back();
    // What is skipped is not there to be waited for: without data, who books first is served first.
    slot.engine->connect(bus_, bus_.connect_initiator(port, slot.probe.data_out, true));
    slot.engine->on_skipped(
        [&probe = slot.probe](uint64_t first_ps, uint64_t last_ps, uint64_t bytes) {
          probe.see_skipped(first_ps, last_ps, bytes);
        });
    slot.engine->on_booked(
        [&probe = slot.probe](const EngineModule::BusAccess& access) { probe.see_access(access); });
    bus_.connect_target(port, info.base, map::kEngineBytes, slot.probe.registers_in);
    slot.engine->on_interrupt([this, irq = info.irq](bool level) { plic_.set_source(irq, level); });
    if (!riscv_) continue;
    const auto written = [cpu = riscv_](uint64_t addr, uint64_t n) { cpu->code_written(addr, n); };
    slot.probe.on_write(written);
    slot.engine->on_direct_write(written);
  }
}

SystemInfo Soc::system_info(const Config& config) const {
  SystemInfo info;
  info.clock = clock_;
  info.spm_kib = static_cast<uint32_t>(config.spm.size_kib);
  info.dram_mib = static_cast<uint32_t>(config.dram.size_mib);
  info.dram_mbps = static_cast<uint32_t>(config.dram.bandwidth_gbps * 1000);
  info.gemm_count = static_cast<uint32_t>(config.gemm.count);
  info.vpu_count = static_cast<uint32_t>(config.vpu.count);
  info.dma_count = static_cast<uint32_t>(config.dma.count);
  if (!images_.empty()) {
    info.model_base = image_bases_[0];
    info.model_bytes = images_[0]->content_bytes();
  }
  if (images_.size() > 1) {
    info.tokenizer_base = image_bases_[1];
    info.tokenizer_bytes = static_cast<uint32_t>(images_[1]->content_bytes());
  }
  return info;
}

RtlReport Soc::rtl_report(const EngineInfo& engine) const {
  const size_t index = (engine.base - map::kEngineBase) / map::kEngineStride;
  return index < engines_.size() ? engines_[index]->engine->report() : RtlReport{};
}

std::vector<OperationReport> Soc::operations() const {
  std::vector<OperationReport> operations;
  for (size_t i = 0; i < engines_.size(); ++i) {
    const std::string name = infos_[i].kind + "[" + std::to_string(infos_[i].instance) + "]";
    for (OperationReport& op : engines_[i]->probe.operations()) {
      op.engine = name;
      operations.push_back(op);
    }
  }
  return operations;
}

std::vector<MemoryWindow> program_windows(const Config& config) {
  return {{"SPM", map::kSpmBase, config.spm.size_kib << 10},
          {"DRAM", map::kDramBase, config.dram.size_mib << 20}};
}

std::vector<Soc::EngineInfo> engine_infos(const Config& config) {
  std::vector<Soc::EngineInfo> infos;
  auto add = [&](const char* kind, uint64_t count, const std::string& fidelity) {
    for (unsigned i = 0; i < count; ++i) {
      const auto n = static_cast<unsigned>(infos.size());
      infos.push_back(
          {kind, i, fidelity, map::kEngineBase + n * map::kEngineStride, map::kEngineIrq + n});
    }
  };
  add("gemm", config.gemm.count, config.gemm.model);
  add("vpu", config.vpu.count, config.vpu.model);
  add("dma", config.dma.count, config.dma.model);
  return infos;
}

}  // namespace systole
