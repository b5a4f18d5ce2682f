#include "platform/compare/contention.h"

#include <cmath>
#include <cstdio>
#include <sstream>

#include "platform/app/engine_work.h"
#include "platform/compare/docs_page.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

// Sizes: small, medium, large (s, m, l), and one row (t) or odd rows (q). `spm`: what fits there.
std::string gemm(char size, bool spm) {
  switch (size) {
    case 's':
      return "m=16,n=64,k=64";
    case 'm':
      return "m=64,n=96,k=128";
    case 't':
      return spm ? "m=1,n=192,k=192,b-layout=transposed" : "m=1,n=256,k=256,b-layout=transposed";
    default:
      return spm ? "m=96,n=96,k=192" : "m=128,n=128,k=256";
  }
}

std::string vpu(char size, bool spm) {
  switch (size) {
    case 's':
      return "softmax,rows=16,cols=64";
    case 'm':
      return spm ? "add,rows=32,cols=128" : "add,rows=64,cols=128";
    case 'q':
      return "quantize,rows=32,cols=200";
    default:
      return spm ? "rmsnorm,rows=32,cols=200" : "rmsnorm,rows=64,cols=256";
  }
}

std::string dma(char size, bool spm) {
  return size == 's'   ? "bytes=2000"
         : size == 'm' ? "bytes=16384"
         : spm         ? "bytes=40000"
                       : "bytes=60000";
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %%", 100 * share);
  return text;
}

const std::vector<std::string> kHeads = {
    "scenes",          "engine, mean", "engine, worst", "> latency",       "all done, mean",
    "all done, worst", "RTL, engine",  "RTL, all done", "no data, engine", "no data, all"};

std::vector<std::string> columns(const ContentionRow& row) {
  return {std::to_string(row.scenes),
          percent(row.engine_sum / static_cast<double>(row.engines)),
          percent(row.engine_worst),
          percent(row.engine_large),
          percent(row.total_sum / static_cast<double>(row.scenes)),
          percent(row.total_worst),
          percent(row.rtl_engine_worst),
          percent(row.rtl_total_worst),
          percent(row.timed_engine_worst),
          percent(row.timed_total_worst)};
}

}  // namespace

std::vector<ContentionScene> contention_scenes() {
  std::vector<ContentionScene> list;
  for (const bool spm : {false, true}) {
    const std::string in = spm ? ",in=spm" : "", where = spm ? ", SPM" : ", DRAM";
    for (const char* at : {"0", "37", "300"}) {
      const std::string second = in + ",at=" + at;
      const auto add = [&](const std::string& group, const std::string& text) {
        list.push_back({group + where, text});
      };
      for (const char* s : {"ss", "mm", "lm", "tm", "mt"}) {
        add("GEMM + GEMM", "gemm[0]," + gemm(s[0], spm) + in + ",repeat=2+gemm[1]," +
                               gemm(s[1], spm) + second + ",repeat=2");
      }
      for (const char* s : {"ss", "mm", "ll", "tq", "mq"}) {
        add("GEMM + VPU",
            "gemm," + gemm(s[0], spm) + in + ",repeat=2+" + vpu(s[1], spm) + second + ",repeat=2");
      }
      for (const char* s : {"ss", "mm", "ll", "tm"}) {
        add("GEMM + DMA", "gemm," + gemm(s[0], spm) + in + ",repeat=2+dma," + dma(s[1], spm) +
                              second + ",repeat=2");
      }
      for (const char* s : {"ss", "mm", "lm", "ll"}) {
        add("DMA + DMA", "dma[0]," + dma(s[0], spm) + in + ",repeat=4+dma[1]," + dma(s[1], spm) +
                             second + ",repeat=4");
      }
      for (const char* s : {"sss", "mmm", "lll", "tqm"}) {
        add("GEMM + VPU + DMA", "gemm," + gemm(s[0], spm) + in + ",repeat=2+" + vpu(s[1], spm) +
                                    second + ",repeat=2+dma," + dma(s[2], spm) + second +
                                    ",repeat=4");
      }
    }
  }
  return list;
}

ContentionRow& ContentionTable::row(const std::string& group) {
  for (auto& [name, entry] : rows_) {
    if (name == group) return entry;
  }
  rows_.emplace_back(group, ContentionRow{});
  return rows_.back().second;
}

void ContentionTable::add(const ContentionScene& scene, const std::string& place,
                          const Runs& runs) {
  const auto& [rtl, tlm, stepped, timed] = runs;
  ContentionRow& group = row(scene.group);
  const std::string name = scene.text + " (" + place + ")";
  ++group.scenes;
  if (rtl["digest"] != tlm["digest"]) disagreements_.push_back(name + ": the results differ");
  if (!same_work(rtl["engines"], tlm["engines"]))
    disagreements_.push_back(name + ": the counters differ");
  const auto error = [](const Json& a, const Json& b) {
    return cycle_error(a["cycles"].get<uint64_t>(), b["cycles"].get<uint64_t>());
  };
  const double total = error(rtl, tlm);
  group.total_sum += std::abs(total);
  group.total_worst = std::max(group.total_worst, std::abs(total));
  group.rtl_total_worst = std::max(group.rtl_total_worst, std::abs(error(stepped, rtl)));
  if (std::abs(total) > bounds_.worst)
    disagreements_.push_back(name + ": until all are done, " + percent_text(total));
  const double timed_total = error(rtl, timed);
  group.timed_total_worst = std::max(group.timed_total_worst, std::abs(timed_total));
  if (std::abs(timed_total) > bounds_.worst)
    disagreements_.push_back(name + ": without data, until all are done, " +
                             percent_text(timed_total));
  Json engines = Json::object();
  for (size_t i = 0; i < rtl["engines"].size(); ++i) {
    const Json &a = rtl["engines"][i], &b = tlm["engines"][i];
    const double off = error(a, b);
    ++group.engines;
    group.engine_sum += std::abs(off);
    group.engine_worst = std::max(group.engine_worst, std::abs(off));
    const auto cycles = a["cycles"].get<uint64_t>(), other = b["cycles"].get<uint64_t>();
    if ((cycles > other ? cycles - other : other - cycles) > bounds_.latency_cycles)
      group.engine_large = std::max(group.engine_large, std::abs(off));
    group.rtl_engine_worst =
        std::max(group.rtl_engine_worst, std::abs(error(stepped["engines"][i], a)));
    if (!bounds_.allow(cycles, other))
      disagreements_.push_back(name + ": " + a["engine"].get<std::string>() + ", " +
                               percent_text(off));
    group.timed_engine_worst =
        std::max(group.timed_engine_worst, std::abs(error(a, timed["engines"][i])));
    engines[a["engine"].get<std::string>()] = {
        {"rtl", cycles},
        {"tlm", other},
        {"rtl_step_by_step", stepped["engines"][i]["cycles"]},
        {"timing_only", timed["engines"][i]["cycles"]}};
  }
  scenes_.push_back({{"scene", scene.text},
                     {"place", place},
                     {"rtl", rtl["cycles"]},
                     {"tlm", tlm["cycles"]},
                     {"rtl_step_by_step", stepped["cycles"]},
                     {"timing_only", timed["cycles"]},
                     {"engines", engines}});
}

void ContentionTable::print(std::ostream& out) const {
  char cell[48];
  const auto line = [&](const std::string& name, const std::vector<std::string>& cells) {
    std::snprintf(cell, sizeof cell, "  %-24s", name.c_str());
    out << cell;
    for (const std::string& text : cells) {
      std::snprintf(cell, sizeof cell, " %15s", text.c_str());
      out << cell;
    }
    out << "\n";
  };
  line("", kHeads);
  for (const auto& [name, entry] : rows_) line(name, columns(entry));
}

Json ContentionTable::json() const {
  Json json;
  for (const auto& [name, entry] : rows_) {
    json["groups"][name] = {{"scenes", entry.scenes},
                            {"engine_mean_error", entry.engine_sum / double(entry.engines)},
                            {"engine_worst_error", entry.engine_worst},
                            {"engine_worst_error_beyond_latency", entry.engine_large},
                            {"all_done_mean_error", entry.total_sum / double(entry.scenes)},
                            {"all_done_worst_error", entry.total_worst},
                            {"rtl_engine_worst_change", entry.rtl_engine_worst},
                            {"rtl_all_done_worst_change", entry.rtl_total_worst},
                            {"timing_only_engine_worst_error", entry.timed_engine_worst},
                            {"timing_only_all_done_worst_error", entry.timed_total_worst}};
  }
  json["scenes"] = scenes_;
  return json;
}

std::string ContentionTable::markdown(const std::string& how) const {
  std::ostringstream out;
  out << "\n## Engines that contend for one memory\n\n"
      << written_by(how)
      << "\nTwo or three engines work at the same time in one memory, with nothing else in common. "
         "Errors are shares of the RTL's\ncycles: of each *engine*, from its doorbell until it is "
         "idle, and until *all* are *done*; *> latency* is the worst of the\nengines that are more "
         "than one memory latency off. *RTL* is how far the RTL itself is, worst, from a run with\n"
         "`engine_batch_cycles` 1: who of two is served first in the same cycle depends on it, and "
         "two that fill a channel keep the\npattern that they fall into. A start one cycle later "
         "does as much ([ADR 6](adr/0006-competing-accesses-in-order-of-time.md)).\n"
         "*No data*: worst of the twins with `--timing-only`.\n\n";
  const auto line = [&](const std::string& name, const std::vector<std::string>& cells) {
    out << "| " << name;
    for (const std::string& text : cells) out << " | " << text;
    out << " |\n";
  };
  line("", kHeads);
  out << "|---|";
  for (size_t i = 0; i < kHeads.size(); ++i) out << "---:|";
  out << "\n";
  for (const auto& [name, entry] : rows_) line(name, columns(entry));
  return out.str();
}

}  // namespace systole
