#include "platform/app/firmware_loop.h"

#include <algorithm>

#include "platform/app/simulation_parts.h"
#include "tlm/core/text_format.h"

namespace systole {
namespace {

using WallClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How often, in simulated time, the loop looks at `tohost`, Ctrl-C and standard input.
constexpr uint64_t kSlicePs = 20'000'000;
// How often, in wall time, it asks for input.
constexpr auto kLookInterval = milliseconds(1);
// How long it sleeps at a time while nothing is left to do; less if a debugger and a console are
// both to be heard.
constexpr auto kIdle = milliseconds(50), kIdleOfTwo = milliseconds(10);

}  // namespace

std::string program_counter(Soc& soc, const ElfFile& program) {
  const uint64_t pc = soc.riscv()->hart().state().pc;
  const std::string place = program.place(pc);
  return "pc " + hex(pc) + (place.empty() ? "" : " (" + place + ")");
}

FirmwareLoop::FirmwareLoop(Soc& soc, const ElfFile& program, const Outside& outside, Report& report)
    : soc_(soc),
      program_(program),
      outside_(outside),
      report_(report),
      to_host_(soc, program),
      next_look_(WallClock::now()) {}

bool FirmwareLoop::ended() const {
  return soc_.cpu().exit_code() || soc_.finished() || to_host_.value();
}

void FirmwareLoop::stop(const char* reason) {
  report_.partial = true;
  report_.stop_reason = reason;
  report_.error = "the program has not ended: " + program_counter(soc_, program_);
}

bool FirmwareLoop::stopped(std::optional<uint64_t> max_time_ps) {
  if (interrupted()) {
    stop("interrupted");
    return true;
  }
  if (max_time_ps && Clock::now_ps() >= *max_time_ps) {
    stop("max-sim-time");
    return true;
  }
  if (!outside_.console || !outside_.console->exit_requested()) return false;
  report_.partial = true;
  report_.stop_reason = "the exit key";
  return true;
}

void FirmwareLoop::let_in() {
  if (outside_.console && WallClock::now() >= next_look_ &&
      outside_.console->feed(soc_.uart()) == 0)
    next_look_ = WallClock::now() + kLookInterval;
  if (outside_.debugger) outside_.debugger->poll();
}

// Nothing can happen in the SoC by itself: sleeps until somebody outside acts, or for one look.
// False: nobody can.
bool FirmwareLoop::idle(bool one_look) {
  const auto [console, debugger] = outside_;
  for (bool first = true;; first = false) {
    if (interrupted()) return true;
    if (debugger && debugger->wants_hold()) return true;
    if (console && (console->exit_requested() || console->feed(soc_.uart()) != 0)) return true;
    const bool keys = console && console->open(), attached = debugger && debugger->attached();
    if (!keys && !attached) return false;
    if (one_look && !first) return true;
    const milliseconds time = keys && attached ? kIdleOfTwo : kIdle;
    if (keys) console->wait(static_cast<int>(time.count()));
    if (attached) debugger->idle(time);
  }
}

void FirmwareLoop::run(std::optional<uint64_t> max_time_ps, Milestones& milestones) {
  while (!ended()) {
    if (stopped(max_time_ps)) return;
    let_in();
    const uint64_t now = Clock::now_ps();
    const uint64_t slice = max_time_ps ? std::min(kSlicePs, *max_time_ps - now) : kSlicePs;
    soc_.riscv()->set_horizon(now + slice);
    sc_core::sc_start(sc_core::sc_time::from_value(slice));
    milestones.look();
    // Time stands while nothing happens; but a limit is to be reached some day.
    if (ended() || sc_core::sc_pending_activity() || idle(max_time_ps.has_value())) continue;
    report_.error = "nothing is left to happen, but the program has not ended: it waits at " +
                    program_counter(soc_, program_) +
                    (outside_.console ? "; its console's input has ended"
                                      : "; its console has no input, --interactive gives it one");
    return;
  }
  if (outside_.debugger && outside_.debugger->killed())
    stop(interrupted() ? "interrupted" : "ended by the debugger");
}

}  // namespace systole
