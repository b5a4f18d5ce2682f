#include "platform/app/simulation.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <limits>
#include <systemc>

#include "platform/app/raw_terminal.h"
#include "platform/app/simulation_parts.h"
#include "platform/config/paths.h"
#include "platform/replay/recorder.h"
#include "platform/variants/variant_cache.h"

namespace systole {
namespace {

using WallClock = std::chrono::steady_clock;

// How often, in simulated time, the loop looks at Ctrl-C; and how long the driver may take to
// unwind.
constexpr uint64_t kSlicePs = 20'000'000;
constexpr uint64_t kGracePs = 1'000'000'000;
constexpr uint64_t kLongestWaitCycles = 1'000'000'000'000'000;

volatile std::sig_atomic_t g_interrupted = 0;

// The second signal ends the process at once.
void on_signal(int signal) {
  if (g_interrupted) {
    restore_terminal();
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  g_interrupted = 1;
}

double seconds_since(WallClock::time_point start) {
  return std::chrono::duration<double>(WallClock::now() - start).count();
}

const driver::EngineKind kKinds[] = {driver::EngineKind::Gemm, driver::EngineKind::Vpu,
                                     driver::EngineKind::Dma};

double peak_work(const driver::EngineConfig& config, driver::EngineKind kind) {
  if (kind == driver::EngineKind::Gemm) return double(config.rows) * config.cols;
  if (kind == driver::EngineKind::Vpu) return config.lanes;
  return config.data_bytes;
}

// Reads every engine's counters through the registers, as a driver does.
void collect_engines(Host& host) {
  for (const driver::EngineKind kind : kKinds) {
    const uint32_t count = host.device.soc().count[static_cast<uint32_t>(kind)];
    for (uint32_t i = 0; i < count; ++i) {
      EngineReport engine;
      engine.kind = driver::to_string(kind);
      engine.instance = i;
      driver::Engine& front_end = host.device.engine(kind, i);
      if (front_end.read_counters(&engine.counters) != driver::Status::Ok) continue;
      engine.peak_work_per_cycle = peak_work(front_end.config(), kind);
      host.report.engines.push_back(engine);
    }
  }
  host.report.offload = host.device.stream().offload();
  host.report.stream = host.device.stream().statistics();
}

// What the program on the CPU shares with the loop that advances time.
struct Session {
  PortHal* hal = nullptr;  ///< while the program runs
  Soc* soc = nullptr;
  std::exception_ptr refused;  ///< a RequestError that the program threw
};

// Twins tell when they cannot go on, so the driver may wait for operations of any length; without
// data shapes are larger than what its waits are made for.
driver::DeviceOptions device_options(const Report& report) {
  driver::DeviceOptions options;
  const Config& c = report.config;
  if (c.gemm.model == "tlm" && c.vpu.model == "tlm" && c.dma.model == "tlm")
    options.stream.cpu_timeout_cycles = kLongestWaitCycles;
  if (report.timing_only) options.stream.wait_timeout_cycles = std::numeric_limits<uint32_t>::max();
  return options;
}

int run_program(HostPort& port, const Program& program, Report& report, Session& session,
                Recorder* recorder) {
  PortHal hal(port);
  if (recorder) recorder->attach(hal);
  session.hal = &hal;
  auto device = std::make_unique<driver::Device>();
  Host host{hal, *device, report, [&] { return session.soc->operations(); }, report.timing_only};
  const driver::Status opened = device->open(hal, device_options(report));
  if (opened != driver::Status::Ok) {
    report.error = describe_failure(host, "bringing the SoC up", opened);
  } else {
    try {
      const std::string error = program(host);
      // A wait that a stop request ended is no error of the system.
      if (!hal.stopping()) report.error = error;
    } catch (const RequestError&) {
      session.refused = std::current_exception();
    }
    if (recorder) recorder->detach();
    collect_engines(host);
  }
  session.hal = nullptr;
  return report.error.empty() ? 0 : 1;
}

// Advances simulated time until the program has ended, a limit is reached or somebody interrupts.
void advance(const CommonOptions& common, Soc& soc, Session& session, Report& report) {
  uint64_t give_up_at = 0;  // ps; 0: not stopping
  auto stop = [&](const char* reason) {
    report.partial = true;
    report.stop_reason = reason;
    if (session.hal) session.hal->stop_softly();
    give_up_at = Clock::now_ps() + kGracePs;
  };
  while (!soc.cpu().exit_code()) {
    const uint64_t now = Clock::now_ps();
    if (!give_up_at) {
      if (g_interrupted) stop("interrupted");
      if (common.max_sim_time_ps && now >= *common.max_sim_time_ps) stop("max-sim-time");
    } else if (now >= give_up_at) {
      soc.cpu().request_stop();
      sc_core::sc_start(sc_core::sc_time::from_value(kSlicePs));
      if (!soc.cpu().exit_code()) report.error = "the driver did not end after a stop request";
      return;
    }
    uint64_t slice = kSlicePs;
    if (!give_up_at && common.max_sim_time_ps)
      slice = std::min(slice, *common.max_sim_time_ps - now);
    if (sc_core::sc_get_status() == sc_core::SC_STOPPED) return;
    sc_core::sc_start(sc_core::sc_time::from_value(slice));
    if (!soc.cpu().exit_code() && !sc_core::sc_pending_activity()) {
      report.error = "the simulated system stopped at cycle " + grouped(soc.clock().now_cycles()) +
                     ": nothing is left to happen, but the driver has not ended";
      return;
    }
  }
}

}  // namespace

void catch_signals() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return g_interrupted != 0; }

void collect_soc(const Soc& soc, Report& report) {
  for (EngineReport& engine : report.engines) {
    for (const Soc::EngineInfo& info : soc.engines()) {
      if (info.kind != engine.kind || info.instance != engine.instance) continue;
      engine.fidelity = info.fidelity;
      engine.rtl = soc.rtl_report(info);
    }
  }
  report.bus_initiators = soc.bus().initiator_reports();
  report.bus_targets = soc.bus().target_reports();
  report.dram = soc.dram().report();
  report.spm = soc.spm().report();
  if (report.operations.empty()) {
    report.operations = soc.operations();
    report.operations_cycles = report.cycles_total;
  }
  report.cpu_model = soc.cpu().model();
  report.cpu_instructions = soc.cpu().instructions();
  report.simulated_cycles = soc.clock().now_cycles();
  report.clock_period_ps = static_cast<double>(soc.clock().period_ps());
}

void check_native_cpu(const Config& config, const std::string& command) {
  if (config.cpu.model == "native") return;
  throw RequestError("cpu.model: '" + config.cpu.model + "' is not legal for '" + command +
                     "'; legal: native (run and boot take riscv too)");
}

int simulate(const CommonOptions& common, const SocImages& images, const Program& program,
             Report& report, Recorder* recorder, std::function<void(char)> console) {
  check_native_cpu(common.config, report.command);
  catch_signals();
  report.config = common.config;
  report.timing_only = common.timing_only;
  const auto build_start = WallClock::now();
  VariantCache cache(
      cache_dir(), source_dir(), [](const std::string& text) { spdlog::info(text); },
      common.quiet || !on_terminal());
  cache.prebuild(variants_of(common.config), 2);

  Session session;
  SocSoftware software;
  software.native = [&](HostPort& port) {
    return run_program(port, program, report, session, recorder);
  };
  software.console = std::move(console);
  auto soc = std::make_unique<Soc>("soc", common.config, cache, images, std::move(software),
                                   !common.timing_only);
  session.soc = soc.get();
  soc->cpu().on_exit([](int) { sc_core::sc_pause(); });
  report.build_seconds = seconds_since(build_start);

  spdlog::debug("simulating");
  const auto start = WallClock::now();
  const std::clock_t cpu_start = std::clock();
  advance(common, *soc, session, report);
  report.wall_seconds = seconds_since(start);
  report.cpu_seconds = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  if (session.refused) std::rethrow_exception(session.refused);
  soc->settle();
  collect_soc(*soc, report);
  return report.error.empty() && !report.partial ? kExitDone : kExitSimulationFailed;
}

int finish(const CommonOptions& common, const Report& report, int status) {
  if (!common.report_file.empty()) write_report(report, common.report_file);
  if (!common.quiet) print_summary(report, std::cerr);
  if (!report.error.empty())
    std::cerr << "systole " << report.command << ": " << report.error << "\n";
  if (report.partial) {
    std::cerr << "systole " << report.command << ": stopped after "
              << format_time_ps(static_cast<double>(report.simulated_cycles) *
                                report.clock_period_ps)
              << " of simulated time (" << report.stop_reason << "); the figures are partial\n";
  }
  return status;
}

std::string describe_failure(Host& host, const std::string& what, driver::Status status) {
  char text[320];
  const auto cycle = static_cast<unsigned long long>(host.hal.now_cycles());
  const driver::Soc& soc = host.device.soc();
  driver::CommandStream& stream = host.device.stream();
  if (status == driver::Status::EngineError) {
    const uint32_t index = stream.faulty_engine();
    const driver::EngineKind kind = soc.kind_of(index);
    const driver::EngineFault& fault = stream.fault();
    static const char* const responses[] = {"", ", EXOKAY", ", SLVERR", ", DECERR"};
    std::snprintf(
        text, sizeof text,
        "%s: engine %s[%u] stopped at cycle %llu with error code %u (%s%s), address 0x%llx, "
        "descriptor at 0x%llx",
        what.c_str(), driver::to_string(kind), index - soc.engine_index(kind, 0), cycle, fault.code,
        driver::fault_text(fault.code), responses[fault.response & 3],
        static_cast<unsigned long long>(fault.address),
        static_cast<unsigned long long>(fault.descriptor));
  } else {
    std::snprintf(text, sizeof text, "%s failed at cycle %llu: %s", what.c_str(), cycle,
                  driver::to_string(status));
  }
  return text;
}

}  // namespace systole
