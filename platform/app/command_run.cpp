// systole run: text from a prompt. The text streams to standard output as the tokens come.
#include <cmath>
#include <iostream>
#include <memory>

#include "platform/app/commands.h"
#include "platform/app/inspect_options.h"
#include "platform/app/model_files.h"
#include "platform/app/model_options.h"
#include "platform/app/record_options.h"
#include "platform/app/result_sink.h"
#include "platform/app/run_firmware.h"
#include "platform/app/run_options.h"
#include "platform/app/run_timing.h"
#include "platform/app/simulation.h"

namespace systole {
namespace {

namespace llm = driver::llm;

// Prints the text, keeps ids and text, and takes the figures where decode begins.
class RunObserver final : public llm::GenerationObserver {
 public:
  RunObserver(Host& host, Report& report, ResultSink& results)
      : host_(host), report_(report), results_(results) {}

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
  void on_logits(const float* logits, uint32_t vocabulary) override {
    results_.add(logits, uint64_t{vocabulary} * sizeof *logits);
  }
  uint64_t begin_cycle() const { return begin_cycle_; }
  const std::vector<OperationReport>& at_decode() const { return at_decode_; }

 private:
  Host& host_;
  Report& report_;
  ResultSink& results_;
  uint64_t begin_cycle_ = 0;
  std::vector<OperationReport> at_decode_;
};

std::string run_model(const RunRequest& request, const ModelFiles& files, ResultSink& results,
                      Host& host) {
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
  RunObserver observer(host, report, results);
  const driver::Status status = generator->generate(generate, &result, &observer);
  report.cycles_prefill = result.prefill_cycles;
  report.cycles_decode = result.decode_cycles;
  // The passes; not the console between them, unless it ended there.
  report.cycles_total = status == driver::Status::Ok
                            ? result.prefill_cycles + result.decode_cycles
                            : host.hal.now_cycles() - observer.begin_cycle();
  report.decode_passes = result.decode_passes;
  if (result.decode_passes != 0) {
    report.operations = difference(host.operations(), observer.at_decode());
    report.operations_cycles = result.decode_cycles;
    report.operations_of = "decode";
  }
  if (status == driver::Status::BadArgument) throw RequestError(generator->error().text.c_str());
  return status == driver::Status::Ok ? "" : describe_failure(host, "generating text", status);
}

// What --timing-only excludes: everything that chooses or shows a token.
void check_timed_run(const CommandLine& line, const RunRequest& request) {
  for (const char* option : {"results", "temperature", "seed"}) {
    if (line.given(option))
      throw RequestError(std::string("--") + option +
                         ": is not legal with --timing-only, which chooses no tokens");
  }
  if (line.given("prompt") && request.prompt_tokens != 0)
    throw RequestError("--prompt-tokens: is not legal with --prompt; legal: one of them");
}

/// Tokens of the prompt, which must fit into the model's context.
uint32_t prompt_length(const RunRequest& request, const ModelFiles& files) {
  const uint64_t prompt =
      request.prompt_tokens != 0 ? request.prompt_tokens : files.count_tokens(request.prompt);
  if (prompt <= files.shape().seq_len) return static_cast<uint32_t>(prompt);
  throw RequestError("--prompt: its length is " + std::to_string(prompt) +
                     " tokens; legal: up to the context of " +
                     std::to_string(files.shape().seq_len) + " (model '" + files.model_path() +
                     "')");
}

int run_timed(const CommonOptions& common, const RunRequest& request, const ModelFiles& files,
              Recorder* recorder, Report& report) {
  const RunLength length{prompt_length(request, files),
                         static_cast<uint32_t>(request.max_tokens - 1)};
  return run_timing_only(common, files, length, report, recorder);
}

int run_on_riscv(const CommonOptions& common, const RunRequest& request, const ModelFiles& files,
                 const InspectOptions& inspect, Report& report) {
  if (!request.results.empty())
    throw RequestError("--results: needs cpu.model native; legal: without --results on riscv");
  const FirmwareText text{request.prompt, request.max_tokens, request.seed, request.temperature,
                          request.uart};
  return run_firmware(common, files, text, inspect, report);
}

int run_on_native(const CommonOptions& common, const RunRequest& request, const ModelFiles& files,
                  Recorder* recorder, Report& report) {
  if (!request.uart.empty())
    throw RequestError("--uart: needs cpu.model riscv; legal: with --set cpu.model=riscv");
  ResultSink results;
  if (!request.results.empty() && !results.open(request.results))
    throw RequestError("--results: '" + request.results + "' cannot be written");
  const int status = simulate(
      common, {files.model_path(), files.tokenizer_path()},
      [&](Host& host) { return run_model(request, files, results, host); }, report, recorder);
  report.own["digest"] = results.digest();
  if (!results.close())
    throw RequestError("--results: '" + request.results + "' could not be written");
  return status;
}

}  // namespace

int run_command(const Arguments& arguments) {
  RunRequest request;
  CommandLine line(
      "run", "generate text from a prompt on the virtual SoC",
      {"systole run --prompt \"Once upon a time\"",
       "systole run --prompt Hello --max-tokens 32 --temperature 0.8 --seed 7",
       "systole run --model stories260K.bin --tokenizer tok512.bin --prompt \"One day\" --report "
       "r.json",
       "systole run --shape llama2-7b --prompt-tokens 512 --max-tokens 1",
       "systole run --prompt Hi --set bus.width_bits=256 --set gemm.rows=32 --set gemm.cols=32",
       "systole run --prompt Hi --set cpu.model=riscv --profile",
       "systole run --prompt Hi --set cpu.model=riscv --gdb 3333"});
  add_run_options(line.own(), request);
  add_timing_options(line.own(), request);
  line.allow_timing_only("shape");
  InspectOptions inspect;
  add_inspect_options(line.own(), inspect);
  RecordOptions record;
  record.add_to(line.own());
  if (line.parse(arguments)) return kExitDone;
  const CommonOptions& common = line.common();
  Report report;
  report.command = "run";
  if (!request.shape.empty())
    return finish(common, report, run_shape(line, request, record, report));
  check_run(request, line.given("prompt"));
  if (common.timing_only) check_timed_run(line, request);
  if (!common.timing_only && request.prompt_tokens != 0)
    throw RequestError("--prompt-tokens: is legal with --timing-only or --shape; else --prompt");
  check_inspect(line, inspect);
  check_inspected_cpu(line);
  const ModelFiles files = request.model.open(common.config);
  prompt_length(request, files);
  if (!common.report_file.empty()) check_writable(common.report_file);

  const auto recorder = record.open(common, "run");
  int status = common.timing_only ? run_timed(common, request, files, recorder.get(), report)
               : common.config.cpu.model == "riscv"
                   ? run_on_riscv(common, request, files, inspect, report)
                   : run_on_native(common, request, files, recorder.get(), report);
  status = record.close(recorder.get(), report, status);
  if (!report.text.empty()) std::cout << std::endl;
  return finish(common, report, status);
}

}  // namespace systole
