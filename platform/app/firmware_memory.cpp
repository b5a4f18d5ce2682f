#include "platform/app/firmware_memory.h"

#include <cstddef>
#include <cstdio>
#include <cstring>

#include "tlm/core/address_map.h"

namespace systole {
namespace {

using firmware::RunResult;
using firmware::RunState;

// A program's bytes in DRAM; null if they are not all there.
const uint8_t* program_memory(const Soc& soc, uint64_t addr, uint64_t bytes) {
  const MemoryWindow window{"DRAM", address_map::kDramBase, soc.dram().size()};
  return window.holds(addr, bytes) ? soc.dram().data() + (addr - address_map::kDramBase) : nullptr;
}

double peak_work(const driver::EngineConfig& config, const std::string& kind) {
  if (kind == "gemm") return double(config.rows) * config.cols;
  return kind == "vpu" ? config.lanes : config.data_bytes;
}

}  // namespace

ToHost::ToHost(const Soc& soc, const ElfFile& program) {
  if (const auto addr = program.symbol("tohost"))
    word_ = program_memory(soc, *addr, sizeof(uint64_t));
}

uint64_t ToHost::value() const {
  uint64_t value = 0;
  if (word_) std::memcpy(&value, word_, sizeof value);
  return value & 1 ? value : 0;
}

std::unique_ptr<RunResult> read_run_result(const Soc& soc, const ElfFile& program) {
  const auto addr = program.symbol("systole_run_result");
  const uint8_t* data = addr ? program_memory(soc, *addr, sizeof(RunResult)) : nullptr;
  if (!data) return nullptr;
  auto result = std::make_unique<RunResult>();
  std::memcpy(result.get(), data, sizeof *result);
  const bool known = result->magic == RunResult::kMagic && result->bytes == sizeof(RunResult) &&
                     result->token_count <= RunResult::kMaxTokens &&
                     result->engine_count <= driver::kMaxEngines;
  result->error[sizeof result->error - 1] = 0;
  return known || result->state == RunState::Panicked ? std::move(result) : nullptr;
}

void collect_result(const Soc& soc, const RunResult& result, Report& report) {
  if (result.magic != RunResult::kMagic) return;
  report.tokens.assign(result.tokens, result.tokens + result.token_count);
  report.prompt_tokens = result.prompt_tokens;
  report.decode_passes = result.decode_passes;
  report.cycles_total = result.end_cycle - result.begin_cycle;
  report.cycles_prefill = result.prefill_cycles;
  report.cycles_decode = result.decode_cycles;
  char digest[24];
  std::snprintf(digest, sizeof digest, "0x%016llx", static_cast<unsigned long long>(result.digest));
  report.own["digest"] = digest;
  report.offload = result.offload;
  report.stream = result.stream;
  for (uint32_t i = 0; i < result.engine_count && i < soc.engines().size(); ++i) {
    EngineReport engine;
    engine.kind = soc.engines()[i].kind;
    engine.instance = soc.engines()[i].instance;
    engine.counters = result.counters[i];
    engine.peak_work_per_cycle = peak_work(result.configs[i], engine.kind);
    report.engines.push_back(engine);
  }
}

Milestones::Milestones(const Soc& soc, const ElfFile& program, Report& report)
    : soc_(soc), report_(report), start_(std::chrono::steady_clock::now()) {
  const auto addr = program.symbol("systole_run_result");
  result_ = addr ? program_memory(soc, *addr, sizeof(RunResult)) : nullptr;
}

void Milestones::see_output(char c) {
  if (c == '\n' && !line_) reach("first_line", soc_.clock().now_cycles());
  line_ = line_ || c == '\n';
}

void Milestones::look() {
  if (!result_ || token_) return;
  uint64_t magic = 0, cycle = 0;
  std::memcpy(&magic, result_ + offsetof(RunResult, magic), sizeof magic);
  std::memcpy(&cycle, result_ + offsetof(RunResult, first_token_cycle), sizeof cycle);
  token_ = magic == RunResult::kMagic && cycle != 0;
  if (token_) reach("first_token", cycle);
}

void Milestones::reach(const char* name, uint64_t cycle) {
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start_;
  report_.milestones.push_back({name, cycle, wall.count()});
}

}  // namespace systole
