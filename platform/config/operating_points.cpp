// A table is a map with `points`, a list of {name, clock_mhz, voltage_mv}; other keys are for
// readers.
#include "platform/config/operating_points.h"

#include <yaml-cpp/yaml.h>

#include <set>

#include "platform/config/config.h"
#include "platform/config/paths.h"

namespace systole {
namespace {

constexpr uint64_t kLeastMillivolt = 100, kMostMillivolt = 2000, kMostMegahertz = 10000;

std::string place(const std::string& file, const YAML::Node& node) {
  return file + ":" + std::to_string(node.Mark().line + 1) + ": ";
}

uint64_t number(const std::string& file, const YAML::Node& point, const char* key, uint64_t min,
                uint64_t max) {
  const YAML::Node node = point[key];
  const std::string text = node && node.IsScalar() ? node.Scalar() : "";
  const bool digits = !text.empty() && text.size() < 10 &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  const uint64_t value = digits ? std::stoull(text) : 0;
  if (value < min || value > max) {
    throw ConfigError(place(file, point) + key + " = '" + text + "' is not legal; legal: " +
                      std::to_string(min) + " to " + std::to_string(max));
  }
  return value;
}

}  // namespace

std::string default_operating_points() {
  return source_dir() + "/platform/sweep/tables/operating-points.yaml";
}

std::vector<OperatingPoint> read_operating_points(const std::string& file) {
  YAML::Node root;
  try {
    root = YAML::LoadFile(file);
  } catch (const YAML::BadFile&) {
    throw ConfigError("operating_point: cannot read the table '" + file +
                      "'; legal: a YAML file with a list of points");
  } catch (const YAML::Exception& error) {
    throw ConfigError("operating_point: '" + file + "' is not YAML: " + error.what());
  }
  if (!root.IsMap() || !root["points"] || !root["points"].IsSequence() ||
      root["points"].size() == 0) {
    throw ConfigError(file +
                      ": there are no operating points; legal: points: [{name: N, clock_mhz: F, "
                      "voltage_mv: V}, ...]");
  }
  std::vector<OperatingPoint> points;
  std::set<std::string> names;
  for (const YAML::Node& node : root["points"]) {
    if (!node.IsMap() || !node["name"] || !node["name"].IsScalar() ||
        !names.insert(node["name"].Scalar()).second) {
      throw ConfigError(place(file, node) +
                        "a point without a name, or with that of another; legal: {name: N, "
                        "clock_mhz: F, voltage_mv: V}");
    }
    points.push_back({node["name"].Scalar(), number(file, node, "clock_mhz", 1, kMostMegahertz),
                      number(file, node, "voltage_mv", kLeastMillivolt, kMostMillivolt)});
  }
  return points;
}

OperatingPoint find_operating_point(const std::string& text) {
  const size_t colon = text.rfind(':');
  const std::string file =
      colon == std::string::npos ? default_operating_points() : text.substr(0, colon);
  const std::string name = colon == std::string::npos ? text : text.substr(colon + 1);
  std::string known;
  for (const OperatingPoint& point : read_operating_points(file)) {
    if (point.name == name) return point;
    known += ", " + point.name;
  }
  throw ConfigError("operating_point = '" + text + "' is not in " + file + "; legal: none" + known +
                    ", or FILE.yaml:NAME");
}

}  // namespace systole
