#include "platform/boot/boot_rom.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

extern "C" {
#include <libfdt.h>
}

#include "tlm/core/address_map.h"

namespace systole {
namespace {

namespace map = address_map;

constexpr size_t kTreeOffset = 64, kEntryOffset = 24;
constexpr uint32_t kCpuInterrupts = 1, kPlic = 2;  // phandles
constexpr uint32_t kSoftware = 3, kTimer = 7, kExternal = 11, kSupervisorExternal = 9;

const uint32_t kResetVector[] = {
    0x00000297,  // auipc t0, 0
    0x04028593,  // addi  a1, t0, 64
    0xf1402573,  // csrr  a0, mhartid
    0x0182b283,  // ld    t0, 24(t0)
    0x00028067,  // jr    t0
};

// libfdt's sequential writer; every failure is a full ROM.
class Tree {
 public:
  explicit Tree(std::vector<uint8_t>& place) : place_(place) {
    check(fdt_create(place.data(), static_cast<int>(place.size())));
    check(fdt_finish_reservemap(place.data()));
  }

  void begin(const std::string& name) { check(fdt_begin_node(place_.data(), name.c_str())); }
  void begin(const std::string& name, uint64_t base) {
    char unit[24];
    std::snprintf(unit, sizeof unit, "@%llx", static_cast<unsigned long long>(base));
    begin(name + unit);
  }
  void end() { check(fdt_end_node(place_.data())); }
  void flag(const char* name) { check(fdt_property(place_.data(), name, nullptr, 0)); }
  void text(const char* name, const std::string& value) { texts(name, {value}); }
  void texts(const char* name, const std::vector<std::string>& values) {
    std::string data;
    for (const std::string& value : values) data.append(value.c_str(), value.size() + 1);
    check(fdt_property(place_.data(), name, data.data(), static_cast<int>(data.size())));
  }
  void cells(const char* name, const std::vector<uint32_t>& values) {
    std::vector<fdt32_t> data;
    for (const uint32_t value : values) data.push_back(cpu_to_fdt32(value));
    check(fdt_property(place_.data(), name, data.data(), static_cast<int>(4 * data.size())));
  }
  void reg(uint64_t base, uint64_t bytes) {
    cells("reg", {static_cast<uint32_t>(base >> 32), static_cast<uint32_t>(base),
                  static_cast<uint32_t>(bytes >> 32), static_cast<uint32_t>(bytes)});
  }
  void finish() {
    check(fdt_finish(place_.data()));
    place_.resize(fdt_totalsize(place_.data()));
  }

 private:
  void check(int error) const {
    if (error == 0) return;
    throw BootRomError(
        "the device tree with its boot arguments does not fit into the boot ROM; legal: up to " +
        std::to_string(map::kBootRomBytes) + " bytes (" + fdt_strerror(error) + ")");
  }
  std::vector<uint8_t>& place_;
};

void add_cpu(Tree& tree, const BoardDescription& board) {
  tree.begin("cpus");
  tree.cells("#address-cells", {1});
  tree.cells("#size-cells", {0});
  tree.cells("timebase-frequency", {static_cast<uint32_t>(map::kTimebaseHz)});
  tree.begin("cpu", 0);
  tree.text("device_type", "cpu");
  tree.cells("reg", {0});
  tree.text("compatible", "riscv");
  tree.text("riscv,isa", "rv64imafdc_zicsr_zifencei");
  tree.text("mmu-type", "riscv,sv39");
  tree.text("status", "okay");
  tree.cells("clock-frequency",
             {static_cast<uint32_t>(std::min<uint64_t>(board.clock_hz, UINT32_MAX))});
  tree.begin("interrupt-controller");
  tree.cells("#interrupt-cells", {1});
  tree.flag("interrupt-controller");
  tree.text("compatible", "riscv,cpu-intc");
  tree.cells("phandle", {kCpuInterrupts});
  tree.end();
  tree.end();
  tree.end();
}

void add_interrupt_controllers(Tree& tree) {
  tree.begin("clint", map::kClintBase);
  tree.texts("compatible", {"sifive,clint0", "riscv,clint0"});
  tree.reg(map::kClintBase, map::kClintBytes);
  tree.cells("interrupts-extended", {kCpuInterrupts, kSoftware, kCpuInterrupts, kTimer});
  tree.end();
  tree.begin("plic", map::kPlicBase);
  tree.texts("compatible", {"sifive,plic-1.0.0", "riscv,plic0"});
  tree.reg(map::kPlicBase, map::kPlicBytes);
  tree.cells("#interrupt-cells", {1});
  tree.cells("#address-cells", {0});
  tree.flag("interrupt-controller");
  tree.cells("interrupts-extended",
             {kCpuInterrupts, kExternal, kCpuInterrupts, kSupervisorExternal});
  tree.cells("riscv,ndev", {map::kEngineIrq + map::kMaxEngines});
  tree.cells("phandle", {kPlic});
  tree.end();
}

void add_devices(Tree& tree, const BoardDescription& board) {
  tree.begin("test", map::kFinisherBase);
  tree.texts("compatible", {"sifive,test1", "sifive,test0", "syscon"});
  tree.reg(map::kFinisherBase, map::kFinisherBytes);
  tree.end();
  tree.begin("serial", map::kUartBase);
  tree.text("compatible", "ns16550a");
  tree.reg(map::kUartBase, map::kUartBytes);
  tree.cells("interrupts", {map::kUartIrq});
  tree.cells("interrupt-parent", {kPlic});
  tree.cells("clock-frequency", {3686400});
  tree.end();
  tree.begin("system-control", map::kSysctlBase);
  tree.text("compatible", "systole,sysctl");
  tree.reg(map::kSysctlBase, map::kSysctlBytes);
  tree.end();
  for (const BoardDescription::Engine& engine : board.engines) {
    tree.begin(engine.kind, engine.base);
    tree.text("compatible", "systole," + engine.kind);
    tree.reg(engine.base, map::kEngineBytes);
    tree.cells("interrupts", {engine.irq});
    tree.cells("interrupt-parent", {kPlic});
    tree.end();
  }
  tree.begin("sram", map::kSpmBase);
  tree.text("compatible", "mmio-sram");
  tree.reg(map::kSpmBase, board.spm_bytes);
  tree.end();
  for (const BoardDescription::Image& image : board.images) {
    tree.begin(image.name, image.base);
    tree.text("compatible", "systole,image");
    tree.reg(image.base, image.bytes);
    tree.end();
  }
}

}  // namespace

std::vector<uint8_t> make_device_tree(const BoardDescription& board) {
  std::vector<uint8_t> place(map::kBootRomBytes - kTreeOffset);
  Tree tree(place);
  tree.begin("");
  tree.cells("#address-cells", {2});
  tree.cells("#size-cells", {2});
  tree.text("compatible", "systole,soc");
  tree.text("model", "Systole virtual SoC");
  tree.begin("chosen");
  tree.text("bootargs", board.bootargs);
  char console[40];
  std::snprintf(console, sizeof console, "/soc/serial@%llx",
                static_cast<unsigned long long>(map::kUartBase));
  tree.text("stdout-path", console);
  tree.end();
  add_cpu(tree, board);
  tree.begin("memory", map::kDramBase);
  tree.text("device_type", "memory");
  tree.reg(map::kDramBase, board.dram_bytes);
  tree.end();
  tree.begin("soc");
  tree.cells("#address-cells", {2});
  tree.cells("#size-cells", {2});
  tree.text("compatible", "simple-bus");
  tree.flag("ranges");
  add_interrupt_controllers(tree);
  add_devices(tree, board);
  tree.end();
  tree.end();
  tree.finish();
  return place;
}

std::vector<uint8_t> make_boot_rom(const BoardDescription& board, uint64_t entry) {
  const std::vector<uint8_t> tree = make_device_tree(board);
  std::vector<uint8_t> rom(kTreeOffset + tree.size());
  std::memcpy(rom.data(), kResetVector, sizeof kResetVector);
  std::memcpy(rom.data() + kEntryOffset, &entry, sizeof entry);
  std::memcpy(rom.data() + kTreeOffset, tree.data(), tree.size());
  return rom;
}

}  // namespace systole
