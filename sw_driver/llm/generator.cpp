#include "sw_driver/llm/generator.h"

#include "sw_driver/llm/elementary.h"

namespace systole::driver::llm {
namespace {

/// Stands in when the caller does not watch.
class SilentObserver final : public GenerationObserver {};

}  // namespace

Status Generator::load(Device& device, const Buffer& checkpoint, const Buffer& tokenizer,
                       Content content) {
  device_ = &device;
  error_in_tokenizer_ = false;
  Checkpoint parsed;
  if (const Status s = parse_checkpoint(checkpoint.host, checkpoint.bytes, &parsed, &error_);
      s != Status::Ok)
    return s;
  error_in_tokenizer_ = true;
  if (const Status s = tokenizer_.load(tokenizer.host, tokenizer.bytes, parsed.shape.vocab_size,
                                       device.dram(), &error_);
      s != Status::Ok) {
    return s;
  }
  error_in_tokenizer_ = false;
  return load_model(content == Content::Full ? parsed : Checkpoint::of_shape(parsed.shape));
}

Status Generator::load_shape(Device& device, const ModelShape& shape) {
  device_ = &device;
  error_in_tokenizer_ = false;
  return load_model(Checkpoint::of_shape(shape));
}

Status Generator::load_model(const Checkpoint& checkpoint) {
  Placement placement;
  if (const Status s = Transformer::plan(checkpoint.shape, *device_, &placement, &error_);
      s != Status::Ok)
    return s;
  if (const Status s = transformer_.load(checkpoint, *device_, placement, &error_); s != Status::Ok)
    return s;
  scratch_mark_ = device_->dram().mark();
  return Status::Ok;
}

/// Tokens of the text in fresh scratch memory with room for `extra_tokens` more.
Status Generator::encode(const char* text, uint64_t bytes, uint64_t extra_tokens, Buffer* tokens,
                         uint32_t* count) {
  if (!transformer_.has_content()) {
    error_.set("text bytes", static_cast<int64_t>(bytes)) << "a model with content";
    return Status::BadArgument;
  }
  Arena& dram = device_->dram();
  if (const Status s = dram.release(scratch_mark_); s != Status::Ok) return s;
  const uint64_t capacity = Tokenizer::tokens_needed(bytes);
  Buffer scratch;
  uint64_t n = 0;
  if (dram.allocate((capacity + extra_tokens) * 4, 64, tokens) != Status::Ok ||
      dram.allocate(capacity * 4, 64, &scratch) != Status::Ok) {
    error_.set("text bytes", static_cast<int64_t>(bytes)) << "what DRAM has room for";
    return Status::NoMemory;
  }
  const Status s =
      tokenizer_.encode(text, bytes, tokens->as<int32_t>(), scratch.as<int32_t>(), capacity, &n);
  if (s != Status::Ok || n > 0x7fffffff) {
    error_.set("text bytes", static_cast<int64_t>(bytes)) << "below 2^31";
    return Status::BadArgument;
  }
  *count = static_cast<uint32_t>(n);
  return Status::Ok;
}

/// The prompt, chunk by chunk; `tokens` may be null.
Status Generator::prefill(const int32_t* tokens, uint32_t count, GenerateResult* result,
                          GenerationObserver* observer) {
  const uint32_t chunk = transformer_.placement().prompt_chunk(count);
  Hal& hal = device_->stream().hal();
  result->prompt_tokens = count;
  observer->on_phase(Phase::Prefill);
  const uint64_t start = hal.now_cycles();
  for (uint32_t at = 0; at < count && !result->stopped;) {
    const uint32_t n = count - at < chunk ? count - at : chunk;
    const int32_t* const part = tokens == nullptr ? nullptr : tokens + at;
    const Logits which = at + n == count ? Logits::Last : Logits::None;
    if (const Status s = transformer_.forward(part, n, at, which); s != Status::Ok) return s;
    at += n;
    result->stopped = !observer->on_progress(at, count);
  }
  result->prefill_cycles = hal.now_cycles() - start;
  return Status::Ok;
}

/// One token more; `token` may be null.
Status Generator::decode(const int32_t* token, uint32_t position, GenerateResult* result) {
  Hal& hal = device_->stream().hal();
  const uint64_t start = hal.now_cycles();
  const Status status = transformer_.forward(token, 1, position, Logits::Last);
  if (status != Status::Ok) return status;
  ++result->decode_passes;
  result->decode_cycles += hal.now_cycles() - start;
  return Status::Ok;
}

Status Generator::generate(const GenerateRequest& request, GenerateResult* result,
                           GenerationObserver* observer) {
  SilentObserver silent;
  if (observer == nullptr) observer = &silent;
  const uint32_t context = transformer_.placement().context, vocab = shape().vocab_size;
  Buffer buffer;
  uint32_t prompt = 0;
  if (const Status s =
          encode(request.prompt, request.prompt_bytes, uint64_t{context} + 1, &buffer, &prompt);
      s != Status::Ok) {
    return s;
  }
  if (prompt > context) {
    error_.set("prompt length in tokens", prompt) << "up to the context of " << context;
    return Status::BadArgument;
  }
  int32_t* const tokens = buffer.as<int32_t>();
  const auto announce = [&](uint32_t i) {
    const Piece piece = i == 0 ? Piece{} : tokenizer_.decode(tokens[i - 1], tokens[i]);
    return observer->on_token(tokens[i], piece, i < prompt);
  };
  *result = {};
  result->tokens = tokens;
  result->count = prompt;
  const Status prefilled = prefill(tokens, prompt, result, observer);
  if (prefilled != Status::Ok || result->stopped) return prefilled;
  for (uint32_t i = 0; i < prompt && !result->stopped; ++i) result->stopped = !announce(i);

  observer->on_phase(Phase::Decode);
  Sampler sampler(request.temperature, request.seed);
  for (uint32_t made = 0; made < request.max_tokens && !result->stopped;) {
    observer->on_logits(transformer_.logits(0), vocab);
    const auto next = static_cast<int32_t>(sampler.sample(transformer_.logits(0), vocab));
    if (next == kBeginToken || next == kEndToken) break;
    tokens[result->count++] = next;
    ++made;
    result->stopped = !announce(result->count - 1);
    if (made == request.max_tokens || result->count > context || result->stopped) break;
    if (const Status s = decode(&next, result->count - 1, result); s != Status::Ok) return s;
  }
  return Status::Ok;
}

Status Generator::measure(const MeasureRequest& request, GenerateResult* result,
                          GenerationObserver* observer) {
  SilentObserver silent;
  if (observer == nullptr) observer = &silent;
  const uint32_t context = transformer_.placement().context, prompt = request.prompt_tokens;
  if (prompt == 0 || prompt > context) {
    error_.set("prompt length in tokens", prompt) << "1 up to the context of " << context;
    return Status::BadArgument;
  }
  *result = {};
  const Status prefilled = prefill(nullptr, prompt, result, observer);
  if (prefilled != Status::Ok || result->stopped) return prefilled;
  observer->on_phase(Phase::Decode);
  for (uint32_t position = prompt; position < context && !result->stopped; ++position) {
    if (result->decode_passes == request.decode_passes) break;
    if (const Status s = decode(nullptr, position, result); s != Status::Ok) return s;
    result->stopped =
        !observer->on_progress(prompt + result->decode_passes, prompt + request.decode_passes);
  }
  return Status::Ok;
}

Status Generator::evaluate(const char* text, uint64_t text_bytes, EvaluateResult* result,
                           GenerationObserver* observer) {
  SilentObserver silent;
  if (observer == nullptr) observer = &silent;
  const uint32_t context = transformer_.placement().context, chunk = transformer_.placement().chunk;
  const uint32_t vocab = shape().vocab_size;
  Buffer buffer, best;
  uint32_t count = 0;
  if (const Status s = encode(text, text_bytes, 0, &buffer, &count); s != Status::Ok) return s;
  if (count < 2) {
    error_.set("text length in tokens", count - 1) << "at least 1";
    return Status::BadArgument;
  }
  if (device_->dram().allocate(uint64_t{count} * 4, 64, &best) != Status::Ok)
    return Status::NoMemory;
  int32_t* const tokens = buffer.as<int32_t>();
  *result = {};
  result->tokens = tokens;
  result->argmax = best.as<int32_t>();
  result->count = count;

  observer->on_phase(Phase::Prefill);
  const uint64_t start = device_->stream().hal().now_cycles();
  double sum = 0;
  const uint32_t inputs = count - 1;  // the last token is only a target
  for (uint32_t at = 0; at < inputs && !result->stopped;) {
    const uint32_t position = at % context;  // windows start where the cache is full
    uint32_t n = inputs - at < chunk ? inputs - at : chunk;
    if (n > context - position) n = context - position;
    if (const Status s = transformer_.forward(tokens + at, n, position, Logits::All);
        s != Status::Ok)
      return s;
    for (uint32_t i = 0; i < n; ++i) {
      const float* const logits = transformer_.logits(i);
      best.as<int32_t>()[at + i] = static_cast<int32_t>(argmax(logits, vocab));
      sum += negative_log_likelihood(logits, vocab, static_cast<uint32_t>(tokens[at + i + 1]));
    }
    at += n;
    result->tokens_scored = at;
    result->prefill_cycles = device_->stream().hal().now_cycles() - start;
    result->stopped = !observer->on_progress(at, inputs);
  }
  result->mean_nll = sum / result->tokens_scored;
  result->perplexity = exp_of(result->mean_nll);
  return Status::Ok;
}

}  // namespace systole::driver::llm
