#include "platform/app/run_options.h"

#include <cmath>

#include "platform/app/options.h"

namespace po = boost::program_options;

namespace systole {

void add_run_options(po::options_description& options, RunRequest& request) {
  request.model.add_to(options);
  options.add_options()("prompt", po::value<std::string>(&request.prompt)->value_name("TEXT"),
                        "how the text begins (needed; may be empty)")(
      "temperature", po::value<float>(&request.temperature)->value_name("T"),
      "0: the most likely token (0)");
  add_number(options, "max-tokens", &request.max_tokens, 1000000, "new tokens at most (64)");
  add_number(options, "seed", &request.seed, ~uint64_t{0} >> 1, "of the sampling (1)");
  options.add_options()("uart", po::value<std::string>(&request.uart)->value_name("WHERE"),
                        "cpu.model riscv: the console also goes to tcp:PORT (127.0.0.1) or pty")(
      "results", po::value<std::string>(&request.results)->value_name("FILE"),
      "write the logits of every pass there, byte for byte");
}

void add_timing_options(po::options_description& options, RunRequest& request) {
  options.add_options()(
      "shape", po::value<std::string>(&request.shape)->value_name("SHAPE"),
      "a model by its dimensions alone, without a checkpoint; implies --timing-only. A preset "
      "(gpt2, tinyllama-1.1b, llama2-7b), a preset with changes (gpt2,n_layers=2), or dim=D,"
      "hidden_dim=H,n_layers=L,n_heads=N,vocab_size=V,seq_len=S[,n_kv_heads=K]"
      "[,shared_classifier=true|false][,architecture=llama|gpt2]. --max-tokens then counts decode "
      "steps after the prompt, and a dram.size_mib that is not given is made large enough");
  add_number(options, "prompt-tokens", &request.prompt_tokens, 1000000,
             "length of the prompt instead of --prompt, with --timing-only or --shape");
}

void check_run(const RunRequest& request, bool has_prompt) {
  if (!has_prompt && request.prompt_tokens == 0)
    throw RequestError("--prompt is needed; legal: a text, for example --prompt Hello");
  if (request.max_tokens == 0)
    throw RequestError("--max-tokens: '0' is not legal; legal: 1 to 1000000");
  if (!std::isfinite(request.temperature) || request.temperature < 0 || request.temperature > 100) {
    throw RequestError("--temperature: '" + std::to_string(request.temperature) +
                       "' is not legal; legal: 0 to 100");
  }
}

}  // namespace systole
