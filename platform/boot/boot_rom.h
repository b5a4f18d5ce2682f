// The boot ROM: the reset vector, and behind it the device tree that tells software what the SoC
// is. Upstream: Soc. Downstream: firmware/boot, or any program that starts as on QEMU's `virt`.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace systole {

/// What the device tree says; the rest is the address map's.
struct BoardDescription {
  struct Engine {
    std::string kind;  ///< "gemm", "vpu", "dma"
    uint64_t base = 0;
    unsigned irq = 0;
  };
  struct Image {
    std::string name;  ///< "model", "tokenizer"
    uint64_t base = 0, bytes = 0;
  };

  uint64_t clock_hz = 0;
  uint64_t dram_bytes = 0, spm_bytes = 0;
  std::vector<Engine> engines;
  std::vector<Image> images;
  std::string bootargs;  ///< /chosen/bootargs
};

/// The boot ROM is full.
class BootRomError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The flattened device tree (Devicetree Specification 0.4). Throws BootRomError.
std::vector<uint8_t> make_device_tree(const BoardDescription& board);

/// The ROM's content, for address_map::kBootRomBase: sets a0 to the hart's number and a1 to the
/// device tree's address, and jumps to `entry`. Throws BootRomError.
std::vector<uint8_t> make_boot_rom(const BoardDescription& board, uint64_t entry);

}  // namespace systole
