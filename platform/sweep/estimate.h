// Area and energy of a point from a table of published figures per operation. An estimate to
// compare points with: no leakage, clock tree, control, registers or padding.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace systole {

/// A table file (platform/sweep/tables; the keys are explained there).
struct EnergyTable {
  std::string name;
  double node_nm = 0, year = 0;
  double nominal_voltage_mv = 0;  ///< at which the on-chip energies were measured
  std::vector<std::string> sources;
  struct {
    double int8_multiply = 0, int32_add = 0, float32_multiply = 0, float32_add = 0;
  } energy_pj;
  struct {
    double int8_multiply = 0, int32_add = 0, float32_multiply = 0, float32_add = 0, sram_bit = 0;
  } area_um2;
  std::vector<std::pair<double, double>> sram_pj_per_64_bits;  ///< (KiB, pJ), rising
  double dram_pj_per_64_bits = 0, wire_pj_per_bit_mm = 0;
  double sram_cell_share = 0, wire_pitch_um = 0, bus_mm = 0, vpu_operations_per_element = 0;

  /// Energy of one 64-bit access of a bank of `kib`; log-log between the table's sizes, the nearest
  /// size's figure outside them.
  double sram_access_pj(double kib) const;
};

/// A file, or the name of one in platform/sweep/tables. Throws SweepError: file, key, what is
/// legal.
EnergyTable read_energy_table(const std::string& file);

/// By part, in mm2 and uJ, in a fixed order. On-chip energy is the table's times (voltage_mv /
/// nominal_voltage_mv)^2, if the configuration has a voltage. With a DRAM preset its energy is the
/// report's (activate, read, write, refresh, standby), else bytes times the table's figure.
struct Estimate {
  /// The array and its buffers, multiplying all the time: an upper bound for the efficiency.
  double peak_tops_per_w = 0;
  std::vector<std::pair<std::string, double>> area_mm2, energy_uj;
  double total_area_mm2() const;
  double total_energy_uj() const;
};

/// `config` and `report` as a run's report has them.
Estimate estimate(const EnergyTable& table, const nlohmann::ordered_json& config,
                  const nlohmann::ordered_json& report);

}  // namespace systole
