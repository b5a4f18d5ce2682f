// A sample of a recording's distinct descriptors: those that differ in more than where their
// operands lie. Upstream: `systole replay --distinct`, calibration of a sweep.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "platform/replay/replayer.h"

namespace systole {

struct DistinctBounds {
  uint64_t samples = 0;      ///< at most
  uint64_t most_cycles = 0;  ///< of all samples' least_cycles() together; 0: no bound
  uint64_t seed = 1;
};

/// The descriptors of one operation of one engine kind.
struct OperationSample {
  std::string engine, operation;      ///< "vpu", "softmax"
  uint64_t descriptors = 0;           ///< in the recording
  uint64_t distinct = 0;              ///< classes of them
  uint64_t sampled = 0;               ///< classes of which one is in the sample
  uint64_t stands_for = 0;            ///< descriptors of these classes
  uint64_t too_large = 0;             ///< classes drawn that were beyond most_cycles
  uint64_t least_cycles = 0;          ///< of all descriptors
  uint64_t sampled_least_cycles = 0;  ///< of those that the sample stands for
};

struct DistinctSample {
  std::vector<Sample> samples;  ///< in the order of the recording, each with `stands_for`
  std::vector<OperationSample> operations;
};

/// Draws from every operation in turn, at random, a class the more likely the more of the
/// operation's least_cycles() it stands for. What would exceed most_cycles is passed over. The same
/// bounds, recording and configuration give the same sample on every machine. NOPs are left out.
/// Descriptors are of one class if they are equal but for their header's words and for whole pages
/// (4 KiB) of their operands' addresses within one memory.
DistinctSample draw_distinct(const Recording& recording, const Config& config,
                             const DistinctBounds& bounds);

/// What the port's width and the array (a VPU's lanes) take at least, were nothing read twice.
uint64_t least_cycles(const std::string& kind, const DescriptorBytes& descriptor,
                      const Config& config);

}  // namespace systole
