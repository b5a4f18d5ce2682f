// The options of `systole run`, shared with `systole compare run`.
#pragma once
#include <boost/program_options.hpp>
#include <cstdint>
#include <string>

#include "platform/app/model_options.h"

namespace systole {

struct RunRequest {
  ModelOptions model;
  std::string shape;  ///< a model by its dimensions alone (platform/llm/llm_shape.h); empty: none
  std::string prompt;
  uint64_t prompt_tokens = 0;  ///< instead of a prompt; 0: not given
  uint64_t max_tokens = 64, seed = 1;
  float temperature = 0;
  std::string uart;     ///< riscv: where the console goes as well; empty: nowhere
  std::string results;  ///< file for the logits of every pass; empty: none
};

void add_run_options(boost::program_options::options_description& options, RunRequest& request);

/// --shape and --prompt-tokens, which need --timing-only.
void add_timing_options(boost::program_options::options_description& options, RunRequest& request);

/// Throws RequestError if something is missing or not legal. `has_prompt`: --prompt was given.
void check_run(const RunRequest& request, bool has_prompt);

}  // namespace systole
