// The virtual SoC: instances and wiring only.
// Upstream: the commands. Downstream: tlm/ (devices, memories, interconnect, engines, host CPU).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <systemc>
#include <vector>

#include "platform/app/report.h"
#include "platform/boot/elf_file.h"
#include "platform/config/config.h"
#include "platform/soc/engine_probe.h"
#include "platform/variants/variant_cache.h"
#include "tlm/bus/interconnect.h"
#include "tlm/cpu/native_cpu.h"
#include "tlm/cpu/riscv_cpu.h"
#include "tlm/irq/clint.h"
#include "tlm/irq/plic.h"
#include "tlm/memory/memory.h"
#include "tlm/sysctl/finisher.h"
#include "tlm/sysctl/system_control.h"
#include "tlm/uart/uart.h"

namespace systole {

/// Files that appear read-only in the model window; "" for none.
struct SocImages {
  std::string model, tokenizer;
};

/// What the host CPU runs: a function compiled into the simulator (cpu.model native), or a program
/// that is loaded into memory and entered from the boot ROM (riscv).
struct SocSoftware {
  NativeCpu::Entry native;
  const ElfFile* program = nullptr;   ///< checked against program_windows(); not kept
  std::string bootargs;               ///< what the device tree tells the program
  std::function<void(char)> console;  ///< takes the UART's output; empty: standard output
};

/// Engines are instances of a kind, in the order of the address map: GEMMs, VPUs, DMAs.
class Soc : public sc_core::sc_module {
 public:
  struct EngineInfo {
    std::string kind;  ///< "gemm", "vpu", "dma"
    unsigned instance;
    std::string fidelity;
    uint64_t base;
    unsigned irq;
  };

  /// `functional` false: engines take their time but move no data; all of them are twins then, and
  /// memory that nobody else writes costs no host memory. Throws VariantError, BootRomError,
  /// std::runtime_error (images).
  Soc(const sc_core::sc_module_name& name, const Config& config, VariantCache& variants,
      const SocImages& images, SocSoftware software, bool functional = true);
  ~Soc() override;

  const Clock& clock() const { return clock_; }
  HostCpu& cpu() { return *cpu_; }
  const HostCpu& cpu() const { return *cpu_; }
  /// The host CPU if it is the RISC-V hart; else null.
  RiscvCpu* riscv() { return riscv_; }
  Uart& uart() { return uart_; }
  const Interconnect& bus() const { return bus_; }
  /// Does the looks at words that are due by now: until then the counts may lack some.
  void settle() { bus_.pass_by(); }
  const Memory& dram() const { return dram_; }
  const Memory& spm() const { return spm_; }
  /// Exit code given to the finisher, if software used it.
  std::optional<int> finished() const { return finished_; }

  const std::vector<EngineInfo>& engines() const { return infos_; }
  RtlReport rtl_report(const EngineInfo& engine) const;
  /// The RISC-V hart as after power-on, and the program in memory as at the start. Devices,
  /// engines, time and the rest of memory stay as they are. Call while the CPU is held.
  void reset_cpu(const ElfFile& program);
  /// What the engines' ports showed of each kind of operation.
  std::vector<OperationReport> operations() const;

 private:
  struct EngineSlot;

  void make_cpu(const Config& config, NativeCpu::Entry native);
  /// Boot ROM and memory as at reset of the RISC-V CPU.
  void load_program(const ElfFile& program, const std::string& bootargs);
  void copy_segments(const ElfFile& program);
  void add_image(const std::string& name, const std::string& path, uint64_t& next_base);
  /// `count` engines of `kind`; `variant` is what they are if their model is rtl.
  void add_engines(const std::string& kind, uint64_t count, const Config& config,
                   const Variant& variant, VariantCache& variants);
  SystemInfo system_info(const Config& config) const;

  Clock clock_;
  PortShape port_;
  unsigned batch_cycles_;
  bool functional_;
  std::vector<std::unique_ptr<RomImage>> images_;
  std::vector<uint64_t> image_bases_;
  Interconnect bus_;
  Memory dram_, spm_;
  Plic plic_;
  Clint clint_;
  Uart uart_;
  Finisher finisher_;
  std::unique_ptr<HostCpu> cpu_;
  RiscvCpu* riscv_ = nullptr;  ///< cpu_, if it is one
  std::unique_ptr<RomImage> boot_rom_;
  std::unique_ptr<SystemControl> sysctl_;
  std::vector<EngineInfo> infos_;
  std::vector<std::unique_ptr<EngineSlot>> engines_;
  std::optional<int> finished_;
};

/// The memories that a program for the RISC-V CPU may be loaded into.
std::vector<MemoryWindow> program_windows(const Config& config);

/// Where engine `index` (GEMMs, then VPUs, then DMAs) of a configuration sits, for `info`.
std::vector<Soc::EngineInfo> engine_infos(const Config& config);

}  // namespace systole
