// One random sequence: what the CPU does to the engines, and which bytes may change by it. Its
// outcome does not depend on time, but where `interventions` say so: operations that share bytes
// are ordered by the ring or by waits. Upstream: Campaign.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/cosim/campaign/soc.h"
#include "tests/rtl/support/random.h"
#include "tlm/core/footprint.h"

namespace systole::test::campaign {

using rtl_test::Random;

struct Descriptor {
  alignas(8) std::array<uint8_t, hw::DESC_BYTES> bytes{};
  std::vector<Span> spans;  ///< operands and results; empty if it is illegal
  uint8_t illegal = 0;      ///< the error code its bytes alone lead to
  bool mapped = true;       ///< every operand and result is memory
  bool rerunnable = true;   ///< reads nothing that it writes
  bool special = false;     ///< made to fail or to wait: nobody waits for it
};

/// What one engine is given.
struct EnginePlan {
  bool reset = true;  ///< soft reset, and a ring of its own, before the first action
  uint64_t ring_base = 0;
  uint32_t ring_units = 0, head = 0;
  bool cut = false;  ///< the ring is not, or not to its end, in memory: fetches fail
  std::vector<Descriptor> descriptors;

  uint32_t unit(size_t index) const {
    return (head + static_cast<uint32_t>(index) * hw::DESC_UNITS) & (ring_units - 1);
  }
};

struct Action {
  enum Kind {
    Write,     ///< of register `reg`; the answer must be the same
    Read,      ///< of register `reg`; the answer is compared if `value`
    Sleep,     ///< `value` cycles
    Word,      ///< `value` to the memory word `addr`, over the bus
    Doorbell,  ///< after descriptor `value`
    Settle,    ///< until nothing moves
    CtrlDone   ///< until ABORT and SOFT_RESET are 0
  };
  Kind kind;
  unsigned engine = 0;
  uint32_t reg = 0, value = 0;
  uint64_t addr = 0;
};

/// How an engine that waits for ever is freed.
enum class Rescue : uint8_t { Abort, Reset, AbortAndResume };

struct Round {
  uint64_t number = 0, seed = 0;
  std::vector<EnginePlan> engines;
  std::vector<Action> actions;
  std::vector<Rescue> rescues;      ///< per engine
  std::vector<bool> intervened;     ///< per engine: the outcome depends on when
  std::vector<uint32_t> word_base;  ///< per engine: its sequence word at the beginning
  std::vector<uint64_t> cpu_words;  ///< what the CPU writes
  std::vector<unsigned> doorbells;  ///< per engine
  bool single = false;              ///< one engine has all the work
  std::string text(size_t engine, size_t index) const;
};

/// What a side's engine is like between two rounds.
struct EngineState {
  bool usable = false;  ///< enabled, not halted, ring empty
  uint64_t ring_base = 0;
  uint32_t ring_units = 0, head = 0;
};

/// Makes rounds for a SoC. Every round follows from the seed, its number and the states alone.
class Planner {
 public:
  Planner(const SocConfig& config, uint64_t seed);
  /// `states`: of the engines, the same on both sides.
  Round plan(uint64_t number, const std::vector<EngineState>& states);

  /// The words of an engine: sequence word; others for signals, completions and the CPU.
  static uint64_t sequence_word(size_t engine) { return kWords + engine * kWordsBytes; }
  static uint64_t signal_word(size_t engine, uint64_t i) {
    return sequence_word(engine) + 0x40 + 4 * (i % 16);
  }
  static uint64_t completion_word(size_t engine, uint64_t i) {
    return sequence_word(engine) + 0x80 + 8 * (i % 16);
  }
  static uint64_t cpu_word(size_t engine, uint64_t i) {
    return sequence_word(engine) + 0x100 + 4 * (i % 16);
  }

  /// A legal operation with operands anywhere in memory; no flags.
  static Descriptor operation(const SocConfig& config, unsigned kind, Random& random);
  /// Fills in what follows from the bytes: spans, illegal, mapped, rerunnable.
  static void examine(const SocConfig& config, unsigned kind, Descriptor& d);

 private:
  struct Touch {
    size_t engine;
    uint32_t index;
    uint64_t low, high;
    bool write;
  };
  using Clock =
      std::vector<int64_t>;  ///< per engine: descriptors known to have completed, -1: none

  void set_up_engine(size_t engine, const EngineState& state);
  bool add_descriptor(size_t engine);
  void add_failure(size_t engine);
  bool mutate(size_t engine, Descriptor& d);
  void cut(size_t engine, Descriptor& d);
  bool accept(size_t engine, Descriptor& d, const hw::DescriptorHeader& before);
  bool order(size_t engine, Descriptor& d);
  void add_flags(size_t engine, Descriptor& d);
  void append(size_t engine, const Descriptor& d);
  void add_circle();
  void make_actions();
  void intervene(size_t engine, std::vector<Action>& actions);
  size_t room(size_t engine) const;
  uint32_t sequence(size_t engine, size_t index) const {
    return round_.word_base[engine] + 1 + static_cast<uint32_t>(index);
  }

  SocConfig config_;
  uint64_t seed_;
  std::vector<unsigned> kinds_;
  Random random_{0};
  Round round_;
  std::vector<Touch> touches_;
  std::vector<Clock> known_;
  std::vector<std::vector<Clock>> clocks_;
  struct CpuWait {
    size_t engine, index;
    uint64_t word;
    uint32_t value;
  };
  std::vector<CpuWait> cpu_waits_;
};

/// A part of `span` that is memory, as [low, high); false if there is none. Rows are covered with
/// what lies between them.
bool bounds(const Span& span, uint64_t* low, uint64_t* high);

}  // namespace systole::test::campaign
