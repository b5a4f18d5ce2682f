#include "platform/sweep/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

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

// Of all points' samples together.
Json sum_descriptors(const std::vector<const Json*>& measured) {
  Json sum;
  double mean = 0, sampled = 0, distinct = 0, stands_for = 0, work = 0, points = 0;
  for (const Json* point : measured) {
    if (!(*point)["rtl"].contains("descriptors")) continue;
    const Json& d = (*point)["rtl"]["descriptors"];
    if (d["whole"].get<bool>()) continue;
    const double count = d["sampled"];
    mean += count * d["mean"].get<double>();
    sampled += count, distinct += d["distinct"].get<double>();
    stands_for += d["stands_for"].get<double>(), work += d["work"].get<double>();
    ++points;
    if (sum.is_null() || d["worst"] > sum["worst"]) {
      sum["worst"] = d["worst"];
      sum["operation"] = d["worst_operation"];
      sum["point"] = (*point)["point"];
    }
  }
  if (points == 0) return sum;
  sum["points"] = points;
  sum["sampled"] = sampled;
  sum["distinct"] = distinct;
  sum["stands_for"] = stands_for / points;
  sum["work"] = work / points;
  sum["mean"] = sampled > 0 ? mean / sampled : 0;
  return sum;
}

std::string descriptor_words(const Json& d) {
  const auto count = [&](const char* key) {
    return std::to_string(static_cast<uint64_t>(d[key].get<double>()));
  };
  const auto share = [&](const char* key) {
    char text[32];
    std::snprintf(text, sizeof text, "%.0f %%", d[key].get<double>());
    return std::string(text);
  };
  const double worst = d["worst"];
  const std::string errors = worst == 0 ? "take the same cycles"
                                        : "differ by " + shown(d["mean"].get<double>()) +
                                              " in the mean, by " + shown(worst) +
                                              " at worst (point " + d["point"].dump() + ", " +
                                              d["operation"].get<std::string>() + ")";
  return ", " + count("points") + " by samples of their descriptors: " + count("sampled") + " of " +
         count("distinct") + " distinct ones, which stand for " + share("stands_for") +
         " of all and for " + share("work") + " of the work, " + errors +
         "; what engines do to each other is not in it";
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
  if (calibration.contains("descriptors")) text += descriptor_words(calibration["descriptors"]);
  std::string beyond;
  for (const Json& figure : calibration["figures"]) {
    if (figure["name"] == "cycles") {
      text += std::string(calibration.contains("descriptors") ? ". By this" : ":") +
              " the cycles differ by " + shown(figure["mean"].get<double>()) + " in the mean, by " +
              shown(figure["worst"].get<double>()) + " at worst (point " + figure["point"].dump() +
              "), " + (figure["within"].get<bool>() ? "within" : "beyond") + " the bound (mean " +
              shown(100 * bounds.mean) + ", worst " + shown(100 * bounds.worst) +
              " or one memory latency)";
    } else if (!figure["within"].get<bool>()) {
      beyond += (beyond.empty() ? "" : ", ") + figure["label"].get<std::string>() + " (worst " +
                shown(figure["worst"].get<double>()) + ")";
    }
  }
  return text + "." + (beyond.empty() ? "" : " Other figures beyond it: " + beyond + ".");
}

// The largest, in per cent.
double traffic_error(const Json& traffic) {
  double largest = 0;
  for (const auto& [kind, counters] : traffic["rtl"].items()) {
    for (const auto& [name, value] : counters.items()) {
      const double error = 100 * cycle_error(value, traffic["tlm"][kind][name]);
      if (std::abs(error) > std::abs(largest)) largest = error;
    }
  }
  return largest;
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

Json judge_descriptors(const Json& report, uint64_t latency_cycles) {
  Json d = {{"whole", report["whole"]}, {"traffic", traffic_error(report["traffic"])}};
  if (report["whole"].get<bool>()) {
    d["total"] = 100 * cycle_error(report["cycles"]["rtl"], report["cycles"]["tlm"]);
    return d;
  }
  FidelityBounds bounds;
  bounds.latency_cycles = latency_cycles;
  d["sampled"] = report["sample"].size();
  double all = 0, distinct = 0, represented = 0, work = 0, sampled_work = 0;
  for (const Json& each : report["operations"]) {
    all += each["descriptors"].get<double>(), distinct += each["distinct"].get<double>();
    represented += each["stands_for"].get<double>();
    work += each["least_cycles"].get<double>();
    sampled_work += each["sampled_least_cycles"].get<double>();
  }
  d["descriptors"] = all, d["distinct"] = distinct;
  d["stands_for"] = all > 0 ? 100 * represented / all : 0;
  d["work"] = work > 0 ? 100 * sampled_work / work : 0;
  double mean = 0, worst = 0, rtl_sum = 0, tlm_sum = 0;
  uint64_t beyond = 0;
  std::string worst_operation;
  for (const Json& each : report["sample"]) {
    const auto rtl = each["rtl"].get<uint64_t>(), tlm = each["tlm"].get<uint64_t>();
    const double size = 100 * std::abs(cycle_error(rtl, tlm));
    const double times = each["stands_for"];
    rtl_sum += times * double(rtl), tlm_sum += times * double(tlm);
    mean += size;
    beyond += !bounds.allow(rtl, tlm);
    if (worst_operation.empty() || size > worst) {
      worst = size;
      worst_operation = each["engine"].get<std::string>() + " " +
                        each["operation"].get<std::string>() + " " + each["index"].dump();
    }
  }
  d["mean"] = report["sample"].empty() ? 0 : mean / double(report["sample"].size());
  d["worst"] = worst;
  d["worst_operation"] = worst_operation;
  d["total"] = rtl_sum > 0 ? 100 * (tlm_sum - rtl_sum) / rtl_sum : 0;
  d["beyond"] = beyond;
  return d;
}

Json figures_in_rtl(const Json& tlm, const Json& descriptors) {
  const double time = 1 + descriptors["total"].get<double>() / 100;
  const double traffic = 1 + descriptors["traffic"].get<double>() / 100;
  const std::map<std::string, double> factors = {{"latency_us", 1 / time},
                                                 {"cycles", 1 / time},
                                                 {"prefill_cycles", 1 / time},
                                                 {"decode_cycles", 1 / time},
                                                 {"array_use", time},
                                                 {"decode_cycles_per_token", 1 / time},
                                                 {"tokens_per_s", time},
                                                 {"dram_use", time},
                                                 {"bus_use", time},
                                                 {"area_mm2", 1},
                                                 {"power_mw", time / traffic},
                                                 {"energy_uj", 1 / traffic},
                                                 {"tops_per_w", traffic},
                                                 {"energy_per_token_uj", 1 / traffic},
                                                 {"peak_tops_per_w", 1},
                                                 {"dram_energy_uj", 1 / traffic}};
  Json figures = Json::object();
  for (const auto& [name, value] : tlm.items())
    if (const auto factor = factors.find(name); factor != factors.end())
      figures[name] = value.get<double>() * factor->second;
  return figures;
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
  if (const Json sum = sum_descriptors(measured); !sum.is_null()) calibration["descriptors"] = sum;
  const bool descriptors_within = std::none_of(measured.begin(), measured.end(), [](const Json* p) {
    const Json::json_pointer beyond("/rtl/descriptors/beyond");
    return p->contains(beyond) && (*p)[beyond] != 0;
  });
  for (const Json& metric : analysis["metrics"]) {
    Json figure = judge_figure(metric, measured);
    if (figure.is_null()) continue;
    if (figure["name"] == "cycles" && !descriptors_within) figure["within"] = false;
    if (figure["name"] == "cycles") calibration["within"] = figure["within"];
    calibration["figures"].push_back(figure);
  }
  calibration["text"] = words_of(calibration, analysis["points"].size());
  return calibration;
}

}  // namespace systole
