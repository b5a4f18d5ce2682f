// Runs a hart one instruction at a time and tells what each has done.
// Upstream: RiscvCpu or a test's machine. Downstream: Hart, TraceSink.
#pragma once
#include <cstdint>
#include <optional>

#include "tlm/cpu/riscv/hart.h"

namespace systole::riscv {

/// An instruction that is about to be executed.
struct TraceStep {
  uint64_t cycle = 0;  ///< as mcycle counts, without the guest's offset
  Privilege privilege = kMachine;
  uint64_t pc = 0;
  std::optional<uint32_t> encoding;  ///< of a compressed one the low half; none: not to be fetched
};

class TraceSink {
 public:
  virtual ~TraceSink() = default;
  /// Before the instruction; retired(), trapped() or begin() follows.
  virtual void begin(const TraceStep& step, const State& before) = 0;
  virtual void retired(const State& after) = 0;
  /// An exception or interrupt was taken in its place.
  virtual void trapped(const Trap& trap) = 0;
  /// The limit is reached: nothing follows.
  virtual void complete(uint64_t cycle) = 0;
};

/// Which part of a run is traced.
struct TraceWindow {
  std::optional<uint64_t> from_pc;  ///< when this instruction is first reached
  uint64_t from_cycle = 0;          ///< else: from this SoC cycle on
  uint64_t limit = ~uint64_t{0};    ///< instructions
};

/// In place of Hart::run() and step(), with the same results and cycles. Outside its window the
/// hart runs at full speed.
class Tracer {
 public:
  Tracer(Hart& hart, const TraceWindow& window, TraceSink& sink);
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  Stop run(uint64_t until_cycles);
  Stop step(uint64_t until_cycles);
  /// Instructions traced so far.
  uint64_t traced() const { return traced_; }

 private:
  enum class Phase : uint8_t { Before, Within, After };
  void begin_if_due();
  /// Without looking, as far as the window lets it.
  Stop run_freely(uint64_t until_cycles);

  Hart& hart_;
  TraceWindow window_;
  TraceSink& sink_;
  Phase phase_ = Phase::Before;
  uint64_t traced_ = 0;
};

}  // namespace systole::riscv
