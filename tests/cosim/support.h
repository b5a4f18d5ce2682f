// What the cosim tests share: an initiator that issues transactions, a thread that runs a test's
// body.
#pragma once
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "tlm/core/clock.h"

namespace systole::test {

/// The number in an environment variable, of a test's seed or length.
inline uint64_t environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 0) : otherwise;
}

/// Issues transactions on a socket. Its own thread, if it has a body, runs the body at time 0.
class Initiator : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Initiator> socket{"socket"};
  std::function<void(Initiator&)> body;
  /// Called before and after the body lets time pass: in between it may write memory.
  std::function<void()> on_pass = [] {};

  struct Result {
    tlm::tlm_response_status status;
    uint64_t ps;  ///< annotated delay on return
    uint64_t cycles() const { return ps / 1000; }
  };

  explicit Initiator(const sc_core::sc_module_name& name,
                     std::function<void(Initiator&)> run_body = nullptr)
      : sc_module(name), body(std::move(run_body)) {
    SC_HAS_PROCESS(Initiator);
    SC_THREAD(run);
    set_stack_size(1 << 20);
  }

  /// One transaction entering `entry_cycles` (1 ns each) after now.
  Result access(tlm::tlm_command command, uint64_t addr, void* data, unsigned bytes,
                uint64_t entry_cycles = 0, std::vector<uint8_t> enables = {}) {
    tlm::tlm_generic_payload p;
    p.set_command(command);
    p.set_address(addr);
    p.set_data_ptr(static_cast<unsigned char*>(data));
    p.set_data_length(bytes);
    p.set_streaming_width(bytes);
    if (!enables.empty()) {
      p.set_byte_enable_ptr(enables.data());
      p.set_byte_enable_length(static_cast<unsigned>(enables.size()));
    }
    sc_core::sc_time delay = sc_core::sc_time::from_value(entry_cycles * 1000);
    socket->b_transport(p, delay);
    return {p.get_response_status(), delay.value()};
  }
  Result read(uint64_t addr, unsigned bytes, uint64_t entry_cycles = 0) {
    buffer_.resize(bytes);
    return access(tlm::TLM_READ_COMMAND, addr, buffer_.data(), bytes, entry_cycles);
  }
  Result write(uint64_t addr, unsigned bytes, uint64_t entry_cycles = 0) {
    buffer_.assign(bytes, 0xa5);
    return access(tlm::TLM_WRITE_COMMAND, addr, buffer_.data(), bytes, entry_cycles);
  }
  /// Register accesses: the value, or ~0 and `ok` false.
  uint64_t get(uint64_t addr, unsigned bytes = 4, bool* ok = nullptr) {
    uint64_t value = 0;
    const Result r = access_and_pass(tlm::TLM_READ_COMMAND, addr, &value, bytes);
    if (ok) *ok = r.status == tlm::TLM_OK_RESPONSE;
    return r.status == tlm::TLM_OK_RESPONSE ? value : ~uint64_t{0};
  }
  bool put(uint64_t addr, uint64_t value, unsigned bytes = 4) {
    const Result r = access_and_pass(tlm::TLM_WRITE_COMMAND, addr, &value, bytes);
    return r.status == tlm::TLM_OK_RESPONSE;
  }
  void sleep_cycles(uint64_t cycles) {
    on_pass();
    wait(sc_core::sc_time::from_value(cycles * 1000));
    on_pass();
  }

 private:
  Result access_and_pass(tlm::tlm_command command, uint64_t addr, void* data, unsigned bytes) {
    on_pass();
    const Result r = access(command, addr, data, bytes);
    if (r.ps) wait(sc_core::sc_time::from_value(r.ps));
    on_pass();
    return r;
  }
  void run() {
    if (body) body(*this);
  }
  std::vector<uint8_t> buffer_;
};

}  // namespace systole::test
