// The RV64GC host CPU: an instruction-set simulator (tlm/cpu/riscv) in an SC_THREAD.
// Upstream: interrupt lines from PLIC and CLINT. Downstream: the interconnect.
#pragma once
#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <systemc>

#include "tlm/core/address_map.h"
#include "tlm/core/clock.h"
#include "tlm/cpu/host_cpu.h"
#include "tlm/cpu/riscv/hart.h"
#include "tlm/cpu/riscv/tracer.h"

namespace systole {

struct RiscvCpuConfig {
  Clock clock{1000};
  uint64_t quantum_cycles = 1000;  ///< the CPU runs ahead of simulated time by at most this
  uint64_t reset_pc = address_map::kBootRomBase;
  uint64_t ram_base = address_map::kDramBase;
  uint64_t mtime_addr = address_map::kClintBase + 0xbff8;  ///< what the `time` CSR shows
  riscv::Timing timing = riscv::kOneCycleEach;             ///< cycles per instruction, by class
};

/// Somebody who may hold the CPU between two instructions: a debugger. While one of the methods
/// runs, simulated time stands still for the whole platform. None may wait for simulated time.
class CpuHolder {
 public:
  enum class Go : uint8_t { Run, Step, End };
  virtual ~CpuHolder() = default;

  /// Asked at reset and at least once per quantum, so it should be cheap; true: hold() follows, as
  /// soon as the CPU stands between two instructions.
  virtual bool wants_hold() = 0;
  /// The hart stands at its next instruction. Step, Break, Watch, Lockup: why; Requested:
  /// wants_hold(). Run and Step: go on; after Step with hold() again. End: the software ends with
  /// code 1.
  virtual Go hold(riscv::Stop why) = 0;
  /// Another master writes physical [addr, addr + bytes), as RiscvCpu::code_written().
  virtual void written(uint64_t addr, uint64_t bytes) = 0;
};

/// Instructions take the configured cycles; memory with DMI takes no more (the CPU's caches are
/// taken to hit). An access elsewhere first lets simulated time reach the CPU's own, then is one
/// transaction whose whole delay passes; a refused one is an access fault. Timer and external
/// interrupts are seen at the latest one quantum late. In WFI simulated time passes without
/// instructions. mcycle counts SoC cycles since time 0, `time` is CLINT's mtime.
///
/// Code in memory: the CPU's own stores are noticed, other masters' where code_written() is called:
/// the new code runs from the next block on, without FENCE.I. A program for silicon needs it all
/// the same. Memory that revokes DMI must not do so inside a transaction of this CPU.
class RiscvCpu : public sc_core::sc_module, public HostCpu, private riscv::Bus {
 public:
  tlm_utils::simple_initiator_socket<RiscvCpu> socket{"socket"};

  RiscvCpu(const sc_core::sc_module_name& name, const RiscvCpuConfig& config = {});

  tlm::tlm_initiator_socket<>& bus_socket() override { return socket; }
  void set_external_interrupt(bool level) override { set_interrupt(riscv::kMei, level); }
  void set_supervisor_interrupt(bool level) override { set_interrupt(riscv::kSei, level); }
  void set_timer_interrupt(bool level) override { set_interrupt(riscv::kMti, level); }
  void set_software_interrupt(bool level) override { set_interrupt(riscv::kMsi, level); }
  void on_exit(std::function<void(int)> callback) override { on_exit_ = std::move(callback); }
  std::optional<int> exit_code() const override { return exit_code_; }
  /// The software ends with code 1.
  void request_stop() override;
  std::string model() const override { return "riscv"; }
  uint64_t instructions() const override { return hart_.instret(); }

  /// The software has ended with this code: call from the finisher. The first call counts.
  void finish(int code);
  /// The CPU has ended by itself: a trap handler cannot be fetched.
  bool lost() const { return lost_; }
  /// What has happened then, "illegal instruction (0x0) at 0x80000012, and the trap handler at 0x0
  /// cannot be fetched (instruction access fault)"; `place` names an address.
  std::string failure(const std::function<std::string(uint64_t)>& place) const;
  /// May hold the CPU from now on; null: nobody. Holding moves no cycle.
  void set_holder(CpuHolder* holder) { holder_ = holder; }
  /// Asks the holder soon, even if the CPU sleeps. Call between two sc_start() calls, or from a
  /// process.
  void ask_holder() { wake_.notify(sc_core::SC_ZERO_TIME); }
  /// Runs the hart in its place from now on; null: it runs by itself. Moves no cycle.
  void set_tracer(riscv::Tracer* tracer) { tracer_ = tracer; }
  /// The hart as after power-on; time and counters go on. Call from hold().
  void reset();

  /// Memory for a debugger, by physical address: no time passes. False: not all of it is there or
  /// may be written.
  bool peek(uint64_t addr, uint64_t bytes, void* data) override;
  bool poke(uint64_t addr, uint64_t bytes, const void* data);

  /// Another master writes [addr, addr + bytes) now or has done so. Cheap where no code was
  /// decoded.
  void code_written(uint64_t addr, uint64_t bytes) {
    hart_.code_written(addr, bytes);
    if (holder_) holder_->written(addr, bytes);
  }

  /// Nothing from outside SystemC acts on the system before this simulated time, in picoseconds:
  /// until then the CPU need not give way where no other process would run. Changes no figure.
  void set_horizon(uint64_t ps) { horizon_ps_ = ps; }

  /// For debuggers: registers, CSRs, single steps, between runs.
  riscv::Hart& hart() { return hart_; }

 private:
  void run();
  riscv::Stop run_quantum(uint64_t until_cycles);
  riscv::Stop run_hart(uint64_t until_cycles, bool one_step);
  void sync();
  void set_interrupt(uint64_t bit, bool level);
  void end(int code);
  bool transport(tlm::tlm_command command, uint64_t addr, unsigned bytes, void* data);
  bool debug(tlm::tlm_command command, uint64_t addr, uint64_t bytes, void* data);
  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end);
  /// Picoseconds the CPU is ahead of simulated time.
  uint64_t ahead_ps() const {
    return config_.clock.ps(std::max(hart_.cycles(), synced_cycles_) - synced_cycles_);
  }
  bool alone();
  void sleep();

  bool read(uint64_t addr, unsigned bytes, void* data) override;
  bool write(uint64_t addr, unsigned bytes, const void* data) override;
  bool direct(uint64_t addr, riscv::DirectRegion* region) override;
  uint64_t cycle_count() override;
  uint64_t time_count() override;

  RiscvCpuConfig config_;
  riscv::Hart hart_;
  std::function<void(int)> on_exit_;
  std::optional<int> finish_code_, exit_code_;
  CpuHolder* holder_ = nullptr;
  riscv::Tracer* tracer_ = nullptr;
  bool single_step_ = false, lost_ = false;
  sc_core::sc_event wake_{"wake"};
  uint64_t synced_cycles_ = 0;  ///< the hart's count that simulated time has reached
  uint64_t horizon_ps_ = 0;
  bool stop_ = false;
};

}  // namespace systole
