// The points of a sweep: full factorial, or a Latin hypercube over the axes' values.
#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>

#include "platform/config/paths.h"
#include "platform/sweep/spec.h"

namespace systole {
namespace {

constexpr uint64_t kMostPoints = 1000000;
constexpr int kMostDesigns = 1000;  // hypercubes drawn before the space counts as exhausted

// splitmix64: the same sample on every machine.
class SampleRandom {
 public:
  explicit SampleRandom(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  uint64_t below(uint64_t limit) { return next() % limit; }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  uint64_t state_;
};

using Choice = std::vector<size_t>;  // an index into each axis's values

class Space {
 public:
  explicit Space(const SweepSpec& spec) : spec_(spec) {}

  // Number of combinations, kMostPoints + 1 if there are more.
  uint64_t size() const {
    uint64_t total = 1;
    for (const Axis& axis : spec_.axes) {
      total *= axis.values.size();
      if (total > kMostPoints) return kMostPoints + 1;
    }
    return total;
  }

  Choice choice(uint64_t index) const {
    Choice choice(spec_.axes.size());
    for (size_t i = choice.size(); i-- > 0;) {
      choice[i] = index % spec_.axes[i].values.size();
      index /= spec_.axes[i].values.size();
    }
    return choice;
  }

  // The point of a choice; false if a constraint excludes it.
  bool make(const Choice& choice, Point& point) const {
    ConfigRequest request = spec_.base;
    point.values.clear();
    point.illegal.clear();
    for (size_t i = 0; i < choice.size(); ++i) {
      const Axis& axis = spec_.axes[i];
      point.values.push_back(axis.values[choice[i]]);
      request.sets.push_back(axis.key + "=" + axis.values[choice[i]]);
    }
    try {
      point.config = resolve_config(request);
      if (spec_.llm) fit_dram(spec_.llm->shape, request, point.config);
    } catch (const ConfigError& error) {
      point.illegal = error.what();
      point.config = unchecked(request);
    } catch (const ShapeError& error) {
      point.illegal = error.what();
    }
    return std::all_of(spec_.constraints.begin(), spec_.constraints.end(),
                       [&](const Expression& each) { return each.holds(point.config); });
  }

 private:
  // The values of an illegal combination, for the constraints' sake.
  Config unchecked(const ConfigRequest& request) const {
    Config config = default_config();
    try {
      config = resolve_config(spec_.base);
    } catch (const ConfigError&) {  // legal only with the axes' values: defaults will do
    }
    for (const std::string& set : request.sets) {
      const size_t equals = set.find('=');
      for (const ConfigKey& key : config_keys()) {
        if (set.compare(0, equals, key.name) != 0) continue;
        if (key.number) key.number(config) = std::stoull(set.substr(equals + 1));
        if (key.word) key.word(config) = set.substr(equals + 1);
      }
    }
    return config;
  }

  const SweepSpec& spec_;
};

std::vector<Point> full_factorial(const Space& space, uint64_t size) {
  std::vector<Point> points;
  Point point;
  for (uint64_t i = 0; i < size; ++i) {
    if (space.make(space.choice(i), point)) points.push_back(point);
  }
  return points;
}

// Every design divides each axis into `count` strata and uses each stratum once; points that are
// not legal or are there already are replaced from the next design.
std::vector<Point> latin_hypercube(const SweepSpec& spec, const Space& space) {
  const uint64_t count = spec.sample->points;
  SampleRandom random(spec.sample->seed);
  std::vector<Point> points;
  std::set<Choice> seen;
  Point point;
  for (int design = 0; design < kMostDesigns && points.size() < count; ++design) {
    std::vector<std::vector<uint64_t>> strata(spec.axes.size());
    for (auto& order : strata) {
      order.resize(count);
      std::iota(order.begin(), order.end(), 0);
      for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    }
    for (uint64_t row = 0; row < count && points.size() < count; ++row) {
      Choice choice;
      for (size_t axis = 0; axis < strata.size(); ++axis) {
        const double at = (static_cast<double>(strata[axis][row]) + random.uniform()) /
                          static_cast<double>(count);
        const size_t levels = spec.axes[axis].values.size();
        choice.push_back(std::min(levels - 1, static_cast<size_t>(at * double(levels))));
      }
      if (!seen.insert(choice).second || !space.make(choice, point)) continue;
      if (point.illegal.empty()) points.push_back(point);
    }
  }
  return points;
}

uint64_t bytes_of(const std::string& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

}  // namespace

std::vector<Point> make_points(const SweepSpec& spec) {
  const Space space(spec);
  const uint64_t size = space.size();
  std::vector<Point> points;
  if (!spec.sample || size <= spec.sample->points) {
    if (size > kMostPoints) {
      throw SweepError(spec.file + ": the axes span more than " + std::to_string(kMostPoints) +
                       " points; legal: fewer values, or sample: {method: latin_hypercube, "
                       "points: N}");
    }
    points = full_factorial(space, size);
  } else {
    points = latin_hypercube(spec, space);
  }
  if (points.empty()) {
    std::string constraints;
    for (const Expression& each : spec.constraints) constraints += " \"" + each.text() + "\"";
    throw SweepError(spec.file + ": the constraints exclude every point:" + constraints +
                     "; legal: constraints that some combination of the axes' values satisfies");
  }
  const bool any_legal = std::any_of(points.begin(), points.end(),
                                     [](const Point& point) { return point.illegal.empty(); });
  if (!any_legal) throw SweepError(spec.file + ": no point can be built: " + points[0].illegal);
  for (size_t i = 0; i < points.size(); ++i) points[i].index = i;
  return points;
}

std::vector<Point> calibration_points(const SweepSpec& spec, const std::vector<Point>& points) {
  std::vector<Point> drawn;
  if (!spec.calibration) return drawn;
  for (const Point& point : points)
    if (point.illegal.empty()) drawn.push_back(point);
  SampleRandom random(spec.calibration->seed);
  const auto count =
      static_cast<size_t>(std::min<uint64_t>(spec.calibration->points, drawn.size()));
  for (size_t i = 0; i < count; ++i) std::swap(drawn[i], drawn[i + random.below(drawn.size() - i)]);
  drawn.resize(count);
  std::sort(drawn.begin(), drawn.end(),
            [](const Point& a, const Point& b) { return a.index < b.index; });
  for (Point& point : drawn)
    point.config.gemm.model = point.config.vpu.model = point.config.dma.model = "rtl";
  return drawn;
}

nlohmann::ordered_json sweep_identity(const SweepSpec& spec, const std::vector<Point>& points) {
  nlohmann::ordered_json json;
  json["axes"] = nlohmann::ordered_json::array();
  for (const Axis& axis : spec.axes) {
    json["axes"].push_back({{"key", axis.key}, {"values", axis.values}});
  }
  json["constraints"] = nlohmann::ordered_json::array();
  for (const Expression& each : spec.constraints) json["constraints"].push_back(each.text());
  if (spec.sample) {
    json["sample"] = {{"method", "latin_hypercube"},
                      {"points", spec.sample->points},
                      {"seed", spec.sample->seed}};
  }
  if (spec.calibration) {
    auto& calibration = json["calibration"];
    calibration = {{"points", nlohmann::ordered_json::array()}, {"seed", spec.calibration->seed}};
    for (const Point& point : calibration_points(spec, points))
      calibration["points"].push_back(point.index);
    if (spec.llm) {
      calibration["descriptors"] = spec.calibration->descriptors;
      calibration["most_cycles"] = spec.calibration->most_cycles;
    }
  }
  if (spec.timing_only) json["timing_only"] = true;
  auto& workload = json["workload"];
  if (spec.generation) {
    const GenerationWorkload& g = *spec.generation;
    workload["kind"] = "generation";
    workload["model"] = g.model;
    workload["model_bytes"] = bytes_of(g.model.empty() ? default_model() : g.model);
    workload["prompt"] = g.prompt;
    workload["max_tokens"] = g.max_tokens;
  } else if (spec.llm) {
    workload["kind"] = "llm";
    workload["shape"] = to_json(spec.llm->shape);
    workload["prompt_tokens"] = spec.llm->prompt_tokens;
    workload["generate_tokens"] = spec.llm->generate_tokens;
  } else {
    workload["kind"] = "gemm_csv";
    workload["layers"] = nlohmann::ordered_json::array();
    for (const GemmShape& shape : spec.gemms) {
      workload["layers"].push_back(
          {{"layer", shape.layer}, {"m", shape.m}, {"n", shape.n}, {"k", shape.k}});
    }
  }
  json["base"] =
      to_json(points.front().illegal.empty() ? points.front().config : resolve_config(spec.base));
  json["points"] = points.size();
  return json;
}

}  // namespace systole
