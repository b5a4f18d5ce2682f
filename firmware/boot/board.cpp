#include "firmware/boot/board.h"

namespace systole::firmware {
namespace {

bool equal(const char* a, const char* b) {
  if (a == nullptr) return false;
  while (*a && *a == *b) ++a, ++b;
  return *a == *b;
}

}  // namespace

const char* Board::read(const void* device_tree) {
  DeviceTree tree;
  if (!tree.open(device_tree)) return "no device tree where a1 points";
  static_cast<void>(tree.find([this](const TreeNode& node) {
    const bool is_dram = equal(node.device_type, "memory");
    if (is_dram && dram.bytes == 0) dram = {node.base, node.bytes};
    if ((is_dram || node.is("mmio-sram") || node.is("systole,image")) && node.bytes != 0 &&
        region_count < driver::BareMetalConfig::kMaxRegions) {
      regions[region_count++] = {node.base, node.bytes};
    }
    if (node.is("ns16550a")) uart = node.base;
    if (node.is("riscv,clint0")) clint = node.base;
    if (node.is("riscv,plic0")) plic = node.base;
    if (node.is("sifive,test0")) finisher = node.base;
    if (node.is("systole,sysctl")) sysctl = node.base;
    if (node.timebase_frequency != 0) timebase_hz = node.timebase_frequency;
    if (equal(node.device_type, "cpu") && node.clock_frequency != 0)
      clock_hz = node.clock_frequency;
    if (node.bootargs != nullptr) bootargs = node.bootargs;
    return false;
  }));
  if (uart == 0) return "the device tree has no ns16550a";
  if (clint == 0) return "the device tree has no riscv,clint0";
  if (finisher == 0) return "the device tree has no sifive,test0";
  if (dram.bytes == 0) return "the device tree has no memory";
  if (timebase_hz == 0) return "the device tree has no timebase-frequency";
  return nullptr;
}

driver::BareMetalConfig Board::hal_config() const {
  driver::BareMetalConfig config;
  config.clint_base = clint;
  config.uart_base = uart;
  config.timebase_hz = timebase_hz;
  config.clock_hz = clock_hz != 0 ? clock_hz : timebase_hz;
  for (uint32_t i = 0; i < region_count; ++i) config.regions[i] = regions[i];
  config.region_count = region_count;
  return config;
}

}  // namespace systole::firmware
