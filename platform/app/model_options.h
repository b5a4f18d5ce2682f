// --model and --tokenizer, and loading them on the simulated SoC.
#pragma once
#include <boost/program_options.hpp>
#include <string>

#include "platform/app/model_files.h"
#include "platform/app/simulation.h"

namespace systole {

/// Both given, or neither: then the model shipped with Systole.
struct ModelOptions {
  std::string model, tokenizer;

  void add_to(boost::program_options::options_description& options);
  /// Opens and checks the files. Throws RequestError.
  ModelFiles open(const Config& config) const;
};

/// Throws RequestError unless the SoC has an engine of each kind.
void require_engines(const Config& config);

/// Loads the images that the SoC shows. What does not fit this SoC is a RequestError.
void load_model(driver::llm::Generator& generator, const ModelFiles& files, Host& host,
                driver::llm::Content content = driver::llm::Content::Full);

}  // namespace systole
