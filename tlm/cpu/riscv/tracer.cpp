#include "tlm/cpu/riscv/tracer.h"

#include <algorithm>

namespace systole::riscv {
namespace {

// This close to the cycle where the trace begins single steps look for it: an access to a device
// lets SoC cycles pass that cannot be foreseen.
constexpr uint64_t kNearCycles = 100'000;

}  // namespace

Tracer::Tracer(Hart& hart, const TraceWindow& window, TraceSink& sink)
    : hart_(hart), window_(window), sink_(sink) {
  if (window_.from_pc) hart_.add_breakpoint(*window_.from_pc);
}

Tracer::~Tracer() {
  if (phase_ == Phase::Before && window_.from_pc) hart_.remove_breakpoint(*window_.from_pc);
}

void Tracer::begin_if_due() {
  if (phase_ != Phase::Before) return;
  const bool due = window_.from_pc ? hart_.state().pc == *window_.from_pc
                                   : hart_.soc_cycles() >= window_.from_cycle;
  if (!due) return;
  if (window_.from_pc) hart_.remove_breakpoint(*window_.from_pc);
  phase_ = Phase::Within;
}

Stop Tracer::run_freely(uint64_t until_cycles) {
  if (phase_ == Phase::Before && !window_.from_pc) {
    const uint64_t left = window_.from_cycle - hart_.soc_cycles();
    until_cycles = std::min(until_cycles, hart_.cycles() + left - kNearCycles);
  }
  return hart_.run(until_cycles);
}

Stop Tracer::run(uint64_t until_cycles) {
  for (;;) {
    begin_if_due();
    const bool near = phase_ == Phase::Before && !window_.from_pc &&
                      window_.from_cycle - hart_.soc_cycles() <= kNearCycles;
    if (phase_ == Phase::Within || near) {
      if (hart_.breakpoint_at(hart_.state().pc)) return Stop::Break;
      const Stop reason = step(until_cycles);
      if (reason != Stop::Step) return reason;
      continue;
    }
    const Stop reason = run_freely(until_cycles);
    const bool reached = reason == Stop::Break && phase_ == Phase::Before && window_.from_pc &&
                         hart_.state().pc == *window_.from_pc;
    if (reached || (reason == Stop::Limit && hart_.cycles() < until_cycles)) continue;
    return reason;
  }
}

Stop Tracer::step(uint64_t until_cycles) {
  begin_if_due();
  if (phase_ != Phase::Within) return hart_.step(until_cycles);
  const State& s = hart_.state();
  TraceStep next{hart_.soc_cycles(), s.privilege, s.pc, std::nullopt};
  uint32_t encoding = 0;
  if (hart_.peek_instruction(s.pc, &encoding)) next.encoding = encoding;
  const uint64_t instret = hart_.instret(), traps = hart_.traps();
  sink_.begin(next, s);
  const Stop reason = hart_.step(until_cycles);
  if (hart_.traps() != traps) sink_.trapped(hart_.last_trap());
  if (hart_.instret() != instret) {
    sink_.retired(s);
    ++traced_;
  }
  if (traced_ >= window_.limit) {
    phase_ = Phase::After;
    sink_.complete(hart_.soc_cycles());
  }
  return reason;
}

}  // namespace systole::riscv
