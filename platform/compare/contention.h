// Engines that contend for one memory: the scenes, and how far the twins are off in them.
#pragma once
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "platform/compare/comparison.h"

namespace systole {

struct ContentionScene {
  std::string group;  ///< "GEMM + VPU, SPM"
  std::string text;   ///< as parse_scene() takes it
};

/// GEMM + GEMM, GEMM + VPU, GEMM + DMA, DMA + DMA and all three, in DRAM and in SPM, of several
/// sizes, the second engine starting together with the first, 37 or 300 cycles later.
std::vector<ContentionScene> contention_scenes();

/// Errors of one group: of each engine's cycles and of those until all are done.
struct ContentionRow {
  uint64_t scenes = 0, engines = 0;
  double engine_sum = 0, engine_worst = 0, total_sum = 0, total_worst = 0;  ///< twins
  double engine_large = 0;  ///< worst of those more than one memory latency off
  double rtl_engine_worst = 0, rtl_total_worst = 0;      ///< the RTL against itself, step by step
  double timed_engine_worst = 0, timed_total_worst = 0;  ///< twins without data
};

class ContentionTable {
 public:
  explicit ContentionTable(const FidelityBounds& bounds) : bounds_(bounds) {}

  /// One scene in four runs' reports (entries of "scenes").
  struct Runs {
    const nlohmann::ordered_json &rtl, &tlm;
    const nlohmann::ordered_json& stepped;  ///< RTL with engine_batch_cycles 1
    const nlohmann::ordered_json& timed;    ///< twins without data
  };
  /// `place`: where it ran, for people.
  void add(const ContentionScene& scene, const std::string& place, const Runs& runs);

  /// Results and counters that differ; engines more than 5 % and one latency off; totals 5 %, also
  /// without data.
  const std::vector<std::string>& disagreements() const { return disagreements_; }
  void print(std::ostream& out) const;
  nlohmann::ordered_json json() const;
  std::string markdown(const std::string& how) const;

 private:
  ContentionRow& row(const std::string& group);

  FidelityBounds bounds_;
  std::vector<std::pair<std::string, ContentionRow>> rows_;
  std::vector<std::string> disagreements_;
  nlohmann::ordered_json scenes_ = nlohmann::ordered_json::array();
};

}  // namespace systole
