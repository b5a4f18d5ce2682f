// Text in, text out: what `run` and `eval` use. Upstream: command line or firmware. Downstream:
// Transformer.
#pragma once
#include "sw_driver/llm/sampler.h"
#include "sw_driver/llm/tokenizer.h"
#include "sw_driver/llm/transformer.h"

namespace systole::driver::llm {

enum class Phase : uint8_t { Prefill, Decode };

/// What happens during generate() and evaluate(); every method may be left as it is.
class GenerationObserver {
 public:
  /// A phase begins; the previous one has ended and the engines are idle.
  virtual void on_phase(Phase) {}
  /// One more token of the text, the prompt's first (BOS included, its piece is empty). `piece` is
  /// not terminated. Return false to stop early: the result is then partial.
  virtual bool on_token(int32_t token, Piece piece, bool from_prompt) {
    static_cast<void>(token), static_cast<void>(piece), static_cast<void>(from_prompt);
    return true;
  }
  /// The logits [vocabulary] from which the next token is drawn; they are the generator's.
  virtual void on_logits(const float* logits, uint32_t vocabulary) {
    static_cast<void>(logits), static_cast<void>(vocabulary);
  }
  /// So many of `total` tokens of the prompt, or of the text that is scored, have passed. Return
  /// false to stop: the result is then partial.
  virtual bool on_progress(uint32_t tokens, uint32_t total) {
    static_cast<void>(tokens), static_cast<void>(total);
    return true;
  }

 protected:
  ~GenerationObserver() = default;
};

struct GenerateRequest {
  const char* prompt = "";  ///< UTF-8, may be empty
  uint64_t prompt_bytes = 0;
  uint32_t max_tokens = 256;  ///< new tokens at most; the context may end earlier
  float temperature = 0;      ///< 0: greedy
  uint64_t seed = 0;
};

/// The arrays belong to the generator and stay until its next call.
struct GenerateResult {
  const int32_t* tokens =
      nullptr;  ///< [count]: BOS, prompt, new tokens; the BOS or EOS that ends a text is not kept
  uint32_t count = 0, prompt_tokens = 0;
  uint64_t prefill_cycles = 0;  ///< of the prompt, up to the first new token's logits
  uint64_t decode_cycles = 0;   ///< of all later passes, without what an observer does in between
  uint32_t decode_passes = 0;
  bool stopped = false;  ///< by the observer
};

/// A generation by numbers alone: what takes time does not depend on the tokens.
struct MeasureRequest {
  uint32_t prompt_tokens = 1;  ///< BOS included, 1 up to the context
  uint32_t decode_passes = 0;  ///< of one token each, after the prompt; the context may end earlier
};

/// What load() does with the tensors.
enum class Content : uint8_t {
  Full,
  None  ///< every address as with Full, but nothing is read or written: for measure() alone
};

/// The arrays belong to the generator and stay until its next call.
struct EvaluateResult {
  const int32_t* tokens = nullptr;  ///< [count]: BOS and the text
  const int32_t* argmax = nullptr;  ///< [count - 1]: most likely token after tokens[i]
  uint32_t count = 0, tokens_scored = 0;
  double mean_nll = 0, perplexity = 0;
  uint64_t prefill_cycles = 0;
  bool stopped = false;  ///< by the observer; the means are of what was scored
};

/// One model on one device. Big models make big arenas, not a big object. Not thread-safe.
class Generator {
 public:
  /// Parses, checks, quantises and lays out everything in the device's arenas. The images must
  /// outlive this. BadModel, NoMemory, BadHardware: error() says what is wrong
  /// (error_in_tokenizer(): in which file); hardware untouched. Loading again needs the arenas
  /// released by the caller.
  Status load(Device& device, const Buffer& checkpoint, const Buffer& tokenizer,
              Content content = Content::Full);
  /// A model by its shape alone: addresses without content, no tokenizer. For measure().
  Status load_shape(Device& device, const ModelShape& shape);

  /// BadArgument: the prompt is longer than the context, error() has the lengths, or the model has
  /// no content; hardware untouched. Else the stream's status: the engines' trouble; the result has
  /// what was made until then.
  Status generate(const GenerateRequest& request, GenerateResult* result,
                  GenerationObserver* observer = nullptr);

  /// The passes of a generation without tokens: the operations, addresses and cycles of generate()
  /// with a prompt of so many tokens. tokens and count of the result stay empty; the observer gets
  /// phases and progress. BadArgument: the sizes, error() has them. Else as generate().
  Status measure(const MeasureRequest& request, GenerateResult* result,
                 GenerationObserver* observer = nullptr);

  /// Teacher-forced: every token of the text is scored given those before it. A text longer than
  /// the context is cut into windows that start afresh. BadArgument: fewer than one token. Else as
  /// generate().
  Status evaluate(const char* text, uint64_t text_bytes, EvaluateResult* result,
                  GenerationObserver* observer = nullptr);

  const ModelError& error() const { return error_; }
  bool error_in_tokenizer() const { return error_in_tokenizer_; }
  const ModelShape& shape() const { return transformer_.shape(); }
  const Placement& placement() const { return transformer_.placement(); }
  const Tokenizer& tokenizer() const { return tokenizer_; }

 private:
  Status load_model(const Checkpoint& checkpoint);
  Status prefill(const int32_t* tokens, uint32_t count, GenerateResult* result,
                 GenerationObserver* observer);
  Status decode(const int32_t* token, uint32_t position, GenerateResult* result);
  Status encode(const char* text, uint64_t bytes, uint64_t extra_tokens, Buffer* tokens,
                uint32_t* count);

  Device* device_ = nullptr;
  uint64_t scratch_mark_ = 0;  ///< DRAM above belongs to one call
  Tokenizer tokenizer_;
  Transformer transformer_;
  ModelError error_;
  bool error_in_tokenizer_ = false;
};

}  // namespace systole::driver::llm
