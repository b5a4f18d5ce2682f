// What a sweep's results say: figures per point, Pareto front, knee, sensitivity, bottleneck,
// words.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/sweep/estimate.h"
#include "platform/sweep/result_store.h"

namespace systole {

/// Everything the report shows, as JSON (results.json is this):
///   identity, table {name, sources}, metrics [{name, label, unit}], axes [{key, values}],
///   calibration (calibration.h) if calibrated, with error_mean and error_worst in each metric and
///   rtl {status, error, metrics, errors {...}} in the points that were measured in RTL too,
///   points [{point, status, error, values, metrics {...}, cycles {operations, gemm, layers},
///   roofline {gemm, vpu: {peak, unit, bytes_per_cycle, kernels [{name, work, cycles, intensity,
///   speed}]}}, area {...}, energy {...}}], answer {best, knee, pareto, pareto_energy, sensitivity,
///   bottleneck, words}.
nlohmann::ordered_json analyse(const ResultStore& store, const EnergyTable& table,
                               const std::string& name);

/// Sentences that compare two analyses.
std::vector<std::string> compare_words(const nlohmann::ordered_json& a,
                                       const nlohmann::ordered_json& b);

/// Indices of points that none beats in both: `x` and `y` smaller is better. In order of x.
std::vector<size_t> pareto_front(const std::vector<double>& x, const std::vector<double>& y);

/// Of a front (in order of x), the one farthest from the line between its ends on log scales: less
/// x is dear from there on. An index into the front; the front must not be empty.
size_t knee_of(const std::vector<double>& x, const std::vector<double>& y);

/// One line a point, header first; cells quoted where needed.
std::string to_csv(const nlohmann::ordered_json& analysis);

/// One self-contained page. `analyses`: one, or two to compare. Throws SweepError if the page's
/// parts or d3 cannot be read.
std::string to_html(const std::vector<nlohmann::ordered_json>& analyses);

}  // namespace systole
