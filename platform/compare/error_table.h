// The cycle error of many cases over bus widths and DRAM latencies: statistics and how they are
// shown.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "platform/compare/comparison.h"

namespace systole {

/// One case at one place of the design space.
struct CaseResult {
  std::string text, engine, kernel;
  uint64_t width_bits = 0, latency_ns = 0;
  uint64_t rtl = 0, tlm = 0;  ///< cycles, first doorbell to last completion
  uint64_t mismatched_bytes = 0;
  bool same_counters = true;  ///< of work, descriptors and bytes
  bool allowed = true;        ///< by FidelityBounds::allow
};

/// Of a group of cases.
struct ErrorRow {
  uint64_t cases = 0, mismatched_bytes = 0, other_counters = 0, beyond = 0;
  double sum = 0, worst = 0;  ///< of magnitudes
  double worst_large = 0;     ///< the worst of those more than one memory latency off
  uint64_t rtl_cycles = 0, tlm_cycles = 0;
  std::string worst_case;

  double mean() const { return cases ? sum / static_cast<double>(cases) : 0; }
};

class ErrorTable {
 public:
  void add(const CaseResult& result, const FidelityBounds& bounds);
  void add_seconds(double rtl, double tlm) { rtl_seconds_ += rtl, tlm_seconds_ += tlm; }

  /// Mean of all and of each engine within bounds, every case allowed, no byte and no counter
  /// differs.
  std::vector<std::string> disagreements(const FidelityBounds& bounds) const;
  void print(std::ostream& out) const;
  nlohmann::ordered_json json() const;
  /// A section of documentation. `how`: the command that made it.
  std::string markdown(const std::string& how) const;

 private:
  struct Group {
    std::string name;
    ErrorRow row;
  };
  Group& group(std::vector<Group>& groups, const std::string& name);

  std::vector<Group> by_place_, by_kernel_, by_engine_;
  ErrorRow all_;
  std::vector<CaseResult> results_;
  double rtl_seconds_ = 0, tlm_seconds_ = 0;
};

}  // namespace systole
