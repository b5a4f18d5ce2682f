// Operating points: clock and voltage by name, as dynamic voltage and frequency scaling would
// choose from. Upstream: a YAML table. Downstream: the configuration (operating_point), energy
// estimates.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace systole {

struct OperatingPoint {
  std::string name;
  uint64_t clock_mhz = 0, voltage_mv = 0;
};

/// The table that names without a file are looked up in.
std::string default_operating_points();

/// Every point of a table. Throws ConfigError: file, what is wrong, what is legal.
std::vector<OperatingPoint> read_operating_points(const std::string& file);

/// "NAME" of the default table, or "FILE.yaml:NAME". Throws ConfigError.
OperatingPoint find_operating_point(const std::string& text);

}  // namespace systole
