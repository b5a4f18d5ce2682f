// Base of the small register-mapped devices (PLIC, CLINT, UART, ...): TLM in, handlers out.
// Upstream: the interconnect, with addresses relative to the device. Downstream: the device.
#pragma once
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>

namespace systole {

/// A device answers naturally aligned accesses of 1, 2, 4 or 8 bytes within its window. An access
/// acts at its own time: b_transport waits until simulated time has reached it, so call it from a
/// thread. What a handler refuses, and any other shape, gets TLM_GENERIC_ERROR_RESPONSE.
/// transport_dbg reads through the same handler with debug set: no side effects; it writes nothing.
class RegisterDevice : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<RegisterDevice> socket{"socket"};

 protected:
  explicit RegisterDevice(const sc_core::sc_module_name& name);

  /// One read of `bytes` at `offset`; the value is little-endian in *value. False: refused.
  /// With debug set nothing may change.
  virtual bool read(uint64_t offset, unsigned bytes, uint64_t* value, bool debug) = 0;
  /// One write of `bytes` at `offset`. False: refused, and nothing changed.
  virtual bool write(uint64_t offset, unsigned bytes, uint64_t value) = 0;

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
};

}  // namespace systole
