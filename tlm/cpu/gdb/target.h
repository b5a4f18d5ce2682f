// What a debugger's stub needs of the machine it debugs. No sockets, no SystemC.
// Upstream: Stub. Implemented by RiscvDebugger and by tests.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace systole::gdb {

enum class PointKind : uint8_t { Software, Hardware, Write, Read, Access };  ///< as in Z packets

/// Called only while the machine is halted. Registers are numbered as in registers.h, addresses are
/// those of the running program.
class Target {
 public:
  virtual ~Target() = default;

  virtual uint64_t read_register(unsigned number) = 0;
  /// False: it cannot be written.
  virtual bool write_register(unsigned number, uint64_t value) = 0;

  /// False: not all of it is there; nothing was done.
  virtual bool read_memory(uint64_t addr, uint64_t bytes, void* data) = 0;
  virtual bool write_memory(uint64_t addr, uint64_t bytes, const void* data) = 0;

  /// Break- or watchpoint on or off; watchpoints cover `bytes`. False: not possible.
  virtual bool set_point(PointKind kind, uint64_t addr, uint64_t bytes, bool on) = 0;
  virtual void clear_points() = 0;

  /// A `monitor` command; what it says, in lines.
  virtual std::string monitor(const std::string& command) = 0;
};

}  // namespace systole::gdb
