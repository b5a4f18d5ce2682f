#include "tlm/core/register_device.h"

#include <cstring>

namespace systole {
namespace {

bool well_formed(const tlm::tlm_generic_payload& p) {
  const unsigned bytes = p.get_data_length();
  const bool size_ok = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
  return size_ok && p.get_address() % bytes == 0 && p.get_streaming_width() >= bytes;
}

/// Partial writes of a register are refused; enables that are all set are none.
bool all_bytes_enabled(const tlm::tlm_generic_payload& p) {
  for (unsigned i = 0; p.get_byte_enable_ptr() && i < p.get_byte_enable_length(); ++i)
    if (p.get_byte_enable_ptr()[i] == 0) return false;
  return true;
}

}  // namespace

RegisterDevice::RegisterDevice(const sc_core::sc_module_name& name) : sc_module(name) {
  socket.register_b_transport(this, &RegisterDevice::b_transport);
  socket.register_transport_dbg(this, &RegisterDevice::transport_dbg);
}

void RegisterDevice::b_transport(tlm::tlm_generic_payload& p, sc_core::sc_time& delay) {
  if (delay != sc_core::SC_ZERO_TIME) {
    wait(delay);
    delay = sc_core::SC_ZERO_TIME;
  }
  bool ok = false;
  uint64_t value = 0;
  if (well_formed(p) && all_bytes_enabled(p)) {
    const unsigned bytes = p.get_data_length();
    if (p.is_read()) {
      ok = read(p.get_address(), bytes, &value, false);
      if (ok) std::memcpy(p.get_data_ptr(), &value, bytes);
    } else if (p.is_write()) {
      std::memcpy(&value, p.get_data_ptr(), bytes);
      ok = write(p.get_address(), bytes, value);
    }
  }
  p.set_dmi_allowed(false);
  p.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

unsigned RegisterDevice::transport_dbg(tlm::tlm_generic_payload& p) {
  uint64_t value = 0;
  if (!p.is_read() || !well_formed(p)) return 0;
  if (!read(p.get_address(), p.get_data_length(), &value, true)) return 0;
  std::memcpy(p.get_data_ptr(), &value, p.get_data_length());
  return p.get_data_length();
}

}  // namespace systole
