// The RISC-V CPU as GDB sees it: halts it, steps it, reads and changes it.
// Upstream: GDB, through tlm/cpu/gdb. Downstream: RiscvCpu.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "tlm/cpu/gdb/session.h"
#include "tlm/cpu/riscv_cpu.h"

namespace systole {

struct RiscvDebuggerConfig {
  std::string host = "127.0.0.1";
  uint16_t port = 0;                               ///< 0: any free one
  bool halt_at_reset = true;                       ///< the first instruction waits for a debugger
  std::function<void(const std::string&)> notice;  ///< takes messages for the user
  std::function<bool()> abandoned;                 ///< true: a halted run is to end
  std::function<std::string(const std::string&)> monitor;  ///< answers `monitor` commands
};

/// While the CPU is held, simulated time stands still for the whole platform, and no cycle of a run
/// depends on having been held. Breakpoints and steps are precise, wherever in a quantum. Memory is
/// read and written through the debug transport at the running program's virtual addresses; devices
/// can be read as far as they have a debug transport.
///
/// Write watchpoints also see what engines write: then the CPU is held at once if it sleeps, else
/// at the end of its quantum at the latest.
///
/// A step does not go into interrupt handlers: a pending interrupt's handler runs as a whole, then
/// the step is done. Breakpoints in the handler are met.
class RiscvDebugger : public CpuHolder, private gdb::Target {
 public:
  /// Listens, and becomes the CPU's holder. Throws gdb::ServerError.
  RiscvDebugger(RiscvCpu& cpu, const RiscvDebuggerConfig& config);
  ~RiscvDebugger() override;

  /// "127.0.0.1:3333".
  const std::string& address() const { return server_.address(); }
  bool attached() const { return session_.attached(); }
  /// True once the debugger has ended the run.
  bool killed() const { return killed_; }
  /// Looks whether a debugger wants anything, and wakes a sleeping CPU for it. Call between two
  /// sc_start() calls.
  void poll();
  /// Waits so long for a debugger to say something. For a platform in which nothing else is left to
  /// happen.
  void idle(std::chrono::milliseconds time) { server_.wait(time); }
  /// The program has ended; tells the debugger.
  void ended(int code) { session_.ended(static_cast<uint8_t>(code)); }

  bool wants_hold() override;
  Go hold(riscv::Stop why) override;
  void written(uint64_t addr, uint64_t bytes) override;

 private:
  struct Point {
    gdb::PointKind kind;
    uint64_t addr, bytes;
    bool operator<(const Point& o) const {
      return std::tie(kind, addr, bytes) < std::tie(o.kind, o.addr, o.bytes);
    }
  };

  Go go(const gdb::Reply& reply);
  void begin_step();
  bool step_continues(riscv::Stop why, Go* go);
  void leave_handler();
  bool broken_at(uint64_t addr) const;
  gdb::StopEvent event_of(riscv::Stop why) const;
  bool physical_runs(uint64_t addr, uint64_t bytes,
                     const std::function<bool(uint64_t, uint64_t, uint64_t)>& piece) const;
  bool peek(uint64_t physical, uint64_t bytes, uint8_t* data);

  uint64_t read_register(unsigned number) override;
  bool write_register(unsigned number, uint64_t value) override;
  bool read_memory(uint64_t addr, uint64_t bytes, void* data) override;
  bool write_memory(uint64_t addr, uint64_t bytes, const void* data) override;
  bool set_point(gdb::PointKind kind, uint64_t addr, uint64_t bytes, bool on) override;
  void clear_points() override;
  std::string monitor(const std::string& command) override;

  RiscvCpu& cpu_;
  riscv::Hart& hart_;
  RiscvDebuggerConfig config_;
  gdb::Server server_;
  gdb::Session session_;
  bool wants_ = false, killed_ = false;
  std::set<Point> points_;
  std::optional<Point> written_;  ///< a watchpoint that another master has written to

  // The step that is under way.
  gdb::Action action_ = gdb::Action::Continue;
  uint64_t range_begin_ = 0, range_end_ = 0;
  uint64_t from_pc_ = 0, from_sp_ = 0, from_interrupts_ = 0;
  riscv::Privilege from_privilege_ = riscv::kMachine;
  bool in_handler_ = false;  ///< an interrupt came first; from_pc_ has a breakpoint
};

}  // namespace systole
