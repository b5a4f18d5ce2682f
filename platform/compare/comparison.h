// How two reports of one workload differ: the RTL's and the twins'. Upstream: PairRunner.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "platform/config/config.h"

namespace systole {

/// What agreement means. Errors are shares of the RTL's cycles.
struct FidelityBounds {
  double mean = 0.02;   ///< over the cases of a list
  double worst = 0.05;  ///< of one case; or latency_cycles, whichever is more
  double whole = 0.02;  ///< prefill, decode and total of a generation or a replay
  uint64_t latency_cycles = 0;

  /// With one memory latency of `config`: DRAM and both ways over the interconnect.
  static FidelityBounds of(const Config& config);
  /// True if one case's cycles are within `worst` or one latency.
  bool allow(uint64_t rtl, uint64_t tlm) const;
};

/// (tlm - rtl) / rtl; 0 if both are 0.
double cycle_error(uint64_t rtl, uint64_t tlm);

/// A number that both reports have.
struct Figure {
  std::string name;
  uint64_t rtl = 0, tlm = 0;
  bool cycles = true;  ///< else a count, which must be equal where `exact`
  bool exact = false;
};

/// Cycle errors of the descriptors that were sampled of one engine.
struct SampleError {
  std::string engine;
  uint64_t count = 0;
  double mean = 0, worst = 0;  ///< magnitudes
};

struct Comparison {
  std::vector<Figure> figures;  ///< in total, per phase and per engine
  uint64_t result_bytes = 0, mismatched_bytes = 0;
  std::string digest_rtl, digest_tlm;
  double seconds_rtl = 0, seconds_tlm = 0;  ///< of the host, processor time
  unsigned runs_tlm = 1;                    ///< seconds_tlm is the middle of so many
  std::vector<std::string> disagreements;   ///< empty: they agree
  std::vector<SampleError> samples;         ///< of `replay --sample`

  double speed_ratio() const { return seconds_tlm > 0 ? seconds_rtl / seconds_tlm : 0; }
};

/// Processor time of a report's run.
double host_seconds(const nlohmann::ordered_json& report);

/// Compares two complete reports of `bench`, `run` or `replay`. `mismatched_bytes` is of their
/// results files.
Comparison compare_reports(const nlohmann::ordered_json& rtl, const nlohmann::ordered_json& tlm,
                           uint64_t result_bytes, uint64_t mismatched_bytes,
                           const FidelityBounds& bounds);

nlohmann::ordered_json to_json(const Comparison& comparison);
void print(const Comparison& comparison, std::ostream& out);

/// "+1.23 %".
std::string percent_text(double share);

}  // namespace systole
