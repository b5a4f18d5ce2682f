#include "platform/compare/error_table.h"

#include <cmath>
#include <cstdio>
#include <sstream>

#include "platform/app/report.h"
#include "platform/compare/docs_page.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

void count(ErrorRow& row, const CaseResult& result, const FidelityBounds& bounds) {
  const double error = std::abs(cycle_error(result.rtl, result.tlm));
  const uint64_t off = result.rtl > result.tlm ? result.rtl - result.tlm : result.tlm - result.rtl;
  ++row.cases;
  row.mismatched_bytes += result.mismatched_bytes;
  row.other_counters += !result.same_counters;
  row.beyond += !result.allowed;
  row.sum += error;
  row.rtl_cycles += result.rtl;
  row.tlm_cycles += result.tlm;
  if (off > bounds.latency_cycles) row.worst_large = std::max(row.worst_large, error);
  if (error < row.worst || (error == row.worst && row.cases > 1)) return;
  row.worst = error;
  row.worst_case = result.text;
}

std::string unsigned_percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f %%", 100 * share);
  return text;
}

Json row_json(const ErrorRow& row) {
  return {{"cases", row.cases},
          {"mismatched_bytes", row.mismatched_bytes},
          {"other_counters", row.other_counters},
          {"mean_error", row.mean()},
          {"worst_error", row.worst},
          {"worst_error_beyond_latency", row.worst_large},
          {"worst_case", row.worst_case},
          {"beyond_bounds", row.beyond},
          {"rtl_cycles", row.rtl_cycles},
          {"tlm_cycles", row.tlm_cycles},
          {"total_error", cycle_error(row.rtl_cycles, row.tlm_cycles)}};
}

// The columns of one row, for text and Markdown alike.
std::vector<std::string> columns(const ErrorRow& row) {
  return {grouped(row.cases),
          grouped(row.mismatched_bytes),
          grouped(row.other_counters),
          unsigned_percent(row.mean()),
          unsigned_percent(row.worst),
          unsigned_percent(row.worst_large),
          percent_text(cycle_error(row.rtl_cycles, row.tlm_cycles)),
          grouped(row.beyond)};
}

const std::vector<std::string> kHeads = {"cases", "mismatches", "counters", "mean",
                                         "worst", "> latency",  "in total", "beyond"};

void print_row(std::ostream& out, const std::string& name, const std::vector<std::string>& cells) {
  char cell[48];
  std::snprintf(cell, sizeof cell, "  %-28s", name.c_str());
  out << cell;
  for (const std::string& text : cells) {
    std::snprintf(cell, sizeof cell, " %10s", text.c_str());
    out << cell;
  }
  out << "\n";
}

void markdown_row(std::ostream& out, const std::string& name,
                  const std::vector<std::string>& cells) {
  out << "| " << name;
  for (const std::string& text : cells) out << " | " << text;
  out << " |\n";
}

std::string place_of(const CaseResult& result) {
  return result.engine + ", " + std::to_string(result.width_bits) + " bit, " +
         std::to_string(result.latency_ns) + " ns";
}

}  // namespace

ErrorTable::Group& ErrorTable::group(std::vector<Group>& groups, const std::string& name) {
  for (Group& entry : groups) {
    if (entry.name == name) return entry;
  }
  groups.push_back({name, {}});
  return groups.back();
}

void ErrorTable::add(const CaseResult& result, const FidelityBounds& bounds) {
  count(group(by_place_, place_of(result)).row, result, bounds);
  count(group(by_kernel_, result.kernel).row, result, bounds);
  count(group(by_engine_, result.engine).row, result, bounds);
  count(all_, result, bounds);
  results_.push_back(result);
}

std::vector<std::string> ErrorTable::disagreements(const FidelityBounds& bounds) const {
  std::vector<std::string> texts;
  if (all_.mismatched_bytes) {
    texts.push_back(grouped(all_.mismatched_bytes) + " bytes of the results differ");
  }
  for (const CaseResult& result : results_) {
    if (!result.same_counters)
      texts.push_back(result.text + " (" + place_of(result) + "): the counters differ");
  }
  if (all_.mean() > bounds.mean) {
    texts.push_back("the mean error is " + unsigned_percent(all_.mean()));
  }
  for (const Group& engine : by_engine_) {
    if (engine.row.mean() > bounds.mean)
      texts.push_back("the mean error of " + engine.name + " is " +
                      unsigned_percent(engine.row.mean()));
  }
  for (const CaseResult& result : results_) {
    if (result.allowed) continue;
    texts.push_back(result.text + " (" + place_of(result) + "): " + grouped(result.rtl) + " and " +
                    grouped(result.tlm) + " cycles, " +
                    percent_text(cycle_error(result.rtl, result.tlm)));
  }
  return texts;
}

void ErrorTable::print(std::ostream& out) const {
  print_row(out, "", kHeads);
  for (const std::vector<Group>* groups : {&by_place_, &by_kernel_, &by_engine_}) {
    for (const Group& entry : *groups) print_row(out, entry.name, columns(entry.row));
    out << "\n";
  }
  print_row(out, "all", columns(all_));
  char line[120];
  std::snprintf(line, sizeof line, "  processor seconds: rtl %.2f, tlm %.2f, ratio %.1f\n",
                rtl_seconds_, tlm_seconds_, tlm_seconds_ > 0 ? rtl_seconds_ / tlm_seconds_ : 0);
  out << line;
}

Json ErrorTable::json() const {
  Json json;
  json["all"] = row_json(all_);
  const std::pair<const char*, const std::vector<Group>*> tables[] = {
      {"by_place", &by_place_}, {"by_kernel", &by_kernel_}, {"by_engine", &by_engine_}};
  for (const auto& [key, groups] : tables) {
    for (const Group& entry : *groups) json[key][entry.name] = row_json(entry.row);
  }
  json["cases"] = Json::array();
  for (const CaseResult& result : results_) {
    json["cases"].push_back({{"case", result.text},
                             {"width_bits", result.width_bits},
                             {"latency_ns", result.latency_ns},
                             {"rtl", result.rtl},
                             {"tlm", result.tlm},
                             {"error", cycle_error(result.rtl, result.tlm)},
                             {"mismatched_bytes", result.mismatched_bytes},
                             {"same_counters", result.same_counters}});
  }
  json["host"] = {{"rtl_seconds", rtl_seconds_},
                  {"tlm_seconds", tlm_seconds_},
                  {"speed_ratio", tlm_seconds_ > 0 ? rtl_seconds_ / tlm_seconds_ : 0}};
  return json;
}

std::string ErrorTable::markdown(const std::string& how) const {
  std::ostringstream out;
  out << "\n## Kernels\n\n"
      << written_by(how)
      << "\nEvery case runs in both fidelities under the same driver. Its cycles are those from "
         "the "
         "first doorbell to the last\ncompletion, as the driver sees them; its results are "
         "compared "
         "byte for byte, and of every engine the counters of\ndescriptors, work, bytes read and "
         "bytes written: *counters* are the cases in which one differs. (Looks at words that\nare "
         "waited for count as bytes read; their number is a matter of time.) Errors are shares of "
         "the RTL's cycles: *mean* and\n*worst* are of magnitudes; *> latency* is the worst of the "
         "cases that are more than one memory latency (DRAM and both\nways over the interconnect) "
         "off; *in total* is of the sums, with its sign; *beyond* counts the cases that are more\n"
         "than 5 % and more than one memory latency off.\n";
  const std::pair<const char*, const std::vector<Group>*> tables[] = {
      {"By engine, bus width and DRAM latency", &by_place_},
      {"By kernel", &by_kernel_},
      {"By engine", &by_engine_}};
  for (const auto& [title, groups] : tables) {
    out << "\n### " << title << "\n\n";
    markdown_row(out, "", kHeads);
    out << "|---|";
    for (size_t i = 0; i < kHeads.size(); ++i) out << "---:|";
    out << "\n";
    for (const Group& entry : *groups) markdown_row(out, entry.name, columns(entry.row));
    if (groups == &by_engine_) markdown_row(out, "all", columns(all_));
  }
  out << "\nThe worst case: `" << all_.worst_case << "`.\n";
  return out.str();
}

}  // namespace systole
