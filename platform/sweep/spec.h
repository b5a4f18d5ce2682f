// What a sweep is asked: a base configuration, axes, constraints, sampling and a workload.
// Upstream: a YAML file (the form is described in docs/sweeps.md). Downstream: make_points, the
// sweep's engine.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform/config/config.h"
#include "platform/llm/llm_shape.h"
#include "platform/sweep/expression.h"

namespace systole {

/// A sweep's request that was refused. what() names file and line, key, value and what is legal.
class SweepError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One configuration key with the values it takes, as text, in the order given.
struct Axis {
  std::string key;
  std::vector<std::string> values;
  int line = 0;
};

/// One line of a SCALE-Sim topology for matrix products: C[M,N] = A[M,K] * B[K,N].
struct GemmShape {
  std::string layer;
  uint64_t m = 0, n = 0, k = 0;
};

/// Text from a model. Empty paths: the shipped model.
struct GenerationWorkload {
  std::string model, tokenizer, prompt;
  uint64_t max_tokens = 32;
};

/// A language model by shape alone, timed without data.
struct LlmWorkload {
  std::string text;  ///< as `systole run --shape` takes it
  driver::llm::ModelShape shape;
  uint64_t prompt_tokens = 0;
  uint64_t generate_tokens = 0;  ///< one decode step each, after the prompt
};

struct Sampling {
  uint64_t points = 0, seed = 1;
};

/// What `fidelity: calibrated` measures in RTL too, unless the specification says otherwise.
struct Calibration {
  uint64_t points = 10, seed = 1;
  /// Of workload.llm, at each of these points: DistinctBounds of the descriptors that are carried
  /// out in RTL. A hundred million cycles take RTL a minute or less.
  uint64_t descriptors = 40, most_cycles = 50'000'000;
};

struct SweepSpec {
  std::string file;    ///< for messages
  ConfigRequest base;  ///< what every point starts from
  std::vector<Axis> axes;
  std::vector<Expression> constraints;
  std::optional<Sampling> sample;          ///< none: full factorial
  std::optional<Calibration> calibration;  ///< of the points, all in twins, those to be in RTL too
  std::string gemm_csv;                    ///< path of the list; empty if the workload is another
  std::vector<GemmShape> gemms;
  std::optional<GenerationWorkload> generation;
  std::optional<LlmWorkload> llm;
  bool timing_only = false;  ///< --timing-only: no data, so no text and no early end of it
};

/// One configuration to be measured.
struct Point {
  uint64_t index = 0;
  std::vector<std::string> values;  ///< one an axis
  Config config;                    ///< resolved; meaningless if `illegal`
  std::string illegal;              ///< why the combination of values cannot be built
};

/// Reads and checks a specification. `command_line`: --config (used where the file has no `base`),
/// --fidelity and --set, which win over the file. Relative paths are looked up from the file's
/// folder, then from the working directory, then from the source tree. Throws SweepError.
SweepSpec read_sweep_spec(const std::string& file, const ConfigRequest& command_line);

/// The same from text; `file` is for messages and relative paths.
SweepSpec parse_sweep_spec(const std::string& text, const std::string& file,
                           const ConfigRequest& command_line);

/// `Layer, M, N, K,` and one line a product. Throws SweepError with the line's number.
std::vector<GemmShape> read_gemm_csv(const std::string& file);

/// The points that satisfy every constraint, in a fixed order: full factorial (the last axis
/// changes fastest) or a Latin hypercube of `sample.points` different ones. Combinations that
/// configuration refuses are kept, with the reason, in a full factorial and left out of a sample.
/// Throws SweepError: nothing satisfies the constraints, or too many points to enumerate.
std::vector<Point> make_points(const SweepSpec& spec);

/// The points of spec.calibration, with every engine in RTL (of workload.llm: for its descriptors),
/// in order of their index: drawn without repetition from the points that can be built; all of
/// these if there are not more. Empty without calibration.
std::vector<Point> calibration_points(const SweepSpec& spec, const std::vector<Point>& points);

/// What identifies the sweep: axes, sampling, workload and all points' configurations. Two sweeps
/// with the same identity have the same results.
nlohmann::ordered_json sweep_identity(const SweepSpec& spec, const std::vector<Point>& points);

}  // namespace systole
