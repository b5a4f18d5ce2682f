// How far a sweep's figures are from the RTL's, where both were measured.
#pragma once
#include <nlohmann/json.hpp>

namespace systole {

/// 100 * (tlm - rtl) / rtl of every figure of two sets of metrics but the time to simulate; null
/// where the RTL's is 0 and the twins' is not.
nlohmann::ordered_json figure_errors(const nlohmann::ordered_json& tlm,
                                     const nlohmann::ordered_json& rtl);

/// What `systole sweep-descriptors` reported: {whole, total, traffic} and, unless all descriptors
/// were carried out in their order, {descriptors, distinct, sampled, stands_for, work, mean, worst,
/// worst_operation, beyond}. `stands_for` and `work` are shares, in per cent, of the descriptors
/// and of the least cycles of all. `mean` and `worst` are of the
/// samples' magnitudes, `total` of the sums over what the samples stand for, with its sign, all in
/// per cent; `traffic` is the largest error of the bytes moved; `beyond` counts the samples off by
/// more than the bound and one memory latency.
nlohmann::ordered_json judge_descriptors(const nlohmann::ordered_json& report,
                                         uint64_t latency_cycles);

/// The figures that RTL would have, by the errors of a sample of descriptors: those of time by
/// `total`, those of energy by `traffic`.
nlohmann::ordered_json figures_in_rtl(const nlohmann::ordered_json& tlm,
                                      const nlohmann::ordered_json& descriptors);

/// Judges an analysis (analysis.h) whose points have `rtl`: {points, failed, missing, mean_bound,
/// worst_bound, within, figures [{name, label, mean, worst, point, within}], text}. Means and
/// worsts are of magnitudes, in per cent; `point` is where the worst is. A figure is within the
/// bounds (FidelityBounds) if its mean is and each point's error is, or, for cycles and latency, is
/// no more than one memory latency. `within` is that of the cycles. `asked` is how many points RTL
/// was asked for. Of points whose `rtl` has `descriptors` (judge_descriptors), none of these may be
/// beyond the bound either, and `descriptors` {points, sampled, distinct, stands_for, work, mean,
/// worst, operation, point} sums them up.
nlohmann::ordered_json judge_calibration(const nlohmann::ordered_json& analysis, size_t asked);

}  // namespace systole
