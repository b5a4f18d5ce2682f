// What every kind of simulated run shares: signals, and the SoC's own figures.
#pragma once
#include "platform/app/report.h"
#include "platform/soc/soc.h"

namespace systole {

/// From now on Ctrl-C and SIGTERM make interrupted() true; the second one ends the process.
void catch_signals();
bool interrupted();

/// Fills in what the SoC knows: bus, memories, CPU, operations, times; and for the engines that the
/// report has already, fidelity and the wrapper's view.
void collect_soc(const Soc& soc, Report& report);

}  // namespace systole
