#include "tlm/gemm/gemm_timing.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "tlm/gemm/gemm_loader_timing.h"
#include "tlm/gemm/gemm_output_timing.h"
#include "tlm/gemm/gemm_plan.h"
#include "tlm/gemm/gemm_progress.h"
#include "tlm/gemm/gemm_sequencer_timing.h"
#include "tlm/gemm/gemm_skip.h"

namespace systole {
namespace {

constexpr uint64_t kStartToAnnounce = 2;  // cycles from start_i to the loader's first slab

hw::GemmDescriptor load(const uint8_t* desc) {
  hw::GemmDescriptor d;
  std::memcpy(static_cast<void*>(&d), desc, sizeof d);
  return d;
}

}  // namespace

GemmCycles time_gemm(const uint8_t* desc, const GemmConfig& config, uint64_t start, TwinPort& port,
                     GemmProgress& progress, GemmLookAhead& look_ahead,
                     const std::vector<TwinOperand>& operands) {
  const GemmPlan plan(load(desc), config);
  progress.clear();
  progress.a.begin(plan.a_pitch, plan.a_word, plan.bus_bytes);
  progress.b.begin(plan.b_pitch, plan.b_word, plan.bus_bytes);
  if (plan.accumulate) {
    progress.c_depth = 2 * kGemmMaxTileN * 4 / plan.bus_bytes;
    progress.c_arrivals.resize(progress.c_depth);
    progress.c_reads.resize(progress.c_depth);
  }
  GemmLoaderTiming loader(plan, progress, port, start + kStartToAnnounce);
  GemmSequencerTiming sequencer(plan, progress);
  GemmOutputTiming output(plan, progress, port);
  std::unique_ptr<GemmSkip> skip;
  if (!operands.empty())
    skip = std::make_unique<GemmSkip>(plan, operands, look_ahead, port, progress, loader, sequencer,
                                      output);

  // Of requests and beats so many cycles are taken at a time as pass before they can show at the
  // output.
  const uint64_t row_to_beat = plan.stages + 3 + plan.convert_cycles + 2;
  const auto run = [&] {
    const bool alone = !plan.accumulate && output.blocks() <= 1;
    return row_to_beat + (alone ? sequencer.to_result() : 0);
  };
  using Event = GemmLoaderTiming::Event;
  bool changed = true;  // there is something new for the sequencer
  for (;;) {
    if (output.finished()) {
      const uint64_t done = port.write_idle();
      if (!skip || skip->end()) return {done, sequencer.stall_cycles(), output.stall_cycles()};
      changed = false;
    }
    if (changed) sequencer.advance();
    const GemmLoaderTiming::Next next = loader.next();
    changed = output.advance(next.cycle);
    if (changed) continue;
    if (output.next_beat() != kGemmUnknown && output.next_put() <= next.cycle) {
      do {
        output.put();
        changed = output.advance(next.cycle);
      } while (!changed && !plan.accumulate && output.next_beat() != kGemmUnknown &&
               output.next_put() <= next.cycle);
      continue;
    }
    if (next.cycle > port.last_cycle()) throw TwinStop{};
    if (next.cycle == kGemmUnknown) throw std::logic_error("GEMM timing: nothing can happen next");
    changed = next.event == Event::Announce || next.event == Event::Beat;
    switch (next.event) {
      case Event::Announce: {
        if (skip && skip->slab(next.cycle)) {
          changed = false;
          break;
        }
        const GemmSlab slab = loader.announce(next.cycle);
        sequencer.announce(slab);
        if (slab.first) output.announce(slab);
        break;
      }
      case Event::Request:
        loader.requests(std::min({output.next_beat(), port.last_cycle(), next.cycle + run()}));
        break;
      case Event::Fetch:
        loader.fetch(next.cycle);
        break;
      case Event::Beat:
        loader.beats(next.cycle, std::min({output.next_beat(), next.other, next.cycle + run()}));
    }
  }
}

}  // namespace systole
