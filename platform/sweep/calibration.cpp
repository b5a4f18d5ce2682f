#include "platform/sweep/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "platform/compare/comparison.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

// Of a point: the cycles of a figure of time, in a pair of RTL's and twins'.
bool within_latency(const Json& point, const std::string& figure) {
  if (figure != "latency_us" && figure.find("cycles") == std::string::npos) return false;
  if (figure == "decode_cycles_per_token") return false;
  const char* cycles = figure == "latency_us" ? "cycles" : figure.c_str();
  const double off =
      point["metrics"][cycles].get<double>() - point["rtl"]["metrics"][cycles].get<double>();
  return std::abs(off) <= point["rtl"]["memory_latency_cycles"].get<double>();
}

Json judge_figure(const Json& metric, const std::vector<const Json*>& measured) {
  const FidelityBounds bounds;
  const std::string name = metric["name"];
  Json figure = {{"name", name}, {"label", metric["label"]}};
  double sum = 0, worst = 0, count = 0;
  Json worst_at;
  bool within = true;
  for (const Json* point : measured) {
    if (!(*point)["rtl"]["errors"].contains(name)) continue;
    const Json& error = (*point)["rtl"]["errors"][name];
    if (error.is_null()) {
      within = false;
      continue;
    }
    const double size = std::abs(error.get<double>());
    sum += size, ++count;
    if (worst_at.is_null() || size > worst) worst = size, worst_at = (*point)["point"];
    within = within && (size <= 100 * bounds.worst || within_latency(*point, name));
  }
  if (count == 0) return Json();
  figure["mean"] = sum / count;
  figure["worst"] = worst;
  figure["point"] = worst_at;
  figure["within"] = within && sum / count <= 100 * bounds.mean;
  return figure;
}

std::string shown(double percent) {
  char text[32];
  std::snprintf(text, sizeof text, percent == 0 || percent >= 0.01 ? "%.2f %%" : "%.4f %%",
                percent);
  return text;
}

std::string words_of(const Json& calibration, size_t all) {
  const FidelityBounds bounds;
  std::string text = std::to_string(calibration["points"].get<size_t>()) + " of " +
                     std::to_string(all) + " points also in RTL";
  for (const auto& [count, what] :
       {std::pair("failed", " failed there"), std::pair("missing", " not measured yet")}) {
    const size_t n = calibration[count].get<size_t>();
    if (n != 0) text += ", " + std::to_string(n) + what;
  }
  std::string beyond;
  for (const Json& figure : calibration["figures"]) {
    if (figure["name"] == "cycles") {
      text += ": the cycles differ by " + shown(figure["mean"].get<double>()) +
              " in the mean, by " + shown(figure["worst"].get<double>()) + " at worst (point " +
              figure["point"].dump() + "), " +
              (figure["within"].get<bool>() ? "within" : "beyond") + " the bound (mean " +
              shown(100 * bounds.mean) + ", worst " + shown(100 * bounds.worst) +
              " or one memory latency)";
    } else if (!figure["within"].get<bool>()) {
      beyond += (beyond.empty() ? "" : ", ") + figure["label"].get<std::string>() + " (worst " +
                shown(figure["worst"].get<double>()) + ")";
    }
  }
  return text + "." + (beyond.empty() ? "" : " Other figures beyond it: " + beyond + ".");
}

}  // namespace

Json figure_errors(const Json& tlm, const Json& rtl) {
  Json errors = Json::object();
  for (const auto& [name, value] : tlm.items()) {
    if (name == "wall_seconds" || !rtl.contains(name)) continue;
    const double a = value, b = rtl[name];
    if (a == b) {
      errors[name] = 0.0;
    } else if (b != 0) {
      errors[name] = 100 * (a - b) / b;
    } else {
      errors[name] = nullptr;
    }
  }
  return errors;
}

Json judge_calibration(const Json& analysis, size_t asked) {
  const FidelityBounds bounds;
  std::vector<const Json*> measured;
  size_t failed = 0;
  for (const Json& point : analysis["points"]) {
    if (!point.contains("rtl")) continue;
    if (point["rtl"].contains("errors")) {
      measured.push_back(&point);
    } else {
      ++failed;
    }
  }
  Json calibration = {{"points", measured.size()},
                      {"failed", failed},
                      {"missing", asked - std::min(asked, measured.size() + failed)},
                      {"mean_bound", 100 * bounds.mean},
                      {"worst_bound", 100 * bounds.worst},
                      {"within", false},
                      {"figures", Json::array()}};
  for (const Json& metric : analysis["metrics"]) {
    const Json figure = judge_figure(metric, measured);
    if (figure.is_null()) continue;
    if (figure["name"] == "cycles") calibration["within"] = figure["within"];
    calibration["figures"].push_back(figure);
  }
  calibration["text"] = words_of(calibration, analysis["points"].size());
  return calibration;
}

}  // namespace systole
