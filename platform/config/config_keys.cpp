// The table of configuration keys.
#include "platform/config/config.h"
#include "platform/config/operating_points.h"
#include "tlm/memory/dram_mapping.h"
#include "tlm/memory/dram_preset.h"

namespace systole {
namespace {

#define SYSTOLE_FIELD(path) [](Config& c) -> decltype(c.path)& { return c.path; }

// The fidelities an engine exists in. The one place to add another.
const std::vector<std::string> kModels = {"rtl", "tlm"};

void check_operating_point(const std::string& name) {
  if (name != "none") find_operating_point(name);
}

std::vector<std::string> preset_words() {
  std::vector<std::string> words = {"simple"};
  for (const DramPreset& preset : dram_presets()) words.push_back(preset.name);
  return words;
}

std::vector<ConfigKey> make_keys() {
  constexpr bool kPowerOfTwo = true;
  std::vector<ConfigKey> keys;
  auto number = [&](const char* name, const char* value, uint64_t& (*field)(Config&), uint64_t min,
                    uint64_t max, const char* doc, bool power_of_two = false) {
    keys.push_back({name, value, doc, field, nullptr, min, max, power_of_two, {}, nullptr});
  };
  auto word = [&](const char* name, const char* value, std::string& (*field)(Config&),
                  const std::vector<std::string>& words, const char* doc) {
    keys.push_back({name, value, doc, nullptr, field, 0, 0, false, words, nullptr});
  };

  word("cpu.model", "native", SYSTOLE_FIELD(cpu.model), {"native", "riscv"},
       "host CPU: the driver compiled into the simulator, or an RV64GC hart that boots the "
       "firmware");
  keys.push_back({"operating_point",
                  "none",
                  "clock and voltage by name (docs/sweeps.md)",
                  nullptr,
                  SYSTOLE_FIELD(operating_point),
                  0,
                  0,
                  false,
                  {},
                  check_operating_point});
  number("clock_mhz", "1000", SYSTOLE_FIELD(clock_mhz), 1, 10000,
         "SoC clock, MHz (its period is a whole number of picoseconds, rounded down; an operating "
         "point sets it)");
  number(
      "voltage_mv", "0", SYSTOLE_FIELD(voltage_mv), 0, 2000,
      "supply for the energy estimate, mV; 0: what its table is for (an operating point sets it)");
  number("quantum_cycles", "1000", SYSTOLE_FIELD(quantum_cycles), 1, 1000000,
         "cycles the CPU may run ahead of simulated time");
  number("engine_batch_cycles", "64", SYSTOLE_FIELD(engine_batch_cycles), 1, 100000,
         "cycles an engine may run ahead of simulated time");
  word("timing_only.contention", "apart", SYSTOLE_FIELD(timing_only.contention),
       {"apart", "detailed"},
       "with --timing-only, operations side by side that do not fill what they share: each takes "
       "the time that it takes alone, or burst by burst");
  word(
      "timing_only.repetition", "exact", SYSTOLE_FIELD(timing_only.repetition), {"exact", "alike"},
      "with --timing-only, parts of a product that differ only in how their addresses lie on pages "
      "and beats: each is followed, or (alike) takes as long as the one before");
  number("bus.width_bits", "128", SYSTOLE_FIELD(bus.width_bits), 64, 512,
         "data width of interconnect and engines, bits", kPowerOfTwo);
  number("bus.latency_cycles", "4", SYSTOLE_FIELD(bus.latency_cycles), 0, 1000,
         "cycles from initiator to target");
  word("bus.arbitration", "round_robin", SYSTOLE_FIELD(bus.arbitration), {"round_robin", "fixed"},
       "who goes first at a contended target");
  number("dram.size_mib", "256", SYSTOLE_FIELD(dram.size_mib), 1, 63488, "DRAM size, MiB");
  word("dram.preset", "simple", SYSTOLE_FIELD(dram.preset), preset_words(),
       "DRAM model: latency and bandwidth, or a part with banks, row buffers and refresh");
  number("dram.latency_ns", "60", SYSTOLE_FIELD(dram.latency_ns), 0, 100000,
         "DRAM access latency, ns (a preset sets it)");
  number("dram.bandwidth_gbps", "32", SYSTOLE_FIELD(dram.bandwidth_gbps), 1, 100000,
         "DRAM bandwidth, gigabytes (10^9) per second (a preset sets it)");
  number("dram.channels", "0", SYSTOLE_FIELD(dram.channels), 0, 32,
         "channels of a preset; 0: as the part has", kPowerOfTwo);
  word("dram.page_policy", "open", SYSTOLE_FIELD(dram.page_policy), {"open", "closed"},
       "a preset's rows stay open after a request, or are closed");
  word("dram.mapping", "bank_group_pair", SYSTOLE_FIELD(dram.mapping), dram_mapping_names(),
       "which address bits choose a preset's bank, column and row (docs/blocks/dram.md)");
  word("dram.bank_hash", "xor", SYSTOLE_FIELD(dram.bank_hash), {"xor", "none"},
       "a preset's bank number is exclusive-or'ed with the row's low bits, or is not");
  number("dram.controller_ns", "20", SYSTOLE_FIELD(dram.controller_ns), 0, 1000,
         "a preset's memory controller and pins, there and back, ns");
  number("spm.size_kib", "512", SYSTOLE_FIELD(spm.size_kib), 64, 1048576,
         "on-chip scratchpad size, KiB");
  number("spm.banks", "4", SYSTOLE_FIELD(spm.banks), 1, 64, "scratchpad banks", kPowerOfTwo);
  number("spm.latency_cycles", "2", SYSTOLE_FIELD(spm.latency_cycles), 0, 1000,
         "scratchpad access latency, cycles");
  number("gemm.count", "1", SYSTOLE_FIELD(gemm.count), 0, 8, "matrix engines");
  word("gemm.model", "rtl", SYSTOLE_FIELD(gemm.model), kModels, "fidelity of the matrix engines");
  number("gemm.rows", "16", SYSTOLE_FIELD(gemm.rows), 4, 64, "array rows: elements of K a tile",
         kPowerOfTwo);
  number("gemm.cols", "16", SYSTOLE_FIELD(gemm.cols), 4, 64, "array columns: elements of N a tile",
         kPowerOfTwo);
  number("gemm.a_buffer_kib", "32", SYSTOLE_FIELD(gemm.a_buffer_kib), 1, 1024,
         "A operand buffer (both halves), KiB", kPowerOfTwo);
  number("gemm.b_buffer_kib", "16", SYSTOLE_FIELD(gemm.b_buffer_kib), 1, 1024,
         "B operand buffer (both halves), KiB", kPowerOfTwo);
  number("gemm.acc_buffer_kib", "128", SYSTOLE_FIELD(gemm.acc_buffer_kib), 1, 4096,
         "accumulator buffer (both halves), KiB", kPowerOfTwo);
  number("vpu.count", "1", SYSTOLE_FIELD(vpu.count), 0, 8, "vector engines");
  word("vpu.model", "rtl", SYSTOLE_FIELD(vpu.model), kModels, "fidelity of the vector engines");
  number("vpu.lanes", "8", SYSTOLE_FIELD(vpu.lanes), 2, 32, "float32 lanes", kPowerOfTwo);
  number("dma.count", "1", SYSTOLE_FIELD(dma.count), 0, 8, "DMA engines");
  word("dma.model", "rtl", SYSTOLE_FIELD(dma.model), kModels, "fidelity of the DMA engines");
  number("dma.max_outstanding", "8", SYSTOLE_FIELD(dma.max_outstanding), 1, 32,
         "read bursts in flight");
  number("dma.max_burst_beats", "16", SYSTOLE_FIELD(dma.max_burst_beats), 1, 256,
         "longest burst, beats");
  return keys;
}

#undef SYSTOLE_FIELD

}  // namespace

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> keys = make_keys();
  return keys;
}

std::string ConfigKey::legal() const {
  std::string text;
  if (check) return "none, a name in platform/sweep/tables/operating-points.yaml, FILE.yaml:NAME";
  if (word) {
    for (size_t i = 0; i < words.size(); ++i) text += (i ? ", " : "") + words[i];
    return text;
  }
  if (!power_of_two) return std::to_string(min) + " to " + std::to_string(max);
  for (uint64_t value = min; value <= max; value = value ? 2 * value : 1) {
    text += (value == min ? "" : ", ") + std::to_string(value);
  }
  return text;
}

std::string ConfigKey::text(const Config& config) const {
  Config& mutable_config = const_cast<Config&>(config);  // the accessors only form a reference
  return word ? word(mutable_config) : std::to_string(number(mutable_config));
}

}  // namespace systole
