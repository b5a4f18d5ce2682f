#include "platform/sweep/estimate.h"

#include <yaml-cpp/yaml.h>

#include <cmath>
#include <filesystem>

#include "platform/config/paths.h"
#include "platform/sweep/spec.h"

namespace systole {
namespace {

using Json = nlohmann::ordered_json;

class TableReader {
 public:
  explicit TableReader(const std::string& file) : file_(file) {
    try {
      root_ = YAML::LoadFile(file);
    } catch (const YAML::Exception& error) {
      throw SweepError("--table: '" + file + "' is not YAML: " + error.what());
    }
    if (!root_.IsMap()) throw SweepError("--table: '" + file + "' is not a map of figures");
  }
  double number(const std::string& group, const std::string& key) const {
    const YAML::Node node = group.empty()  ? root_[key]
                            : root_[group] ? root_[group][key]
                                           : YAML::Node();
    return positive(node, group.empty() ? key : group + "." + key);
  }
  double positive(const YAML::Node& node, const std::string& name) const {
    double value = 0;
    try {
      if (node && node.IsScalar()) value = node.as<double>();
    } catch (const YAML::Exception&) {
      value = 0;
    }
    if (!(value > 0) || !std::isfinite(value)) {
      throw SweepError(
          file_ +
          (node && node.Mark().line >= 0 ? ":" + std::to_string(node.Mark().line + 1) : "") + ": " +
          name + (node && node.IsScalar() ? " = '" + node.Scalar() + "'" : "") +
          " is not legal; legal: a number above 0");
    }
    return value;
  }
  const YAML::Node& root() const { return root_; }

 private:
  std::string file_;
  YAML::Node root_;
};

double at(const Json& json, const char* pointer) {
  const auto path = Json::json_pointer(pointer);
  return json.contains(path) && json[path].is_number() ? json[path].get<double>() : 0;
}

// The sum of a counter over an engine's instances.
double counter(const Json& report, const std::string& engine, const char* name) {
  double sum = 0;
  const auto path = Json::json_pointer("/engines/" + engine + "/instances");
  if (!report.contains(path)) return 0;
  for (const Json& instance : report[path]) sum += instance.value(name, 0.0);
  return sum;
}

using Parts = std::vector<std::pair<std::string, double>>;

// What the DRAM drew: by kind of access where the model counts them, else by bytes.
void add_dram(const EnergyTable& table, const Json& report, Parts& parts) {
  const auto path = Json::json_pointer("/dram/rows/energy_uj");
  if (!report.contains(path)) {
    const double bytes = at(report, "/dram/bytes_read") + at(report, "/dram/bytes_written");
    parts.emplace_back("DRAM", bytes / 8 * table.dram_pj_per_64_bits * 1e-6);
    return;
  }
  for (const char* kind : {"activate", "read", "write", "refresh", "background"}) {
    parts.emplace_back(std::string("DRAM ") + kind, report[path].value(kind, 0.0));
  }
}

double total(const std::vector<std::pair<std::string, double>>& parts) {
  double sum = 0;
  for (const auto& [name, value] : parts) sum += value;
  return sum;
}

}  // namespace

double EnergyTable::sram_access_pj(double kib) const {
  const auto& list = sram_pj_per_64_bits;
  if (kib <= list.front().first) return list.front().second;
  for (size_t i = 1; i < list.size(); ++i) {
    const auto [size, pj] = list[i];
    const auto [before_size, before_pj] = list[i - 1];
    if (kib > size) continue;
    const double share = std::log(kib / before_size) / std::log(size / before_size);
    return before_pj * std::pow(pj / before_pj, share);
  }
  return list.back().second;
}

EnergyTable read_energy_table(const std::string& file) {
  std::string path = file;
  const std::string folder = source_dir() + "/platform/sweep/tables";
  if (!std::filesystem::is_regular_file(path)) path = folder + "/" + file + ".yaml";
  if (!std::filesystem::is_regular_file(path)) {
    throw SweepError("--table: there is no '" + file + "'; legal: a YAML file, or a name in " +
                     folder);
  }
  const TableReader reader(path);
  EnergyTable table;
  table.name = reader.root()["name"] ? reader.root()["name"].Scalar() : file;
  table.node_nm = reader.number("", "node_nm");
  table.year = reader.number("", "year");
  table.nominal_voltage_mv = reader.number("", "nominal_voltage_mv");
  for (const YAML::Node& source : reader.root()["sources"])
    table.sources.push_back(source.Scalar());
  auto& e = table.energy_pj;
  e.int8_multiply = reader.number("energy_pj", "int8_multiply");
  e.int32_add = reader.number("energy_pj", "int32_add");
  e.float32_multiply = reader.number("energy_pj", "float32_multiply");
  e.float32_add = reader.number("energy_pj", "float32_add");
  auto& a = table.area_um2;
  a.int8_multiply = reader.number("area_um2", "int8_multiply");
  a.int32_add = reader.number("area_um2", "int32_add");
  a.float32_multiply = reader.number("area_um2", "float32_multiply");
  a.float32_add = reader.number("area_um2", "float32_add");
  a.sram_bit = reader.number("area_um2", "sram_bit");
  for (const YAML::Node& pair : reader.root()["sram_pj_per_64_bits"]) {
    if (!pair.IsSequence() || pair.size() != 2) break;
    table.sram_pj_per_64_bits.emplace_back(reader.positive(pair[0], "sram_pj_per_64_bits"),
                                           reader.positive(pair[1], "sram_pj_per_64_bits"));
    const auto& list = table.sram_pj_per_64_bits;
    if (list.size() > 1 && list.back().first <= list[list.size() - 2].first) {
      throw SweepError(path + ": sram_pj_per_64_bits is not legal; legal: rising sizes");
    }
  }
  if (table.sram_pj_per_64_bits.empty()) {
    throw SweepError(path + ": sram_pj_per_64_bits is not legal; legal: a list of [KiB, pJ]");
  }
  table.dram_pj_per_64_bits = reader.number("", "dram_pj_per_64_bits");
  table.wire_pj_per_bit_mm = reader.number("", "wire_pj_per_bit_mm");
  table.sram_cell_share = reader.number("", "sram_cell_share");
  table.wire_pitch_um = reader.number("", "wire_pitch_um");
  table.bus_mm = reader.number("", "bus_mm");
  table.vpu_operations_per_element = reader.number("", "vpu_operations_per_element");
  return table;
}

double Estimate::total_area_mm2() const { return total(area_mm2); }
double Estimate::total_energy_uj() const { return total(energy_uj); }

Estimate estimate(const EnergyTable& table, const Json& config, const Json& report) {
  Estimate result;
  const double rows = at(config, "/gemm/rows"), cols = at(config, "/gemm/cols");
  const double gemms = at(config, "/gemm/count"), vpus = at(config, "/vpu/count"),
               dmas = at(config, "/dma/count");
  const double a_kib = at(config, "/gemm/a_buffer_kib"), b_kib = at(config, "/gemm/b_buffer_kib"),
               acc_kib = at(config, "/gemm/acc_buffer_kib"), spm_kib = at(config, "/spm/size_kib");
  const double lanes = at(config, "/vpu/lanes"), width = at(config, "/bus/width_bits");
  const auto& area = table.area_um2;
  const auto& energy = table.energy_pj;

  auto sram_mm2 = [&](double kib) {
    return kib * 8192 * area.sram_bit / table.sram_cell_share * 1e-6;
  };
  // Channels both ways, from every manager (engines, CPU) and to both memories.
  const double channels = 2 * (gemms + vpus + dmas + 1 + 2);
  result.area_mm2 = {{"array", gemms * rows * cols * (area.int8_multiply + area.int32_add) * 1e-6},
                     {"GEMM buffers", gemms * sram_mm2(a_kib + b_kib + acc_kib)},
                     {"VPU", vpus * lanes * (area.float32_multiply + area.float32_add) * 1e-6},
                     {"SPM", sram_mm2(spm_kib)},
                     {"bus", channels * width * table.wire_pitch_um * table.bus_mm * 1e3 * 1e-6}};

  auto sram_pj = [&](double bytes, double kib) { return bytes / 8 * table.sram_access_pj(kib); };
  const double macs = counter(report, "gemm", "macs");
  const double filled = counter(report, "gemm", "bytes_read");
  // A column of the array shares an A element; a weight pass reads and writes a sum of 4 bytes for
  // `rows` products. Half a buffer is one bank.
  const double buffers = sram_pj(macs / std::max(cols, 1.0) + filled / 2, a_kib / 2) +
                         sram_pj(filled, b_kib / 2) +
                         sram_pj(macs / std::max(rows, 1.0) * 8, acc_kib / 2);
  const double elements = counter(report, "vpu", "elements");
  const double spm_bytes = at(report, "/spm/bytes_read") + at(report, "/spm/bytes_written");
  const double bus_bytes = at(report, "/bus/bytes_read") + at(report, "/bus/bytes_written");
  const double operation = (energy.float32_multiply + energy.float32_add) / 2;
  // Dynamic energy goes with the square of the voltage.
  const double voltage = at(config, "/voltage_mv");
  const double scale = voltage > 0 ? std::pow(voltage / table.nominal_voltage_mv, 2) : 1;
  result.energy_uj = {
      {"array", scale * macs * (energy.int8_multiply + energy.int32_add) * 1e-6},
      {"GEMM buffers", scale * buffers * 1e-6},
      {"VPU", scale * elements * table.vpu_operations_per_element * operation * 1e-6},
      {"SPM", scale * sram_pj(spm_bytes, spm_kib / std::max(at(config, "/spm/banks"), 1.0)) * 1e-6},
      {"bus", scale * bus_bytes * 8 * table.wire_pj_per_bit_mm * table.bus_mm * 1e-6}};
  add_dram(table, report, result.energy_uj);
  const double mac_pj = energy.int8_multiply + energy.int32_add +
                        sram_pj(1 / std::max(cols, 1.0), a_kib / 2) +
                        sram_pj(8 / std::max(rows, 1.0), acc_kib / 2);
  result.peak_tops_per_w = gemms > 0 ? 2 / (scale * mac_pj) : 0;
  return result;
}

}  // namespace systole
