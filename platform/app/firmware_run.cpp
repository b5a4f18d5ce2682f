#include "platform/app/firmware_run.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <iostream>

#include "firmware/app/run_result.h"
#include "platform/app/console_port.h"
#include "platform/app/gdb_monitor.h"
#include "platform/app/simulation_parts.h"
#include "platform/boot/boot_rom.h"
#include "platform/config/paths.h"
#include "tlm/core/address_map.h"
#include "tlm/cpu/riscv_debugger.h"

namespace systole {
namespace {

using WallClock = std::chrono::steady_clock;
using firmware::RunResult;
using firmware::RunState;
namespace map = address_map;

// How often, in simulated time, the loop looks at `tohost`, Ctrl-C and standard input.
constexpr uint64_t kSlicePs = 20'000'000;
// How often, in wall time, it asks for input; and how long it sleeps while nothing is left to do.
constexpr auto kLookInterval = std::chrono::milliseconds(1);
constexpr int kIdleMs = 50;

double seconds_since(WallClock::time_point start) {
  return std::chrono::duration<double>(WallClock::now() - start).count();
}

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

// "pc 0x80001234 (main+0x10)".
std::string where(Soc& soc, const ElfFile& program) {
  const uint64_t pc = soc.riscv()->hart().state().pc;
  const std::string place = program.place(pc);
  return "pc " + hex(pc) + (place.empty() ? "" : " (" + place + ")");
}

// A program's bytes in DRAM; null if they are not all there.
const uint8_t* in_dram(const Soc& soc, uint64_t addr, uint64_t bytes) {
  const MemoryWindow window{"DRAM", map::kDramBase, soc.dram().size()};
  return window.holds(addr, bytes) ? soc.dram().data() + (addr - map::kDramBase) : nullptr;
}

// The word that public RISC-V test programs end with; 0 while they run.
class ToHost {
 public:
  ToHost(const Soc& soc, const ElfFile& program) {
    if (const auto addr = program.symbol("tohost")) word_ = in_dram(soc, *addr, sizeof(uint64_t));
  }
  uint64_t value() const {
    uint64_t value = 0;
    if (word_) std::memcpy(&value, word_, sizeof value);
    return value & 1 ? value : 0;
  }

 private:
  const uint8_t* word_ = nullptr;
};

double peak_work(const driver::EngineConfig& config, const std::string& kind) {
  if (kind == "gemm") return double(config.rows) * config.cols;
  return kind == "vpu" ? config.lanes : config.data_bytes;
}

// What Systole's firmware left in memory; empty of any other program.
std::unique_ptr<RunResult> run_result(const Soc& soc, const ElfFile& program) {
  const auto addr = program.symbol("systole_run_result");
  const uint8_t* data = addr ? in_dram(soc, *addr, sizeof(RunResult)) : nullptr;
  if (!data) return nullptr;
  auto result = std::make_unique<RunResult>();
  std::memcpy(result.get(), data, sizeof *result);
  const bool known = result->magic == RunResult::kMagic && result->bytes == sizeof(RunResult) &&
                     result->token_count <= RunResult::kMaxTokens &&
                     result->engine_count <= driver::kMaxEngines;
  result->error[sizeof result->error - 1] = 0;
  return known || result->state == RunState::Panicked ? std::move(result) : nullptr;
}

void collect_result(const Soc& soc, const RunResult& result, Report& report) {
  if (result.magic != RunResult::kMagic) return;
  report.tokens.assign(result.tokens, result.tokens + result.token_count);
  report.prompt_tokens = result.prompt_tokens;
  report.decode_passes = result.decode_passes;
  report.cycles_total = result.end_cycle - result.begin_cycle;
  report.cycles_prefill = result.prefill_cycles;
  report.cycles_decode = result.decode_cycles;
  char digest[24];
  std::snprintf(digest, sizeof digest, "0x%016llx", static_cast<unsigned long long>(result.digest));
  report.own["digest"] = digest;
  report.offload = result.offload;
  report.stream = result.stream;
  for (uint32_t i = 0; i < result.engine_count && i < soc.engines().size(); ++i) {
    EngineReport engine;
    engine.kind = soc.engines()[i].kind;
    engine.instance = soc.engines()[i].instance;
    engine.counters = result.counters[i];
    engine.peak_work_per_cycle = peak_work(result.configs[i], engine.kind);
    report.engines.push_back(engine);
  }
}

// Why the run ended as it did; "" if the program passed.
std::string verdict(Soc& soc, const ToHost& to_host, const ElfFile& program,
                    const RunResult* result) {
  const std::string reason = result && *result->error ? std::string(": ") + result->error : "";
  if (const uint64_t value = to_host.value()) {
    if (value == 1) return "";
    return "the program failed: test number " + std::to_string(value >> 1) + " (tohost)";
  }
  if (soc.finished()) {
    if (*soc.finished() == 0) return "";
    return "the program ended with code " + std::to_string(*soc.finished()) + reason;
  }
  if (!soc.riscv()->failure().empty()) {
    const riscv::State& s = soc.riscv()->hart().state();
    const std::string place = program.place(s.mepc);
    return "the program is lost: " + soc.riscv()->failure() + "; it came from pc " + hex(s.mepc) +
           (place.empty() ? "" : " (" + place + ")");
  }
  return "";
}

// A debugger's port, if one was asked for.
std::unique_ptr<RiscvDebugger> make_debugger(Soc& soc, const FirmwareRequest& request) {
  if (!request.gdb.wanted()) return nullptr;
  RiscvDebuggerConfig config;
  config.host = request.gdb.host;
  config.port = request.gdb.port;
  config.halt_at_reset = !request.gdb.run_at_once;
  config.notice = [](const std::string& text) { std::cerr << "systole: gdb: " << text << "\n"; };
  config.abandoned = interrupted;
  config.monitor = [&soc, program = request.program](const std::string& command) {
    return answer_monitor(soc, *program, command);
  };
  try {
    auto debugger = std::make_unique<RiscvDebugger>(*soc.riscv(), config);
    config.notice((config.halt_at_reset ? "waiting at reset; attach with: target remote "
                                        : "attach at any time with: target remote ") +
                  debugger->address());
    return debugger;
  } catch (const gdb::ServerError& error) {
    throw RequestError(std::string("--gdb: ") + error.what() +
                       "; legal: a free port, or 0 to have one found");
  }
}

// Nothing is left to happen, but a debugger may still want to look.
void idle_with(RiscvDebugger& debugger) {
  while (debugger.attached() && !debugger.wants_hold() && !interrupted()) debugger.idle();
}

// How long after the reset things happened, in simulated and in wall time.
class Milestones {
 public:
  Milestones(const Soc& soc, const ElfFile& program, Report& report)
      : soc_(soc), report_(report), start_(WallClock::now()) {
    const auto addr = program.symbol("systole_run_result");
    result_ = addr ? in_dram(soc, *addr, sizeof(RunResult)) : nullptr;
  }
  // A byte has come out of the UART.
  void see_output(char c) {
    if (c == '\n' && !line_) reach("first_line", soc_.clock().now_cycles());
    line_ = line_ || c == '\n';
  }
  // Looks into the memory of Systole's firmware.
  void look() {
    if (!result_ || token_) return;
    uint64_t magic = 0, cycle = 0;
    std::memcpy(&magic, result_ + offsetof(RunResult, magic), sizeof magic);
    std::memcpy(&cycle, result_ + offsetof(RunResult, first_token_cycle), sizeof cycle);
    token_ = magic == RunResult::kMagic && cycle != 0;
    if (token_) reach("first_token", cycle);
  }

 private:
  void reach(const char* name, uint64_t cycle) {
    report_.milestones.push_back({name, cycle, seconds_since(start_)});
  }
  const Soc& soc_;
  Report& report_;
  WallClock::time_point start_;
  const uint8_t* result_;
  bool line_ = false, token_ = false;
};

// Advances simulated time until the program has ended, a limit is reached or somebody interrupts.
void advance(const CommonOptions& common, Soc& soc, const FirmwareRequest& request,
             ConsolePort* console, RiscvDebugger* debugger, Milestones& milestones,
             const ToHost& to_host, Report& report) {
  const auto stop = [&](const char* reason) {
    report.partial = true;
    report.stop_reason = reason;
    report.error = "the program has not ended: " + where(soc, *request.program);
  };
  auto next_look = WallClock::now();
  while (!soc.cpu().exit_code() && !soc.finished() && !to_host.value()) {
    const uint64_t now = Clock::now_ps();
    if (interrupted()) return stop("interrupted");
    if (common.max_sim_time_ps && now >= *common.max_sim_time_ps) return stop("max-sim-time");
    if (console && WallClock::now() >= next_look && console->feed(soc.uart()) == 0)
      next_look = WallClock::now() + kLookInterval;
    if (console && console->exit_requested()) {
      report.partial = true;
      report.stop_reason = "the exit key";
      return;
    }
    if (debugger) debugger->poll();
    uint64_t slice = kSlicePs;
    if (common.max_sim_time_ps) slice = std::min(slice, *common.max_sim_time_ps - now);
    soc.riscv()->set_horizon(now + slice);
    sc_core::sc_start(sc_core::sc_time::from_value(slice));
    milestones.look();
    if (soc.cpu().exit_code() || soc.finished() || sc_core::sc_pending_activity()) continue;
    if (debugger) idle_with(*debugger);
    if (debugger && debugger->attached()) continue;
    if (to_host.value()) return;
    if (!console || !console->open()) {
      report.error = "nothing is left to happen, but the program has not ended: it waits at " +
                     where(soc, *request.program);
      return;
    }
    console->wait(kIdleMs);
    next_look = WallClock::now();
  }
  if (debugger && debugger->killed()) stop(interrupted() ? "interrupted" : "ended by the debugger");
}

}  // namespace

ElfFile read_program(const std::string& option, const std::string& file, const Config& config) {
  try {
    ElfFile program = ElfFile::read(file);
    program.check_fits(program_windows(config));
    return program;
  } catch (const ElfError& error) {
    throw RequestError(option + ": '" + file + "': " + error.what());
  }
}

int simulate_firmware(const CommonOptions& common, const SocImages& images,
                      const FirmwareRequest& request, Report& report) {
  catch_signals();
  report.config = common.config;
  const auto build_start = WallClock::now();
  VariantCache cache(
      cache_dir(), source_dir(), [](const std::string& text) { spdlog::info(text); },
      common.quiet || !on_terminal());
  cache.prebuild(variants_of(common.config), 2);

  SocSoftware software;
  software.program = request.program;
  software.bootargs = request.bootargs;
  std::unique_ptr<ConsolePort> console;
  if (!request.uart.empty())
    console = open_console(request.uart, request.interactive, report.command);
  std::unique_ptr<Milestones> milestones;
  software.console = [&](char c) {
    milestones->see_output(c);
    if (console) console->put(c);
    if (request.console) request.console(c);
  };
  std::unique_ptr<Soc> soc;
  try {
    soc = std::make_unique<Soc>("soc", common.config, cache, images, std::move(software));
  } catch (const BootRomError& error) {
    throw RequestError(error.what());
  }
  soc->cpu().on_exit([](int) { sc_core::sc_pause(); });
  report.build_seconds = seconds_since(build_start);

  const auto debugger = make_debugger(*soc, request);
  const auto start = WallClock::now();
  const std::clock_t cpu_start = std::clock();
  const ToHost to_host(*soc, *request.program);
  milestones = std::make_unique<Milestones>(*soc, *request.program, report);
  advance(common, *soc, request, console.get(), debugger.get(), *milestones, to_host, report);
  const bool left = console && console->exit_requested();
  console.reset();  // the terminal is as it was before anything is said about the run
  report.wall_seconds = seconds_since(start);
  report.cpu_seconds = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  const auto result = run_result(*soc, *request.program);
  if (result) collect_result(*soc, *result, report);
  if (report.error.empty()) report.error = verdict(*soc, to_host, *request.program, result.get());
  collect_soc(*soc, report);
  if (debugger) debugger->ended(report.error.empty() ? 0 : soc->cpu().exit_code().value_or(1));
  return report.error.empty() && (!report.partial || left) ? kExitDone : kExitSimulationFailed;
}

}  // namespace systole
