#include "platform/app/run_timing.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>

#include "platform/llm/llm_shape.h"

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

// How the model comes into the device's memory.
using LoadModel = std::function<void(llm::Generator&, Host&)>;

int time_model(const CommonOptions& common, const SocImages& images, const LoadModel& load,
               const RunLength& length, Report& report, Recorder* recorder) {
  if (!common.report_file.empty()) check_writable(common.report_file);
  const bool progress = on_terminal() && !common.quiet;
  const int status = simulate(
      common, images,
      [&](Host& host) {
        auto generator = std::make_unique<llm::Generator>();
        load(*generator, host);
        return measure(*generator, length, progress, host);
      },
      report, recorder);
  if (report.error.empty() && !report.partial) print_result(report);
  return status;
}

// What --shape excludes, and what it needs.
void check_shape_run(const CommandLine& line, const RunRequest& request) {
  for (const char* option : {"model", "tokenizer", "prompt", "temperature", "seed", "results"}) {
    if (line.given(option))
      throw RequestError(std::string("--") + option +
                         ": is not legal with --shape, which has neither weights nor text");
  }
  if (request.prompt_tokens == 0)
    throw RequestError("--prompt-tokens is needed with --shape; legal: 1 to 1000000");
  require_engines(line.common().config);
}

}  // namespace

int run_timing_only(const CommonOptions& common, const ModelFiles& files, const RunLength& length,
                    Report& report, Recorder* recorder) {
  const auto load = [&](llm::Generator& generator, Host& host) {
    load_model(generator, files, host, llm::Content::None);
  };
  return time_model(common, {files.model_path(), files.tokenizer_path()}, load, length, report,
                    recorder);
}

int run_shape(const CommandLine& line, const RunRequest& request, const RecordOptions& record,
              Report& report) {
  check_shape_run(line, request);
  CommonOptions common = line.common();
  llm::ModelShape shape;
  try {
    shape = parse_shape(request.shape);
    if (fit_dram(shape, common.request, common.config))
      spdlog::info("dram.size_mib is made {}: what '{}' needs", common.config.dram.size_mib,
                   request.shape);
  } catch (const ShapeError& error) {
    throw RequestError(std::string("--shape: ") + error.what());
  }
  const uint64_t context = longest_context(shape);
  if (request.prompt_tokens + request.max_tokens > context) {
    throw RequestError("--prompt-tokens and --max-tokens: " +
                       std::to_string(request.prompt_tokens + request.max_tokens) +
                       " tokens are not legal; legal: together up to the context of " +
                       std::to_string(context));
  }
  report.own["shape"] = to_json(shape);
  const RunLength length{static_cast<uint32_t>(request.prompt_tokens),
                         static_cast<uint32_t>(request.max_tokens)};
  const auto load = [&](llm::Generator& generator, Host& host) {
    if (generator.load_shape(host.device, shape) != driver::Status::Ok)
      throw RequestError(std::string("--shape: ") + generator.error().text.c_str());
  };
  const auto recorder = record.open(common, "run");
  const int status = time_model(common, {}, load, length, report, recorder.get());
  return record.close(recorder.get(), report, status);
}

}  // namespace systole
