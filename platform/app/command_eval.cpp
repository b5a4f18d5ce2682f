// systole eval: how well a model predicts a text, every token given those before it.
#include <cstdio>
#include <iostream>
#include <memory>

#include "platform/app/commands.h"
#include "platform/app/model_files.h"
#include "platform/app/model_options.h"
#include "platform/app/simulation.h"

namespace systole {
namespace {

namespace llm = driver::llm;

class EvalObserver final : public llm::GenerationObserver {
 public:
  EvalObserver(Host& host, bool progress) : host_(host), progress_(progress) {}
  ~EvalObserver() {
    if (progress_) std::cerr << "\r\033[K" << std::flush;
  }
  void on_phase(llm::Phase) override { begin_cycle_ = host_.hal.now_cycles(); }
  bool on_progress(uint32_t tokens, uint32_t total) override {
    if (progress_) std::cerr << "\r" << tokens << " of " << total << " tokens" << std::flush;
    return !host_.stopping();
  }
  uint64_t begin_cycle() const { return begin_cycle_; }

 private:
  Host& host_;
  bool progress_;
  uint64_t begin_cycle_ = 0;
};

std::string evaluate(const std::string& text, const ModelFiles& files, bool progress, Host& host) {
  auto generator = std::make_unique<llm::Generator>();
  load_model(*generator, files, host);
  llm::EvaluateResult result;
  EvalObserver observer(host, progress);
  const driver::Status status = generator->evaluate(text.data(), text.size(), &result, &observer);
  Report& report = host.report;
  report.cycles_total = host.hal.now_cycles() - observer.begin_cycle();
  report.cycles_prefill = result.prefill_cycles;
  report.own["mean_nll"] = result.mean_nll;
  report.own["perplexity"] = result.perplexity;
  report.own["tokens_scored"] = result.tokens_scored;
  report.own["tokens"] = std::vector<int32_t>(result.tokens, result.tokens + result.count);
  const uint32_t scored = result.tokens_scored;
  report.own["most_likely"] = std::vector<int32_t>(result.argmax, result.argmax + scored);
  if (status == driver::Status::BadArgument) throw RequestError(generator->error().text.c_str());
  return status == driver::Status::Ok ? "" : describe_failure(host, "scoring the text", status);
}

}  // namespace

int eval_command(const Arguments& arguments) {
  ModelOptions model;
  std::string file;
  CommandLine line("eval",
                   "score a text: mean negative log likelihood and perplexity, teacher-forced",
                   {"systole eval --text story.txt",
                    "systole eval --model stories260K.bin --tokenizer tok512.bin --text story.txt "
                    "--report e.json"});
  model.add_to(line.own());
  line.own().add_options()("text",
                           boost::program_options::value<std::string>(&file)->value_name("FILE"),
                           "the text to score (needed)");
  if (line.parse(arguments)) return kExitDone;
  const CommonOptions& common = line.common();
  if (file.empty()) throw RequestError("--text is needed; legal: a readable file");
  const std::string text = read_text_file("--text", file);
  const ModelFiles files = model.open(common.config);
  if (!common.report_file.empty()) check_writable(common.report_file);

  Report report;
  report.command = "eval";
  const int status = simulate(
      common, {files.model_path(), files.tokenizer_path()},
      [&](Host& host) { return evaluate(text, files, on_terminal() && !common.quiet, host); },
      report);
  if (report.own.contains("mean_nll") && report.error.empty()) {
    std::printf("tokens scored  %u\nmean NLL       %.6f\nperplexity     %.4f\n",
                report.own["tokens_scored"].get<unsigned>(), report.own["mean_nll"].get<double>(),
                report.own["perplexity"].get<double>());
    std::fflush(stdout);
  }
  return finish(common, report, status);
}

}  // namespace systole
