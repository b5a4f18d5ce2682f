// Checkpoint and tokenizer as files: everything that can be wrong with them is found before
// simulation.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "platform/config/config.h"
#include "sw_driver/llm/generator.h"
#include "tlm/memory/host_memory.h"

namespace systole {

/// Both files, mapped and checked. The constructor throws RequestError naming file, value and what
/// is legal.
class ModelFiles {
 public:
  ModelFiles(const std::string& model, const std::string& tokenizer, const Config& config);

  const std::string& model_path() const { return model_path_; }
  const std::string& tokenizer_path() const { return tokenizer_path_; }
  const driver::llm::ModelShape& shape() const { return checkpoint_.shape; }

  /// Tokens of a text, BOS included.
  uint64_t count_tokens(const std::string& text) const;

  /// Turns a driver's refusal (BadModel, NoMemory) into a RequestError with the file's name.
  [[noreturn]] void refuse(bool tokenizer, const char* text) const;

 private:
  void check_fits(const Config& config) const;

  std::string model_path_, tokenizer_path_;
  HostMemory model_, tokenizer_;
  driver::llm::Checkpoint checkpoint_;
  std::vector<uint64_t> tables_;  ///< the tokenizer's index
  driver::Arena arena_;
  driver::llm::Tokenizer encoder_;
};

/// Whole file as text. Throws RequestError naming `option` and the file.
std::string read_text_file(const std::string& option, const std::string& file);

}  // namespace systole
