#include "platform/sweep/analysis.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "platform/compare/comparison.h"
#include "platform/sweep/calibration.h"
#include "tlm/core/text_format.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

struct Metric {
  const char *name, *label, *unit;
};
const Metric kMetrics[] = {
    {"latency_us", "latency", "us"},
    {"cycles", "cycles", ""},
    {"prefill_cycles", "prefill", "cycles"},
    {"decode_cycles", "decode", "cycles"},
    {"decode_cycles_per_token", "decode step", "cycles/token"},
    {"tokens_per_s", "decode speed", "tokens/s"},
    {"area_mm2", "area", "mm2"},
    {"energy_uj", "energy", "uJ"},
    {"energy_per_token_uj", "energy per token", "uJ"},
    {"power_mw", "average power", "mW"},
    {"tops_per_w", "efficiency", "TOPS/W"},
    {"peak_tops_per_w", "peak efficiency", "TOPS/W"},
    {"array_use", "array use", "%"},
    {"dram_use", "DRAM bandwidth used", "%"},
    {"dram_energy_uj", "DRAM energy", "uJ"},
    {"row_hits", "DRAM row hits", "%"},
    {"row_misses", "DRAM row misses", "%"},
    {"row_conflicts", "DRAM row conflicts", "%"},
    {"bus_use", "busiest bus channel", "%"},
    {"wall_seconds", "time to simulate", "s"},
};

double number(const Json& json, const std::string& pointer) {
  const Json::json_pointer path(pointer);
  return json.contains(path) && json[path].is_number() ? json[path].get<double>() : 0;
}

// What the DRAM's row buffers did; 0 without a preset.
double rows_of(const Json& report, const char* count) {
  return number(report, std::string("/dram/rows/") + count);
}

// Where the cycles of a run went, three ways; each sums to the cycles it is of.
Json cycle_stacks(const Json& report) {
  Json stacks;
  const double cycles = number(report, "/cycles/total");
  double busy = 0, read = 0, write = 0, wait = 0, count = 0;
  if (report.contains(Json::json_pointer("/engines/gemm/instances"))) {
    for (const Json& engine : report["engines"]["gemm"]["instances"]) {
      busy += engine.value("busy_cycles", 0.0), read += engine.value("read_stall_cycles", 0.0);
      write += engine.value("write_stall_cycles", 0.0), wait += engine.value("wait_cycles", 0.0);
      ++count;
    }
  }
  if (count != 0) busy /= count, read /= count, write /= count, wait /= count;
  // A cycle can stall on both sides, and the counters also run outside the measured time.
  const double compute = std::max(0.0, std::min(busy, cycles) - read - write - wait);
  stacks["GEMM engine"] = {{"computing", compute},
                           {"waiting for read data", read},
                           {"waiting to write", write},
                           {"waiting for another engine", wait},
                           {"idle", std::max(0.0, cycles - compute - read - write - wait)}};
  Json operations = Json::object();
  double used = 0;
  for (const Json& op : report["operations"]["list"]) {
    const std::string name = op["operation"];
    if (name == "hand-over and idle" || name == "waiting") continue;  // no work: the rest
    operations[name] = operations.value(name, 0.0) + op["cycles"].get<double>();
    used += op["cycles"].get<double>();
  }
  operations["hand-over and idle"] = std::max(0.0, number(report, "/operations/cycles") - used);
  stacks["operation"] = operations;
  if (report.contains("layers")) {
    for (const Json& layer : report["layers"]) {
      stacks["layer"][layer["layer"].get<std::string>()] = layer["cycles"];
    }
  }
  return stacks;
}

void add_kernel(Json& engine, const std::string& name, const Json& counts, double work) {
  const double bytes =
      std::max(counts.value("bytes_read", 0.0), counts.value("bytes_written", 0.0));
  const double cycles = counts.value("seen_cycles", 0.0);
  if (work <= 0 || bytes <= 0 || cycles <= 0) return;
  engine["kernels"].push_back({{"name", name},
                               {"work", work},
                               {"cycles", cycles},
                               {"intensity", work / bytes},
                               {"speed", work / cycles}});
}

// Per kind of engine its roof and, under it, the kinds of operations (layers, if the workload has
// them): work a byte of the busier direction of the port, work a cycle. Of one instance: an
// engine's cycles are added up over the instances like its work. Reports from before have no bytes:
// no kernels.
Json roofline(const Json& config, const Json& report) {
  Json engines = Json::object();
  const double port = number(config, "/bus/width_bits") / 8;
  engines["gemm"] = {{"peak", 2 * number(config, "/gemm/rows") * number(config, "/gemm/cols")},
                     {"unit", "operations"}};
  engines["vpu"] = {{"peak", number(config, "/vpu/lanes")}, {"unit", "elements"}};
  for (auto& [kind, engine] : engines.items()) {
    engine["bytes_per_cycle"] = port;
    engine["kernels"] = Json::array();
    std::map<std::string, Json> sums;
    for (const Json& op : report["operations"]["list"]) {
      if (op["engine"].get<std::string>().rfind(kind, 0) != 0) continue;
      Json& sum = sums.emplace(op["operation"], Json::object()).first->second;
      for (const char* count : {"work", "seen_cycles", "bytes_read", "bytes_written"})
        sum[count] = sum.value(count, 0.0) + op.value(count, 0.0);
    }
    if (kind == "gemm" && report.contains("layers")) {
      for (const Json& layer : report["layers"]) {
        add_kernel(engine, layer["layer"], layer, layer.value("work", 0.0));
      }
    } else {
      for (const auto& [name, sum] : sums) add_kernel(engine, name, sum, sum["work"]);
    }
  }
  return engines;
}

Json metrics_of(const StoredPoint& point, const Json& report, const Estimate& estimate,
                double wall_seconds) {
  Json m;
  const double cycles = number(report, "/cycles/total");
  const double clock_mhz = number(point.config, "/clock_mhz");
  const double us = cycles / clock_mhz;
  m["latency_us"] = us;
  m["cycles"] = cycles;
  const double passes = number(report, "/decode_passes");
  if (report.contains("decode_passes")) {
    m["prefill_cycles"] = number(report, "/cycles/prefill");
    m["decode_cycles"] = number(report, "/cycles/decode");
    if (passes > 0) m["decode_cycles_per_token"] = number(report, "/cycles/decode") / passes;
    const double seconds = number(report, "/cycles/decode") / clock_mhz * 1e-6;
    m["tokens_per_s"] = seconds > 0 ? passes / seconds : 0;
  }
  m["area_mm2"] = estimate.total_area_mm2();
  const double uj = estimate.total_energy_uj();
  m["energy_uj"] = uj;
  if (report.contains("decode_passes")) {
    const double tokens = report.contains("tokens") ? double(report["tokens"].size())
                                                    : number(report, "/prompt_tokens") + passes;
    m["energy_per_token_uj"] = uj / std::max(1.0, tokens);
  }
  m["power_mw"] = us > 0 ? uj / us * 1e3 : 0;
  double macs = 0;
  if (report.contains(Json::json_pointer("/engines/gemm/instances"))) {
    for (const Json& engine : report["engines"]["gemm"]["instances"])
      macs += engine.value("macs", 0.0);
  }
  m["tops_per_w"] = uj > 0 ? 2 * macs / (uj * 1e6) : 0;  // operations / pJ
  m["peak_tops_per_w"] = estimate.peak_tops_per_w;
  const double peak = number(point.config, "/gemm/rows") * number(point.config, "/gemm/cols") *
                      std::max(1.0, number(point.config, "/gemm/count"));
  m["array_use"] = cycles > 0 ? 100 * macs / (cycles * peak) : 0;
  m["dram_use"] = 100 * number(report, "/dram/utilization");
  double dram_uj = 0;
  for (const auto& [name, value] : estimate.energy_uj)
    if (name.rfind("DRAM", 0) == 0) dram_uj += value;
  m["dram_energy_uj"] = dram_uj;
  const double accesses =
      rows_of(report, "hits") + rows_of(report, "misses") + rows_of(report, "conflicts");
  if (accesses > 0) {
    m["row_hits"] = 100 * rows_of(report, "hits") / accesses;
    m["row_misses"] = 100 * rows_of(report, "misses") / accesses;
    m["row_conflicts"] = 100 * rows_of(report, "conflicts") / accesses;
  }
  m["bus_use"] = 100 * number(report, "/bus/utilization");
  m["wall_seconds"] = wall_seconds;
  return m;
}

Json parts(const std::vector<std::pair<std::string, double>>& list) {
  Json json = Json::object();
  for (const auto& [name, value] : list) json[name] = value;
  return json;
}

// One memory latency of a stored configuration.
uint64_t latency_cycles(const Json& stored) {
  Config config = default_config();
  config.dram.latency_ns = static_cast<uint64_t>(number(stored, "/dram/latency_ns"));
  config.clock_mhz = static_cast<uint64_t>(number(stored, "/clock_mhz"));
  config.bus.latency_cycles = static_cast<uint64_t>(number(stored, "/bus/latency_cycles"));
  return FidelityBounds::of(config).latency_cycles;
}

// The point in RTL: what it measured, and how far `tlm`, the twins' figures, are from it.
Json in_rtl(const StoredPoint& point, const EnergyTable& table, const Json& tlm) {
  const PointResult& result = *point.in_rtl;
  Json rtl = {{"status", to_string(result.status)}};
  if (!result.error.empty()) rtl["error"] = result.error;
  if (result.status != PointStatus::Done) return rtl;
  const Json report = Json::parse(result.report);
  rtl["memory_latency_cycles"] = latency_cycles(point.config);
  if (report.value("command", "") == "sweep-descriptors") {
    rtl["descriptors"] = judge_descriptors(report, latency_cycles(point.config));
    rtl["metrics"] = figures_in_rtl(tlm, rtl["descriptors"]);
  } else {
    rtl["metrics"] =
        metrics_of(point, report, estimate(table, point.config, report), result.wall_seconds);
  }
  rtl["errors"] = figure_errors(tlm, rtl["metrics"]);
  return rtl;
}

// "bus.width_bits 128, gemm.rows 16".
std::string values_text(const Json& analysis, const Json& point) {
  std::string result;
  for (size_t i = 0; i < analysis["axes"].size(); ++i) {
    result += (i ? ", " : "") + analysis["axes"][i]["key"].get<std::string>() + " " +
              point["values"][i].get<std::string>();
  }
  return result;
}

// Per axis and value, the geometric mean of the latency; the effect is the largest over the least.
Json sensitivity(const Json& analysis, const std::vector<const Json*>& done) {
  Json result = Json::array();
  for (size_t i = 0; i < analysis["axes"].size(); ++i) {
    const Json& axis = analysis["axes"][i];
    Json entry = {{"key", axis["key"]}, {"values", Json::array()}, {"means", Json::array()}};
    double low = INFINITY, high = 0;
    for (const Json& value : axis["values"]) {
      double sum = 0, count = 0;
      for (const Json* point : done) {
        if ((*point)["values"][i] != value) continue;
        sum += std::log((*point)["metrics"]["latency_us"].get<double>());
        ++count;
      }
      if (count == 0) continue;
      const double mean = std::exp(sum / count);
      entry["values"].push_back(value);
      entry["means"].push_back(mean);
      low = std::min(low, mean), high = std::max(high, mean);
    }
    entry["effect"] = low > 0 && std::isfinite(low) ? high / low : 1.0;
    result.push_back(entry);
  }
  std::stable_sort(result.begin(), result.end(), [](const Json& a, const Json& b) {
    return a["effect"].get<double>() > b["effect"].get<double>();
  });
  return result;
}

// The resource nearest its limit at a point, in words.
std::string bottleneck(const Json& point) {
  const Json& m = point["metrics"];
  const Json& gemm = point["cycles"]["GEMM engine"];
  const double cycles = m["cycles"];
  auto share = [&](const char* state) {
    return 100 * gemm[state].get<double>() / std::max(1.0, cycles);
  };
  const double array = m["array_use"], dram = m["dram_use"], bus = m["bus_use"];
  const std::string figures = text_format(
      " (array use %.0f %%, DRAM bandwidth %.0f %%, busiest bus channel %.0f %%, GEMM engine "
      "waiting for data %.0f %%, idle or waiting for others %.0f %%)",
      array, dram, bus, share("waiting for read data"),
      share("idle") + share("waiting for another engine"));
  std::string what;
  if (dram >= 80 && dram >= array) {
    what = "DRAM bandwidth";
  } else if (array >= 80) {
    what = "the array itself: it multiplies nearly all the time";
  } else if (bus >= 80) {
    what = "the bus's width";
  } else if (share("waiting for read data") + share("waiting to write") >= 25) {
    what = bus >= dram ? "reading operands: latency and bus width"
                       : "reading operands: DRAM latency and bandwidth";
  } else if (share("idle") + share("waiting for another engine") >= 40) {
    what = "work outside the GEMM engine: vector operations and the hand-over between engines";
  } else {
    what = "partly filled tiles and the start and end of each product";
  }
  return what + figures;
}

Json words(const Json& analysis, const std::vector<const Json*>& done) {
  Json out = Json::array();
  const Json& answer = analysis["answer"];
  const auto& points = analysis["points"];
  const Json& best = points[answer["best"].get<size_t>()];
  const Json& knee = points[answer["knee"].get<size_t>()];
  const double best_us = best["metrics"]["latency_us"], best_mm2 = best["metrics"]["area_mm2"];
  const double knee_us = knee["metrics"]["latency_us"], knee_mm2 = knee["metrics"]["area_mm2"];
  double worst = best_us;
  for (const Json* point : done) {
    worst = std::max(worst, (*point)["metrics"]["latency_us"].get<double>());
  }
  out.push_back({{"title", "Best point"},
                 {"text", text_format("%.1f us, %.3f mm2, %.1f uJ: ", best_us, best_mm2,
                                      best["metrics"]["energy_uj"].get<double>()) +
                              values_text(analysis, best) +
                              text_format(". The slowest point takes %.2f times as long.",
                                          worst / best_us)}});
  if (answer["knee"] == answer["best"]) {
    out.push_back({{"title", "Knee"},
                   {"text", "The best point is also the knee: nothing smaller comes near it."}});
  } else {
    out.push_back(
        {{"title", "Knee"},
         {"text",
          text_format("%.1f us (%.0f %% more than the best) for %.3f mm2 (%.0f %% less): ", knee_us,
                      100 * (knee_us / best_us - 1), knee_mm2, 100 * (1 - knee_mm2 / best_mm2)) +
              values_text(analysis, knee) + "."}});
  }
  const Json& axes = answer["sensitivity"];
  std::string order;
  for (size_t i = 1; i < axes.size(); ++i) {
    order += (i > 1 ? ", " : " Then: ") + axes[i]["key"].get<std::string>() +
             text_format(" (%.1f %%)", 100 * (axes[i]["effect"].get<double>() - 1));
  }
  out.push_back(
      {{"title", "What matters most"},
       {"text", axes[0]["key"].get<std::string>() +
                    text_format(": its worst value is %.1f %% slower than its best, averaged over "
                                "the others.",
                                100 * (axes[0]["effect"].get<double>() - 1)) +
                    order + (order.empty() ? "" : ".")}});
  out.push_back({{"title", "Bottleneck at the best point"}, {"text", bottleneck(best) + "."}});
  return out;
}

std::string csv_cell(const std::string& value) {
  if (value.find_first_of(",\"\n") == std::string::npos) return value;
  std::string quoted = "\"";
  for (char c : value) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

// Per figure: the RTL's value and the error where they were measured; the errors of the sample
// where there is a figure that they stand beside.
std::string calibration_cells(const Json& calibration, const Json& point) {
  std::string cells;
  auto cell = [&](const Json& json, const std::string& pointer) {
    const Json::json_pointer path(pointer);
    cells += ",";
    if (json.contains(path) && json[path].is_number()) cells += json[path].dump();
  };
  for (const Json& figure : calibration["figures"]) {
    const std::string name = figure["name"];
    cell(point, "/rtl/metrics/" + name);
    cell(point, "/rtl/errors/" + name);
    const bool here = point.contains(Json::json_pointer("/metrics/" + name));
    cell(here ? figure : Json::object(), "/mean");
    cell(here ? figure : Json::object(), "/worst");
  }
  return cells;
}

}  // namespace

std::vector<size_t> pareto_front(const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<size_t> order(x.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return x[a] != x[b] ? x[a] < x[b] : y[a] < y[b]; });
  std::vector<size_t> front;
  for (size_t i : order) {
    if (front.empty() || y[i] < y[front.back()]) front.push_back(i);
  }
  return front;
}

size_t knee_of(const std::vector<double>& x, const std::vector<double>& y) {
  const double dx = std::log(x.back() / x.front()), dy = std::log(y.back() / y.front());
  size_t knee = 0;
  double farthest = 0;
  for (size_t i = 1; i + 1 < x.size(); ++i) {
    // Below the line from the first to the last, in units of its own extent.
    const double distance = std::log(y[i] / y.front()) / dy - std::log(x[i] / x.front()) / dx;
    if (distance > farthest) farthest = distance, knee = i;
  }
  return knee;
}

Json analyse(const ResultStore& store, const EnergyTable& table, const std::string& name) {
  const Json identity = store.identity();
  Json analysis;
  analysis["name"] = name;
  analysis["axes"] = identity["axes"];
  analysis["identity"] = identity;
  analysis["table"] = {{"name", table.name}, {"sources", table.sources}};
  analysis["points"] = Json::array();
  for (const StoredPoint& point : store.points()) {
    Json entry;
    entry["point"] = point.point;
    entry["status"] = point.finished ? to_string(point.result.status) : "not run";
    if (!point.result.error.empty()) entry["error"] = point.result.error;
    entry["values"] = point.values;
    if (point.finished && point.result.status == PointStatus::Done) {
      const Json report = Json::parse(point.result.report);
      const Estimate each = estimate(table, point.config, report);
      entry["metrics"] = metrics_of(point, report, each, point.result.wall_seconds);
      if (point.in_rtl) entry["rtl"] = in_rtl(point, table, entry["metrics"]);
      entry["cycles"] = cycle_stacks(report);
      entry["roofline"] = roofline(point.config, report);
      entry["area"] = parts(each.area_mm2);
      entry["energy"] = parts(each.energy_uj);
      if (report.contains(Json::json_pointer("/dram/rows"))) {
        for (const char* count : {"hits", "misses", "conflicts"})
          entry["rows"][count] = rows_of(report, count);
      }
    }
    analysis["points"].push_back(entry);
  }
  std::vector<const Json*> done;
  for (const Json& point : analysis["points"]) {
    if (point["status"] == "done") done.push_back(&point);
  }
  analysis["metrics"] = Json::array();
  for (const Metric& metric : kMetrics) {
    if (std::none_of(done.begin(), done.end(),
                     [&](const Json* point) { return (*point)["metrics"].contains(metric.name); }))
      continue;
    analysis["metrics"].push_back(
        {{"name", metric.name}, {"label", metric.label}, {"unit", metric.unit}});
  }
  if (identity.contains("calibration")) {
    analysis["calibration"] = judge_calibration(analysis, identity["calibration"]["points"].size());
    for (const Json& figure : analysis["calibration"]["figures"]) {
      for (Json& metric : analysis["metrics"]) {
        if (metric["name"] != figure["name"]) continue;
        metric["error_mean"] = figure["mean"], metric["error_worst"] = figure["worst"];
      }
    }
  }
  Json& answer = analysis["answer"];
  if (done.empty()) {
    answer["words"] = {{{"title", "No answer"}, {"text", "No point of this sweep is done."}}};
    return analysis;
  }
  auto column = [&](const char* metric) {
    std::vector<double> values;
    for (const Json* point : done) values.push_back((*point)["metrics"][metric]);
    return values;
  };
  const auto latency = column("latency_us"), area = column("area_mm2"),
             energy = column("energy_uj");
  auto index = [&](size_t i) { return (*done[i])["point"].get<size_t>(); };
  const auto front = pareto_front(latency, area), energy_front = pareto_front(energy, latency);
  std::vector<double> front_x, front_y;
  answer["pareto"] = Json::array();
  for (size_t i : front) {
    answer["pareto"].push_back(index(i));
    front_x.push_back(latency[i]), front_y.push_back(area[i]);
  }
  answer["pareto_energy"] = Json::array();
  for (size_t i : energy_front) answer["pareto_energy"].push_back(index(i));
  answer["best"] = index(front[0]);
  answer["knee"] = index(front[knee_of(front_x, front_y)]);
  answer["sensitivity"] = sensitivity(analysis, done);
  answer["words"] = words(analysis, done);
  if (analysis.contains("calibration")) {
    answer["words"].push_back(
        {{"title", "Calibration"}, {"text", analysis["calibration"]["text"]}});
  }
  const size_t others = analysis["points"].size() - done.size();
  if (others != 0) {
    answer["words"].push_back(
        {{"title", "Not in the figures"},
         {"text",
          std::to_string(others) + " of " + std::to_string(analysis["points"].size()) +
              " points failed, cannot be built or have not run; the table has the reasons."}});
  }
  return analysis;
}

std::vector<std::string> compare_words(const Json& a, const Json& b) {
  if (!a["answer"].contains("best") || !b["answer"].contains("best")) return {};
  const Json& x = a["points"][a["answer"]["best"].get<size_t>()]["metrics"];
  const Json& y = b["points"][b["answer"]["best"].get<size_t>()]["metrics"];
  std::vector<std::string> words;
  for (const char* metric : {"latency_us", "area_mm2", "energy_uj"}) {
    const double ratio = y[metric].get<double>() / x[metric].get<double>();
    words.push_back(text_format("%s: %.4g against %.4g, %.2f times", metric,
                                y[metric].get<double>(), x[metric].get<double>(), ratio));
  }
  return words;
}

std::string to_csv(const Json& analysis) {
  std::string csv = "point,status";
  for (const Json& axis : analysis["axes"]) csv += "," + csv_cell(axis["key"]);
  for (const Json& metric : analysis["metrics"]) csv += "," + csv_cell(metric["name"]);
  const bool calibrated = analysis.contains("calibration");
  for (const Json& figure : calibrated ? analysis["calibration"]["figures"] : Json::array()) {
    for (const char* column : {"_rtl", "_error", "_error_mean", "_error_worst"})
      csv += "," + csv_cell(figure["name"].get<std::string>() + column);
  }
  csv += ",error\n";
  for (const Json& point : analysis["points"]) {
    csv += point["point"].dump() + "," + point["status"].get<std::string>();
    for (const Json& value : point["values"]) csv += "," + csv_cell(value);
    for (const Json& metric : analysis["metrics"]) {
      csv += ",";
      const std::string name = metric["name"];
      if (point.contains("metrics") && point["metrics"].contains(name))
        csv += point["metrics"][name].dump();
    }
    if (calibrated) csv += calibration_cells(analysis["calibration"], point);
    csv += "," + csv_cell(point.value("error", "")) + "\n";
  }
  return csv;
}

}  // namespace systole
