#include "platform/app/profile_table.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "platform/app/report.h"
#include "platform/boot/demangle.h"
#include "tlm/core/address_map.h"
#include "tlm/core/text_format.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kTop = 20;

struct Row {
  std::string name, symbol;
  uint64_t addr = 0;
  riscv::ProfileCount count;
};

uint64_t all_cycles(const riscv::ProfileCount& count) {
  return count.cycles + count.stall_cycles + count.sleep_cycles;
}

Row named_row(uint64_t pc, const ElfFile& program) {
  if (const CodeSymbol* code = program.code_at(pc))
    return {function_name(code->symbol), code->symbol, code->addr, {}};
  const bool rom = pc - address_map::kBootRomBase < address_map::kBootRomBytes;
  return {rom ? "(boot ROM)" : "(no symbol)", "", pc, {}};
}

std::vector<Row> by_function(const riscv::Profile& profile, const ElfFile& program) {
  std::map<std::string, Row> rows;  // by what tells them apart
  for (const auto& [pc, count] : profile.counts()) {
    const Row found = named_row(pc, program);
    const std::string key = found.symbol.empty() ? found.name : hex(found.addr);
    Row& row = rows.emplace(key, found).first->second;
    row.addr = std::min(row.addr, found.addr);
    row.count += count;
  }
  std::vector<Row> sorted;
  for (auto& [key, row] : rows) sorted.push_back(std::move(row));
  std::sort(sorted.begin(), sorted.end(), [](const Row& a, const Row& b) {
    const uint64_t of_a = all_cycles(a.count), of_b = all_cycles(b.count);
    return of_a != of_b ? of_a > of_b : a.addr < b.addr;
  });
  return sorted;
}

void put_count(const riscv::ProfileCount& count, Json& json) {
  json["instructions"] = count.instructions;
  json["cycles"] = count.cycles;
  json["stall_cycles"] = count.stall_cycles;
  json["sleep_cycles"] = count.sleep_cycles;
}

uint64_t number(const Json& json, const char* key) { return json.at(key).get<uint64_t>(); }

double percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Json profile_json(const riscv::Profile& profile, const ElfFile& program) {
  Json json;
  put_count(profile.total(), json);
  json["functions"] = Json::array();
  for (const Row& row : by_function(profile, program)) {
    Json one = {{"name", row.name}, {"symbol", row.symbol}, {"address", hex(row.addr)}};
    put_count(row.count, one);
    json["functions"].push_back(one);
  }
  return json;
}

void print_profile(const Json& profile, std::ostream& out) {
  const uint64_t executing = number(profile, "cycles"), stalled = number(profile, "stall_cycles"),
                 asleep = number(profile, "sleep_cycles"), all = executing + stalled + asleep;
  out << text_format(
      "\n  where the CPU's cycles went: %.1f %% executing, %.1f %% waiting for devices, %.1f %% "
      "asleep\n",
      percent(executing, all), percent(stalled, all), percent(asleep, all));
  out << text_format("  %14s %7s %7s %14s %12s %12s  %s\n", "cycles", "share", "sum",
                     "instructions", "for devices", "asleep", "function");
  uint64_t sum = 0;
  size_t shown = 0;
  for (const Json& row : profile.at("functions")) {
    if (shown++ == kTop) break;
    const uint64_t device = number(row, "stall_cycles"), sleep = number(row, "sleep_cycles"),
                   cycles = number(row, "cycles") + device + sleep;
    sum += cycles;
    out << text_format("  %14s %6.1f%% %6.1f%% %14s %12s %12s  %s\n", grouped(cycles).c_str(),
                       percent(cycles, all), percent(sum, all),
                       grouped(number(row, "instructions")).c_str(), grouped(device).c_str(),
                       grouped(sleep).c_str(), row.at("name").get<std::string>().c_str());
  }
  const size_t functions = profile.at("functions").size();
  if (functions > kTop)
    out << text_format("  the top %zu of %zu functions; --report has them all\n", kTop, functions);
}

}  // namespace systole
