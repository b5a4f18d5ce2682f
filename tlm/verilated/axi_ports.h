// The two data sides of a verilated block's AXI manager port, in cycles: bursts to TLM and back.
// Upstream: the model's pins. Downstream: RtlEngine, which performs the TLM transactions.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tlm/verilated/rtl_abi.h"

namespace systole {

/// AXI response codes.
enum AxiResponse : uint8_t { kAxiOkay = 0, kAxiSlverr = 2, kAxiDecerr = 3 };

/// One transaction on its way to the bus. `end_cycle` and `response` are filled in by the bus.
struct AxiBurst {
  uint64_t addr = 0;  ///< aligned down to the beat size
  uint32_t beats = 0, beat_bytes = 0;
  bool device = false;     ///< AxCACHE is 0: time must be synchronised first
  uint64_t end_cycle = 0;  ///< cycle count at which the bus has finished
  AxiResponse response = kAxiOkay;
  std::vector<uint8_t> data;    ///< beats * beat_bytes in use
  std::vector<uint8_t> enable;  ///< 0x00 or 0xff per byte; writes only
  bool all_enabled = true;

  uint32_t bytes() const { return beats * beat_bytes; }
};

/// A fixed ring of bursts in order: no allocation once the buffers have grown.
class AxiBurstRing {
 public:
  static constexpr size_t kDepth = 64;
  bool empty() const { return head_ == tail_; }
  bool full() const { return tail_ - head_ == kDepth; }
  size_t size() const { return tail_ - head_; }
  AxiBurst& front() { return bursts_[head_ % kDepth]; }
  AxiBurst& next_free() { return bursts_[tail_ % kDepth]; }
  void push() { ++tail_; }
  void pop() { ++head_; }

 private:
  std::array<AxiBurst, kDepth> bursts_;
  size_t head_ = 0, tail_ = 0;
};

/// Performs a burst at `cycle` (reads: of the AR handshake; writes: of the last W beat).
class AxiBus {
 public:
  virtual void transact(bool is_write, AxiBurst& burst, uint64_t cycle) = 0;

 protected:
  ~AxiBus() = default;
};

/// AR and R. Every AR is taken at once (up to AxiBurstRing::kDepth bursts outstanding) and
/// performed; its beats follow in order, one per cycle, the last in the cycle that ends at
/// end_cycle, or as soon after it as earlier bursts and RREADY let it.
class AxiReadPort {
 public:
  AxiReadPort(systole_rtl_pins& pins, uint32_t data_bytes, AxiBus& bus)
      : pins_(pins), data_bytes_(data_bytes), bus_(bus) {}

  bool idle() const { return ring_.empty(); }
  /// Looks at the outputs, sets the inputs of the tick in `cycle`.
  void drive(uint64_t cycle);

 private:
  void accept(uint64_t cycle);

  systole_rtl_pins& pins_;
  uint32_t data_bytes_;
  AxiBus& bus_;
  AxiBurstRing ring_;
  uint32_t beat_ = 0;  ///< next beat of the oldest burst
};

/// AW, W and B. A burst is performed in the cycle of its last W beat; its response is given from
/// end_cycle on. W beats are taken once their AW was, at the earliest in the same cycle. At most
/// kMaxUnanswered bursts are open: further AWs wait, which is how a slow target holds the block
/// back.
class AxiWritePort {
 public:
  static constexpr size_t kMaxUnanswered = 32;

  AxiWritePort(systole_rtl_pins& pins, uint32_t data_bytes, AxiBus& bus)
      : pins_(pins), data_bytes_(data_bytes), bus_(bus) {}

  bool idle() const { return open_.empty() && answers_.empty(); }
  void drive(uint64_t cycle);

 private:
  struct Answer {
    uint64_t cycle;
    AxiResponse response;
  };
  void accept();
  void take_beat(uint64_t cycle);

  systole_rtl_pins& pins_;
  uint32_t data_bytes_;
  AxiBus& bus_;
  AxiBurstRing open_;  ///< AW taken, last W beat not yet
  uint32_t beat_ = 0;  ///< next beat of the oldest open burst
  std::array<Answer, kMaxUnanswered> answer_ring_{};
  struct {
    size_t head = 0, tail = 0;
    bool empty() const { return head == tail; }
    size_t size() const { return tail - head; }
  } answers_;
};

}  // namespace systole
