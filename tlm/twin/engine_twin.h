// The engine front-end's C++ base: registers, ring, waits, signals and errors of eng_shell, around
// a TwinCore. Upstream: register accesses from the interconnect. Downstream: the engine's bus
// transactions, its interrupt. The counterpart of RtlEngine, behind the same sockets.
#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "tlm/core/clock.h"
#include "tlm/core/engine_module.h"
#include "tlm/core/report.h"
#include "tlm/gen/engine_regs.h"
#include "tlm/gen/reg_table.h"
#include "tlm/twin/operation_memory.h"
#include "tlm/twin/twin_core.h"
#include "tlm/twin/twin_port.h"
#include "tlm/twin/twin_time.h"

namespace systole {

struct EngineTwinConfig {
  Clock clock{1000};
  unsigned batch_cycles = 64;  ///< engine_batch_cycles: how far it may run ahead, at least 1
  const hw::RegisterTable* registers = nullptr;  ///< the block's, tlm/gen/*_reg_table.h
  std::array<uint32_t, 8> config_words{};        ///< CONFIG0..7
  std::string parameters;                        ///< for the report, as a variant's
  TwinPort::Config port;
  bool remember = false;  ///< skip what is known, see EngineTwin::connect()
  /// With `remember`, not exact (docs/blocks/engine.md says by how much): long operations side by
  /// side are timed apart (tlm/bus/side_by_side.h), and looks at a word that has been waited for
  /// for 1024 cycles take no room on bus and memory.
  bool apart = false;
  /// With `remember`, not exact: what is alike but for how its addresses lie on pages and beats
  /// takes as long (GemmSkip says when, and how far that is off).
  bool repeat_alike = false;
};

/// The RTL's registers, descriptors, waits, errors and interrupts; the front-end's states and their
/// cycles are those of eng_frontend.sv. One thread; it sleeps while the engine is idle.
///
/// Registers (`target`) and interrupt: as RtlEngine's, each access takes three cycles and is served
/// when the thread next gives up simulated time or issues a burst; transport_dbg reads registers
/// and changes nothing. Bus (`manager`): a burst becomes one b_transport at its cycle. Wait, signal
/// and completion words wait until simulated time has reached their cycle; other bursts are at most
/// batch_cycles ahead of it.
///
/// Approximate: an abort, a soft reset or a doorbell that arrives in the midst of an operation
/// takes effect within batch_cycles; bursts that were issued ahead of it by then count. Measured at
/// 64 (cosim_dma_twin, 60 aborts of a copy): the interrupt comes 1 cycle from the RTL's on average,
/// 16 at most.
class EngineTwin : public sc_core::sc_module,
                   public EngineModule,
                   private TwinBus,
                   private MemoryView,
                   private Looker {
 public:
  tlm_utils::simple_target_socket<EngineTwin> target{"target"};
  tlm_utils::simple_initiator_socket<EngineTwin> manager{"manager"};

  EngineTwin(const sc_core::sc_module_name& name, const EngineTwinConfig& config,
             std::unique_ptr<TwinCore> core);

  tlm::tlm_target_socket<>& target_socket() override { return target; }
  tlm::tlm_initiator_socket<>& manager_socket() override { return manager; }
  void on_interrupt(std::function<void(bool)> callback) override {
    on_interrupt_ = std::move(callback);
  }
  void on_direct_write(std::function<void(uint64_t, uint64_t)> callback) override {
    on_direct_write_ = std::move(callback);
  }
  bool interrupt() const { return irq_; }
  /// How often known traffic was left out.
  uint64_t sleeps() const { return time_.sleeps(); }
  void on_skipped(SkippedCallback callback) override { on_skipped_ = std::move(callback); }
  void on_booked(std::function<void(const BusAccess&)> callback) override {
    on_booked_ = std::move(callback);
  }
  void connect(SkippableBus& bus, unsigned initiator) override;
  /// ticks: busy cycles.
  RtlReport report() const override;

 private:
  struct Access {
    bool is_write;
    uint32_t addr, data;
    bool ok = false, done = false;
    uint64_t end_cycle = 0;
  };
  /// An error of the running descriptor, found in `cycle`.
  struct Failure {
    uint64_t cycle;
    uint8_t code;
    uint8_t resp;
    uint64_t addr;
  };
  enum Counter { kBusy, kReadStall, kWriteStall, kRead, kWritten, kDescriptors, kWaited, kWork };

  static constexpr uint64_t kPollGap = 9;  ///< answer to the next read of the word

  void run();
  // time
  uint64_t now_cycle() const { return config_.clock.ceil_cycles(Clock::now_ps()); }
  void advance(uint64_t cycle);
  void lead(uint64_t cycle);
  void wait_until(uint64_t cycle);
  bool undisturbed_until(uint64_t cycle) const;
  bool alone_until(uint64_t cycle) const;
  bool goes_on_alone(uint64_t cycle);
  // skipping
  TwinOutcome run_core(uint64_t start);
  TwinOutcome run_or_skip(uint64_t start);
  TwinOutcome run_exactly(uint64_t start, StateWords& key, uint64_t targets);
  TwinOutcome run_apart(uint64_t start, StateWords& key, uint64_t targets);
  const RememberedOperation* alone(uint64_t start, StateWords& key, uint64_t targets);
  RememberedOperation find_out(uint64_t start, uint64_t targets, bool company);
  uint64_t skip_polls(uint64_t next, uint64_t expires, uint64_t wait_addr);
  bool look_apart(uint64_t next, uint64_t expires, const hw::DescriptorHeader& header);
  uint64_t operation_key(StateWords& key);
  StateArchive::Counts save_state(uint64_t cycle, StateWords& words, uint64_t targets);
  RememberedOperation remember(const TwinOutcome& outcome, uint64_t start,
                               const StateArchive::Counts& before, uint64_t targets);
  TwinOutcome put_end(const RememberedOperation& known, uint64_t start, uint64_t targets);
  TargetLoads loads_since(const TargetLoads& before, uint64_t cycles, uint64_t targets) const;
  uint64_t operation_id(uint64_t targets) const;
  void put_state(uint64_t cycle, const StateWords& words, size_t first,
                 const StateArchive::Counts& counted, uint64_t targets);
  bool may_skip() const override;
  SkippableBus* skippable_bus() override { return time_.bus(); }
  void bus_state(StateArchive& archive, uint64_t targets) override;
  bool quiet(uint64_t targets) override;
  uint64_t disturbances(uint64_t targets);
  uint64_t now_ps() const override { return Clock::now_ps(); }
  uint64_t period_ps() const override { return config_.clock.period_ps(); }
  bool look_ahead(uint64_t targets) override;
  bool looks_ahead() const override { return looking_at_operation_; }
  bool repeats_alike() const override { return config_.repeat_alike; }
  uint64_t live_through(uint64_t targets) override;
  void lag_to(uint64_t ps) override { time_.lag_to(ps); }
  void pass_time(uint64_t ps) override;
  Pace pace(uint64_t targets) override { return time_.bus()->pace(targets); }
  void count(bool is_write, uint64_t addr, const BurstCounts& bursts) override {
    time_.bus()->count(time_.initiator(), is_write, addr, bursts);
  }
  // registers
  void serve();
  bool serve_asleep();
  void answer_accesses();
  void carry_out(Access& access, uint64_t cycle);
  uint32_t read_register(uint32_t offset, uint64_t cycle);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  void write_register(uint32_t offset, uint32_t value, uint64_t effect);
  uint64_t counter(unsigned index, uint64_t cycle) const;
  void see_ring(uint64_t effect);
  void schedule_interrupt(uint64_t cycle);
  void drive_interrupt();
  void raise(uint32_t causes, uint64_t cycle);
  // ring
  bool ring_bad() const;
  uint32_t ring_mask() const { return (ring_size_ - 1) & 0xffff; }
  uint64_t unit_addr(uint32_t unit) const { return ring_base_ + uint64_t{unit & ring_mask()} * 64; }
  void try_fetch(uint64_t go, uint64_t last = TwinPort::kNever);
  void fetch_apart(uint64_t go);
  bool fetch_known();
  void forget_fetch();
  // descriptors
  void next_descriptor();
  void execute(uint64_t take);
  void poll(uint64_t valid, const hw::DescriptorHeader& header);
  uint64_t await_word(uint64_t take, const hw::DescriptorHeader& header);
  // looks that the bus does, if it does
  Looks* looks() const { return time_.bus() ? time_.bus()->looks() : nullptr; }
  bool leave_looks(uint64_t next, uint64_t expires, const hw::DescriptorHeader& header);
  uint64_t look() override;
  bool sees() const override;
  void wake() override { wake_.notify(sc_core::SC_ZERO_TIME); }
  uint64_t write_words(uint64_t from, const hw::DescriptorHeader& header);
  void early_poll(uint64_t from);
  void retire(uint64_t cycle, uint64_t work, bool interrupt);
  void stop(uint64_t cycle, const Failure* failure);
  void reset_registers();
  void set_busy(uint64_t cycle);
  void set_idle(uint64_t cycle);

  Answer transact(const Burst& burst, uint64_t cycle) override;
  uint64_t book(const Burst& burst, uint64_t cycle);
  void see_burst(bool is_write, uint64_t cycle, uint64_t end_ps);
  uint8_t* map(uint64_t addr, uint64_t bytes, bool write) override;
  /// Memory that can be reached by a host pointer.
  struct Mapping {
    uint64_t base, last;
    uint8_t* data;
    bool writable;
    bool holds(uint64_t addr, uint64_t bytes) const {
      return addr >= base && addr <= last && bytes - 1 <= last - addr;
    }
  };
  const Mapping* find_mapping(uint64_t addr, uint64_t bytes) {
    if (recent_mapping_ < mappings_.size() && mappings_[recent_mapping_].holds(addr, bytes))
      return &mappings_[recent_mapping_];
    return search_mapping(addr, bytes);
  }
  const Mapping* search_mapping(uint64_t addr, uint64_t bytes);
  void invalidate_dmi(sc_dt::uint64 start, sc_dt::uint64 end);
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  EngineTwinConfig config_;
  std::unique_ptr<TwinCore> core_;
  TwinPort port_;
  tlm::tlm_generic_payload payload_;
  std::vector<uint8_t> scratch_;
  std::vector<Mapping> mappings_;
  size_t recent_mapping_ = 0;  ///< where the last access was
  std::array<const hw::RegisterInfo*, 1024> by_offset_{};
  std::function<void(bool)> on_interrupt_;
  std::function<void(uint64_t, uint64_t)> on_direct_write_;
  sc_core::sc_event wake_{"wake"}, access_done_{"access_done"}, irq_change_{"irq_change"};
  TwinTime time_{wake_};
  OperationMemory memory_;
  SkippedCallback on_skipped_;
  std::function<void(const BusAccess&)> on_booked_;
  struct {
    bool running = false, skipped = false;
    uint64_t start_ps = 0;
    uint64_t first_ps = 0;  ///< of its first burst, from its start, and 1; 0: none yet
    uint64_t last_ps = 0;   ///< its last write is answered
    bool is_short = false;  ///< ApartOperation's
  } operation_;
  struct {
    StateWords words;  ///< before a poll, none: not known
    StateArchive::Counts counts;
    uint64_t cycle = 0, undisturbed = 0;
  } polled_;
  std::vector<TwinOperand> operands_;
  std::deque<Access*> accesses_;
  uint64_t register_free_ = 0;  ///< cycle from which the next register access is taken
  uint64_t alone_ps_ = 0;       ///< nobody else has had anything to do up to then
  bool serving_ = false, asleep_ = false;
  bool looking_ahead_ = false;         ///< at a word, before its time: undisturbed_until()
  bool looking_at_operation_ = false;  ///< find_out()

  // registers
  bool enable_ = false, halted_ = false, waiting_ = false, draining_ = false;
  bool abort_ = false, reset_ = false, irq_ = false, ring_failed_ = false;
  uint32_t irq_status_ = 0, irq_enable_ = 0, error_code_ = 0, ring_size_ = 0, tail_ = 0, head_ = 0;
  uint64_t error_addr_ = 0, ring_base_ = 0;
  std::array<uint64_t, 8> counters_{};
  std::array<uint32_t, 8> latched_{};
  bool busy_ = false;
  uint64_t busy_from_ = 0, wait_from_ = 0;

  // front-end
  uint64_t cycle_ = 0;  ///< the first cycle in which the next descriptor can be taken
  bool running_ = false;
  struct {
    bool active = false, known = false;
    uint32_t unit = 0;
    unsigned numbers[2] = {0, 0};
    uint64_t ready = 0;  ///< cycle in which it can be taken
    uint8_t bad = 0;     ///< error code
    uint8_t resp = 0, bad_unit = 0;
    std::array<uint8_t, hw::DESC_BYTES> bytes{};
  } next_;
  uint64_t fetch_free_ = 0;  ///< a stale fetch is answered
  std::array<uint8_t, hw::DESC_BYTES> desc_{};
  struct {
    bool begun = false, hit = false;
    uint64_t answered = 0;
    uint8_t resp = 0;
  } poll_;
  /// Of the wait at hand, while the bus does its looks.
  struct {
    const hw::DescriptorHeader* header = nullptr;
    const uint8_t* word = nullptr;
    uint64_t next = 0, due_ps = 0;  ///< of the one that is due
    uint64_t looked = 0;            ///< the cycle after the last one; 0: none yet
    uint64_t expires = 0;
  } looks_;
  RtlReport counts_;
};

}  // namespace systole
