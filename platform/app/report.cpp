#include "platform/app/report.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "platform/app/options.h"
#include "platform/app/profile_table.h"
#include "tlm/core/text_format.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

const char* work_name(const std::string& kind) {
  return kind == "gemm" ? "macs" : kind == "vpu" ? "elements" : "bytes";
}

// Shares are rounded so that reports read well; the exact figures follow from the counts beside
// them.
double share(double part, double whole) {
  if (whole <= 0) return 0;
  return static_cast<double>(static_cast<int64_t>(part / whole * 1e6 + 0.5)) / 1e6;
}

Json engine_json(const EngineReport& engine, uint64_t cycles) {
  const driver::EngineCounters& c = engine.counters;
  Json json;
  json["fidelity"] = engine.fidelity;
  json["busy_cycles"] = c.busy_cycles;
  json["stall_cycles"] = c.read_stall_cycles + c.write_stall_cycles;
  json["read_stall_cycles"] = c.read_stall_cycles;
  json["write_stall_cycles"] = c.write_stall_cycles;
  json["wait_cycles"] = c.wait_cycles;
  json[work_name(engine.kind)] = c.work;
  json["utilization"] =
      share(static_cast<double>(c.work), engine.peak_work_per_cycle * static_cast<double>(cycles));
  json["busy"] = share(static_cast<double>(c.busy_cycles), static_cast<double>(cycles));
  json["bytes_read"] = c.bytes_read;
  json["bytes_written"] = c.bytes_written;
  json["descriptors"] = c.descriptors;
  return json;
}

Json engines_json(const Report& report) {
  Json engines = Json::object();
  for (const EngineReport& engine : report.engines) {
    const Json json = engine_json(engine, report.cycles_total);
    if (engine.instance == 0) {
      engines[engine.kind] = json;
      engines[engine.kind]["instances"] = Json::array();
    }
    engines[engine.kind]["instances"].push_back(json);
  }
  return engines;
}

Json offload_json(const driver::Offload& offload) {
  Json json = Json::object();
  for (uint32_t kind = 0; kind < driver::kKernelKinds; ++kind) {
    const driver::OffloadCount& count = offload.kernels[kind];
    json[driver::to_string(static_cast<driver::KernelKind>(kind))] = {
        {"accelerator", count.accelerator}, {"cpu", count.cpu}, {"descriptors", count.descriptors}};
  }
  return json;
}

Json port_json(const PortReport& port, uint64_t cycles) {
  Json json;
  json["transactions"] = port.transactions;
  json["errors"] = port.errors;
  json["bytes_read"] = port.bytes_read;
  json["bytes_written"] = port.bytes_written;
  json["read_utilization"] =
      share(static_cast<double>(port.read_busy_cycles), static_cast<double>(cycles));
  json["write_utilization"] =
      share(static_cast<double>(port.write_busy_cycles), static_cast<double>(cycles));
  return json;
}

Json bus_json(const Report& report) {
  Json bus;
  uint64_t read = 0, written = 0, busy = 0;
  for (const PortReport& port : report.bus_targets) {
    read += port.bytes_read;
    written += port.bytes_written;
    busy = std::max(busy, std::max(port.read_busy_cycles, port.write_busy_cycles));
  }
  bus["bytes_read"] = read;
  bus["bytes_written"] = written;
  // Of the busiest data channel: the crossbar has one pair of channels per target.
  bus["utilization"] =
      share(static_cast<double>(busy), static_cast<double>(report.simulated_cycles));
  bus["initiators"] = Json::object();
  for (const PortReport& port : report.bus_initiators) {
    bus["initiators"][port.name] = port_json(port, report.simulated_cycles);
  }
  bus["targets"] = Json::object();
  for (const PortReport& port : report.bus_targets) {
    bus["targets"][port.name] = port_json(port, report.simulated_cycles);
  }
  return bus;
}

// What the row buffers did: totals, then every channel with its banks.
Json rows_json(const DramReport& dram) {
  DramChannelReport sum;
  Json channels = Json::array();
  for (const DramChannelReport& each : dram.channels) {
    sum.hits += each.hits, sum.misses += each.misses, sum.conflicts += each.conflicts;
    sum.read_bursts += each.read_bursts, sum.write_bursts += each.write_bursts;
    sum.refreshes += each.refreshes;
    Json banks = {{"hits", Json::array()}, {"misses", Json::array()}, {"conflicts", Json::array()}};
    for (const DramChannelReport::Bank& bank : each.banks) {
      banks["hits"].push_back(bank.hits);
      banks["misses"].push_back(bank.misses);
      banks["conflicts"].push_back(bank.conflicts);
    }
    channels.push_back({{"hits", each.hits},
                        {"misses", each.misses},
                        {"conflicts", each.conflicts},
                        {"read_bursts", each.read_bursts},
                        {"write_bursts", each.write_bursts},
                        {"refreshes", each.refreshes},
                        {"banks", banks}});
  }
  const auto accesses = static_cast<double>(sum.hits + sum.misses + sum.conflicts);
  return {{"preset", dram.preset},
          {"page_policy", dram.page_policy},
          {"mapping", dram.mapping},
          {"peak_gbps", dram.peak_gbps},
          {"hits", sum.hits},
          {"misses", sum.misses},
          {"conflicts", sum.conflicts},
          {"hit_rate", share(static_cast<double>(sum.hits), accesses)},
          {"read_bursts", sum.read_bursts},
          {"write_bursts", sum.write_bursts},
          {"refreshes", sum.refreshes},
          {"energy_uj",
           {{"activate", dram.activate_uj},
            {"read", dram.read_uj},
            {"write", dram.write_uj},
            {"refresh", dram.refresh_uj},
            {"background", dram.background_uj}}},
          {"channels", channels}};
}

Json memory_json(const MemoryReport& memory) {
  Json json = {{"bytes_read", memory.bytes_read},
               {"bytes_written", memory.bytes_written},
               {"utilization", share(memory.utilization, 1)}};
  if (memory.dram) json["rows"] = rows_json(*memory.dram);
  return json;
}

// Most memory this program had resident (not what its parent had before exec).
uint64_t peak_memory_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    uint64_t kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib;
  }
  return 0;
}

double percent(double part, double whole) { return whole > 0 ? 100.0 * part / whole : 0; }

std::string bytes_text(uint64_t bytes) {
  char text[32];
  if (bytes >= 10'000'000) {
    std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  } else if (bytes >= 10'000) {
    std::snprintf(text, sizeof text, "%.1f kB", static_cast<double>(bytes) / 1e3);
  } else {
    std::snprintf(text, sizeof text, "%llu B", static_cast<unsigned long long>(bytes));
  }
  return text;
}

std::string work_text(const EngineReport& engine) {
  const double work = static_cast<double>(engine.counters.work);
  const char* unit = engine.kind == "gemm" ? "MAC" : engine.kind == "vpu" ? "elem" : "B";
  char text[48];
  if (work >= 1e7) {
    std::snprintf(text, sizeof text, "%.1f M%s", work / 1e6, unit);
  } else if (work >= 1e4) {
    std::snprintf(text, sizeof text, "%.1f k%s", work / 1e3, unit);
  } else {
    std::snprintf(text, sizeof text, "%.0f %s", work, unit);
  }
  return text;
}

void print_time(const Report& report, std::ostream& out) {
  const double period = report.clock_period_ps;
  auto row = [&](const char* what, uint64_t cycles, const std::string& note) {
    out << text_format("  %-10s %15s cycles  %12s  %s\n", what, grouped(cycles).c_str(),
                       format_time_ps(static_cast<double>(cycles) * period).c_str(), note.c_str());
  };
  const uint64_t passes = report.decode_passes;
  for (const Report::Milestone& m : report.milestones) {
    char wall[48];
    std::snprintf(wall, sizeof wall, "after reset, %.3f s of wall time", m.wall_seconds);
    row(m.name == "first_line" ? "first line" : "1st token", m.cycle, wall);
  }
  row("total", report.cycles_total, "");
  if (!report.prompt_tokens) return;
  char note[80] = "";
  std::snprintf(note, sizeof note, "%llu tokens, %s cycles each",
                static_cast<unsigned long long>(report.prompt_tokens),
                grouped(report.cycles_prefill / report.prompt_tokens).c_str());
  row("  prefill", report.cycles_prefill, note);
  if (!passes) return;
  const double seconds = static_cast<double>(report.cycles_decode) * period * 1e-12;
  std::snprintf(note, sizeof note, "%llu tokens, %s cycles each, %.0f tokens/s on the SoC",
                static_cast<unsigned long long>(passes),
                grouped(report.cycles_decode / passes).c_str(),
                seconds > 0 ? static_cast<double>(passes) / seconds : 0);
  row("  decode", report.cycles_decode, note);
}

void print_engines(const Report& report, std::ostream& out) {
  const double cycles = static_cast<double>(report.cycles_total);
  out << text_format("\n  %-9s %6s %6s %8s %8s %7s %12s %11s %11s %12s\n", "engine", "busy", "wait",
                     "rd stall", "wr stall", "util", "work", "read", "written", "descriptors");
  for (const EngineReport& engine : report.engines) {
    const driver::EngineCounters& c = engine.counters;
    out << text_format("  %-9s %5.1f%% %5.1f%% %7.1f%% %7.1f%% %6.1f%% %12s %11s %11s %12s\n",
                       (engine.kind + "[" + std::to_string(engine.instance) + "]").c_str(),
                       percent(static_cast<double>(c.busy_cycles), cycles),
                       percent(static_cast<double>(c.wait_cycles), cycles),
                       percent(static_cast<double>(c.read_stall_cycles), cycles),
                       percent(static_cast<double>(c.write_stall_cycles), cycles),
                       percent(static_cast<double>(c.work), engine.peak_work_per_cycle * cycles),
                       work_text(engine).c_str(), bytes_text(c.bytes_read).c_str(),
                       bytes_text(c.bytes_written).c_str(), grouped(c.descriptors).c_str());
  }
}

void print_memories(const Report& report, std::ostream& out) {
  const double cycles = static_cast<double>(report.simulated_cycles);
  out << text_format("\n  %-9s %11s %11s %12s %12s %10s\n", "bus port", "read", "written",
                     "rd channel", "wr channel", "accesses");
  for (const PortReport& port : report.bus_targets) {
    if (port.transactions == 0) continue;
    out << text_format("  %-9s %11s %11s %11.1f%% %11.1f%% %10s\n", port.name.c_str(),
                       bytes_text(port.bytes_read).c_str(), bytes_text(port.bytes_written).c_str(),
                       percent(static_cast<double>(port.read_busy_cycles), cycles),
                       percent(static_cast<double>(port.write_busy_cycles), cycles),
                       grouped(port.transactions).c_str());
  }
  out << text_format("  of peak bandwidth: dram %.1f %%, spm %.1f %%\n",
                     100 * report.dram.utilization, 100 * report.spm.utilization);
  if (!report.dram.dram) return;
  const DramReport& dram = *report.dram.dram;
  uint64_t hits = 0, misses = 0, conflicts = 0, refreshes = 0;
  for (const DramChannelReport& each : dram.channels) {
    hits += each.hits, misses += each.misses, conflicts += each.conflicts;
    refreshes += each.refreshes;
  }
  const auto accesses = static_cast<double>(hits + misses + conflicts);
  out << text_format(
      "  %s, %zu channel%s: rows hit %.1f %%, missed %.1f %%, conflict %.1f %%; %s refreshes\n",
      dram.preset.c_str(), dram.channels.size(), dram.channels.size() == 1 ? "" : "s",
      percent(static_cast<double>(hits), accesses), percent(static_cast<double>(misses), accesses),
      percent(static_cast<double>(conflicts), accesses), grouped(refreshes).c_str());
}

void print_offload(const Report& report, std::ostream& out) {
  out << "\n  offload   ";
  uint64_t cpu = 0;
  bool any = false;
  for (uint32_t kind = 0; kind < driver::kKernelKinds; ++kind) {
    const driver::OffloadCount& count = report.offload.kernels[kind];
    cpu += count.cpu;
    if (count.accelerator == 0) continue;
    out << (any ? ", " : "") << driver::to_string(static_cast<driver::KernelKind>(kind)) << " "
        << grouped(count.accelerator);
    any = true;
  }
  out << (any ? "; " : "") << "on the CPU " << grouped(cpu) << "\n";
}

void print_operations(const Report& report, std::ostream& out) {
  if (report.operations.empty()) return;
  const double cycles = static_cast<double>(report.operations_cycles);
  out << text_format("\n  where the cycles went (%s)     %10s %14s %7s %10s\n",
                     report.operations_of.c_str(), "descriptors", "cycles", "share", "each");
  for (size_t i = 0; i < report.operations.size(); ++i) {
    const OperationReport& op = report.operations[i];
    const bool first = i == 0 || report.operations[i - 1].engine != op.engine;
    out << text_format("  %-9s %-24s %10s %14s %6.1f%% %10s\n", first ? op.engine.c_str() : "",
                       op.operation.c_str(), op.descriptors ? grouped(op.descriptors).c_str() : "",
                       grouped(op.cycles).c_str(), percent(static_cast<double>(op.cycles), cycles),
                       op.descriptors ? grouped(op.cycles / op.descriptors).c_str() : "");
  }
}

// Adds, per engine, what is left of the time: fetching, signalling, and having nothing to do.
std::vector<OperationReport> with_rest(const Report& report) {
  std::vector<OperationReport> result;
  uint64_t used = 0;
  for (size_t i = 0; i < report.operations.size(); ++i) {
    const OperationReport& op = report.operations[i];
    result.push_back(op);
    used += op.cycles;
    if (i + 1 < report.operations.size() && report.operations[i + 1].engine == op.engine) continue;
    const uint64_t rest = report.operations_cycles > used ? report.operations_cycles - used : 0;
    OperationReport idle;
    idle.engine = op.engine;
    idle.operation = "hand-over and idle";
    idle.cycles = rest;
    result.push_back(idle);
    used = 0;
  }
  return result;
}

}  // namespace

std::string grouped(uint64_t value) {
  std::string text = std::to_string(value);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<size_t>(at), ",");
  return text;
}

Json to_json(const Report& report) {
  Json json;
  json["command"] = report.command;
  json["config"] = to_json(report.config);
  if (report.timing_only) json["timing_only"] = true;
  json["partial"] = report.partial;
  if (report.partial) json["stopped_by"] = report.stop_reason;
  if (!report.error.empty()) json["error"] = report.error;
  for (const auto& [key, value] : report.own.items()) json[key] = value;
  if (report.command == "run") {
    if (!report.timing_only) json["tokens"] = report.tokens;
    json["prompt_tokens"] = report.prompt_tokens;
    json["decode_passes"] = report.decode_passes;
    if (!report.timing_only) json["text"] = report.text;
  }
  json["cycles"] = {{"total", report.cycles_total},
                    {"prefill", report.cycles_prefill},
                    {"decode", report.cycles_decode},
                    {"simulated", report.simulated_cycles}};
  json["engines"] = engines_json(report);
  json["offload"] = offload_json(report.offload);
  Json& operations = json["operations"];
  operations = {{"of", report.operations_of}, {"cycles", report.operations_cycles}};
  operations["list"] = Json::array();
  for (const OperationReport& op : with_rest(report)) {
    operations["list"].push_back({{"engine", op.engine},
                                  {"operation", op.operation},
                                  {"descriptors", op.descriptors},
                                  {"cycles", op.cycles},
                                  {"seen_cycles", op.seen_cycles},
                                  {"work", op.work},
                                  {"bytes_read", op.bytes_read},
                                  {"bytes_written", op.bytes_written}});
  }
  json["stream"] = {{"operations", report.stream.operations},
                    {"waits", report.stream.waits},
                    {"nops", report.stream.nops},
                    {"doorbells", report.stream.doorbells},
                    {"interrupts", report.stream.interrupts},
                    {"stalls", report.stream.stalls}};
  json["bus"] = bus_json(report);
  json["dram"] = memory_json(report.dram);
  json["spm"] = memory_json(report.spm);
  json["cpu"] = {{"model", report.cpu_model}, {"instructions", report.cpu_instructions}};
  if (!report.milestones.empty()) json["milestones"] = Json::object();
  for (const auto& m : report.milestones) json["milestones"][m.name] = m.cycle;
  Json& host = json["host"];
  host["wall_seconds"] = report.wall_seconds;
  host["cpu_seconds"] = report.cpu_seconds;
  host["sim_khz"] = report.wall_seconds > 0
                        ? static_cast<double>(report.simulated_cycles) / report.wall_seconds / 1e3
                        : 0.0;
  host["build_seconds"] = report.build_seconds;
  host["peak_memory_kib"] = peak_memory_kib();
  for (const auto& [key, value] : report.own_host.items()) host[key] = value;
  for (const auto& m : report.milestones) host["milestones"][m.name] = m.wall_seconds;
  host["rtl_ticks"] = Json::object();
  for (const EngineReport& engine : report.engines) {
    host["rtl_ticks"][engine.kind + "[" + std::to_string(engine.instance) + "]"] = engine.rtl.ticks;
  }
  return json;
}

std::vector<OperationReport> difference(std::vector<OperationReport> now,
                                        const std::vector<OperationReport>& before) {
  for (OperationReport& op : now) {
    for (const OperationReport& old : before) {
      if (old.engine != op.engine || old.operation != op.operation) continue;
      op.descriptors -= old.descriptors;
      op.cycles -= old.cycles;
      op.seen_cycles -= old.seen_cycles;
      op.work -= old.work;
      op.bytes_read -= old.bytes_read;
      op.bytes_written -= old.bytes_written;
    }
  }
  now.erase(std::remove_if(now.begin(), now.end(),
                           [](const OperationReport& op) { return op.descriptors == 0; }),
            now.end());
  return now;
}

void check_writable(const std::string& file) {
  if (!std::ofstream(file, std::ios::app)) {
    throw RequestError("--report: '" + file +
                       "' cannot be written; legal: a file in an existing directory");
  }
}

void write_report(const Report& report, const std::string& file) {
  std::ofstream out(file);
  // Text may hold bytes that are no UTF-8: they are replaced, not refused.
  out << to_json(report).dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  if (!out.flush()) throw RequestError("--report: '" + file + "' could not be written");
}

void print_summary(const Report& report, std::ostream& out) {
  out << "\n";
  if (report.partial) out << text_format("  PARTIAL: stopped by %s\n", report.stop_reason.c_str());
  print_time(report, out);
  print_engines(report, out);
  print_memories(report, out);
  print_offload(report, out);
  Report table = report;
  table.operations = with_rest(report);
  print_operations(table, out);
  if (const auto profile = report.own.find("profile"); profile != report.own.end())
    print_profile(*profile, out);
  const double wall = report.wall_seconds;
  const double generated = report.timing_only
                               ? static_cast<double>(report.decode_passes)
                               : static_cast<double>(report.tokens.size() - report.prompt_tokens);
  char tokens[64] = "";
  if (generated > 0 && wall > 0)
    std::snprintf(tokens, sizeof tokens, "%.1f tokens/s, ", generated / wall);
  const double khz = wall > 0 ? static_cast<double>(report.simulated_cycles) / wall / 1e3 : 0;
  if (report.cpu_model == "riscv") {
    out << text_format(
        "\n  host      %.2f s, %s%.0f simulated kHz; the RISC-V CPU ran %s instructions\n", wall,
        tokens, khz, grouped(report.cpu_instructions).c_str());
    return;
  }
  out << text_format(
      "\n  host      %.2f s, %s%.0f simulated kHz; the native CPU's own computing takes no "
      "simulated time\n",
      wall, tokens, khz);
}

}  // namespace systole
