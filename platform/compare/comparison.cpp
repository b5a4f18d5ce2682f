#include "platform/compare/comparison.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "platform/app/report.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

void add_engines(const Json& rtl, const Json& tlm, Comparison& comparison) {
  for (const auto& [kind, engine] : rtl["engines"].items()) {
    for (size_t i = 0; i < engine["instances"].size(); ++i) {
      const Json& a = engine["instances"][i];
      const Json& b = tlm["engines"][kind]["instances"][i];
      if (a["descriptors"] == 0 && b["descriptors"] == 0) continue;
      const std::string name = kind + "[" + std::to_string(i) + "] ";
      const char* work = kind == "gemm" ? "macs" : kind == "vpu" ? "elements" : "bytes";
      auto add = [&](const char* key, bool cycles, bool exact) {
        comparison.figures.push_back(
            {name + key, a[key].get<uint64_t>(), b[key].get<uint64_t>(), cycles, exact});
      };
      for (const char* key :
           {"busy_cycles", "read_stall_cycles", "write_stall_cycles", "wait_cycles"})
        add(key, true, false);
      add("descriptors", false, true);
      add(work, false, true);
      // Reads include looks at words that are waited for: their number is a matter of time.
      add("bytes_read", false, false);
      add("bytes_written", false, true);
    }
  }
}

void judge(const Json& rtl, const Json& tlm, const FidelityBounds& bounds, Comparison& c) {
  const bool whole = rtl["command"] == "run" || rtl["command"] == "replay";
  if (c.mismatched_bytes != 0 || c.digest_rtl != c.digest_tlm) {
    c.disagreements.push_back(grouped(c.mismatched_bytes) + " bytes of the results differ");
  }
  for (const char* key : {"tokens", "text", "mismatches"}) {
    if (rtl.contains(key) && rtl[key] != tlm[key])
      c.disagreements.push_back(std::string(key) + " differ");
  }
  for (const Figure& figure : c.figures) {
    if (figure.exact && figure.rtl != figure.tlm)
      c.disagreements.push_back(figure.name + " differ");
    const double error = cycle_error(figure.rtl, figure.tlm);
    const bool phase = figure.cycles && figure.name.find('[') == std::string::npos;
    const bool bad = whole ? std::abs(error) > bounds.whole : !bounds.allow(figure.rtl, figure.tlm);
    if (phase && bad) {
      c.disagreements.push_back(figure.name + " cycles are off by " + percent_text(error));
    }
  }
}

/// Descriptor by descriptor, where a sample was taken.
void add_samples(const Json& rtl, const Json& tlm, const FidelityBounds& bounds, Comparison& c) {
  if (!rtl.contains("sample")) return;
  for (size_t i = 0; i < rtl["sample"].size(); ++i) {
    const Json &a = rtl["sample"][i], &b = tlm["sample"][i];
    const std::string engine = a["engine"];
    if (c.samples.empty() || c.samples.back().engine != engine)
      c.samples.push_back({engine, 0, 0, 0});
    SampleError& s = c.samples.back();
    const auto cycles = a["cycles"].get<uint64_t>(), twin = b["cycles"].get<uint64_t>();
    const double error = std::abs(cycle_error(cycles, twin));
    ++s.count;
    s.mean += error;
    s.worst = std::max(s.worst, error);
    if (!bounds.allow(cycles, twin)) {
      c.disagreements.push_back("descriptor " + a["index"].dump() + " of " + engine + ": " +
                                grouped(cycles) + " cycles, twin " + grouped(twin));
    }
  }
  for (SampleError& s : c.samples) {
    s.mean /= static_cast<double>(s.count);
    if (s.mean > bounds.mean)
      c.disagreements.push_back(s.engine + " is off by " + percent_text(s.mean) + " in the mean");
  }
}

}  // namespace

// Kernels and lists know how long the engines' part took, without the check that follows.
double host_seconds(const Json& report) {
  const Json& host = report["host"];
  return host.value("kernel_seconds", host["cpu_seconds"].get<double>());
}

Comparison compare_reports(const Json& rtl, const Json& tlm, uint64_t result_bytes,
                           uint64_t mismatched_bytes, const FidelityBounds& bounds) {
  Comparison c;
  for (const char* phase : {"total", "prefill", "decode"}) {
    const auto a = rtl["cycles"][phase].get<uint64_t>(), b = tlm["cycles"][phase].get<uint64_t>();
    if (a != 0 || b != 0) c.figures.push_back({phase, a, b});
  }
  if (rtl.contains("tokens"))
    c.figures.push_back({"tokens", rtl["tokens"].size(), tlm["tokens"].size(), false, true});
  add_engines(rtl, tlm, c);
  c.result_bytes = result_bytes;
  c.mismatched_bytes = mismatched_bytes;
  c.digest_rtl = rtl["digest"];
  c.digest_tlm = tlm["digest"];
  c.seconds_rtl = host_seconds(rtl);
  c.seconds_tlm = host_seconds(tlm);
  judge(rtl, tlm, bounds, c);
  add_samples(rtl, tlm, bounds, c);
  return c;
}

Json to_json(const Comparison& c) {
  Json json;
  json["agree"] = c.disagreements.empty();
  json["disagreements"] = c.disagreements;
  json["results"] = {{"bytes", c.result_bytes},
                     {"mismatched_bytes", c.mismatched_bytes},
                     {"digest_rtl", c.digest_rtl},
                     {"digest_tlm", c.digest_tlm}};
  json["figures"] = Json::object();
  for (const Figure& figure : c.figures) {
    Json& entry = json["figures"][figure.name];
    entry = {{"rtl", figure.rtl}, {"tlm", figure.tlm}};
    if (figure.cycles) entry["error"] = cycle_error(figure.rtl, figure.tlm);
  }
  for (const SampleError& s : c.samples)
    json["samples"][s.engine] = {{"count", s.count}, {"mean", s.mean}, {"worst", s.worst}};
  json["host"] = {{"rtl_seconds", c.seconds_rtl},
                  {"tlm_seconds", c.seconds_tlm},
                  {"tlm_runs", c.runs_tlm},
                  {"speed_ratio", c.speed_ratio()}};
  return json;
}

void print(const Comparison& c, std::ostream& out) {
  char line[160];
  std::snprintf(line, sizeof line, "  %-26s %16s %16s %10s\n", "", "rtl", "tlm", "error");
  out << line;
  for (const Figure& figure : c.figures) {
    const std::string error = figure.cycles ? percent_text(cycle_error(figure.rtl, figure.tlm))
                              : figure.rtl == figure.tlm ? "same"
                                                         : "differ";
    std::snprintf(line, sizeof line, "  %-26s %16s %16s %10s\n", figure.name.c_str(),
                  grouped(figure.rtl).c_str(), grouped(figure.tlm).c_str(), error.c_str());
    out << line;
  }
  for (const SampleError& s : c.samples) {
    std::snprintf(line, sizeof line, "  %-26s %16s %16s %10s\n",
                  (s.engine + " sampled, " + grouped(s.count)).c_str(),
                  ("mean " + percent_text(s.mean)).c_str(),
                  ("worst " + percent_text(s.worst)).c_str(), "");
    out << line;
  }
  std::snprintf(line, sizeof line, "  %-26s %16s %16s %10s\n", "digest of the results",
                c.digest_rtl.substr(2).c_str(), c.digest_tlm.substr(2).c_str(),
                c.digest_rtl == c.digest_tlm ? "same" : "differ");
  out << line << "  mismatches                 " << grouped(c.mismatched_bytes) << " of "
      << grouped(c.result_bytes) << " bytes\n";
  const std::string runs = c.runs_tlm > 1 ? ", tlm: of " + std::to_string(c.runs_tlm) : "";
  std::snprintf(line, sizeof line, "  %-26s %16.3f %16.3f %9.1fx\n",
                ("processor seconds" + runs).c_str(), c.seconds_rtl, c.seconds_tlm,
                c.speed_ratio());
  out << line;
}

std::string percent_text(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%+.2f %%", 100 * share);
  return text;
}

}  // namespace systole
