#include "platform/app/model_files.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "platform/app/options.h"

namespace systole {
namespace {

namespace llm = driver::llm;

void check_regular_file(const std::string& what, const std::string& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error) || !std::ifstream(file)) {
    throw RequestError(what + ": cannot read '" + file + "'; legal: a readable file");
  }
  if (std::filesystem::file_size(file, error) == 0) {
    throw RequestError(what + " '" + file + "': file size is 0; legal: more than 0 bytes");
  }
}

HostMemory map_checked(const std::string& what, const std::string& file) {
  check_regular_file(what, file);
  try {
    return HostMemory::map_file(file);
  } catch (const std::runtime_error& error) {
    throw RequestError(what + ": " + error.what());
  }
}

driver::Buffer buffer_of(const HostMemory& memory) {
  return {0, memory.data(), memory.content_bytes()};
}

}  // namespace

ModelFiles::ModelFiles(const std::string& model, const std::string& tokenizer, const Config& config)
    : model_path_(model),
      tokenizer_path_(tokenizer),
      model_(map_checked("model", model)),
      tokenizer_(map_checked("tokenizer", tokenizer)) {
  llm::ModelError error;
  if (llm::parse_checkpoint(model_.data(), model_.content_bytes(), &checkpoint_, &error) !=
      driver::Status::Ok) {
    refuse(false, error.text.c_str());
  }
  check_fits(config);
  tables_.resize(uint64_t{shape().vocab_size} * 3 + 64);  // at most 20 bytes a token
  arena_.init({0, tables_.data(), tables_.size() * 8});
  const driver::Buffer image = buffer_of(tokenizer_);
  if (encoder_.load(image.host, image.bytes, shape().vocab_size, arena_, &error) !=
      driver::Status::Ok) {
    refuse(true, (std::string(error.text.c_str()) + " (the model's vocabulary has " +
                  std::to_string(shape().vocab_size) + " tokens)")
                     .c_str());
  }
}

void ModelFiles::check_fits(const Config& config) const {
  driver::EngineConfig gemm;
  gemm.rows = static_cast<uint32_t>(config.gemm.rows);
  gemm.cols = static_cast<uint32_t>(config.gemm.cols);
  gemm.data_bytes = static_cast<uint32_t>(config.bus.width_bits / 8);
  const llm::ModelBytes bytes = llm::Model::bytes_needed(shape(), gemm);
  const uint64_t dram = config.dram.size_mib << 20;
  if (bytes.weights <= dram) return;
  refuse(false, ("its weights take " + std::to_string(bytes.weights >> 20) +
                 " MiB, dram.size_mib is " + std::to_string(config.dram.size_mib) +
                 "; legal: a smaller model, or a larger dram.size_mib")
                    .c_str());
}

uint64_t ModelFiles::count_tokens(const std::string& text) const {
  const uint64_t capacity = llm::Tokenizer::tokens_needed(text.size());
  std::vector<int32_t> ids(capacity), scratch(capacity);
  uint64_t count = 0;
  if (encoder_.encode(text.data(), text.size(), ids.data(), scratch.data(), capacity, &count) !=
      driver::Status::Ok) {
    throw RequestError("the text of " + std::to_string(text.size()) + " bytes cannot be encoded");
  }
  return count;
}

void ModelFiles::refuse(bool tokenizer, const char* text) const {
  throw RequestError((tokenizer ? "tokenizer '" + tokenizer_path_ : "model '" + model_path_) +
                     "': " + text);
}

std::string read_text_file(const std::string& option, const std::string& file) {
  check_regular_file(option, file);
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace systole
