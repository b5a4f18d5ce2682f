// One simulated run: variants, SoC, a program on the host CPU, and what is known afterwards.
// Upstream: the commands. Downstream: Soc, driver.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "platform/app/options.h"
#include "platform/app/report.h"
#include "platform/soc/port_hal.h"
#include "platform/soc/soc.h"
#include "sw_driver/include/device.h"

namespace systole {

/// What a program on the host CPU works with. The device is open.
struct Host {
  PortHal& hal;
  driver::Device& device;
  Report& report;
  std::function<std::vector<OperationReport>()> operations;  ///< so far, in no simulated time
  bool timing_only;  ///< engines move no data: memory at SoC addresses has no content

  /// True after Ctrl-C or --max-sim-time: return soon.
  bool stopping() const { return hal.stopping(); }
};

/// Runs inside the simulation. Returns what went wrong, "" if nothing. May throw RequestError.
using Program = std::function<std::string(Host&)>;

class Recorder;

/// Throws RequestError naming cpu.model unless it is native; `command` is what needs that.
void check_native_cpu(const Config& config, const std::string& command);

/// Simulates `program` on the configured SoC. Fills the report's counters, times and errors; cycles
/// are the program's to fill. Once per process. Throws VariantError before anything is simulated.
/// `recorder`: null, or sees what the driver does. `console`: takes what the driver prints; empty:
/// standard output. Returns kExitDone or kExitSimulationFailed.
int simulate(const CommonOptions& common, const SocImages& images, const Program& program,
             Report& report, Recorder* recorder = nullptr,
             std::function<void(char)> console = nullptr);

/// Ends a command: error and summary on standard error, the report where it was asked for.
int finish(const CommonOptions& common, const Report& report, int status);

/// "engine dma[0] stopped with READ_BUS (…) at address 0x…, cycle …" for a driver call that failed.
std::string describe_failure(Host& host, const std::string& what, driver::Status status);

}  // namespace systole
