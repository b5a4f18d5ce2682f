// The generic wrapper: a verilated block as a TLM module. One serves every engine.
// Upstream: register accesses from the interconnect. Downstream: the block's own bus transactions,
// its interrupt.
#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <systemc>
#include <tlm>

#include "tlm/core/clock.h"
#include "tlm/core/engine_module.h"
#include "tlm/core/report.h"
#include "tlm/verilated/axi_ports.h"
#include "tlm/verilated/rtl_library.h"

namespace systole {

struct RtlEngineConfig {
  Clock clock{1000};
  unsigned batch_cycles = 64;  ///< engine_batch_cycles: how far the block may run ahead, at least 1
  std::array<uint32_t, 4> straps{};  ///< constant after reset
};

/// One thread owns the model and its local time. While the block is busy it ticks up to
/// batch_cycles ahead of simulated time, then waits until time has caught up; while OUT_BUSY is 0,
/// no access is pending and no burst is open, it sleeps and the model is not evaluated.
///
/// Registers (`target`): 32-bit aligned accesses within 4 KiB (other shapes:
/// TLM_GENERIC_ERROR_RESPONSE, as SLVERR is). b_transport first waits out its delay, then for the
/// thread to carry the access out, so call it from a thread. A sleeping block is woken at the
/// access's time; one that is ahead applies it at its local time; the delay on return leads to the
/// block's local time when it has answered. An access that comes from an engine's own thread is
/// refused: engines do not program engines. transport_dbg reads registers as of the block's local
/// time and changes nothing (peek_register()); it writes none.
///
/// Bus (`manager`): a burst becomes one b_transport at its cycle, with byte enables if strobes are
/// not all set. TLM_ADDRESS_ERROR_RESPONSE becomes DECERR, other errors SLVERR. Bursts with AxCACHE
/// 0 wait until simulated time has reached the block's. Data is exchanged when the burst is issued.
/// The interrupt's changes end the batch, so that the callback comes at its exact time.
class RtlEngine : public sc_core::sc_module, public EngineModule, private AxiBus {
 public:
  tlm_utils::simple_target_socket<RtlEngine> target{"target"};
  tlm_utils::simple_initiator_socket<RtlEngine> manager{"manager"};

  /// Throws std::runtime_error if the variant cannot create an instance.
  RtlEngine(const sc_core::sc_module_name& name, std::shared_ptr<const RtlLibrary> library,
            const RtlEngineConfig& config);

  tlm::tlm_target_socket<>& target_socket() override { return target; }
  tlm::tlm_initiator_socket<>& manager_socket() override { return manager; }
  void on_interrupt(std::function<void(bool)> callback) override {
    on_interrupt_ = std::move(callback);
  }
  bool interrupt() const { return irq_; }
  RtlReport report() const override;

 private:
  struct Access {
    bool is_write;
    uint32_t addr, data;
    bool address_done = false, data_done = false, done = false;
    bool ok = false;
    uint64_t end_cycle = 0;
  };

  void run();
  /// Ticks until the batch is full, the interrupt has changed or there is nothing left to do.
  void run_batch();
  /// One clock cycle.
  void step();
  /// The AXI4-Lite side of a cycle: the oldest access's next handshake.
  void drive_registers();
  void finish_access(bool ok);
  /// Nothing changes until the next register access.
  bool asleep() const;
  /// Waits until simulated time has reached the block's local time.
  void synchronise();

  void transact(bool is_write, AxiBurst& burst, uint64_t cycle) override;
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);

  RtlEngineConfig config_;
  RtlModel model_;
  systole_rtl_pins& pins_;
  AxiReadPort reads_;
  AxiWritePort writes_;
  tlm::tlm_generic_payload payload_;
  std::function<void(bool)> on_interrupt_;
  sc_core::sc_event wake_{"wake"};
  sc_core::sc_event access_done_{"access_done"};
  std::deque<Access*> accesses_;   ///< pending, oldest first; they live in their callers' frames
  bool registers_active_ = false;  ///< the AXI4-Lite inputs are not all idle
  uint64_t cycle_ = 0;             ///< local time: the cycle of the next tick
  unsigned settle_ = 0;            ///< ticks still due after the last register access
  bool irq_ = false;
  uint64_t reset_ticks_;
  RtlReport counts_;
};

}  // namespace systole
