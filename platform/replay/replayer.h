// Gives a recording to the engines, without the driver. Upstream: `systole replay`. Downstream: the
// registers through PortHal.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "platform/replay/recording.h"
#include "platform/replay/result_bytes.h"
#include "platform/soc/port_hal.h"
#include "platform/soc/soc.h"

namespace systole {

/// Throws RecordingError if a SoC of `config` cannot carry out the recording: engines, memory, an
/// array of another shape, buffers that are too small.
void check_replay(const Recording& recording, const Config& config, const std::string& name);

/// What one descriptor alone takes.
struct Sample {
  uint32_t engine = 0;
  uint64_t index = 0;       ///< in the engine's list
  uint64_t cycles = 0;      ///< from the doorbell to the interrupt
  uint64_t stands_for = 1;  ///< descriptors, itself among them (draw_distinct)
};

/// From the CPU's thread, on engines that are idle. The CPU does what it did in the recorded run,
/// in the same order: it rings a doorbell as soon as the interrupts that preceded it have come. So
/// a replay with the recorded run's configuration takes the recorded cycles.
class Replayer {
 public:
  Replayer(const Recording& recording, const Config& config, PortHal& hal);

  /// All of it. What went wrong, "" if nothing.
  std::string run();
  /// From the first doorbell to the end of the last interrupt.
  uint64_t cycles() const { return cycles_; }
  /// Bytes that descriptors have written.
  const ResultBytes& results() const { return results_; }
  MapMemory mapper();

  /// Each by itself, its wait left out, on memory as it is. What went wrong, "" if nothing.
  std::string run_samples(std::vector<Sample>& samples);

 private:
  struct Engine {
    Soc::EngineInfo info;
    uint32_t tail = 0;
    uint64_t rung = 0;      ///< descriptors
    uint64_t served = 0;    ///< the last one whose interrupt has been served
    uint64_t recorded = 0;  ///< the same, in the recorded run
  };
  std::string set_up();
  std::string write(const Engine& engine, uint32_t offset, uint32_t value);
  std::string ring(uint32_t engine, uint64_t count);
  std::string await_interrupt(uint32_t engine, uint64_t index);
  std::string serve(uint32_t* source);
  void place(Engine& engine, const DescriptorBytes& descriptor);
  uint64_t interrupted(uint32_t engine);
  bool at_work();
  std::string stopped(uint32_t engine);
  std::string describe(uint32_t engine) const;

  const Recording& recording_;
  Config config_;
  PortHal& hal_;
  std::vector<Engine> engines_;
  ResultBytes results_;
  uint64_t cycles_ = 0;
};

/// `count` descriptors that are no NOPs, drawn without repetition, in the order of the recording;
/// fewer if there are not so many.
std::vector<Sample> draw_samples(const Recording& recording, uint64_t count, uint64_t seed);

}  // namespace systole
