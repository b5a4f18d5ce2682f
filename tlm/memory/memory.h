// DRAM, scratchpad, boot ROM and read-only images: host memory, a timing policy, a TLM socket.
// Upstream: the interconnect, with addresses relative to the window.
#pragma once
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>

#include "tlm/bus/skippable_bus.h"
#include "tlm/core/report.h"
#include "tlm/memory/host_memory.h"
#include "tlm/memory/memory_timing.h"

namespace systole {

/// Data moves when b_transport is called; the delay is annotated by the timing policy; nothing
/// waits. With a null data pointer time passes and traffic is counted, but no data moves (twins).
/// Byte enables are honoured. Beyond the end: TLM_ADDRESS_ERROR_RESPONSE. A write to read-only
/// memory: TLM_GENERIC_ERROR_RESPONSE, nothing changed (transport_dbg: 0 bytes). Bind a window of
/// size() bytes; DMI covers all of it, for writing too if it is writable.
class Memory : public sc_core::sc_module, public RepeatableTarget {
 public:
  tlm_utils::simple_target_socket<Memory> socket{"socket"};

  Memory(const sc_core::sc_module_name& name, HostMemory memory,
         std::unique_ptr<MemoryTiming> timing);

  uint8_t* data() const { return memory_.data(); }  ///< host pointer to the first byte
  uint64_t size() const { return memory_.size(); }  ///< bytes; images: whole pages
  uint64_t content_bytes() const { return memory_.content_bytes(); }  ///< a file's size
  bool writable() const override { return memory_.writable(); }
  /// Up to the current simulated time.
  MemoryReport report() const;

  uint64_t address_period() const override { return timing_->address_period(); }
  void state(StateArchive& archive, uint64_t now_cycle) override;
  uint64_t pass(bool is_write, uint64_t offset, unsigned bytes, uint64_t time_ps) override;
  void pace(Pace& pace) const override { timing_->pace(pace); }
  void count(bool is_write, const BurstCounts& bursts, uint32_t beat_bytes) override;
  void count_looks(uint64_t times, uint32_t bytes) override;
  uint64_t busy_ps() const override { return timing_->busy_ps(); }
  void reopen(uint64_t ps) override { timing_->reopen(ps); }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  bool holds(const tlm::tlm_generic_payload& payload) const;

  HostMemory memory_;
  std::unique_ptr<MemoryTiming> timing_;
  uint64_t bytes_read_ = 0, bytes_written_ = 0;
};

/// A read-only image: a file (the model window) or bytes (the boot ROM).
class RomImage : public Memory {
 public:
  /// Throws std::runtime_error naming the file if it cannot be mapped.
  RomImage(const sc_core::sc_module_name& name, const std::string& path,
           std::unique_ptr<MemoryTiming> timing)
      : Memory(name, HostMemory::map_file(path), std::move(timing)) {}
  RomImage(const sc_core::sc_module_name& name, const std::vector<uint8_t>& content,
           std::unique_ptr<MemoryTiming> timing)
      : Memory(name, HostMemory::copy_of(content.data(), content.size()), std::move(timing)) {}
};

}  // namespace systole
