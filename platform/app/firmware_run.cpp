#include "platform/app/firmware_run.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <ctime>
#include <iostream>
#include <regex>

#include "platform/app/console_port.h"
#include "platform/app/firmware_loop.h"
#include "platform/app/firmware_memory.h"
#include "platform/app/gdb_monitor.h"
#include "platform/app/profile_table.h"
#include "platform/app/simulation_parts.h"
#include "platform/app/trace_file.h"
#include "platform/boot/boot_rom.h"
#include "platform/config/paths.h"
#include "tlm/core/text_format.h"
#include "tlm/cpu/riscv_debugger.h"

namespace systole {
namespace {

using WallClock = std::chrono::steady_clock;

double seconds_since(WallClock::time_point start) {
  return std::chrono::duration<double>(WallClock::now() - start).count();
}

std::string with_place(uint64_t addr, const ElfFile& program) {
  const std::string place = program.place(addr);
  return hex(addr) + (place.empty() ? "" : " (" + place + ")");
}

// A panic's text, with the function behind each address that lies in one.
std::string with_places(const std::string& text, const ElfFile& program) {
  static const std::regex kAddress("0x[0-9a-f]{1,16}");
  std::string result;
  auto done = text.begin();
  for (std::sregex_iterator at(text.begin(), text.end(), kAddress), end; at != end; ++at) {
    result.append(done, (*at)[0].first);
    result += with_place(std::stoull(at->str(), nullptr, 16), program);
    done = (*at)[0].second;
  }
  return result.append(done, text.end());
}

// Why the run ended as it did; "" if the program passed.
std::string verdict(Soc& soc, uint64_t to_host, const ElfFile& program,
                    const firmware::RunResult* result) {
  const std::string reason =
      result && *result->error ? ": " + with_places(result->error, program) : "";
  if (to_host == 1) return "";
  if (to_host != 0)
    return "the program failed: test number " + std::to_string(to_host >> 1) + " (tohost)";
  if (soc.finished()) {
    if (*soc.finished() == 0) return "";
    return "the program ended with code " + std::to_string(*soc.finished()) + reason;
  }
  if (soc.riscv()->lost()) {
    return "the program is lost: " +
           soc.riscv()->failure([&program](uint64_t addr) { return with_place(addr, program); });
  }
  return "";
}

// A debugger's port, if one was asked for.
std::unique_ptr<RiscvDebugger> make_debugger(Soc& soc, const FirmwareRequest& request) {
  if (!request.inspect.gdb.wanted()) return nullptr;
  RiscvDebuggerConfig config;
  config.host = request.inspect.gdb.host;
  config.port = request.inspect.gdb.port;
  config.halt_at_reset = !request.inspect.gdb.run_at_once;
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

// The instruction trace of a run, if one was asked for.
class Trace {
 public:
  Trace(Soc& soc, const FirmwareRequest& request) : cpu_(*soc.riscv()), inspect_(request.inspect) {
    if (inspect_.trace_file.empty()) return;
    const riscv::TraceWindow window = trace_window(inspect_, *request.program);
    file_ = std::make_unique<TraceFile>(inspect_.trace_file, *request.program);
    tracer_ = std::make_unique<riscv::Tracer>(cpu_.hart(), window, *file_);
    cpu_.set_tracer(tracer_.get());
  }
  // Throws RequestError if the file could not be written.
  void finish(bool quiet) {
    if (!tracer_) return;
    cpu_.set_tracer(nullptr);
    file_->close();
    const std::string where = inspect_.trace_file == "-" ? "" : " in '" + inspect_.trace_file + "'";
    std::string note = grouped(tracer_->traced()) + " instructions" + where;
    if (tracer_->traced() == 0) note = "the program has not come to '" + inspect_.trace_from + "'";
    if (file_->completed()) note += ", as --trace-limit says (0: no limit)";
    if (!quiet) std::cerr << "systole: trace: " << note << "\n";
  }

 private:
  RiscvCpu& cpu_;
  const InspectOptions& inspect_;
  std::unique_ptr<TraceFile> file_;
  std::unique_ptr<riscv::Tracer> tracer_;
};

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

  Trace trace(*soc, request);
  const auto debugger = make_debugger(*soc, request);
  riscv::Profile profile;
  if (request.inspect.profile) soc->riscv()->hart().set_profile(&profile);
  const auto start = WallClock::now();
  const std::clock_t cpu_start = std::clock();
  milestones = std::make_unique<Milestones>(*soc, *request.program, report);
  FirmwareLoop loop(*soc, *request.program, {console.get(), debugger.get()}, report);
  loop.run(common.max_sim_time_ps, *milestones);
  const bool left = console && console->exit_requested();
  console.reset();  // the terminal is as it was before anything is said about the run
  report.wall_seconds = seconds_since(start);
  report.cpu_seconds = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  const auto result = read_run_result(*soc, *request.program);
  if (result) collect_result(*soc, *result, report);
  if (report.error.empty())
    report.error = verdict(*soc, loop.to_host(), *request.program, result.get());
  collect_soc(*soc, report);
  if (request.inspect.profile) {
    soc->riscv()->hart().collect_profile();
    report.own["profile"] = profile_json(profile, *request.program);
  }
  if (debugger) debugger->ended(report.error.empty() ? 0 : soc->cpu().exit_code().value_or(1));
  trace.finish(common.quiet);
  return report.error.empty() && (!report.partial || left) ? kExitDone : kExitSimulationFailed;
}

}  // namespace systole
