// Thousands of broken checkpoints and tokenizers: an error or a model, never a crash (run under
// ASan and UBSan too).
#include <catch2/catch.hpp>
#include <memory>

#include "sw_driver/llm/generator.h"
#include "tests/driver/llm_support.h"

using namespace systole;
using namespace systole::driver;
using namespace systole::driver::llm;

namespace {

/// Flips, overwrites, cuts or extends; often in the header, where it hurts.
void mutate(std::vector<uint8_t>& file, std::mt19937& random, size_t header) {
  for (uint32_t n = 1 + random() % 4; n > 0 && !file.empty(); --n) {
    const size_t at = random() % (random() % 2 ? std::min(header, file.size()) : file.size());
    static const int32_t nasty[] = {0,          1,          -1,      INT32_MIN, INT32_MAX,
                                    0x7f800000, 0x7fc00000, 0x10000, 255,       2};
    switch (random() % 5) {
      case 0:
        file[at] ^= 1u << random() % 8;
        break;
      case 1:
        file[at] = static_cast<uint8_t>(random());
        break;
      case 2:
        if (at + 4 <= file.size()) std::memcpy(&file[at & ~size_t{3}], &nasty[random() % 10], 4);
        break;
      case 3:
        if (random() % 4 == 0) file.resize(at);
        break;
      default:
        if (random() % 4 == 0) file.resize(file.size() + random() % 64);
    }
  }
}

}  // namespace

TEST_CASE("no mutation of a checkpoint crashes parsing or loading") {
  const uint32_t seed = 20263;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto good = test::random_checkpoint({12, 20, 2, 6, 3, -40, 16}, 1);
  EngineConfig gemm;
  gemm.rows = gemm.cols = 16;
  int accepted = 0, refused = 0;
  test::HostArena arena(1 << 20);
  for (int i = 0; i < 5000; ++i) {
    auto file = good;
    mutate(file, random, 28);
    const std::vector<uint8_t> exact(file.begin(),
                                     file.end());  // no spare capacity for ASan to miss
    CAPTURE(i);
    Checkpoint c;
    ModelError error;
    Status status = parse_checkpoint(exact.data(), exact.size(), &c, &error);
    if (status == Status::Ok) {
      REQUIRE(arena.release(0) == Status::Ok);
      const ModelBytes need = Model::bytes_needed(c.shape, gemm);
      Model model;
      if (need.weights + need.constants <= arena.capacity_bytes()) {
        status = model.load(c, gemm, arena, arena, &error);
        CHECK(status != Status::NoMemory);
      }
    }
    (status == Status::Ok ? accepted : refused)++;
    if (status != Status::Ok)
      CHECK(std::string(error.text.c_str()).find("; legal: ") != std::string::npos);
  }
  CHECK(accepted > 500);
  CHECK(refused > 500);
}

TEST_CASE("no mutation of a tokenizer crashes loading, encoding or decoding") {
  const uint32_t seed = 20264;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto good = test::simple_tokenizer(400);
  test::HostArena arena(1 << 16);
  int accepted = 0;
  for (int i = 0; i < 5000; ++i) {
    auto file = good;
    mutate(file, random, i % 2 ? file.size() : 64);
    const std::vector<uint8_t> exact(file.begin(), file.end());
    CAPTURE(i);
    Tokenizer t;
    ModelError error;
    REQUIRE(arena.release(0) == Status::Ok);
    if (t.load(exact.data(), exact.size(), 400, arena, &error) != Status::Ok) {
      CHECK(std::string(error.text.c_str()).find("; legal: ") != std::string::npos);
      continue;
    }
    ++accepted;
    const std::string text = "the quick brown fox <0x41> \xff\xfe jumps abc abd abe";
    std::vector<int32_t> ids(Tokenizer::tokens_needed(text.size())), scratch(ids.size());
    uint64_t count = 0;
    REQUIRE(t.encode(text.data(), text.size(), ids.data(), scratch.data(), ids.size(), &count) ==
            Status::Ok);
    for (uint64_t j = 1; j < count; ++j) {
      REQUIRE((ids[j] >= 0 && ids[j] < 400));
      const Piece p = t.decode(ids[j - 1], ids[j]);
      const std::string copy(p.bytes, p.length);
    }
  }
  CHECK(accepted > 500);
}
