#include "platform/app/model_options.h"

#include "platform/app/options.h"
#include "platform/config/paths.h"

namespace systole {

void ModelOptions::add_to(boost::program_options::options_description& options) {
  namespace po = boost::program_options;
  options.add_options()("model", po::value<std::string>(&model)->value_name("CKPT"),
                        "llama2.c checkpoint, float32 (the model shipped with Systole)")(
      "tokenizer", po::value<std::string>(&tokenizer)->value_name("TOK"), "its tokenizer");
}

void require_engines(const Config& config) {
  for (const auto& [key, count] :
       {std::pair("gemm.count", config.gemm.count), std::pair("vpu.count", config.vpu.count),
        std::pair("dma.count", config.dma.count)}) {
    if (count == 0)
      throw RequestError(std::string(key) + ": '0' is not legal for a model; legal: 1 to 8");
  }
}

ModelFiles ModelOptions::open(const Config& config) const {
  require_engines(config);
  if (model.empty() != tokenizer.empty()) {
    throw RequestError(std::string(model.empty() ? "--model" : "--tokenizer") +
                       " is missing; legal: both --model and --tokenizer, or neither");
  }
  if (model.empty()) return ModelFiles(default_model(), default_tokenizer(), config);
  return ModelFiles(model, tokenizer, config);
}

void load_model(driver::llm::Generator& generator, const ModelFiles& files, Host& host,
                driver::llm::Content content) {
  const driver::Status status =
      generator.load(host.device, host.device.model(), host.device.tokenizer(), content);
  if (status == driver::Status::Ok) return;
  const char* text = generator.error().text.c_str();
  files.refuse(generator.error_in_tokenizer(), *text ? text : driver::to_string(status));
}

}  // namespace systole
