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
  double rtl_engine_worst = 0, rtl_total_worst = 0;  ///< the RTL against itself, step by step
};

class ContentionTable {
 public:
  explicit ContentionTable(const FidelityBounds& bounds) : bounds_(bounds) {}

  /// One scene of three runs' reports (entries of "scenes"): RTL and twins as configured, and the
  /// RTL with engine_batch_cycles 1. `place`: where it ran, for people.
  void add(const ContentionScene& scene, const std::string& place,
           const nlohmann::ordered_json& rtl, const nlohmann::ordered_json& tlm,
           const nlohmann::ordered_json& stepped);

  /// Results and counters that differ; engines more than 5 % and one latency off; totals 5 %.
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
