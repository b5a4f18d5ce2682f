// Result codes of the driver. No exceptions: this also builds for bare metal.
#pragma once
#include <cstdint>

namespace systole::driver {

/// What happened, whether hardware was touched, and whether trying again can help.
enum class [[nodiscard]] Status : uint8_t{
    Ok,
    BadArgument,  ///< the request makes no sense; hardware untouched; do not retry
    NoMemory,     ///< SPM or DRAM arena exhausted; hardware untouched; retry after releasing
    RingFull,     ///< no room for the descriptor; hardware untouched; retry after completions
    BusError,     ///< a register access was refused; the register is unchanged
    Timeout,      ///< the hardware did not answer in time; reset the engine before retrying
    EngineError,  ///< the engine stopped with ERROR_CODE; reset the engine; retry only with another
                  ///< request
    BadHardware,  ///< ID, version or configuration is not what this driver knows; do not retry
    BadModel,     ///< checkpoint or tokenizer is not usable; hardware untouched; do not retry
};

/// Short text for logs, for example "engine error".
const char* to_string(Status status);

}  // namespace systole::driver
