// The SoC's crossbar: any number of initiators, targets by address window.
// Upstream: CPU and engines. Downstream: memories, devices, engine registers.
#pragma once
#include <tlm_utils/passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "tlm/bus/arbitration.h"
#include "tlm/bus/calendar.h"
#include "tlm/bus/looks.h"
#include "tlm/bus/side_by_side.h"
#include "tlm/bus/skippable_bus.h"
#include "tlm/core/clock.h"
#include "tlm/core/report.h"

namespace systole {

struct InterconnectConfig {
  Clock clock{1000};
  unsigned width_bits = 128;                ///< of every data channel; a power of two, 32 to 512
  unsigned latency_cycles = 4;              ///< request at the initiator to request at the target
  std::string arbitration = "round_robin";  ///< or "fixed"
  /// The bus does the looks of engines that wait for a word. Then who writes memory through a host
  /// pointer must say so: Interconnect::pass_by() before and after.
  bool does_looks = false;
};

/// Timing, in cycles; a transaction of n beats (bus-wide words touched) entering at its annotated
/// time t:
///  - a read's request is at the target at t + latency. The target answers with the time at which
///  the
///    last beat leaves it. The n beats take the target's read channel and then, cut-through, the
///    initiator's read link; the annotated time is the end of the last beat. Free target: t +
///    latency + n.
///  - a write's t is the cycle in which its last beat leaves the initiator: the beats take the
///    initiator's write link from t - (n-1) on, then `latency` later the target's write channel,
///    and the target sees t + latency. The annotated time is the response's. Free target: t +
///    latency + 1.
/// Every channel is a calendar: queueing is in the annotated time, whoever booked first. Addresses
/// and responses cost latency, no bandwidth. Not modelled: limits on outstanding transactions (the
/// initiators have them), back-pressure of read data, reordering of what is already placed (see
/// ArbitrationPolicy).
///
/// Order: who books first is served first, and engines run ahead of simulated time. So a bulk
/// access (more than 4 bytes) of an initiator that runs ahead waits in b_transport until simulated
/// time has reached t, if the kernel has anything to do before then, or somebody leaves out traffic
/// there: accesses that compete go in the order of their times (SkippableBus, Skipper). It does not
/// wait while it alone moves bulk data and another one looks at a word (its last access read one):
/// what that one starts when the word changes may find bookings made up to its rival's lead too
/// early. Other accesses never wait here (a target may).
///
/// A target sees addresses relative to its window. Errors: TLM_ADDRESS_ERROR_RESPONSE after t +
/// latency if the first or last byte is outside every window or in another window than the first.
/// transport_dbg and get_direct_mem_ptr go to the target and leave all calendars and counters
/// alone.
class Interconnect : public sc_core::sc_module, public SkippableBus {
 public:
  Interconnect(const sc_core::sc_module_name& name, const InterconnectConfig& config);
  ~Interconnect() override;

  /// Binds an initiator; returns its number, from 0 on. A lower number wins a tie under "fixed".
  /// `runs_ahead`: its accesses come from a thread and may be annotated with times that are far
  /// ahead; see "Order".
  unsigned connect_initiator(const std::string& name, tlm::tlm_initiator_socket<>& socket,
                             bool runs_ahead = false);
  /// Binds a target to [base, base + bytes). Fatal if the window is empty or overlaps another.
  /// `repeatable`: null, or what says the target's state, for skipping what is known.
  unsigned connect_target(const std::string& name, uint64_t base, uint64_t bytes,
                          tlm::tlm_target_socket<>& socket, RepeatableTarget* repeatable = nullptr);

  const InterconnectConfig& config() const { return config_; }
  std::vector<PortReport> initiator_reports() const;
  std::vector<PortReport> target_reports() const;
  /// What is counted, here and in memories and engines, lacks what initiators have left out and
  /// will do later. Makes them do it now: in a thread on return; from outside of the simulation
  /// when sc_start(SC_ZERO_TIME) returns.
  void settle();
  /// Looks::pass_by(), of software that may write memory through a host pointer.
  void pass_by() { looks_.pass_by(); }

  uint64_t target_bit(uint64_t addr, uint64_t bytes) const override;
  uint64_t address_phase(uint64_t addr) const override;
  uint64_t address_period(uint64_t target) const override;
  bool writable(uint64_t target) const override;
  uint64_t pass(unsigned initiator, bool is_write, uint64_t addr, unsigned bytes,
                uint64_t cycle) override;
  uint64_t book(unsigned initiator, bool is_write, uint64_t addr, unsigned bytes,
                uint64_t cycle) override;
  Pace pace(uint64_t targets) const override;
  void count(unsigned initiator, bool is_write, uint64_t addr, const BurstCounts& bursts) override;
  void state(StateArchive& archive, unsigned initiator, uint64_t targets,
             uint64_t now_cycle) override;
  bool quiet(unsigned initiator, uint64_t targets, uint64_t now_cycle) const override;
  bool begin_apart(unsigned initiator, uint64_t targets, const ApartOperation& operation,
                   uint64_t now_ps) override {
    return apart_.begin(initiator, targets, operation, now_ps);
  }
  void end_apart(unsigned initiator, uint64_t now_ps, bool in_detail) override {
    apart_.end(initiator, now_ps, in_detail);
  }
  uint64_t delay_apart(unsigned initiator, uint64_t now_ps) const override {
    return apart_.delay(initiator, now_ps);
  }
  bool has_company(unsigned initiator, uint64_t targets) const override {
    return apart_.has_company(initiator, targets);
  }
  void set_front_end(unsigned initiator, bool is_front_end) override;
  bool keeps_order(unsigned initiator) const override;
  uint64_t foreign(unsigned initiator, uint64_t targets) const override;
  void forget(unsigned initiator, uint64_t targets, uint64_t now_cycle) override;
  void reopen(unsigned initiator, uint64_t targets, uint64_t cycle) override;
  TargetLoads busy(uint64_t targets) const override;
  bool begin_skip(unsigned initiator, uint64_t targets, Skipper& skipper) override;
  void end_skip(unsigned initiator, uint64_t targets) override;
  void begin_poll(unsigned initiator, uint64_t targets, Skipper& poller) override;
  void end_poll(unsigned initiator, uint64_t targets) override;
  Looks* looks() override { return config_.does_looks ? &looks_ : nullptr; }
  void count_looks(unsigned initiator, uint64_t addr, uint64_t times) override;
  void will_run(unsigned initiator, uint64_t ps) override;
  void runs(unsigned initiator, bool as_said) override;
  bool many_move() const override { return moving_ > 1; }
  void let_others_go_first(unsigned initiator) override;

 private:
  struct Channels;
  struct Initiator;
  struct Target;
  /// Who leaves out traffic at a target.
  struct Skip {
    unsigned initiator;
    Skipper* skipper;
  };

  void b_transport(int id, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  /// Who must do what it leaves out at `to` before the initiator uses it, or null.
  const Skip* disturbed(unsigned initiator, const Target& to) const;
  bool must_wait(Initiator& from, bool disturbs, unsigned bytes, bool is_write, uint64_t lead_ps);
  /// Returns when an access that lies `lead_ps` ahead may be booked.
  void await_turn(unsigned initiator, Target& to, bool is_write, uint64_t addr, unsigned bytes,
                  uint64_t lead_ps);
  void do_looks_before(unsigned initiator);
  uint64_t pass(unsigned initiator, Target& to, bool is_write, uint64_t addr, unsigned bytes,
                uint64_t entry);
  unsigned transport_dbg(int id, tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(int id, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void invalidate_direct_mem_ptr(int id, sc_dt::uint64 start, sc_dt::uint64 end);

  /// A request of `beats` that enters in cycle `entry`: what happens to it before the target, the
  /// cycle in which it gets there, and what happens to it after the target has answered by
  /// `answered`; returns its end.
  struct Passage {
    Initiator& from;
    Target& to;
    bool is_write;
    uint64_t beats, request, end;
  };
  Passage enter(unsigned initiator, Target& to, bool is_write, uint64_t addr, unsigned bytes,
                uint64_t entry);
  static uint64_t leave(const Passage& passage, uint64_t answered);
  /// The target whose window holds all of [addr, addr + bytes), or null.
  Target* decode(Initiator& initiator, uint64_t addr, uint64_t bytes) const;
  /// Cycles the request waits for its turn at the target's address port: 0 or 1.
  uint64_t lost_tie(Target& target, unsigned initiator, uint64_t arrival) const;
  bool ran_as_said(unsigned initiator) const;

  InterconnectConfig config_;
  unsigned width_shift_;
  std::vector<std::unique_ptr<Initiator>> initiators_;
  std::vector<std::unique_ptr<Target>> targets_;
  unsigned moving_ = 0, polling_ = 0;  ///< of those that run ahead
  /// Of the initiators that say so: when their threads will run, and ran as they had said.
  struct Run {
    unsigned initiator;
    uint64_t next_ps, last_ps;
  };
  std::vector<Run> runs_;
  SideBySide apart_;
  Looks looks_;
  uint64_t soonest_ps_ = ~uint64_t{0};  ///< no run is said to be earlier
};

}  // namespace systole
