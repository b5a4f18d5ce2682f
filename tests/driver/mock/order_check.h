// Who may touch what when, told only by what orders engines: the ring, waits on words, doorbells.
// Independent of the order in which the mock happened to run, and of what the driver believes.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tlm/core/op.h"

namespace systole::driver {

/// Happens-before between operations, and every byte's last writer and readers. An access to a byte
/// that a concurrent operation writes (or, when writing, reads) is a race.
class OrderCheck {
 public:
  /// Per engine, how many of its descriptors have certainly completed.
  using Clock = std::vector<uint32_t>;

  explicit OrderCheck(uint32_t engines) : engines_(engines), now_(engines, Clock(engines)) {}

  /// The CPU hands `descriptors` more to an engine. It has seen every word as it is now.
  void doorbell(uint32_t engine, uint32_t descriptors);
  /// The engine's next descriptor begins; `wait`: after the word at `addr` has reached `value`.
  void begin(uint32_t engine, bool wait, uint64_t addr, uint32_t value);
  void access(uint32_t engine, uint64_t addr, uint64_t bytes, bool write);
  /// The descriptor has written `value` to the word at `addr`.
  void signal(uint32_t engine, uint64_t addr, uint32_t value);

  uint64_t accesses() const { return accesses_; }  ///< bytes checked
  uint64_t races() const { return races_; }
  const std::string& first_race() const { return first_race_; }

 private:
  static constexpr uint64_t kPage = 4096;
  struct Signal {
    uint32_t value;
    Clock clock;
  };

  /// Per byte of a page: 2 + engines words: the last write's engine and number, then each engine's
  /// last read; numbers count from 1.
  uint32_t* cell(uint64_t addr);
  void report(uint32_t engine, uint64_t addr, const char* what, uint32_t other);
  void join(Clock* into, const Clock& clock) const;

  uint32_t engines_;
  std::vector<Clock> now_;  ///< of each engine's running descriptor
  Clock cpu_ = Clock(engines_);
  std::map<uint64_t, std::vector<Signal>> words_;
  std::map<uint32_t, std::deque<Clock>> rung_;
  std::unordered_map<uint64_t, std::vector<uint32_t>> pages_;
  uint64_t accesses_ = 0, races_ = 0;
  std::string first_race_;
};

/// Memory as one engine sees it, telling the check.
class CheckedMemory : public MemoryView {
 public:
  CheckedMemory(MemoryView& memory, OrderCheck* check, uint32_t engine)
      : memory_(memory), check_(check), engine_(engine) {}

  uint8_t* map(uint64_t addr, uint64_t bytes, bool write) override {
    uint8_t* const host = memory_.map(addr, bytes, write);
    if (host != nullptr && check_ != nullptr) check_->access(engine_, addr, bytes, write);
    return host;
  }

 private:
  MemoryView& memory_;
  OrderCheck* check_;
  uint32_t engine_;
};

}  // namespace systole::driver
