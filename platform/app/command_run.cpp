// systole run: text from a prompt. The text streams to standard output as the tokens come.
#include <cmath>
#include <iostream>
#include <memory>

#include "platform/app/commands.h"
#include "platform/app/model_files.h"
#include "platform/app/model_options.h"
#include "platform/app/simulation.h"

namespace systole {
namespace {

namespace llm = driver::llm;

struct RunRequest {
  std::string prompt;
  uint64_t max_tokens = 64, seed = 1;
  float temperature = 0;
};

// Prints the text, keeps ids and text, and takes the figures where decode begins.
class RunObserver final : public llm::GenerationObserver {
 public:
  RunObserver(Host& host, Report& report) : host_(host), report_(report) {}

  void on_phase(llm::Phase phase) override {
    if (phase == llm::Phase::Decode) at_decode_ = host_.operations();
    if (phase == llm::Phase::Prefill) begin_cycle_ = host_.hal.now_cycles();
  }
  bool on_token(int32_t token, llm::Piece piece, bool from_prompt) override {
    report_.tokens.push_back(token);
    if (from_prompt) ++report_.prompt_tokens;
    report_.text.append(piece.bytes, piece.length);
    for (uint32_t i = 0; i < piece.length; ++i) host_.hal.putc(piece.bytes[i]);
    return !host_.stopping();
  }
  uint64_t begin_cycle() const { return begin_cycle_; }
  const std::vector<OperationReport>& at_decode() const { return at_decode_; }

 private:
  Host& host_;
  Report& report_;
  uint64_t begin_cycle_ = 0;
  std::vector<OperationReport> at_decode_;
};

std::string run_model(const RunRequest& request, const ModelFiles& files, Host& host) {
  Report& report = host.report;
  auto generator = std::make_unique<llm::Generator>();
  load_model(*generator, files, host);

  llm::GenerateRequest generate;
  generate.prompt = request.prompt.data();
  generate.prompt_bytes = request.prompt.size();
  generate.max_tokens = static_cast<uint32_t>(request.max_tokens);
  generate.temperature = request.temperature;
  generate.seed = request.seed;
  llm::GenerateResult result;
  RunObserver observer(host, report);
  const driver::Status status = generator->generate(generate, &result, &observer);
  report.cycles_total = host.hal.now_cycles() - observer.begin_cycle();
  report.cycles_prefill = result.prefill_cycles;
  report.cycles_decode = result.decode_cycles;
  report.decode_passes = result.decode_passes;
  if (result.decode_passes != 0) {
    report.operations = difference(host.operations(), observer.at_decode());
    report.operations_cycles = result.decode_cycles;
    report.operations_of = "decode";
  }
  if (status == driver::Status::BadArgument) throw RequestError(generator->error().text.c_str());
  return status == driver::Status::Ok ? "" : describe_failure(host, "generating text", status);
}

}  // namespace

int run_command(const Arguments& arguments) {
  RunRequest request;
  ModelOptions model;
  CommandLine line(
      "run", "generate text from a prompt on the virtual SoC",
      {"systole run --prompt \"Once upon a time\"",
       "systole run --prompt Hello --max-tokens 32 --temperature 0.8 --seed 7",
       "systole run --model stories260K.bin --tokenizer tok512.bin --prompt \"One day\" --report "
       "r.json",
       "systole run --prompt Hi --set bus.width_bits=256 --set gemm.rows=32 --set gemm.cols=32"});
  model.add_to(line.own());
  namespace po = boost::program_options;
  line.own().add_options()("prompt", po::value<std::string>(&request.prompt)->value_name("TEXT"),
                           "how the text begins (needed; may be empty)")(
      "temperature", po::value<float>(&request.temperature)->value_name("T"),
      "0: the most likely token (0)");
  add_number(line.own(), "max-tokens", &request.max_tokens, 1000000, "new tokens at most (64)");
  add_number(line.own(), "seed", &request.seed, ~uint64_t{0} >> 1, "of the sampling (1)");
  if (line.parse(arguments)) return kExitDone;
  const CommonOptions& common = line.common();
  if (!line.given("prompt"))
    throw RequestError("--prompt is needed; legal: a text, for example --prompt Hello");
  if (request.max_tokens == 0)
    throw RequestError("--max-tokens: '0' is not legal; legal: 1 to 1000000");
  if (!std::isfinite(request.temperature) || request.temperature < 0 || request.temperature > 100) {
    throw RequestError("--temperature: '" + std::to_string(request.temperature) +
                       "' is not legal; legal: 0 to 100");
  }
  const ModelFiles files = model.open(common.config);
  const uint64_t prompt = files.count_tokens(request.prompt);
  if (prompt > files.shape().seq_len) {
    throw RequestError("--prompt: its length is " + std::to_string(prompt) +
                       " tokens; legal: up to the context of " +
                       std::to_string(files.shape().seq_len) + " (model '" + files.model_path() +
                       "')");
  }
  if (!common.report_file.empty()) check_writable(common.report_file);

  Report report;
  report.command = "run";
  const int status = simulate(
      common, {files.model_path(), files.tokenizer_path()},
      [&](Host& host) { return run_model(request, files, host); }, report);
  if (!report.text.empty()) std::cout << std::endl;
  return finish(common, report, status);
}

}  // namespace systole
