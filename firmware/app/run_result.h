// What a generation on the firmware found out, for whoever looks into the SoC's memory from outside
// (the platform's report). In the firmware it is the object `systole_run_result`.
#pragma once
#include <cstdint>

#include "sw_driver/include/command_stream.h"
#include "sw_driver/include/engine.h"

namespace systole::firmware {

enum class RunState : uint32_t { Idle, Running, Done, Failed, Panicked };

/// Little-endian, laid out alike by both compilers (all LP64).
struct RunResult {
  static constexpr uint64_t kMagic = 0x54'4c'55'53'45'52'59'53;  ///< "SYRESULT"
  static constexpr uint32_t kMaxTokens = 16384;

  uint64_t magic = 0;  ///< kMagic, once a generation has begun
  uint32_t bytes = 0;  ///< sizeof(RunResult), as the firmware has it
  RunState state = RunState::Idle;
  uint32_t token_count = 0;  ///< in tokens[]: prompt included, later ones than kMaxTokens are lost
  uint32_t prompt_tokens = 0, decode_passes = 0, engine_count = 0;
  uint64_t begin_cycle = 0, end_cycle = 0, prefill_cycles = 0, decode_cycles = 0;
  uint64_t first_token_cycle = 0;  ///< when the first token that is not the prompt's was known
  uint64_t digest = 0;             ///< 64-bit FNV-1a hash of the logits of every token sampled from
  driver::Offload offload;
  driver::StreamStatistics stream;
  driver::EngineConfig configs[driver::kMaxEngines];
  driver::EngineCounters counters[driver::kMaxEngines];  ///< GEMMs, VPUs, DMAs
  char error[240] = {};                                  ///< Failed, Panicked: what went wrong
  int32_t tokens[kMaxTokens] = {};
};

}  // namespace systole::firmware
