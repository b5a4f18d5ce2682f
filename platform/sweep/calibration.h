// How far a sweep's figures are from the RTL's, where both were measured.
#pragma once
#include <nlohmann/json.hpp>

namespace systole {

/// 100 * (tlm - rtl) / rtl of every figure of two sets of metrics but the time to simulate; null
/// where the RTL's is 0 and the twins' is not.
nlohmann::ordered_json figure_errors(const nlohmann::ordered_json& tlm,
                                     const nlohmann::ordered_json& rtl);

/// Judges an analysis (analysis.h) whose points have `rtl`: {points, failed, missing, mean_bound,
/// worst_bound, within, figures [{name, label, mean, worst, point, within}], text}. Means and
/// worsts are of magnitudes, in per cent; `point` is where the worst is. A figure is within the
/// bounds (FidelityBounds) if its mean is and each point's error is, or, for cycles and latency, is
/// no more than one memory latency. `within` is that of the cycles. `asked` is how many points RTL
/// was asked for.
nlohmann::ordered_json judge_calibration(const nlohmann::ordered_json& analysis, size_t asked);

}  // namespace systole
