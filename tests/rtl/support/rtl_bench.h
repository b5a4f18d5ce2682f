// A bench for one verilated engine: clock, AXI memory with latency and stalls, register manager,
// ring. Upstream: a variant built by scripts/verilate. Downstream: tests/rtl/*_test.cpp.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/rtl/support/axi_memory.h"
#include "tests/rtl/support/random.h"
#include "tlm/verilated/rtl_library.h"

namespace systole::rtl_test {

/// How the memory behaves. Latencies are cycles from the accepted address (write: last data) to the
/// first response beat.
struct BenchOptions {
  uint32_t strap[4] = {0, 0, 0, 0};
  unsigned read_latency = 20;
  unsigned write_latency = 10;
  unsigned max_reads = 64;  ///< bursts accepted and not answered
  unsigned max_writes = 64;
  unsigned stall_percent = 0;  ///< each channel refuses or holds back in this share of the cycles
  uint64_t seed = 1;
};

/// Register access outcome.
struct RegisterAnswer {
  uint32_t data;
  uint8_t resp;  ///< 0 OKAY, 2 SLVERR
};

class RtlBench {
 public:
  /// Creates an instance and resets it. Throws std::runtime_error if that fails.
  explicit RtlBench(std::shared_ptr<const RtlLibrary> library, const BenchOptions& options = {});

  AxiMemory& memory() { return memory_; }
  const systole_rtl_pins& pins() { return model_.pins(); }
  unsigned data_bytes() const { return data_bytes_; }
  uint64_t cycles() const { return cycles_; }
  /// Changes behaviour from the next cycle on; straps are only taken at construction and
  /// hard_reset().
  BenchOptions& options() { return options_; }
  /// rst_ni: everything but memory as after construction. The bus must be idle.
  void hard_reset();

  /// One clock cycle.
  void tick();
  /// Ticks until `done` or for `limit` cycles; false: limit.
  bool run_until(const std::function<bool()>& done, uint64_t limit);
  /// Ticks until busy_o is 0 (at least one cycle); false: limit.
  bool run_until_idle(uint64_t limit = 1000000);

  // Registers, by their byte offset
  RegisterAnswer read(uint32_t offset);
  /// Response; strobes other than 0xf are for tests.
  uint8_t write(uint32_t offset, uint32_t data, uint8_t strobes = 0xf);
  uint32_t read32(uint32_t offset) { return read(offset).data; }
  uint64_t read64(uint32_t offset);

  // Ring
  /// Sets RING_BASE, RING_SIZE, interrupt enables and ENABLE. The ring starts at the engine's HEAD.
  void setup_ring(uint64_t base, uint32_t units, uint32_t irq_enable = 7);
  /// Places a 128-byte descriptor at the ring's end; does not ring the doorbell. The caller keeps
  /// the number of pending descriptors below the ring's size.
  void push(const void* descriptor);
  void doorbell();
  /// push, doorbell, run until idle.
  bool run_one(const void* descriptor, uint64_t limit = 1000000);
  /// Address at which the next push() goes.
  uint64_t next_descriptor_addr() const { return ring_base_ + uint64_t{tail_} * 64; }
  uint32_t tail() const { return tail_; }

  // What happened on the bus since the last reset_traffic()
  struct Traffic {
    uint64_t read_beats = 0, write_beats = 0, read_bursts = 0, write_bursts = 0;
    uint64_t first_write_cycle = 0, last_write_cycle = 0;
  };
  const Traffic& traffic() const { return traffic_; }
  void reset_traffic() { traffic_ = {}; }
  /// True if no burst is on the way.
  bool bus_idle() const {
    return reads_.empty() && writes_.empty() && w_beats_.empty() && answers_.empty();
  }

  /// AXI rules broken so far, with the cycle; empty if all is well.
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  struct Burst {
    uint64_t addr, due;
    unsigned beats, size, cache, done;
    uint8_t resp;
  };
  struct WriteBeat {
    uint64_t strobes;
    bool last;
    uint8_t data[SYSTOLE_RTL_MAX_DATA_BYTES];
  };
  struct Answer {
    uint64_t due;
    uint8_t resp;
  };

  bool stall() { return options_.stall_percent && random_.below(100) < options_.stall_percent; }
  void violate(const std::string& text);
  void check_address(const char* channel, uint64_t addr, unsigned len, unsigned size,
                     unsigned cache, bool write);
  void check_stable();
  void drive_read();
  void drive_write();
  void take_write_beats();

  RtlModel model_;
  BenchOptions options_;
  unsigned data_bytes_;
  AxiMemory memory_;
  Random random_;
  uint64_t cycles_ = 0;
  std::deque<Burst> reads_, writes_;
  std::deque<WriteBeat> w_beats_;
  std::deque<Answer> answers_;
  systole_rtl_pins before_;  // the pins of the cycle before, for the stability checks
  bool before_valid_ = false;
  uint64_t ring_base_ = 0;
  uint32_t ring_units_ = 0, tail_ = 0;
  Traffic traffic_;
  std::vector<std::string> violations_;
};

}  // namespace systole::rtl_test
