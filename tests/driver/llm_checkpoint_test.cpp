// Which checkpoints are accepted, and what is said of the others.
#include <catch2/catch.hpp>

#include "sw_driver/llm/checkpoint.h"
#include "tests/driver/llm_support.h"

using namespace systole;
using namespace systole::driver;
using namespace systole::driver::llm;
using test::FileShape;
using test::random_checkpoint;

namespace {

const FileShape kSmall{12, 20, 2, 6, 3, 40, 16};

/// The small checkpoint with header word `index` replaced.
std::vector<uint8_t> with_field(int index, int32_t value) {
  std::vector<uint8_t> file = random_checkpoint(kSmall, 1);
  std::memcpy(&file[index * 4], &value, 4);
  return file;
}

Status parse(const std::vector<uint8_t>& file, Checkpoint* out, ModelError* error) {
  return parse_checkpoint(file.data(), file.size(), out, error);
}

}  // namespace

TEST_CASE("a checkpoint's tensors lie where llama2.c puts them") {
  for (int32_t vocab : {40, -40}) {
    FileShape shape = kSmall;
    shape.vocab_size = vocab;
    const auto file = random_checkpoint(shape, 7);
    Checkpoint c;
    ModelError error;
    REQUIRE(parse(file, &c, &error) == Status::Ok);
    CHECK(c.shape.head_dim() == 2);
    CHECK(c.shape.kv_dim() == 6);
    CHECK(c.shape.group() == 2);
    CHECK(c.shape.qkv_dim() == 24);
    CHECK(c.shape.shared_classifier == (vocab > 0));
    const auto* const first = reinterpret_cast<const float*>(file.data() + 28);
    CHECK(c.embedding == first);
    CHECK(c.attention_norm == first + 40 * 12);
    CHECK(c.wq == c.attention_norm + 2 * 12);
    CHECK(c.wk == c.wq + 2 * 12 * 12);
    CHECK(c.wv == c.wk + 2 * 6 * 12);
    CHECK(c.wo == c.wv + 2 * 6 * 12);
    CHECK(c.ffn_norm == c.wo + 2 * 12 * 12);
    CHECK(c.w1 == c.ffn_norm + 2 * 12);
    CHECK(c.w2 == c.w1 + 2 * 20 * 12);
    CHECK(c.w3 == c.w2 + 2 * 20 * 12);
    CHECK(c.final_norm == c.w3 + 2 * 20 * 12);
    CHECK(c.classifier == (vocab > 0 ? c.embedding : c.final_norm + 12 + 16 * 2));
  }
}

TEST_CASE("a header field out of range is named with its value and what is legal") {
  struct Bad {
    int index;
    int32_t value;
    const char* field;
    const char* legal;
  };
  const Bad bad[] = {{0, -5, "dim", "2 to 65536"},
                     {0, 0, "dim", "2 to 65536"},
                     {0, 65537, "dim", "2 to 65536"},
                     {1, 0, "hidden_dim", "1 to 131071"},
                     {1, 131072, "hidden_dim", "1 to 131071"},
                     {2, 0, "n_layers", "1 to 1024"},
                     {2, 0x7fffffff, "n_layers", "1 to 1024"},
                     {3, 0, "n_heads", "1 to 32768"},
                     {3, 5, "n_heads", "a divisor of dim 12"},
                     {3, 12, "n_heads", "even head size"},
                     {4, -1, "n_kv_heads", "1 to 32768"},
                     {4, 4, "n_kv_heads", "a divisor of n_heads 6"},
                     {4, 12, "n_kv_heads", "a divisor of n_heads 6"},
                     {5, 0, "vocab_size", "3 to 1048575"},
                     {5, INT32_MIN, "vocab_size", "3 to 1048575"},
                     {6, 0, "seq_len", "1 to 131071"},
                     {6, INT32_MIN, "seq_len", "1 to 131071"}};
  for (const Bad& b : bad) {
    CAPTURE(b.index, b.value);
    Checkpoint c;
    ModelError error;
    CHECK(parse(with_field(b.index, b.value), &c, &error) == Status::BadModel);
    CHECK(error.field == std::string(b.field));
    CHECK(error.value == b.value);
    CHECK_THAT(error.text.c_str(),
               Catch::Contains(std::string(b.field) + " is " + std::to_string(b.value)));
    CHECK_THAT(error.text.c_str(), Catch::Contains(b.legal));
  }
}

TEST_CASE("a checkpoint of the wrong length is refused, at every length") {
  const auto file = random_checkpoint(kSmall, 3);
  Checkpoint c;
  ModelError error;
  for (size_t bytes = 0; bytes < file.size(); bytes += bytes < 64 ? 1 : 97) {
    CAPTURE(bytes);
    const std::vector<uint8_t> cut(file.begin(), file.begin() + bytes);
    CHECK(parse(cut, &c, &error) == Status::BadModel);
    CHECK(error.field == std::string("file size"));
  }
  auto longer = file;
  longer.resize(file.size() + 4);
  CHECK(parse(longer, &c, &error) == Status::BadModel);
  CHECK_THAT(error.text.c_str(), Catch::Contains("exactly " + std::to_string(file.size())));
  CHECK_THAT(error.text.c_str(), !Catch::Contains("truncated"));
  CHECK(parse(file, &c, &error) == Status::Ok);
}

TEST_CASE("the largest legal header is truncated, not overflown") {
  const FileShape huge{65536, 131071, 1024, 32768, 32768, -1048575, 131071};
  std::vector<uint8_t> file(4096);
  std::memcpy(file.data(), &huge, sizeof huge);
  Checkpoint c;
  ModelError error;
  CHECK(parse(file, &c, &error) == Status::BadModel);
  // 4 * (2 * vocab * dim + layers * (4 dim^2 + 3 dim hidden + 2 dim) + dim + seq_len * 2) + 28
  const uint64_t d = 65536, h = 131071, l = 1024, v = 1048575, t = 131071;
  const uint64_t expected = 4 * (2 * v * d + l * (4 * d * d + 3 * d * h + 2 * d) + d + t * 2) + 28;
  CHECK_THAT(error.text.c_str(), Catch::Contains("exactly " + std::to_string(expected) + " bytes"));
  CHECK_THAT(error.text.c_str(), Catch::EndsWith("truncated"));
}

TEST_CASE("an image at an odd address is refused") {
  std::vector<uint8_t> file = random_checkpoint(kSmall, 3);
  file.insert(file.begin(), 0);
  Checkpoint c;
  ModelError error;
  CHECK(parse_checkpoint(file.data() + 1, file.size() - 1, &c, &error) == Status::BadModel);
  CHECK(parse_checkpoint(nullptr, 100, &c, &error) == Status::BadModel);
}
