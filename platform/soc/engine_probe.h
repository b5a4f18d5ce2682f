// What an engine does, seen at its two ports: which operation its accesses belong to, and for how
// long. Sits between an engine and the interconnect, on the register path and on the data path.
#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/app/report.h"
#include "tlm/core/engine_module.h"

namespace systole {

/// Passes every transaction on, unchanged and untimed. Register writes tell where the ring is,
/// reads in the ring tell which descriptors follow each other. An operation begins with the first
/// operand access after the previous one ended, and ends when the last byte of its result has been
/// written: so its figure is the cycles of the operation proper; fetching, waiting for other
/// engines and signalling lie between.
class EngineProbe : public sc_core::sc_module, private tlm::tlm_fw_transport_if<> {
 public:
  tlm::tlm_target_socket<> data_in{"data_in"};
  tlm_utils::simple_initiator_socket<EngineProbe> data_out{"data_out"};
  tlm_utils::simple_target_socket<EngineProbe> registers_in{"registers_in"};
  tlm_utils::simple_initiator_socket<EngineProbe> registers_out{"registers_out"};

  /// `kind`: "gemm", "vpu" or "dma".
  EngineProbe(const sc_core::sc_module_name& name, const std::string& kind,
              uint64_t clock_period_ps);

  /// Since reset, per opcode that occurred, in the order of the opcodes; then, as "waiting", the
  /// cycles from the first look at a memory word to the operation that waited for it.
  /// OperationReport::engine is empty.
  std::vector<OperationReport> operations() const;
  /// An access: one that came by, or that was booked (EngineModule::on_booked).
  void see_access(const EngineModule::BusAccess& access);
  /// The operation at hand has ended; not all of its accesses came by (EngineModule::on_skipped).
  void see_skipped(uint64_t first_ps, uint64_t last_ps, uint64_t bytes_read);

  /// Called when a transaction of the engine's has written data to [addr, addr + bytes).
  void on_write(std::function<void(uint64_t addr, uint64_t bytes)> callback) {
    on_write_ = std::move(callback);
  }

 private:
  struct Operation {
    unsigned opcode = 0;
    uint64_t result_bytes = 0, work = 0;
  };
  struct Totals {
    uint64_t descriptors = 0, picoseconds = 0, work = 0, bytes_read = 0, bytes_written = 0;
    uint64_t seen_picoseconds = 0;  // of those of which every access came by
  };

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) override;
  void register_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned register_transport_dbg(tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end);
  void see_fetch(uint64_t addr, const uint8_t* data, uint64_t bytes);
  bool find_operation();
  void begin_operation(uint64_t begin_ps);
  void end_operation();
  void see_operand(const EngineModule::BusAccess& access);
  void see_result();
  void forget();
  Operation decode(const uint8_t* descriptor) const;

  std::string kind_;
  uint64_t period_ps_;
  std::function<void(uint64_t, uint64_t)> on_write_;
  uint64_t ring_base_ = 0, ring_bytes_ = 0;
  std::array<uint8_t, 128> fetched_{};
  std::deque<Operation> pending_;
  bool running_ = false, waiting_ = false;
  Operation current_;
  uint64_t begin_ps_ = 0, end_ps_ = 0, read_ = 0, written_ = 0, wait_begin_ps_ = 0;
  std::array<Totals, 16> totals_{};
  Totals waits_;
};

}  // namespace systole
