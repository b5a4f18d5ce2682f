// One RV64GC hart: a decoded-block interpreter. No SystemC here.
// Upstream: RiscvCpu or a test's machine. Downstream: Bus.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <set>
#include <vector>

#include "tlm/cpu/riscv/block_cache.h"
#include "tlm/cpu/riscv/bus.h"
#include "tlm/cpu/riscv/csr.h"
#include "tlm/cpu/riscv/float_env.h"
#include "tlm/cpu/riscv/mmu.h"
#include "tlm/cpu/riscv/profile.h"
#include "tlm/cpu/riscv/regions.h"
#include "tlm/cpu/riscv/state.h"
#include "tlm/cpu/riscv/trap.h"

namespace systole::riscv {

/// Cycles per instruction of each OpClass: Alu, Mul, Div, Load, Store, Branch, Float, FloatDiv,
/// Atomic, System. A trap costs what a System instruction does.
using Timing = std::array<uint32_t, kOpClasses>;
inline constexpr Timing kOneCycleEach = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

struct HartConfig {
  uint64_t reset_pc = 0x1000;
  uint64_t ram_base = 0x8000'0000;  ///< memory for the shortest path, if the bus has it directly
  Timing timing = kOneCycleEach;
};

enum class Stop : uint8_t {
  Limit,      ///< the cycles are used up
  Wait,       ///< WFI, and no enabled interrupt is pending
  Requested,  ///< request_stop()
  Lockup,     ///< the machine trap handler itself cannot be fetched: lost_by() says why
  Step,       ///< step() has done what it was asked for
  Break,      ///< the next instruction is at a breakpoint
  Watch,      ///< the last instruction has touched a watchpoint: watch_hit()
};

/// Virtual addresses [addr, addr + bytes), in memory or of devices. A store that changes nothing
/// counts. Page-table walks and instruction fetches do not.
struct Watchpoint {
  uint64_t addr = 0, bytes = 0;
  bool read = false, write = false;

  bool operator==(const Watchpoint& other) const {
    return addr == other.addr && bytes == other.bytes && read == other.read && write == other.write;
  }
};

/// Interrupts are taken between blocks (at most 64 instructions), precisely. FENCE.I and every
/// write to decoded code drop all blocks; stores are noticed by themselves, other masters' writes
/// through code_written() or the guest's FENCE.I. Misaligned loads and stores are done, misaligned
/// atomics trap. mtval holds the faulting address or the illegal instruction's bits.
class Hart {
 public:
  explicit Hart(Bus& bus, const HartConfig& config = {});

  /// As after power-on; memory and decoded blocks are dropped.
  void reset();

  /// Runs until cycles() >= until_cycles (passing it by less than one block) or a reason to stop.
  Stop run(uint64_t until_cycles);
  /// One instruction, even at a breakpoint, or the entry into a trap or interrupt: Stop::Step. Or
  /// another reason to stop, as run() has them; then nothing was done.
  Stop step(uint64_t until_cycles = ~uint64_t{0});

  /// Breakpoints and watchpoints: run() returns Break before the instruction is executed, and again
  /// if nothing changes; Watch after the instruction. They cost nothing while there are none, and
  /// no cycles ever: run() checks its limit and interrupts at the same instructions, whether or not
  /// a run was broken or single-stepped in between.
  /// A breakpoint added twice is to be removed twice.
  void add_breakpoint(uint64_t pc);
  void remove_breakpoint(uint64_t pc);
  bool breakpoint_at(uint64_t pc) const { return breakpoints_.count(pc) != 0; }
  void add_watchpoint(const Watchpoint& watchpoint);
  void remove_watchpoint(const Watchpoint& watchpoint);
  /// The one that was touched last.
  const Watchpoint& watch_hit() const { return watch_hit_; }

  /// From now on `profile`, which must stay, counts what runs; null: nothing does, and it costs
  /// nothing. Between runs. Moves no cycle.
  void set_profile(Profile* profile);
  /// Brings the profile up to date. Between runs.
  void collect_profile();
  /// SoC cycles have passed in a WFI that has just been left or will be asked for again.
  void slept(uint64_t soc_cycles);

  /// A level of the hart's interrupt inputs; kMsi, kMti, kMei, kSei.
  void set_interrupt(uint64_t bit, bool level);
  /// Ends run() soon; may be called from Bus methods. Stays until clear_stop().
  void request_stop();
  void clear_stop() { stop_ = false; }

  /// Another master has written [addr, addr + bytes).
  void code_written(uint64_t addr, uint64_t bytes);
  /// All host pointers are invalid. Inside a Bus method: from the next block on.
  void forget_memory();

  /// For debuggers and tests, between runs. After a change of CSRs call state_changed().
  State& state() { return s_; }
  const State& state() const { return s_; }
  void state_changed();
  uint64_t read_csr(unsigned number) const { return csr_.read(number, instret_); }
  /// No access check. Includes state_changed().
  void write_csr(unsigned number, uint64_t value);
  /// Physical address of the running program's `addr`, whatever may be done there; false: not
  /// mapped.
  bool physical(uint64_t addr, uint64_t* physical) const {
    return mmu_.peek(addr, s_.data_privilege(), physical);
  }

  /// The bits of the instruction at the running program's `pc`, in no time; false: there is none.
  bool peek_instruction(uint64_t pc, uint32_t* instruction);

  /// Traps taken, interrupts included, and the last one; the default before the first.
  uint64_t traps() const { return traps_; }
  const Trap& last_trap() const { return last_trap_; }
  /// After Stop::Lockup: the trap whose handler could not be fetched.
  const Trap& lost_by() const {
    const bool led_here = traps_ > 1 && trap_before_.handler == last_trap_.pc &&
                          trap_before_.instret == last_trap_.instret;
    return led_here ? trap_before_ : last_trap_;
  }

  uint64_t cycles() const { return cycles_; }  ///< executed, without stalls and waiting
  /// Cycles of the SoC, stalls and waiting included, as mcycle before the guest's own offset.
  uint64_t soc_cycles() { return bus_.cycle_count(); }
  uint64_t instret() const { return instret_; }        ///< instructions retired
  uint64_t interrupts() const { return interrupts_; }  ///< interrupts taken

 private:
  enum class Memory : uint8_t { Ok, Fault, Leave };  ///< Leave: done; end the block here

  struct TlbEntry {
    uint64_t page = ~uint64_t{0};  ///< virtual
    uint8_t* host = nullptr;
    const uint8_t* code = nullptr;
  };
  static constexpr unsigned kTlbEntries = 256;
  /// Memory that loads and stores may reach by its address alone.
  struct Window {
    uint64_t base = 0;   ///< decoded into the operations; a multiple of 64
    uint64_t bytes = 0;  ///< an access of up to 8 bytes may start below; 0: not now
    uint8_t* host = nullptr;
    const uint8_t* code =
        nullptr;  ///< of each 64 bytes: decoded code there, or at the next 7 bytes
  };
  struct Labels {
    const void *const *ops, *const *pairs;  ///< of each OpCode, of SYSTOLE_RISCV_PAIRS
  };

  // interpreter.cpp: runs blocks from s_.pc on until limit_; with an argument only gives the
  // labels.
  void execute(Labels* labels_out);
  template <typename T>
  bool load_tlb(uint64_t addr, T* value) const {
    const TlbEntry& entry = load_tlb_[(addr >> 12) % kTlbEntries];
    const uint64_t offset = addr & 4095;
    if (entry.page != addr >> 12 || offset > 4096 - sizeof(T)) return false;
    std::memcpy(value, entry.host + offset, sizeof(T));
    return true;
  }
  template <typename T>
  bool store_tlb(uint64_t addr, T value) {
    const TlbEntry& entry = store_tlb_[(addr >> 12) % kTlbEntries];
    const uint64_t offset = addr & 4095;
    if (entry.page != addr >> 12 || offset > 4096 - sizeof(T) || entry.code[offset >> kLineShift])
      return false;
    std::memcpy(entry.host + offset, &value, sizeof(T));
    return true;
  }

  // fetch.cpp
  Block* fetch(uint64_t pc);  ///< null: trap_cause_ and trap_value_ are set
  Block* build(uint64_t pc, uint64_t physical, Region* region);
  Block* build_single(uint64_t pc);
  void set_handler(Op& op, OpCode code) { op.handler = labels_.ops[static_cast<unsigned>(code)]; }
  void begin_block(uint64_t pc);
  /// Decodes at most `max_ops` instructions into scratch_; the physical address behind them.
  uint64_t decode_run(uint64_t physical, const Region& region, unsigned max_ops);
  void append(uint32_t instruction, unsigned length);
  bool fetch_half(uint64_t pc, uint16_t* half);
  void seal();
  /// Handlers by breakpoints, and of pairs where there are none.
  void set_handlers(Block& block);
  bool broken_at(const Block& block, const Op& op) const {
    return !breakpoints_.empty() && breakpoint_at(block.pc + 2 * uint64_t{op.offset2});
  }
  /// Lets the interpreter count how often it enters the block.
  void count_runs(Block& block);
  void take_runs(Block& block);
  /// For the profile: now, and what has passed since then in an access at `pc`.
  uint64_t profiled_cycle() { return profile_ ? bus_.cycle_count() : 0; }
  void profile_stall(uint64_t pc, uint64_t since) {
    if (profile_) profile_->stall(pc, bus_.cycle_count() - since);
  }
  uint32_t raw_instruction(uint64_t pc);
  void drop_blocks();

  // access.cpp
  Memory load_slow(uint64_t addr, unsigned bytes, void* data, const Op* op);
  Memory store_slow(uint64_t addr, unsigned bytes, const void* data, const Op* op);
  Memory access(uint64_t addr, unsigned bytes, void* data, Access kind, const Op* op);
  Memory access_page(uint64_t addr, unsigned bytes, void* data, Access kind, const Op* op);
  Memory access_physical(uint64_t addr, uint64_t physical, unsigned bytes, void* data, Access kind,
                         const Op* op);
  Memory bus_access(uint64_t addr, uint64_t physical, unsigned bytes, void* data, Access kind,
                    const Op* op);
  Memory amo(const Op* op);
  Memory fault(uint64_t cause, uint64_t value);
  void flush_tlb();
  /// Cycles and instructions without what of the block is still to run from `op` on.
  void count_back(const Op* op);
  /// The same, for good: the rest of the block is not run.
  void unwind(const Op* op);

  // debug.cpp
  Block* build_part(unsigned ops, bool more);
  bool enter_part();
  Stop stop_in_block();
  void broke(const Op* op);
  void mark_breakpoint(uint64_t pc);
  bool page_watched(uint64_t addr) const;
  /// Turns the result of a completed access into Leave if it touches a watchpoint.
  Memory see_watched(uint64_t addr, unsigned bytes, bool reads, bool writes, const Op* op,
                     Memory result);

  // system.cpp: false: illegal, or trap_cause_ is set. s_.pc is the next instruction's.
  bool system(const Op* op);
  bool csr_instruction(const Op* op);
  bool privileged(uint32_t instruction);

  // hart.cpp
  void trap(uint64_t cause, uint64_t value);
  void forget_now();
  void update_context();
  void update_window();
  void update_float() { float_slow_ = !(s_.fs() == 3 && s_.frm < 4); }
  bool float_enabled(bool dirties);
  void attend() { limit_ = 0; }
  Stop loop();

  HartConfig config_;
  Bus& bus_;
  State s_;
  Regions regions_;
  Mmu mmu_;
  CsrFile csr_;
  BlockCache cache_;
  FloatEnvironment float_;

  Labels labels_ = {};
  uint64_t cycles_ = 0, instret_ = 0, interrupts_ = 0;
  uint64_t traps_ = 0;
  Trap last_trap_, trap_before_;
  Profile* profile_ = nullptr;
  uint64_t limit_ = 0, until_ = 0;  ///< limit_ is 0 when something needs attention
  Block* block_ = nullptr;          ///< the one that runs
  Block scratch_;                   ///< under construction, or run once
  uint64_t trap_cause_ = 0, trap_value_ = 0;
  uint64_t context_ = 0, last_context_ = 0;
  bool flat_data_ = true, flat_fetch_ = true;
  bool float_slow_ = true;
  bool waiting_ = false, stop_ = false, lockup_ = false;
  bool drop_pending_ = false, forget_pending_ = true;

  // For debuggers. A block that was left in the midst is run to its end before limit and
  // interrupts are looked at, as if it had not been left.
  std::multiset<uint64_t> breakpoints_;
  std::vector<Watchpoint> watchpoints_;
  Watchpoint watch_hit_;
  Stop debug_stop_ = Stop::Limit;  ///< Limit: execute() has not met a break- or watchpoint
  bool single_ = false;            ///< stop after one instruction
  unsigned rest_ = 0;              ///< instructions of the block that was left, from rest_pc_ on
  unsigned tail_ = 0;              ///< of these, how many are not in the part that runs
  uint64_t rest_pc_ = 0;
  Block* part_ = nullptr;  ///< what execute() runs first

  static constexpr unsigned kReturns = 16;
  Block* returns_[kReturns] = {};  ///< the blocks that made the last calls
  unsigned return_top_ = 0;

  Window window_;
  uint64_t window_bytes_ = 0;  ///< window_.bytes where addresses are physical
  TlbEntry load_tlb_[kTlbEntries], store_tlb_[kTlbEntries];
};

}  // namespace systole::riscv
