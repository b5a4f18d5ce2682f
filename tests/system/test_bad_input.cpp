// Files and prompts that cannot work: refused with status 2 before anything is simulated.
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "tests/system/command_line.h"

using Catch::Contains;
using systole::test::Outcome;
using systole::test::read_file;
using systole::test::run_systole;
using systole::test::shared_model;
using systole::test::SharedModel;
using systole::test::TemporaryDirectory;

namespace {

// The header of a llama2.c checkpoint.
struct Header {
  int32_t dim = 8, hidden = 12, layers = 1, heads = 2, kv_heads = 2, vocab = 260, context = 16;

  uint64_t file_bytes() const {
    const int64_t d = dim, h = hidden, l = layers, kv = int64_t{dim} / heads * kv_heads;
    const int64_t floats = vocab * d + l * (d + d * d + 2 * kv * d + d * d + d + 3 * h * d) + d +
                           context * (d / heads);
    return 28 + 4 * static_cast<uint64_t>(floats);
  }
};

// A checkpoint of zeros, with this header and as long as it says (sparse).
std::string write_model(const TemporaryDirectory& directory, const Header& header, uint64_t bytes) {
  const std::string text(reinterpret_cast<const char*>(&header), sizeof header);
  const std::string file = directory.write("model.bin", text);
  std::filesystem::resize_file(file, bytes);
  return file;
}

// Tokens "a", "b", ... for every id.
std::string write_tokenizer(const TemporaryDirectory& directory, int tokens) {
  const int32_t longest = 4;
  std::string text(reinterpret_cast<const char*>(&longest), 4);
  for (int i = 0; i < tokens; ++i) {
    const float score = static_cast<float>(-i);
    const std::string piece = i < 3 ? "<s>" : std::string("t") + std::to_string(i);
    const auto length = static_cast<int32_t>(piece.size());
    text.append(reinterpret_cast<const char*>(&score), 4);
    text.append(reinterpret_cast<const char*>(&length), 4);
    text += piece;
  }
  return directory.write("tokenizer.bin", text);
}

void check_refused(std::vector<std::string> arguments, const std::vector<std::string>& words) {
  arguments.insert(arguments.begin(), "run");
  const Outcome outcome = run_systole(arguments);
  INFO(outcome.err);
  CHECK(outcome.status == 2);
  CHECK(outcome.out == "");
  for (const std::string& word : words) CHECK_THAT(outcome.err, Contains(word));
}

}  // namespace

TEST_CASE("Bad input: a missing file") {
  const TemporaryDirectory directory;
  const std::string tokenizer = write_tokenizer(directory, 260);
  check_refused({"--prompt", "a", "--model", "no/model.bin", "--tokenizer", tokenizer},
                {"no/model.bin", "legal"});
  const std::string model = write_model(directory, Header(), Header().file_bytes());
  check_refused({"--prompt", "a", "--model", model, "--tokenizer", "no/tok.bin"},
                {"no/tok.bin", "legal"});
  check_refused({"--prompt", "a", "--model", model}, {"--tokenizer"});
  check_refused({"--prompt", "a", "--model", "/tmp", "--tokenizer", tokenizer}, {"/tmp"});
  const Outcome eval = run_systole({"eval", "--text", "no/text.txt"});
  CHECK(eval.status == 2);
  CHECK_THAT(eval.err, Contains("no/text.txt"));
}

TEST_CASE("Bad input: a checkpoint that is cut short, too long or empty") {
  const TemporaryDirectory directory;
  const std::string tokenizer = write_tokenizer(directory, 260);
  for (const uint64_t bytes :
       {uint64_t{0}, uint64_t{1}, uint64_t{27}, uint64_t{28}, Header().file_bytes() - 4}) {
    INFO(bytes);
    const std::string model = write_model(directory, Header(), bytes);
    check_refused({"--prompt", "a", "--model", model, "--tokenizer", tokenizer},
                  {model, "file size", "legal"});
  }
}

TEST_CASE("Bad input: negative or absurd dimensions") {
  const TemporaryDirectory directory;
  const std::string tokenizer = write_tokenizer(directory, 260);
  const struct {
    int32_t Header::*field;
    const char* name;
    int32_t value;
  } cases[] = {{&Header::dim, "dim", -8},          {&Header::dim, "dim", 2000000000},
               {&Header::hidden, "hidden_dim", 0}, {&Header::layers, "n_layers", 100000},
               {&Header::heads, "n_heads", 3},     {&Header::kv_heads, "n_kv_heads", -2},
               {&Header::vocab, "vocab_size", 0},  {&Header::context, "seq_len", -1}};
  for (const auto& c : cases) {
    INFO(c.name << " = " << c.value);
    Header header;
    header.*c.field = c.value;
    const std::string model = write_model(directory, header, Header().file_bytes());
    check_refused({"--prompt", "a", "--model", model, "--tokenizer", tokenizer},
                  {model, c.name, std::to_string(c.value), "legal"});
  }
}

TEST_CASE("Bad input: a model that does not fit into DRAM") {
  const TemporaryDirectory directory;
  const std::string tokenizer = write_tokenizer(directory, 260);
  Header header;
  header.dim = 1024, header.hidden = 2048;
  const std::string model = write_model(directory, header, header.file_bytes());
  check_refused(
      {"--prompt", "a", "--model", model, "--tokenizer", tokenizer, "--set", "dram.size_mib=1"},
      {model, "dram.size_mib", "legal"});
}

TEST_CASE("Bad input: a tokenizer that does not match its model") {
  const TemporaryDirectory directory;
  const std::string model = write_model(directory, Header(), Header().file_bytes());
  const std::string tokenizer = write_tokenizer(directory, 200);
  check_refused({"--prompt", "a", "--model", model, "--tokenizer", tokenizer}, {tokenizer, "260"});
}

TEST_CASE("Bad input: a prompt longer than the context") {
  const TemporaryDirectory directory;
  const std::string model = write_model(directory, Header(), Header().file_bytes());
  const std::string tokenizer = write_tokenizer(directory, 260);
  check_refused({"--prompt", std::string(40, 'x'), "--model", model, "--tokenizer", tokenizer},
                {"--prompt", "42", "16", model});
}
