// What every engine has done, as its own counters tell. Upstream: workers of `systole compare`.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/app/simulation.h"

namespace systole {

/// The counters of one engine, or what they grew by.
struct EngineWork {
  std::string engine;  ///< "gemm[0]"
  driver::EngineCounters counters;
};

/// All engines, in the order of the address map; takes simulated time (register accesses).
std::vector<EngineWork> look_at_engines(Host& host);

/// Of the engines that completed a descriptor between two looks.
std::vector<EngineWork> work_since(const std::vector<EngineWork>& before,
                                   std::vector<EngineWork> after);

/// {"engine": …, "cycles": …, "wait_cycles": …, "descriptors": …, "work": …, "bytes_read": …,
/// "bytes_written": …}; `cycles` are those of BUSY.
nlohmann::ordered_json to_json(const std::vector<EngineWork>& work);

/// True if two lists agree in everything but cycles; looks at words that are waited for count as
/// bytes read, and their number is a matter of time.
bool same_work(const nlohmann::ordered_json& a, const nlohmann::ordered_json& b);

}  // namespace systole
