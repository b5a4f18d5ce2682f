// Byte-pair encoding and decoding, against the reference and on hostile files.
#include <catch2/catch.hpp>

#include "sw_driver/llm/tokenizer.h"
#include "tests/driver/llm_support.h"

using namespace systole;
using namespace systole::driver;
using namespace systole::driver::llm;
using test::HostArena;

namespace {

std::vector<int> encode(const Tokenizer& t, const std::string& text) {
  const uint64_t capacity = Tokenizer::tokens_needed(text.size());
  std::vector<int32_t> ids(capacity), scratch(capacity);
  uint64_t count = 0;
  REQUIRE(t.encode(text.data(), text.size(), ids.data(), scratch.data(), capacity, &count) ==
          Status::Ok);
  return {ids.begin(), ids.begin() + count};
}

std::string decode(const Tokenizer& t, const std::vector<int>& ids) {
  std::string text;
  for (size_t i = 1; i < ids.size(); ++i) {
    const Piece p = t.decode(ids[i - 1], ids[i]);
    text.append(p.bytes, p.length);
  }
  return text;
}

}  // namespace

TEST_CASE("tok512 encodes and decodes as the reference does") {
  const auto file = test::model_file("tok512.bin");
  if (file.empty()) {
    WARN("skipped: ../shared/models/tok512.bin is not there");
    return;
  }
  HostArena arena(1 << 20);
  Tokenizer t;
  ModelError error;
  REQUIRE(t.load(file.data(), file.size(), 512, arena, &error) == Status::Ok);
  const reference::Vocabulary expected(file, 512);
  const std::string texts[] = {"Once upon a time",
                               "",
                               " ",
                               "a",
                               "  two  spaces ",
                               "Lily's \"red\" ball!\n\nNew line.",
                               "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x99\x82 x",
                               "\x80\x80\x80\x80\x80",
                               "zzzzzzzzzzzzzzzzzzzz"};
  for (const std::string& text : texts) {
    CAPTURE(text);
    const auto ids = encode(t, text);
    CHECK(ids == expected.encode(text));
    CHECK(decode(t, ids) == text);
  }
  CHECK(encode(t, "Once upon a time") == std::vector<int>{1, 403, 407, 261, 378});
}

TEST_CASE("random text survives encoding and decoding") {
  const auto file = test::simple_tokenizer(600);
  HostArena arena(1 << 20);
  Tokenizer t;
  ModelError error;
  REQUIRE(t.load(file.data(), file.size(), 600, arena, &error) == Status::Ok);
  const reference::Vocabulary expected(file, 600);
  const uint32_t seed = 20261;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 300; ++i) {
    std::string text(random() % 60, ' ');
    for (char& c : text) c = static_cast<char>(i % 3 ? 'a' + random() % 27 : random());
    CAPTURE(i);
    const auto ids = encode(t, text);
    CHECK(ids == expected.encode(text));
    CHECK(decode(t, ids) == text);
  }
}

TEST_CASE("the best score is merged first, the leftmost among equals") {
  std::vector<uint8_t> file;
  const auto add = [&](float score, const std::string& s) {
    const int32_t n = static_cast<int32_t>(s.size());
    file.insert(file.end(), (const uint8_t*)&score, (const uint8_t*)&score + 4);
    file.insert(file.end(), (const uint8_t*)&n, (const uint8_t*)&n + 4);
    file.insert(file.end(), s.begin(), s.end());
  };
  const int32_t longest = 5;
  file.insert(file.end(), (const uint8_t*)&longest, (const uint8_t*)&longest + 4);
  for (const char* s : {"<unk>", "<s>", "</s>", " ", "a", "b", "c"}) add(0, s);
  add(1, "ab");  // 7
  add(2, "bc");  // 8
  add(1, "aa");  // 9
  add(1, "aa");  // 10: the lower id is taken
  HostArena arena(1 << 16);
  Tokenizer t;
  ModelError error;
  REQUIRE(t.load(file.data(), file.size(), 11, arena, &error) == Status::Ok);
  CHECK(encode(t, "abc") == std::vector<int>{1, 3, 4, 8});
  CHECK(encode(t, "aaa") == std::vector<int>{1, 3, 9, 4});
  CHECK(encode(t, "x") == std::vector<int>{1, 3, 0});  // byte token 123 is not in this vocabulary
}

TEST_CASE("a tokenizer that does not match the checkpoint is refused with both numbers") {
  const auto file = test::simple_tokenizer(300);
  HostArena arena(1 << 20);
  Tokenizer t;
  ModelError error;
  CHECK(t.load(file.data(), file.size(), 512, arena, &error) == Status::BadModel);
  CHECK(error.field == std::string("number of tokens"));
  CHECK_THAT(error.text.c_str(), Catch::Contains("is 300") && Catch::Contains("512"));
  CHECK(t.load(file.data(), file.size(), 299, arena, &error) == Status::BadModel);
  CHECK(t.load(file.data(), file.size(), 300, arena, &error) == Status::Ok);
}

TEST_CASE("a cut or corrupt tokenizer is refused") {
  const auto file = test::simple_tokenizer(300);
  HostArena arena(1 << 20);
  Tokenizer t;
  ModelError error;
  for (size_t bytes = 0; bytes < file.size(); bytes += 1 + bytes / 64) {
    CAPTURE(bytes);
    const std::vector<uint8_t> cut(file.begin(), file.begin() + bytes);
    CHECK(t.load(cut.data(), cut.size(), 300, arena, &error) == Status::BadModel);
  }
  for (int32_t length : {-1, 7, 0x7fffffff, INT32_MIN}) {
    auto bad = file;
    std::memcpy(&bad[8], &length, 4);
    CHECK(t.load(bad.data(), bad.size(), 300, arena, &error) == Status::BadModel);
    CHECK(error.field == std::string("token length"));
    CHECK(error.value == length);
  }
  for (int32_t longest : {0, -1, 65536}) {
    auto bad = file;
    std::memcpy(&bad[0], &longest, 4);
    CHECK(t.load(bad.data(), bad.size(), 300, arena, &error) == Status::BadModel);
    CHECK(error.field == std::string("longest token"));
  }
}

TEST_CASE("too little room is an error, not an overflow") {
  const auto file = test::simple_tokenizer(300);
  HostArena small(1 << 10), arena(1 << 20);
  Tokenizer t;
  ModelError error;
  CHECK(t.load(file.data(), file.size(), 300, small, &error) == Status::NoMemory);
  REQUIRE(t.load(file.data(), file.size(), 300, arena, &error) == Status::Ok);
  int32_t ids[4], scratch[4];
  uint64_t count;
  CHECK(t.encode("abc", 3, ids, scratch, 4, &count) == Status::BadArgument);
  CHECK(t.decode(0, -1).length == 0);
  CHECK(t.decode(0, 300).length == 0);
}
