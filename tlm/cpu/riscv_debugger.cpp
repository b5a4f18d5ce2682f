#include "tlm/cpu/riscv_debugger.h"

#include <algorithm>
#include <cstring>

#include "tlm/cpu/gdb/registers.h"

namespace systole {

using gdb::Action;
using gdb::PointKind;
using gdb::StopEvent;
using riscv::Stop;

namespace {

constexpr uint64_t kPage = 4096;

riscv::Watchpoint watchpoint(PointKind kind, uint64_t addr, uint64_t bytes) {
  return {addr, bytes, kind != PointKind::Write, kind != PointKind::Read};
}

bool is_watch(PointKind kind) { return kind >= PointKind::Write; }

}  // namespace

RiscvDebugger::RiscvDebugger(RiscvCpu& cpu, const RiscvDebuggerConfig& config)
    : cpu_(cpu),
      hart_(cpu.hart()),
      config_(config),
      server_(config.host, config.port),
      session_(server_, *this, config.notice),
      wants_(config.halt_at_reset) {
  cpu_.set_holder(this);
}

RiscvDebugger::~RiscvDebugger() { cpu_.set_holder(nullptr); }

// ------------------------------------------------------------------ halting and going on

bool RiscvDebugger::wants_hold() {
  // What a client says behind the reason to halt is for hold() to hear.
  if (!wants_ && session_.wants_halt()) wants_ = true;
  return wants_;
}

void RiscvDebugger::poll() {
  if (wants_hold()) cpu_.ask_holder();
}

StopEvent RiscvDebugger::event_of(Stop why) const {
  StopEvent event;
  switch (why) {
    case Stop::Requested:
      if (written_) {
        event.at = StopEvent::At::Watchpoint;
        event.addr = written_->addr;
        event.kind = written_->kind;
        break;
      }
      event.signal = session_.attached() ? StopEvent::kInterrupted : StopEvent::kTrap;
      break;
    case Stop::Lockup:
      event.signal = StopEvent::kSegfault;
      break;
    case Stop::Break: {
      event.at = StopEvent::At::Breakpoint;
      const Point hardware{PointKind::Hardware, hart_.state().pc, 0};
      const auto found = points_.lower_bound(hardware);
      const bool is_hardware = found != points_.end() && found->kind == PointKind::Hardware &&
                               found->addr == hart_.state().pc;
      event.kind = is_hardware ? PointKind::Hardware : PointKind::Software;
      break;
    }
    case Stop::Watch: {
      const riscv::Watchpoint& hit = hart_.watch_hit();
      event.at = StopEvent::At::Watchpoint;
      event.addr = hit.addr;
      event.kind = hit.read && hit.write ? PointKind::Access
                   : hit.read            ? PointKind::Read
                                         : PointKind::Write;
      break;
    }
    default:
      break;
  }
  return event;
}

CpuHolder::Go RiscvDebugger::hold(Stop why) {
  Go next = Go::Run;
  if (step_continues(why, &next)) return next;
  wants_ = false;
  const StopEvent event = event_of(why);
  written_.reset();
  return go(session_.halted(event, config_.abandoned));
}

void RiscvDebugger::written(uint64_t addr, uint64_t bytes) {
  for (const Point& point : points_) {
    uint64_t at;
    const bool watches = point.kind == PointKind::Write || point.kind == PointKind::Access;
    if (!watches || !hart_.physical(point.addr, &at)) continue;
    if (at >= addr + bytes || addr >= at + point.bytes) continue;
    written_ = point;
    wants_ = true;
    cpu_.ask_holder();
    return;
  }
}

CpuHolder::Go RiscvDebugger::go(const gdb::Reply& reply) {
  action_ = reply.action;
  range_begin_ = reply.range_begin;
  range_end_ = reply.range_end;
  if (action_ == Action::Kill) {
    killed_ = true;
    return Go::End;
  }
  if (action_ != Action::Step && action_ != Action::StepRange) return Go::Run;
  begin_step();
  return Go::Step;
}

void RiscvDebugger::begin_step() {
  const riscv::State& s = hart_.state();
  from_pc_ = s.pc;
  from_sp_ = s.x[2];
  from_privilege_ = s.privilege;
  from_interrupts_ = hart_.interrupts();
}

void RiscvDebugger::leave_handler() {
  in_handler_ = false;
  hart_.remove_breakpoint(from_pc_);
}

/// True: nothing to report yet; *go says how the CPU goes on.
bool RiscvDebugger::step_continues(Stop why, Go* go) {
  const riscv::State& s = hart_.state();
  if (in_handler_) {
    const bool there = why == Stop::Break && s.pc == from_pc_;
    const bool back = there && s.x[2] == from_sp_ && s.privilege == from_privilege_;
    if (there && !back && !broken_at(s.pc)) {  // the handler itself passes there
      *go = Go::Step;
      return true;
    }
    if (why == Stop::Step) {
      *go = Go::Run;
      return true;
    }
    leave_handler();
    if (!back) return false;
    begin_step();
    *go = Go::Step;
    return true;
  }
  if (why != Stop::Step) return false;
  if (hart_.interrupts() != from_interrupts_) {
    in_handler_ = true;
    hart_.add_breakpoint(from_pc_);
    *go = Go::Run;
    return true;
  }
  if (action_ != Action::StepRange || s.pc < range_begin_ || s.pc >= range_end_) return false;
  begin_step();
  *go = Go::Step;
  return true;
}

// ------------------------------------------------------------------ break- and watchpoints

bool RiscvDebugger::broken_at(uint64_t addr) const {
  return std::any_of(points_.begin(), points_.end(), [addr](const Point& point) {
    return !is_watch(point.kind) && point.addr == addr;
  });
}

bool RiscvDebugger::set_point(PointKind kind, uint64_t addr, uint64_t bytes, bool on) {
  if (is_watch(kind) && (bytes == 0 || addr + bytes < addr)) return false;
  const Point point{kind, addr, is_watch(kind) ? bytes : 0};
  const bool changed = on ? points_.insert(point).second : points_.erase(point) != 0;
  if (!changed) return true;
  if (is_watch(kind)) {
    if (on)
      hart_.add_watchpoint(watchpoint(kind, addr, bytes));
    else
      hart_.remove_watchpoint(watchpoint(kind, addr, bytes));
  } else if (on) {
    hart_.add_breakpoint(addr);
  } else {
    hart_.remove_breakpoint(addr);
  }
  return true;
}

void RiscvDebugger::clear_points() {
  while (!points_.empty()) {
    const Point point = *points_.begin();
    (void)set_point(point.kind, point.addr, point.bytes, false);
  }
}

// ------------------------------------------------------------------ registers and memory

uint64_t RiscvDebugger::read_register(unsigned number) {
  const riscv::State& s = hart_.state();
  if (number < gdb::kPc) return s.x[number];
  if (number == gdb::kPc) return s.pc;
  if (number < gdb::kFirstCsr) return s.f[number - gdb::kF0];
  const unsigned csr = gdb::csr_of(number);
  return csr == gdb::kNoCsr ? uint64_t{s.privilege} : hart_.read_csr(csr);
}

bool RiscvDebugger::write_register(unsigned number, uint64_t value) {
  riscv::State& s = hart_.state();
  if (number < gdb::kPc) {
    if (number != 0) s.x[number] = value;
    return true;
  }
  if (number == gdb::kPc) {
    s.pc = value & ~uint64_t{1};
    return true;
  }
  if (number < gdb::kFirstCsr) {
    s.f[number - gdb::kF0] = value;
    return true;
  }
  const unsigned csr = gdb::csr_of(number);
  if (csr == gdb::kNoCsr) {
    if (value != riscv::kUser && value != riscv::kSupervisor && value != riscv::kMachine)
      return false;
    s.privilege = static_cast<riscv::Privilege>(value);
    hart_.state_changed();
    return true;
  }
  if (csr >> 10 == 3) return false;  // read only
  hart_.write_csr(csr, value);
  return true;
}

/// Calls piece(physical, offset, bytes) for what lies in one page each; false as soon as it says
/// so, or if an address is not mapped.
bool RiscvDebugger::physical_runs(
    uint64_t addr, uint64_t bytes,
    const std::function<bool(uint64_t, uint64_t, uint64_t)>& piece) const {
  for (uint64_t done = 0; done < bytes;) {
    uint64_t physical;
    const uint64_t run = std::min(bytes - done, kPage - (addr + done) % kPage);
    if (!hart_.physical(addr + done, &physical) || !piece(physical, done, run)) return false;
    done += run;
  }
  return true;
}

/// Devices answer accesses of their own sizes only: what is refused is tried in smaller pieces, and
/// a byte as part of its 32-bit register.
bool RiscvDebugger::peek(uint64_t physical, uint64_t bytes, uint8_t* data) {
  if (cpu_.peek(physical, bytes, data)) return true;
  const uint64_t in_word = physical % 4;
  if (bytes == 1) {
    uint8_t word[4];
    if (!cpu_.peek(physical - in_word, 4, word)) return false;
    *data = word[in_word];
    return true;
  }
  const uint64_t first = in_word + bytes > 4 ? 4 - in_word : 1;
  return peek(physical, first, data) && peek(physical + first, bytes - first, data + first);
}

bool RiscvDebugger::read_memory(uint64_t addr, uint64_t bytes, void* data) {
  auto* to = static_cast<uint8_t*>(data);
  return physical_runs(addr, bytes, [&](uint64_t physical, uint64_t offset, uint64_t run) {
    return peek(physical, run, to + offset);
  });
}

bool RiscvDebugger::write_memory(uint64_t addr, uint64_t bytes, const void* data) {
  const auto* from = static_cast<const uint8_t*>(data);
  return physical_runs(addr, bytes, [&](uint64_t physical, uint64_t offset, uint64_t run) {
    return cpu_.poke(physical, run, from + offset);
  });
}

std::string RiscvDebugger::monitor(const std::string& command) {
  return config_.monitor ? config_.monitor(command) : "no monitor commands here\n";
}

}  // namespace systole
