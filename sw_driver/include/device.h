// The whole accelerator, brought up: the one object a program starts from.
#pragma once
#include "sw_driver/include/arena.h"
#include "sw_driver/include/command_stream.h"

namespace systole::driver {

struct DeviceOptions {
  uint32_t ring_descriptors =
      128;  ///< per engine; a power of two, kMinRingDescriptors to kMaxRingDescriptors
  uint64_t dram_reserved_bytes = 0;  ///< at the start of DRAM, not ours (firmware lives there)
  uint64_t reset_timeout_cycles = 1'000'000;
  StreamOptions stream;
};

/// Probes the SoC and its engines, lays rings and sequence words into SPM, enables interrupts, and
/// gives the rest of SPM and DRAM out through two arenas. About 400 KiB: static or on the heap.
class Device {
 public:
  /// BusError, BadHardware, NoMemory (SPM too small for the rings), Timeout, BadArgument (options).
  /// failed_engine() names the engine on an engine's failure.
  Status open(Hal& hal, const DeviceOptions& options = {});

  /// After EngineError or Timeout: soft reset of every engine, rings set up anew, stream restarted.
  /// What was recorded is lost; buffers and counters stay. Timeout: an engine does not come back.
  Status recover();

  const Soc& soc() const { return soc_; }
  /// Instance `instance` of `kind`; the caller sees to it that it exists (soc().count).
  Engine& engine(EngineKind kind, uint32_t instance = 0) {
    return engines_[soc_.engine_index(kind, instance)];
  }
  CommandStream& stream() { return stream_; }
  Arena& spm() { return spm_; }
  Arena& dram() { return dram_; }
  /// Read-only images; bytes 0 if there is none.
  const Buffer& model() const { return model_; }
  const Buffer& tokenizer() const { return tokenizer_; }
  uint32_t failed_engine() const { return failed_engine_; }

 private:
  Status start_engines();

  Hal* hal_ = nullptr;
  DeviceOptions options_;
  Soc soc_;
  Plic plic_;
  Engine engines_[kMaxEngines];
  Buffer rings_[kMaxEngines], words_[kMaxEngines];
  CommandStream stream_;
  Arena spm_, dram_;
  Buffer model_, tokenizer_;
  uint32_t failed_engine_ = 0;
};

}  // namespace systole::driver
