// One engine of any kind: probe, descriptor ring, doorbell, completion, errors, counters.
// Upstream: CommandStream. Downstream: the registers of docs/blocks/engine.md through the HAL.
#pragma once
#include "sw_driver/hal/hal.h"
#include "sw_driver/include/buffer.h"
#include "sw_driver/include/engine_kind.h"

namespace systole::driver {

constexpr uint32_t kDescriptorBytes = 128;
constexpr uint32_t kMinRingDescriptors = 4;
constexpr uint32_t kMaxRingDescriptors = 256;

/// CONFIG as read from the hardware; only the fields of the engine's kind are set.
struct EngineConfig {
  uint32_t data_bytes = 0;  ///< AXI data width
  // GEMM
  uint32_t rows = 0, cols = 0;  ///< array shape
  uint32_t a_buffer_bytes = 0, b_buffer_bytes = 0, acc_buffer_bytes = 0;
  uint32_t max_tile_m = 0, max_tile_n = 0;
  // VPU
  uint32_t lanes = 0, max_cols = 0;
  // DMA
  uint32_t max_outstanding = 0, max_burst_beats = 0;
};

/// Why an engine stopped.
struct EngineFault {
  uint8_t code = 0;         ///< ERROR_CODE.CODE; 0: no error
  uint8_t response = 0;     ///< AXI response of a bus error (2 SLVERR, 3 DECERR)
  uint64_t address = 0;     ///< ERROR_ADDR
  uint32_t sequence = 0;    ///< sequence number of the descriptor the ring stopped at
  uint64_t descriptor = 0;  ///< its SoC address
};

/// Text of an ERROR_CODE, for example "illegal descriptor".
const char* fault_text(uint8_t code);

/// The counters of one engine. They survive resets.
struct EngineCounters {
  uint64_t busy_cycles = 0, read_stall_cycles = 0, write_stall_cycles = 0, wait_cycles = 0;
  uint64_t bytes_read = 0, bytes_written = 0, descriptors = 0;
  uint64_t work = 0;  ///< GEMM: MACs; VPU: elements; DMA: bytes

  /// What they grew by since `before`.
  EngineCounters operator-(const EngineCounters& before) const {
    return {busy_cycles - before.busy_cycles,
            read_stall_cycles - before.read_stall_cycles,
            write_stall_cycles - before.write_stall_cycles,
            wait_cycles - before.wait_cycles,
            bytes_read - before.bytes_read,
            bytes_written - before.bytes_written,
            descriptors - before.descriptors,
            work - before.work};
  }
};

/// Sequence numbers count descriptors, wrap at 2^32, and are compared by difference; no two that
/// are compared are ever 2^31 apart. True if `a` is not before `b`.
inline bool sequence_reached(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) >= 0; }

/// Front-end of one engine. append() writes into the ring, doorbell() hands over all that was
/// appended, and the engine's sequence word in memory tells what has completed. Not every
/// descriptor signals: the last of each doorbell does, one in every half ring, and those somebody
/// asked for with request_signal(). No heap; the ring and the word are the caller's. Not
/// thread-safe. All but init() and the getters need a successful start() first and return
/// BadArgument without.
class Engine {
 public:
  /// Binds to the registers at `base` and the interrupt `source`, and checks ID, VERSION and
  /// CONFIG. BusError: no answer. BadHardware: not a `kind` of a known map version, or CONFIG makes
  /// no sense.
  Status init(Hal& hal, EngineKind kind, uint64_t base, uint32_t source);

  /// Soft reset, then ring and interrupts on. `ring`: 128 bytes times a power of two from
  /// kMinRingDescriptors to kMaxRingDescriptors, 64-byte aligned. `word`: 4 bytes, 4-byte aligned,
  /// set to `first_sequence`; the first descriptor gets first_sequence + 1.
  /// `timeout_cycles` bounds the reset. BadArgument, BusError, Timeout.
  Status start(const Buffer& ring, const Buffer& word, uint32_t first_sequence,
               uint64_t timeout_cycles);

  /// Copies a 128-byte descriptor (hw::GemmDescriptor, …) into the ring. SIGNAL and IRQ,
  /// signal_addr and signal_value belong to this class and are overwritten; WAIT and COMPLETE are
  /// the caller's. `sequence`, if not null, is its number. RingFull: nothing written; doorbell and
  /// wait, then retry.
  Status append(const void* descriptor, uint32_t* sequence);

  /// Makes sure that the sequence word reaches `sequence` or a later number that covers it: patches
  /// the descriptor if it has not been handed over, else finds the next one that signals.
  /// `*signalled` is the number to wait for. BadArgument: not in the ring (never appended, or
  /// completed long ago).
  Status request_signal(uint32_t sequence, uint32_t* signalled);

  /// Hands all appended descriptors to the engine: the last one signals, and interrupts if
  /// `interrupt`. One register write; none if nothing is new. The caller has not to fence.
  /// BusError.
  Status doorbell(bool interrupt);

  /// append() and doorbell(true): one operation at a time, for bring-up and tests.
  Status submit(const void* descriptor, uint32_t* sequence);

  /// The number in the sequence word: all descriptors up to it have completed. Reads memory only;
  /// never spin on it.
  uint32_t completed() const;
  /// The last number given out by append(), and the last one handed over.
  uint32_t appended() const { return appended_; }
  uint32_t rung() const { return rung_; }
  bool idle() const { return completed() == appended_; }
  /// Descriptors that append() would take now.
  uint32_t room() const;

  /// Reads and clears IRQ_STATUS. EngineError: the ring stopped; fault() says why. BusError.
  Status service_interrupt();

  /// Why the engine stopped, read from the registers by the service_interrupt() or refresh_fault()
  /// that found it; code 0 if it did not.
  const EngineFault& fault() const { return fault_; }
  /// Reads ERROR_CODE and what belongs to it. EngineError if there is one, else Ok. BusError.
  Status refresh_fault();

  /// Stops the running descriptor; the ring keeps it and all behind it. Then start() or resume().
  /// Timeout: the engine did not come back.
  Status abort(uint64_t timeout_cycles);
  /// Sets ENABLE again after abort(): the ring goes on with the aborted descriptor from its
  /// beginning.
  Status resume();
  /// Soft reset: what was in the ring is lost. Then start(). Timeout: the engine did not come back.
  Status reset(uint64_t timeout_cycles);

  Status read_counters(EngineCounters* counters);

  EngineKind kind() const { return kind_; }
  const EngineConfig& config() const { return config_; }
  uint64_t base() const { return base_; }
  uint32_t irq_source() const { return source_; }
  uint64_t word_addr() const { return word_.addr; }
  uint32_t ring_descriptors() const { return capacity_; }

 private:
  Status read(uint32_t offset, uint32_t* value) { return hal_->read32(base_ + offset, value); }
  Status write(uint32_t offset, uint32_t value) { return hal_->write32(base_ + offset, value); }
  Status read64(uint32_t offset, uint64_t* value);
  Status read_config();
  Status wait_clear(uint32_t ctrl_mask, uint64_t timeout_cycles);
  uint8_t* slot(uint32_t sequence) const;
  bool signals(uint32_t sequence) const;
  void set_signal(uint32_t sequence, bool interrupt);

  Hal* hal_ = nullptr;
  EngineKind kind_ = EngineKind::Gemm;
  uint64_t base_ = 0;
  uint32_t source_ = 0;
  EngineConfig config_;
  Buffer ring_, word_;
  uint32_t capacity_ = 0;  ///< descriptors in the ring; one less can be used
  uint32_t first_ = 0;     ///< sequence number before slot 0
  uint32_t appended_ = 0, rung_ = 0;
  bool started_ = false;
  EngineFault fault_;
};

}  // namespace systole::driver
