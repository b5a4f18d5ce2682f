// A language model by its dimensions alone: presets, parsing, and the DRAM it needs.
// Upstream: `systole run --shape`, a sweep's workload.llm. Downstream: Generator::load_shape.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform/config/config.h"
#include "sw_driver/llm/checkpoint.h"

namespace systole {

/// A shape that was refused: what() names key, value and what is legal.
class ShapeError : public std::runtime_error {
 public:
  ShapeError(std::string key, const std::string& text)
      : std::runtime_error(text), key_(std::move(key)) {}
  const std::string& key() const { return key_; }

 private:
  std::string key_;
};

/// The published dimensions of a model.
struct ShapePreset {
  const char* name;
  driver::llm::ModelShape shape;
  const char* source;
};
const std::vector<ShapePreset>& shape_presets();

/// The keys of a shape that is not a preset, in order: "dim", "hidden_dim", …
const std::vector<std::string>& shape_keys();

/// "llama2-7b"; "gpt2,n_layers=2" (a preset with changes); or all of it: "dim=512,hidden_dim=1376,
/// n_layers=8,n_heads=8,vocab_size=32000,seq_len=1024" with n_kv_heads (as n_heads),
/// shared_classifier (true) and architecture (llama) where they differ. Throws ShapeError.
driver::llm::ModelShape parse_shape(const std::string& text);

/// {"dim": 4096, …} with the keys above.
nlohmann::ordered_json to_json(const driver::llm::ModelShape& shape);

/// The tokens that a context has room for: the shape's, or a row of the VPU if that is less.
uint64_t longest_context(const driver::llm::ModelShape& shape);

/// Makes DRAM large enough for the model. A dram.size_mib that nobody chose (no --set, and the
/// default value) is raised; it changes no timing. True: it was raised. Throws ShapeError if one
/// that was chosen is too small, or if no DRAM is large enough.
bool fit_dram(const driver::llm::ModelShape& shape, const ConfigRequest& request, Config& config);

}  // namespace systole
