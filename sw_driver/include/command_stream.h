// Operations in program order for all engines together: the stream finds out which must wait for
// which. Upstream: kernels. Downstream: Engine rings. The engines synchronise among themselves
// through words in SPM; the CPU sleeps.
#pragma once
#include "sw_driver/include/engine.h"
#include "sw_driver/include/memory_range.h"
#include "sw_driver/include/offload.h"
#include "sw_driver/include/plic.h"
#include "sw_driver/include/range_table.h"
#include "sw_driver/include/soc.h"

namespace systole::driver {

/// Names one operation of the stream, for wait().
struct Ticket {
  uint32_t engine = 0;  ///< index among all engines, as in Soc
  uint32_t sequence = 0;
};

struct StreamOptions {
  uint32_t wait_timeout_cycles =
      50'000'000;  ///< of every wait between engines; covers all work queued before it
  uint64_t cpu_timeout_cycles =
      200'000'000;              ///< of every wait of the CPU, when the call does not say
  uint32_t first_sequence = 0;  ///< where the sequence numbers start (tests: just before the wrap)
  bool track_dependencies = true;  ///< false removes every wait: for tests that must then fail
};

struct StreamStatistics {
  uint64_t operations = 0;  ///< appended, NOPs not counted
  uint64_t waits = 0;       ///< descriptors with a wait on another engine
  uint64_t nops = 0;        ///< extra descriptors for a second wait
  uint64_t signals_requested = 0;
  uint64_t flushes = 0, doorbells = 0, interrupts = 0;
  uint64_t stalls = 0;  ///< append() had to sleep for room in a ring or in the table of ranges
};

/// The recorded operations behave as if they had run one after the other, in the order of append():
/// read-after-write, write-after-read and write-after-write between engines become waits on the
/// producer's sequence word; nothing else is ordered. On one engine order is free.
///
/// Recording costs no hardware access: flush() writes each ring's doorbell once. append() flushes
/// by itself only when a ring is full. Deterministic; bounded memory (about 400 KiB in the object:
/// make it static or put it on the heap, not on a thread's stack); no heap. Not thread-safe.
///
/// After EngineError or Timeout the stream refuses everything (the same status) until restart().
class CommandStream {
 public:
  /// `engines[0..count)` are in the order of `soc` and started. The objects must outlive the
  /// stream.
  void init(Hal& hal, const Soc& soc, Plic& plic, Engine* engines, const StreamOptions& options);
  /// Forgets everything recorded; the engines have just been started again. Statistics and offload
  /// stay.
  void restart();

  /// Appends one operation.
  /// `instance`: of `kind`, or kAnyInstance. `descriptor`: 128 bytes, header fields left zero but
  /// for version, opcode, units (the stream owns wait and signal). `accesses`: every byte the
  /// operation reads or writes must be in one of them. `ticket` may be null. BadArgument: no such
  /// engine; null descriptor. Timeout or EngineError: waiting for room failed.
  Status append(EngineKind kind, int instance, const void* descriptor, const Access* accesses,
                uint32_t count, Ticket* ticket = nullptr);

  /// Hands everything recorded to the engines. An operation nothing else waits for raises the
  /// interrupt. BusError.
  Status flush();

  /// Flushes if needed, then sleeps until the operation has completed. timeout_cycles 0: the
  /// option's. EngineError: fault() and faulty_engine() say what stopped. Timeout: nobody knows.
  Status wait(const Ticket& ticket, uint64_t timeout_cycles = 0);
  /// The same for everything recorded so far.
  Status finish(uint64_t timeout_cycles = 0);
  /// The same for all operations that the CPU must let pass before it reads (or, with `write`,
  /// writes) `range`.
  Status wait_for(const Access& access, uint64_t timeout_cycles = 0);

  /// True if the operation has completed; reads memory only.
  bool done(const Ticket& ticket) const;

  /// The instance kAnyInstance would choose next for `kind`.
  uint32_t next_instance(EngineKind kind) const { return next_[static_cast<uint32_t>(kind)]; }
  uint32_t instances(EngineKind kind) const { return soc_->count[static_cast<uint32_t>(kind)]; }
  /// CONFIG of instance 0 of the kind: all instances are alike. Null if there is none.
  const EngineConfig* config(EngineKind kind) const;

  Status state() const { return state_; }
  uint32_t faulty_engine() const { return faulty_engine_; }
  const EngineFault& fault() const { return engines_[faulty_engine_].fault(); }

  const StreamStatistics& statistics() const { return statistics_; }
  Offload& offload() { return offload_; }
  const Offload& offload() const { return offload_; }
  Hal& hal() { return *hal_; }

 private:
  /// For every engine, the sequence number known to have completed.
  struct Clock {
    uint32_t at[kMaxEngines];
  };
  /// Per engine, the sequence number an operation needs; `needed` says which are set.
  struct Needs {
    uint32_t at[kMaxEngines] = {};
    bool needed[kMaxEngines] = {};
    void add(uint32_t engine, uint32_t sequence);
  };

  Status fail(Status status, uint32_t engine);
  Clock& clock_of(uint32_t engine, uint32_t sequence);
  void collect(const Access& access, uint32_t engine, Needs* needs) const;
  void drop_implied(uint32_t engine, Needs* needs);
  Status await(uint32_t engine, uint32_t other, uint32_t sequence, void* descriptor);
  Status push(uint32_t engine, const void* descriptor, uint32_t* sequence);
  Status remember(const Access& access, uint32_t engine, uint32_t sequence);
  bool is_sink(uint32_t engine);
  void retire();
  Status sleep(uint64_t deadline);
  Status stall(uint32_t engine, uint32_t sequence);
  Status wait_needs(const Needs& needs, uint64_t timeout_cycles);

  Hal* hal_ = nullptr;
  const Soc* soc_ = nullptr;
  Plic* plic_ = nullptr;
  Engine* engines_ = nullptr;
  uint32_t engine_count_ = 0;
  StreamOptions options_;
  StreamStatistics statistics_;
  Offload offload_;
  Status state_ = Status::Ok;
  uint32_t faulty_engine_ = 0;
  uint32_t next_[kEngineKinds] = {};
  uint32_t retired_[kMaxEngines] = {};  ///< completed(), as of the last retire()
  Clock known_[kMaxEngines] = {};       ///< what the next operation of each engine may rely on
  Clock clocks_[kMaxEngines][kMaxRingDescriptors] = {};
  RangeTable live_;
};

}  // namespace systole::driver
