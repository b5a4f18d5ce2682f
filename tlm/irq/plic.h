// Platform-level interrupt controller with the RISC-V PLIC register layout.
// Upstream: level interrupts of devices and engines. Downstream: the CPU's external interrupts.
#pragma once
#include <array>
#include <cstdint>
#include <functional>

#include "tlm/core/register_device.h"

namespace systole {

/// Sources 1 to 64 (0 does not exist), priorities 0 (never) to 7. Context 0 is machine mode,
/// context 1 supervisor mode of hart 0. Source: RISC-V Platform-Level Interrupt Controller
/// Specification.
///   0x000000 + 4n        priority of source n
///   0x001000 + 4w        pending bits of sources 32w .. 32w+31 (read only)
///   0x002000 + 0x80c + 4w  enable bits of context c
///   0x200000 + 0x1000c     threshold of context c
///   0x200004 + 0x1000c     claim (read) and complete (write)
/// 32-bit accesses only; other offsets read as 0 and ignore writes, as the specification reserves
/// them.
class Plic : public RegisterDevice {
 public:
  static constexpr unsigned kSources = 64;
  static constexpr unsigned kContexts = 2;
  static constexpr unsigned kMaxPriority = 7;

  explicit Plic(const sc_core::sc_module_name& name);

  /// Level of a source, 1 to kSources. While it is up the source becomes pending again after each
  /// completion; once pending it stays so until it is claimed. Call from a SystemC process.
  void set_source(unsigned source, bool level);
  /// Called when the interrupt line of a context changes.
  void on_interrupt(unsigned context, std::function<void(bool)> callback);
  bool interrupt(unsigned context) const { return contexts_.at(context).line; }

 private:
  static constexpr unsigned kWords = kSources / 32 + 1;
  struct Source {
    uint32_t priority = 0;
    bool level = false, pending = false, in_service = false;
  };
  struct Context {
    std::array<uint32_t, kWords> enable{};
    uint32_t threshold = 0;
    bool line = false;
    std::function<void(bool)> callback;
  };

  bool read(uint64_t offset, unsigned bytes, uint64_t* value, bool debug) override;
  bool write(uint64_t offset, unsigned bytes, uint64_t value) override;

  /// Pending, enabled source with the highest priority, the lowest number first; 0: none.
  unsigned best(const Context& context) const;
  uint32_t claim(Context& context);
  void complete(const Context& context, uint32_t source);
  bool enabled(const Context& context, unsigned source) const;
  /// Recomputes pending bits and interrupt lines.
  void update();

  std::array<Source, kSources + 1> sources_;
  std::array<Context, kContexts> contexts_;
};

}  // namespace systole
