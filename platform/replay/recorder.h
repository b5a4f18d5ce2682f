// Makes a recording of what the driver does. Upstream: PortHal. Downstream: a file.
#pragma once
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "platform/replay/recording.h"
#include "platform/replay/result_bytes.h"
#include "platform/soc/port_hal.h"
#include "platform/soc/soc.h"
#include "tlm/core/byte_ranges.h"

namespace systole {

/// Sees the driver's accesses and looks at memory when they happen; takes no simulated time. From
/// the first doorbell on it keeps everything that the engines or the time of the CPU depend on.
/// What the CPU has written into memory that descriptors read is found by comparing with a copy, at
/// each doorbell.
///
/// Expects what docs/blocks/engine.md asks of a driver (descriptors do not change once they are
/// rung) and that a descriptor that interrupts also signals, as this driver's do.
class Recorder final : public HalObserver {
 public:
  /// `with_data`: with what the descriptors read, so that a replay can be checked.
  Recorder(const Config& config, std::string command, bool with_data);

  /// Begins to observe `hal`; from the CPU's thread.
  void attach(PortHal& hal);
  /// Ends it. Afterwards the recording is complete.
  void detach();
  /// What keeps the run from being replayed; "" if nothing.
  const std::string& problem() const { return problem_; }
  const Recording& recording() const { return recording_; }

  void before_write(uint64_t addr, uint32_t value) override;
  void on_write(uint64_t addr, uint32_t value) override;
  void on_read(uint64_t addr, uint32_t value) override;
  void on_pause(uint64_t cycles) override;
  void on_putc(char c) override;
  void on_wake() override { settle(); }

 private:
  struct Flight {
    std::vector<Span> writes;
    uint64_t index = 0;  ///< 1: the engine's first descriptor
    uint8_t flags = 0;
    uint64_t signal_addr = 0;
    uint32_t signal_value = 0;
  };
  struct Engine {
    Soc::EngineInfo info;
    uint32_t tail = 0;
    std::deque<Flight> flying;  ///< rung and not known to have completed
    uint64_t interrupted = 0;   ///< of those that have completed, the last that interrupts
  };

  void event(RecordedEvent::Kind kind, uint32_t engine, uint64_t value, uint64_t addr = 0);
  Engine* engine_at(uint64_t addr, uint32_t* offset);
  void set_up(Engine& engine, uint32_t offset, uint32_t value);
  void doorbell(Engine& engine, uint32_t tail);
  void settle();
  void find_changes();
  void touch_word(uint64_t addr);
  void touch_page(uint64_t page, const ByteRanges& excluded);
  void keep_memory(uint64_t addr, const uint8_t* data, uint64_t bytes);
  ByteRanges not_the_cpus() const;
  MapMemory mapper();

  Config config_;
  bool with_data_, started_ = false;
  PortHal* hal_ = nullptr;
  Recording recording_;
  std::vector<Engine> engines_;
  std::set<uint64_t> words_;
  std::map<uint64_t, std::vector<uint8_t>>
      copies_;  ///< pages, as the CPU and the engines left them
  ResultBytes results_;
  uint64_t begin_ = 0, end_ = 0;
  int serving_ = -1;  ///< engine whose interrupt is claimed
  std::string problem_;
};

}  // namespace systole
