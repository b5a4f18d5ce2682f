// The descriptors of a run as a file: what the CPU gave to the engines, in its order, and what it
// waited for in between. docs/replay.md tells more.
// Upstream: Recorder. Downstream: Replayer, sampling.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace systole {

/// A file that is no recording, or a damaged one: what() names it, the place and what is wrong.
class RecordingError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What one engine is set up with before the first event.
struct RecordedEngine {
  std::string kind;  ///< "gemm", "vpu", "dma"
  unsigned instance = 0;
  uint64_t ring_base = 0;
  uint32_t ring_units = 0;  ///< of 64 bytes; 0: the run has not used it
  uint32_t irq_enable = 0;
};

using DescriptorBytes = std::array<uint8_t, 128>;

/// One thing the CPU did. In the order of its program.
struct RecordedEvent {
  enum Kind : uint8_t {
    Doorbell,   ///< `value` more descriptors of `engine`
    Interrupt,  ///< served one of `engine`; the last descriptor to cause one by then is number
                ///< `value`
    Character,  ///< `value` to the console
    Pause,      ///< `value` cycles
    Read,       ///< of the register at `addr`
    Write,      ///< of `value` to the register at `addr`
    Memory      ///< `data` to memory at `addr`, in no time
  };
  Kind kind = Pause;
  uint32_t engine = 0;
  uint64_t value = 0, addr = 0;
  std::vector<uint8_t> data;
};

struct Recording {
  static constexpr int kVersion = 1;
  static constexpr uint64_t kPageBytes = 4096;

  nlohmann::ordered_json config;  ///< resolved, as in a report
  std::string command;            ///< what was recorded, for people
  bool has_data = false;          ///< Memory events hold all that the descriptors read
  std::vector<RecordedEngine> engines;
  std::vector<RecordedEvent> events;
  std::vector<std::vector<DescriptorBytes>> descriptors;  ///< per engine, in the order of its ring
  /// Of the run itself: from the first doorbell to the end of the last interrupt.
  uint64_t cycles = 0;
  /// has_data: at the end, the 64-bit FNV-1a hash of the bytes of each page that descriptors wrote
  /// (no rings, no words), by page number; other bytes count as 0.
  std::map<uint64_t, uint64_t> pages;
};

/// Throws RecordingError if it cannot be written.
void write_recording(const Recording& recording, const std::string& file);
/// Throws RecordingError.
Recording read_recording(const std::string& file);

/// The same to and from bytes; `name` is for messages.
std::string encode_recording(const Recording& recording);
Recording decode_recording(const std::string& bytes, const std::string& name);

}  // namespace systole
