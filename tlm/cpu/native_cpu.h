// The native host CPU: driver code compiled into the simulator, running in an SC_THREAD.
// Upstream: the entry function given by the platform. Downstream: the interconnect.
#pragma once
#include <tlm_utils/simple_initiator_socket.h>

#include <systemc>
#include <vector>

#include "tlm/core/clock.h"
#include "tlm/cpu/host_cpu.h"
#include "tlm/cpu/host_port.h"

namespace systole {

struct NativeCpuConfig {
  Clock clock{1000};
  uint64_t uart_thr_addr = 0x1000'0000;  ///< where putc() writes
  size_t stack_bytes = 16u << 20;        ///< of the software's thread; committed as it is used
};

/// The software's own computing takes no simulated time. A register access is a real transaction:
/// it starts at the current simulated time and the thread waits out its whole delay.
class NativeCpu : public sc_core::sc_module, public HostCpu, private HostPort {
 public:
  using Entry = std::function<int(HostPort&)>;

  tlm_utils::simple_initiator_socket<NativeCpu> socket{"socket"};

  /// `entry` runs once from time 0; its result is the exit code. An exception that leaves it gives
  /// exit code 1 and its text as failure().
  NativeCpu(const sc_core::sc_module_name& name, const NativeCpuConfig& config, Entry entry);

  tlm::tlm_initiator_socket<>& bus_socket() override { return socket; }
  void set_external_interrupt(bool level) override;
  void set_timer_interrupt(bool) override {}
  void set_software_interrupt(bool) override {}
  void on_exit(std::function<void(int)> callback) override { on_exit_ = std::move(callback); }
  std::optional<int> exit_code() const override { return exit_code_; }
  void request_stop() override;
  std::string model() const override { return "native"; }
  uint64_t instructions() const override { return 0; }
  /// Called before and after the software lets simulated time pass: in between it runs, and may
  /// write memory.
  void on_pass(std::function<void()> callback) { on_pass_ = std::move(callback); }
  /// Text of the exception that ended the software; empty if none did.
  const std::string& failure() const { return failure_; }

 private:
  struct Mapping {
    uint64_t base, last;
    uint8_t* data;
  };

  void run();
  void pass(const sc_core::sc_time& longest, bool until_woken);
  HostStatus transport(tlm::tlm_command command, uint64_t addr, void* data, unsigned bytes);
  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end);

  HostStatus read32(uint64_t addr, uint32_t* value) override;
  HostStatus write32(uint64_t addr, uint32_t value) override;
  void* map(uint64_t addr, uint64_t bytes) override;
  uint64_t now_cycles() override { return config_.clock.now_cycles(); }
  bool wait_for_interrupt(uint64_t timeout_cycles) override;
  void pause(uint64_t cycles) override;
  void putc(char c) override;
  bool stop_requested() const override { return stop_; }

  NativeCpuConfig config_;
  Entry entry_;
  std::function<void(int)> on_exit_;
  std::function<void()> on_pass_ = [] {};
  std::optional<int> exit_code_;
  std::string failure_;
  std::vector<Mapping> mappings_;
  sc_core::sc_event wake_{"wake"};
  bool interrupt_ = false, stop_ = false;
};

}  // namespace systole
