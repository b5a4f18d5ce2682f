// The forward pass on mock engines (their arithmetic, no timing) against the float32 reference.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <memory>
#include <set>

#include "sw_driver/llm/generator.h"
#include "tests/driver/llm_support.h"
#include "tests/driver/mock/mock_hal.h"
#include "tests/reference/gpt2.h"

using namespace systole;
using namespace systole::driver;
using namespace systole::driver::llm;
using test::FileShape;
using test::random_checkpoint;
using test::simple_tokenizer;

namespace {

constexpr uint64_t kModelBase = 0x1000000000, kTokenizerBase = 0x1100000000;

MockOptions default_soc(uint32_t dram_mib = 16) {
  MockOptions options;
  options.dram_mib = dram_mib;
  return options;
}

/// A device with a model in it.
struct Bench {
  MockHal hal;
  Device device;
  Generator generator;
  Status status;
  uint64_t loaded_bytes = 0;  ///< of DRAM, after load()

  Bench(const std::vector<uint8_t>& model, const std::vector<uint8_t>& tokens,
        const MockOptions& options = default_soc(), Content content = Content::Full)
      : hal(options) {
    REQUIRE(device.open(hal) == Status::Ok);
    status =
        generator.load(device, image(model, kModelBase), image(tokens, kTokenizerBase), content);
    loaded_bytes = device.dram().used_bytes();
    INFO(generator.error().text.c_str());
    CHECK(std::string(generator.error().text.c_str()).empty() == (status == Status::Ok));
  }

  std::string generate(const GenerateRequest& request, GenerateResult* result) {
    struct Collect final : GenerationObserver {
      std::string text;
      bool on_token(int32_t, Piece piece, bool) override {
        text.append(piece.bytes, piece.length);
        return true;
      }
    } collect;
    REQUIRE(generator.generate(request, result, &collect) == Status::Ok);
    return collect.text;
  }

 private:
  Buffer image(const std::vector<uint8_t>& file, uint64_t base) {
    hal.memory.add(base, file.size(), true);
    auto* const bytes = hal.memory.map(base, file.size(), true);
    std::memcpy(bytes, file.data(), file.size());
    return {base, bytes, file.size()};
  }
};

std::unique_ptr<Bench> bench(const std::vector<uint8_t>& model, const std::vector<uint8_t>& tokens,
                             const MockOptions& options = default_soc()) {
  return std::make_unique<Bench>(model, tokens, options);
}

GenerateRequest prompt_of(const char* text, uint32_t max_tokens) {
  GenerateRequest request;
  request.prompt = text;
  request.prompt_bytes = std::strlen(text);
  request.max_tokens = max_tokens;
  return request;
}

/// Only the engines computed.
void check_offload(Device& device) {
  const Offload& offload = device.stream().offload();
  for (KernelKind kind : {KernelKind::Gemm, KernelKind::Softmax, KernelKind::RmsNorm,
                          KernelKind::SwiGlu, KernelKind::Rotary, KernelKind::Quantize}) {
    CHECK(offload[kind].accelerator > 0);
  }
  for (uint32_t k = 0; k < kKernelKinds; ++k) CHECK(offload.kernels[k].cpu == 0);
}

/// Root mean square of the logits' error over their spread, and how far the worst is.
struct Difference {
  double rms = 0, worst = 0;
};

Difference compare(const std::vector<std::vector<float>>& got,
                   const std::vector<std::vector<float>>& expected) {
  double error = 0, spread = 0, worst = 0;
  size_t n = 0;
  for (size_t t = 0; t < expected.size(); ++t) {
    double mean = 0;
    for (float v : expected[t]) mean += v / expected[t].size();
    for (size_t i = 0; i < expected[t].size(); ++i, ++n) {
      const double e = got[t][i] - expected[t][i], s = expected[t][i] - mean;
      error += e * e;
      spread += s * s;
      worst = std::max(worst, std::fabs(e));
    }
  }
  return {std::sqrt(error / spread), worst / std::sqrt(spread / n)};
}

/// Logits of `tokens`, taken `chunk` at a time.
std::vector<std::vector<float>> logits_of(Transformer& transformer,
                                          const std::vector<int32_t>& tokens, uint32_t chunk) {
  std::vector<std::vector<float>> out;
  for (uint32_t at = 0; at < tokens.size(); at += chunk) {
    const uint32_t n = std::min<uint32_t>(chunk, static_cast<uint32_t>(tokens.size()) - at);
    REQUIRE(transformer.forward(tokens.data() + at, n, at, Logits::All) == Status::Ok);
    for (uint32_t i = 0; i < n; ++i) {
      out.emplace_back(transformer.logits(i),
                       transformer.logits(i) + transformer.shape().vocab_size);
    }
  }
  return out;
}

/// A transformer without tokenizer on a mock device.
struct Bare {
  MockHal hal;
  Device device;
  Transformer transformer;
  Placement placement;
  std::vector<uint8_t> file;

  Bare(const std::vector<uint8_t>& checkpoint, const MockOptions& options)
      : hal(options), file(checkpoint) {
    Checkpoint parsed;
    ModelError error;
    REQUIRE(parse_checkpoint(file.data(), file.size(), &parsed, &error) == Status::Ok);
    load(parsed);
  }
  Bare(const Checkpoint& parsed, const MockOptions& options) : hal(options) { load(parsed); }

 private:
  void load(const Checkpoint& parsed) {
    REQUIRE(device.open(hal) == Status::Ok);
    ModelError error;
    Status status = check_shape(parsed.shape, &error);
    if (status == Status::Ok) status = Transformer::plan(parsed.shape, device, &placement, &error);
    if (status == Status::Ok) status = transformer.load(parsed, device, placement, &error);
    INFO(error.text.c_str());
    REQUIRE(status == Status::Ok);
  }
};

/// evaluate() against the reference on the same text: perplexity within 1 %, the same best token at
/// 95 % of the positions. Prints both; returns the tokens scored.
uint32_t check_scores(Bench& b, const std::vector<uint8_t>& model,
                      const std::vector<uint8_t>& tokens, const std::string& text) {
  EvaluateResult result;
  REQUIRE(b.generator.evaluate(text.data(), text.size(), &result) == Status::Ok);

  reference::Llama expected_model(model);
  const auto ids = reference::Vocabulary(tokens, expected_model.vocab_size).encode(text);
  REQUIRE(result.count == ids.size());
  REQUIRE(result.tokens_scored == ids.size() - 1);
  double sum = 0;
  int same = 0;
  for (size_t i = 0; i + 1 < ids.size(); ++i) {
    REQUIRE(result.tokens[i] == ids[i]);
    const auto logits = expected_model.forward(ids[i], static_cast<int>(i));
    sum += reference::nll(logits, ids[i + 1]);
    same += result.argmax[i] == reference::argmax(logits);
  }
  const double expected = std::exp(sum / result.tokens_scored),
               top1 = double(same) / result.tokens_scored;
  std::printf("%u tokens: perplexity %.4f, float32 %.4f (%+.2f %%), same best token at %.1f %%\n",
              result.tokens_scored, result.perplexity, expected,
              (result.perplexity / expected - 1) * 100, top1 * 100);
  CHECK(result.perplexity == Approx(expected).epsilon(0.01));
  CHECK(result.perplexity == Approx(std::exp(result.mean_nll)));
  CHECK(top1 >= 0.95);
  return result.tokens_scored;
}

}  // namespace

TEST_CASE("stories260K: the greedy continuation's first twelve words are float32's") {
  const auto model = test::model_file("stories260K.bin"), tokens = test::model_file("tok512.bin");
  if (model.empty() || tokens.empty()) {
    WARN("skipped: ../shared/models/stories260K.bin is not there");
    return;
  }
  auto b = bench(model, tokens);
  REQUIRE(b->status == Status::Ok);
  GenerateResult result;
  const std::string text = b->generate(prompt_of("Once upon a time", 60), &result);

  reference::Llama expected_model(model);
  const reference::Vocabulary vocabulary(tokens, expected_model.vocab_size);
  const auto expected =
      reference::greedy(expected_model, vocabulary.encode("Once upon a time"), 60);
  std::string expected_text;
  for (size_t i = 1; i < expected.size(); ++i)
    expected_text += vocabulary.decode(expected[i - 1], expected[i]);

  std::printf("engines: %s\nfloat32: %s\n", text.c_str(), expected_text.c_str());
  const auto words = [](const std::string& s) {  // the prompt's four and twelve more
    size_t at = 0;
    for (int i = 0; i < 16 && at != std::string::npos; ++i) at = s.find(' ', at + 1);
    return s.substr(0, at);
  };
  CHECK(words(text) == words(expected_text));
  CHECK(result.prompt_tokens == 5);
  CHECK(result.count == 65);
  CHECK(result.decode_passes == 59);
  check_offload(b->device);
  const Placement& p = b->generator.placement();
  CHECK((!p.has_far() && p.kv_cache_in_spm && p.constants_in_spm));
  CHECK(p.context == 512);
  const StreamStatistics& s = b->device.stream().statistics();
  std::printf(
      "chunk %u; operations %llu, waits %llu, nops %llu, doorbells %llu, interrupts %llu, stalls "
      "%llu\n",
      p.chunk, (unsigned long long)s.operations, (unsigned long long)s.waits,
      (unsigned long long)s.nops, (unsigned long long)s.doorbells, (unsigned long long)s.interrupts,
      (unsigned long long)s.stalls);
  CHECK(s.stalls == 0);
}

TEST_CASE(
    "stories260K: perplexity within 1 % of float32's, the same best token at 95 % of positions") {
  const auto model = test::model_file("stories260K.bin"), tokens = test::model_file("tok512.bin");
  if (model.empty() || tokens.empty()) {
    WARN("skipped: ../shared/models/stories260K.bin is not there");
    return;
  }
  const auto bytes = reference::read_file(SYSTOLE_SOURCE_DIR "/tests/data/eval_text.txt");
  const std::string text(bytes.begin(), bytes.end());
  REQUIRE(!text.empty());
  auto b = bench(model, tokens);
  REQUIRE(b->status == Status::Ok);
  CHECK(check_scores(*b, model, tokens, text) > 240);
  CHECK(b->device.stream().offload()[KernelKind::Add].accelerator > 0);
  check_offload(b->device);
}

TEST_CASE("the shipped model scores as float32 does, on text of its own") {
  const std::string directory = SYSTOLE_SOURCE_DIR "/platform/models/systole-stories.";
  const auto model = reference::read_file(directory + "bin"),
             tokens = reference::read_file(directory + "tok");
  REQUIRE(!model.empty());
  reference::Llama writer(model);
  const reference::Vocabulary vocabulary(tokens, writer.vocab_size);
  const uint64_t seed = 3;
  INFO("seed " << seed);
  Sampler sampler(1.0f, seed);
  std::string text;
  int token = kBeginToken;
  for (int i = 0; i + 1 < writer.seq_len && text.size() < 900; ++i) {
    const auto logits = writer.forward(token, i);
    const int next =
        static_cast<int>(sampler.sample(logits.data(), static_cast<uint32_t>(logits.size())));
    if (next == kBeginToken || next == kEndToken) break;
    text += vocabulary.decode(token, next);
    token = next;
  }
  auto b = bench(model, tokens);
  REQUIRE(b->status == Status::Ok);
  CHECK(check_scores(*b, model, tokens, text) > 50);
}

TEST_CASE("random checkpoints of odd shapes give the reference's logits") {
  struct Case {
    const char* name;
    FileShape shape;
    uint32_t rows, cols;
  };
  const Case cases[] = {
      {"grouped heads, dims no multiple of the array", {100, 172, 2, 10, 5, 300, 48}, 16, 16},
      {"ungrouped heads", {36, 100, 2, 6, 6, 120, 48}, 16, 16},
      {"one key/value head, own classifier", {172, 36, 2, 2, 1, -77, 48}, 16, 16},
      {"one layer", {64, 172, 1, 8, 4, 512, 48}, 16, 16},
      {"one head", {36, 36, 3, 1, 1, -60, 48}, 16, 16},
      {"smallest everything", {2, 1, 1, 1, 1, 3, 48}, 16, 16},
      {"vocabulary of 32000", {16, 24, 1, 2, 1, 32000, 48}, 16, 16},
      {"array 8x32", {100, 172, 2, 10, 5, -300, 48}, 8, 32},
      {"array 32x8", {36, 100, 2, 6, 3, 120, 48}, 32, 8},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    MockOptions options = default_soc(64);
    options.gemm.rows = c.rows, options.gemm.cols = c.cols;
    const uint32_t seed = 5;
    INFO("seed " << seed);
    const auto file = random_checkpoint(c.shape, seed);
    reference::Llama expected_model(file);
    std::vector<int32_t> tokens;
    std::vector<std::vector<float>> expected;
    for (int i = 0; i < 41; ++i) {
      tokens.push_back(i * 7919 % expected_model.vocab_size);
      expected.push_back(expected_model.forward(tokens[i], i));
    }
    auto whole = std::make_unique<Bare>(file, options);
    const Difference batched =
        compare(logits_of(whole->transformer, tokens, whole->placement.chunk), expected);
    auto single = std::make_unique<Bare>(file, options);
    const Difference one = compare(logits_of(single->transformer, tokens, 1), expected);
    std::printf("%-48s chunk %2u: error/spread rms %.4f worst %.3f; one by one %.4f %.3f\n", c.name,
                whole->placement.chunk, batched.rms, batched.worst, one.rms, one.worst);
    if (c.shape.dim == 2) continue;  // int8 of two numbers says little; that it runs is enough
    CHECK(batched.rms < 0.03);
    CHECK(one.rms < 0.03);
  }
}

/// The tensors of a reference GPT-2 as the driver takes them.
Checkpoint checkpoint_of(const reference::Gpt2& m) {
  Checkpoint c;
  c.shape.dim = m.dim, c.shape.hidden_dim = m.hidden_dim, c.shape.n_layers = m.n_layers;
  c.shape.n_heads = c.shape.n_kv_heads = m.n_heads;
  c.shape.vocab_size = m.vocab_size, c.shape.seq_len = m.seq_len;
  c.shape.architecture = Architecture::gpt2();
  c.embedding = c.classifier = m.embedding.data();
  c.positions = m.positions.data();
  c.attention_norm = m.attention_norm.data(), c.ffn_norm = m.ffn_norm.data();
  c.final_norm = m.final_norm.data();
  c.wq = m.wq.data(), c.wk = m.wk.data(), c.wv = m.wv.data(), c.wo = m.wo.data();
  c.qkv_bias = m.qkv_bias.data(), c.wo_bias = m.wo_bias.data();
  c.w1 = m.w1.data(), c.w1_bias = m.w1_bias.data();
  c.w2 = m.w2.data(), c.w2_bias = m.w2_bias.data();
  return c;
}

TEST_CASE("GPT-2's architecture gives the reference's logits") {
  const uint32_t seed = 21;
  INFO("seed " << seed);
  const auto model = reference::Gpt2::random(60, 132, 2, 6, 90, 40, seed);
  std::vector<int32_t> tokens;
  std::vector<std::vector<float>> expected;
  std::vector<int> text;
  for (int i = 0; i < 33; ++i) {
    text.push_back(i * 7919 % model.vocab_size);
    tokens.push_back(text.back());
    expected.push_back(model.forward(text));
  }
  for (const uint32_t chunk : {40u, 5u, 1u}) {
    auto e = std::make_unique<Bare>(checkpoint_of(model), default_soc());
    const Difference d = compare(logits_of(e->transformer, tokens, chunk), expected);
    std::printf("GPT-2, chunk %2u: error/spread rms %.4f worst %.3f\n", chunk, d.rms, d.worst);
    CHECK(d.rms < 0.03);
    const Offload& offload = e->device.stream().offload();
    CHECK(offload[KernelKind::LayerNorm].accelerator > 0);
    CHECK(offload[KernelKind::Activation].accelerator > 0);
    for (KernelKind kind : {KernelKind::RmsNorm, KernelKind::Rotary, KernelKind::SwiGlu})
      CHECK(offload[kind].accelerator == 0);
  }
}

TEST_CASE("short passes in SPM and long ones in DRAM give the same bits") {
  const auto file = random_checkpoint({128, 512, 2, 4, 2, 120, 200}, 13);
  std::vector<int32_t> tokens;
  for (int i = 0; i < 150; ++i) tokens.push_back(i * 31 % 120);
  MockOptions wide = default_soc(), narrow = default_soc();
  wide.spm_kib = 4096;
  narrow.spm_kib = 64;
  auto near = std::make_unique<Bare>(file, wide), far = std::make_unique<Bare>(file, narrow);
  CAPTURE(near->placement.near_tokens, near->placement.chunk, far->placement.near_tokens,
          far->placement.chunk);
  CHECK(far->placement.has_far());
  CHECK(far->placement.near_tokens >= 1);
  CHECK(far->placement.chunk == 200);
  const auto expected = logits_of(near->transformer, tokens, 1);
  CHECK(logits_of(far->transformer, tokens, 150) == expected);
  // Short and long passes by turns, over one cache.
  std::vector<std::vector<float>> mixed;
  for (uint32_t at = 0, n = 1; at < tokens.size(); at += n, n = n == 1 ? 30 : 1) {
    const uint32_t count = std::min<uint32_t>(n, static_cast<uint32_t>(tokens.size()) - at);
    REQUIRE(far->transformer.forward(tokens.data() + at, count, at, Logits::All) == Status::Ok);
    for (uint32_t i = 0; i < count; ++i)
      mixed.emplace_back(far->transformer.logits(i), far->transformer.logits(i) + 120);
    n = count;
  }
  CHECK(mixed == expected);
}

TEST_CASE("a model without content: the same operations at the same addresses, no tokens") {
  const auto model = random_checkpoint({36, 100, 2, 6, 3, 300, 64}, 11);
  const auto tokens = simple_tokenizer(300);
  const GenerateRequest request = prompt_of("abc abc abc abc", 9);
  auto full = bench(model, tokens);
  REQUIRE(full->status == Status::Ok);
  GenerateResult made;
  full->generate(request, &made);
  auto empty = std::make_unique<Bench>(model, tokens, default_soc(), Content::None);
  REQUIRE(empty->status == Status::Ok);
  // Weights, logits and tables as with content; only generate() takes more.
  CHECK(empty->device.dram().used_bytes() == full->loaded_bytes);

  MeasureRequest measure;
  measure.prompt_tokens = made.prompt_tokens;
  measure.decode_passes = made.decode_passes;
  GenerateResult timed;
  REQUIRE(empty->generator.measure(measure, &timed) == Status::Ok);
  CHECK(timed.prompt_tokens == made.prompt_tokens);
  CHECK(timed.decode_passes == made.decode_passes);
  CHECK(timed.tokens == nullptr);
  const StreamStatistics &a = full->device.stream().statistics(),
                         &b = empty->device.stream().statistics();
  CHECK(a.operations == b.operations);
  CHECK(a.waits == b.waits);

  GenerateResult none;
  CHECK(empty->generator.generate(request, &none) == Status::BadArgument);
  measure.prompt_tokens = 65;
  CHECK(empty->generator.measure(measure, &none) == Status::BadArgument);
  CHECK_THAT(empty->generator.error().text.c_str(), Catch::Contains("context of 64"));
  measure.prompt_tokens = 0;
  CHECK(empty->generator.measure(measure, &none) == Status::BadArgument);
}

TEST_CASE("how a prompt is cut into chunks does not change a bit, nor where the buffers lie") {
  const auto file = random_checkpoint({36, 100, 2, 6, 3, 120, 64}, 11);
  std::vector<int32_t> tokens;
  for (int i = 0; i < 50; ++i) tokens.push_back(i * 31 % 120);
  std::vector<std::vector<float>> first;
  std::set<std::string> placements;
  for (uint32_t spm_kib : {512, 96, 68, 60, 52}) {
    CAPTURE(spm_kib);
    MockOptions options = default_soc();
    options.spm_kib = spm_kib;
    auto e = std::make_unique<Bare>(file, options);
    const Placement& p = e->placement;
    placements.insert(std::string() + char('0' + p.near_tokens / 8) +
                      char('0' + p.kv_cache_in_spm) + char('0' + p.constants_in_spm));
    for (uint32_t chunk : {p.chunk, 1u, 7u}) {
      if (chunk > p.chunk) continue;
      CAPTURE(chunk);
      const auto logits = logits_of(e->transformer, tokens, chunk);
      if (first.empty()) first = logits;
      CHECK(logits == first);
    }
  }
  CHECK(placements.size() >= 3);
}

TEST_CASE("several engines of a kind give the same bits, whatever order they run in") {
  const auto file = random_checkpoint({36, 100, 2, 6, 3, 120, 64}, 11);
  std::vector<int32_t> tokens;
  for (int i = 0; i < 20; ++i) tokens.push_back(i * 31 % 120);
  struct Case {
    uint32_t gemm, vpu;
  };
  for (const uint32_t chunk : {8u, 1u}) {
    auto one = std::make_unique<Bare>(file, default_soc());
    const auto expected = logits_of(one->transformer, tokens, chunk);
    for (const Case& c : {Case{1, 1}, {2, 1}, {1, 2}, {2, 2}, {3, 2}, {4, 4}}) {
      CAPTURE(c.gemm, c.vpu, chunk);
      MockOptions options = default_soc();
      options.gemm_count = c.gemm, options.vpu_count = c.vpu;
      options.check_order = true;
      auto many = std::make_unique<Bare>(file, options);
      CHECK(logits_of(many->transformer, tokens, chunk) == expected);
      INFO(many->hal.order()->first_race());
      CHECK(many->hal.order()->races() == 0);
      CHECK(many->hal.order()->accesses() > 0);
    }
  }
}

TEST_CASE("forward refuses what does not fit") {
  auto e = std::make_unique<Bare>(random_checkpoint({12, 20, 1, 2, 1, 40, 16}, 1), default_soc());
  const std::vector<int32_t> tokens(100, 1);
  const int32_t wrong[] = {40, -1};
  CHECK(e->transformer.forward(tokens.data(), 0, 0, Logits::Last) == Status::BadArgument);
  CHECK(e->transformer.forward(tokens.data(), e->placement.chunk + 1, 0, Logits::Last) ==
        Status::BadArgument);
  CHECK(e->transformer.forward(tokens.data(), 1, 16, Logits::Last) == Status::BadArgument);
  CHECK(e->transformer.forward(tokens.data(), 2, 15, Logits::Last) == Status::BadArgument);
  CHECK(e->transformer.forward(tokens.data(), 1, 0xffffffff, Logits::Last) == Status::BadArgument);
  CHECK(e->transformer.forward(wrong, 1, 0, Logits::Last) == Status::BadArgument);
  CHECK(e->transformer.forward(wrong + 1, 1, 0, Logits::Last) == Status::BadArgument);
  CHECK(e->transformer.forward(tokens.data(), 1, 0, Logits::Last) == Status::Ok);
}

TEST_CASE("generation: the context ends it, the seed decides it, it can be stopped") {
  const auto model = random_checkpoint({36, 100, 1, 6, 3, -300, 24}, 4);
  const auto tokens = simple_tokenizer(300);
  auto b = bench(model, tokens);
  REQUIRE(b->status == Status::Ok);
  GenerateResult result;
  GenerateRequest request = prompt_of("abc abc", 1000);
  request.temperature = 1.0f;
  std::set<std::vector<int32_t>> texts;
  bool full = false;
  for (uint64_t seed : {1, 1, 2, 3, 4}) {
    request.seed = seed;
    b->generate(request, &result);
    texts.insert({result.tokens, result.tokens + result.count});
    CHECK(result.count <= 25);
    CHECK(result.decode_passes <= 24 - result.prompt_tokens);
    full |= result.count == 25;
  }
  CHECK(texts.size() == 4);
  CHECK(full);

  struct Stop final : GenerationObserver {
    int left;
    explicit Stop(int n) : left(n) {}
    bool on_token(int32_t, Piece, bool) override { return --left > 0; }
  };
  request.temperature = 0;
  b->generate(request, &result);
  const uint32_t prompt = result.prompt_tokens;
  for (int n : {1, int(prompt), int(prompt) + 1, int(prompt) + 3}) {
    CAPTURE(n);
    Stop stop(n);
    REQUIRE(b->generator.generate(request, &result, &stop) == Status::Ok);
    CHECK(result.stopped);
    CHECK(result.count == std::max(uint32_t(n), prompt));
  }
  struct StopEarly final : GenerationObserver {
    int tokens = 0;
    bool on_token(int32_t, Piece, bool) override { return ++tokens; }
    bool on_progress(uint32_t, uint32_t) override { return false; }
  } early;
  REQUIRE(b->generator.generate(request, &result, &early) == Status::Ok);
  CHECK(result.stopped);
  CHECK(result.count == prompt);
  CHECK(early.tokens == 0);
  request.max_tokens = 0;
  b->generate(request, &result);
  CHECK(result.count == prompt);

  EvaluateResult score;
  const std::string text = "hello there, how are you";
  REQUIRE(b->generator.evaluate(text.data(), text.size(), &score) == Status::Ok);
  CHECK(score.tokens_scored == score.count - 1);
  const std::string longer = text + text + text + text;  // several windows of 24
  REQUIRE(b->generator.evaluate(longer.data(), longer.size(), &score) == Status::Ok);
  CHECK(score.tokens_scored == score.count - 1);
  CHECK(score.count > 48);
  CHECK(score.perplexity > 1);
  REQUIRE(b->generator.evaluate(longer.data(), longer.size(), &score, &early) == Status::Ok);
  CHECK(score.stopped);
  CHECK(score.tokens_scored < score.count - 1);
  CHECK(score.perplexity == Approx(std::exp(score.mean_nll)));
  CHECK(b->generator.evaluate("", 0, &score) == Status::BadArgument);
}

TEST_CASE("a prompt longer than the context is refused with both lengths") {
  auto b = bench(random_checkpoint({12, 20, 1, 2, 1, 300, 8}, 1), simple_tokenizer(300));
  REQUIRE(b->status == Status::Ok);
  GenerateResult result;
  CHECK(b->generator.generate(prompt_of("0123456789", 5), &result) == Status::BadArgument);
  CHECK_THAT(b->generator.error().text.c_str(),
             Catch::Contains("is 12") && Catch::Contains("context of 8"));
  CHECK(b->device.stream().statistics().operations == 0);
}

TEST_CASE("what the hardware cannot hold is refused before it is touched") {
  const auto model = random_checkpoint({64, 172, 2, 8, 4, 300, 48}, 1);
  const auto tokens = simple_tokenizer(300);
  SECTION("DRAM too small") {
    auto b = bench(random_checkpoint({256, 1024, 2, 8, 4, 300, 48}, 1), tokens, default_soc(1));
    CHECK(b->status == Status::BadModel);
    CHECK_THAT(b->generator.error().text.c_str(), Catch::StartsWith("DRAM needed by the model is"));
    CHECK(!b->generator.error_in_tokenizer());
  }
  SECTION("rows longer than the VPU takes") {
    MockOptions options = default_soc();
    options.vpu.max_cols = 128;
    auto b = bench(model, tokens, options);
    CHECK(b->status == Status::BadModel);
    CHECK_THAT(b->generator.error().text.c_str(),
               Catch::Contains("hidden_dim is 172; legal: up to 128"));
  }
  SECTION("a context longer than the VPU's rows is shortened") {
    MockOptions options = default_soc();
    options.vpu.max_cols = 172;
    auto b = bench(random_checkpoint({64, 172, 1, 8, 4, 300, 1000}, 1), tokens, options);
    CHECK(b->status == Status::Ok);
    CHECK(b->generator.placement().context == 172);
  }
  SECTION("a tokenizer of another vocabulary") {
    auto b = bench(model, simple_tokenizer(301));
    CHECK(b->status == Status::BadModel);
    CHECK(b->generator.error_in_tokenizer());
  }
  SECTION("a weight that is not a number") {
    auto bad = model;
    const float nan = std::nanf("");
    std::memcpy(&bad[28 + 4 * 5], &nan, 4);
    auto b = bench(bad, tokens);
    CHECK(b->status == Status::BadModel);
    CHECK_THAT(b->generator.error().text.c_str(),
               Catch::Contains("embedding element 5 is not finite"));
  }
}
