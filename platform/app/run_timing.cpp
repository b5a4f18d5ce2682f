#include "platform/app/run_timing.h"

#include <cstdio>
#include <iostream>
#include <memory>

namespace systole {
namespace {

namespace llm = driver::llm;

// Takes the figures where decode begins; shows how far it is.
class TimingObserver final : public llm::GenerationObserver {
 public:
  TimingObserver(Host& host, bool progress) : host_(host), progress_(progress) {}
  ~TimingObserver() {
    if (progress_) std::cerr << "\r\033[K" << std::flush;
  }
  void on_phase(llm::Phase phase) override {
    if (phase == llm::Phase::Decode) at_decode_ = host_.operations();
  }
  bool on_progress(uint32_t tokens, uint32_t total) override {
    if (progress_) std::cerr << "\r" << tokens << " of " << total << " tokens" << std::flush;
    return !host_.stopping();
  }
  const std::vector<OperationReport>& at_decode() const { return at_decode_; }

 private:
  Host& host_;
  bool progress_;
  std::vector<OperationReport> at_decode_;
};

std::string measure(llm::Generator& generator, const RunLength& length, bool progress, Host& host) {
  Report& report = host.report;
  llm::MeasureRequest request;
  request.prompt_tokens = length.prompt_tokens;
  request.decode_passes = length.decode_passes;
  llm::GenerateResult result;
  TimingObserver observer(host, progress);
  const driver::Status status = generator.measure(request, &result, &observer);
  report.prompt_tokens = result.prompt_tokens;
  report.decode_passes = result.decode_passes;
  report.cycles_prefill = result.prefill_cycles;
  report.cycles_decode = result.decode_cycles;
  report.cycles_total = result.prefill_cycles + result.decode_cycles;
  if (result.decode_passes != 0) {
    report.operations = difference(host.operations(), observer.at_decode());
    report.operations_cycles = result.decode_cycles;
    report.operations_of = "decode";
  }
  if (status == driver::Status::BadArgument) throw RequestError(generator.error().text.c_str());
  return status == driver::Status::Ok ? "" : describe_failure(host, "timing the model", status);
}

void print_result(const Report& report) {
  const auto row = [](const char* what, uint64_t value) {
    std::printf("%-24s %20s\n", what, grouped(value).c_str());
  };
  row("prompt tokens", report.prompt_tokens);
  row("prefill cycles", report.cycles_prefill);
  row("decoded tokens", report.decode_passes);
  row("decode cycles", report.cycles_decode);
  if (report.decode_passes != 0)
    row("decode cycles a token", report.cycles_decode / report.decode_passes);
  std::fflush(stdout);
}

}  // namespace

int run_timing_only(const CommonOptions& common, const ModelFiles& files, const RunLength& length,
                    Report& report, Recorder* recorder) {
  const bool progress = on_terminal() && !common.quiet;
  const int status = simulate(
      common, {files.model_path(), files.tokenizer_path()},
      [&](Host& host) {
        auto generator = std::make_unique<llm::Generator>();
        load_model(*generator, files, host, llm::Content::None);
        return measure(*generator, length, progress, host);
      },
      report, recorder);
  if (report.error.empty() && !report.partial) print_result(report);
  return status;
}

}  // namespace systole
